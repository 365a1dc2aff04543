"""Hostile inputs, all the way to paper: nobody is reached, nothing is embedded, and it ends either way.

`make test` sets those together that can stand on one paper, and some of the others; `make test-all` each.
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from pypdf import PdfReader

from assessment.core.instrument import Instrument
from assessment.core.interchange import DocumentError, sha256
from assessment.report import document, sections
from assessment.report.confined import Limits
from assessment.report.pdf import PROGRAM, PdfError, make_pdf
from tests import scale
from tests.report import made
from tests.report.examined import faults, read_aloud
from tests.report.hostile import BOMBS, EAR, OWNED, REFUSED, TYPED, UNSEEN
from tests.report.made import PATIENT, squeezed
from tests.report.outcomes import answered, result_of

# Reads addresses out of nothing but the kernel's own account of the child.
CALLS = "trace=socket,connect,sendto,sendmsg,execve,fork,vfork"
TRACE = ("strace", "-f", "--seccomp-bpf", "-qq", "-e", CALLS, "-o")
CAN_TRACE = (
    shutil.which("strace") is not None
    and subprocess.run([*TRACE, "/dev/null", "true"], check=False, capture_output=True).returncode == 0
)


def some(names: Iterable[str], *chosen: str) -> list[str]:
    """Return those that `make test` sets on a paper of their own; in `make test-all` all of them."""
    return [name for name in names if name in chosen or scale.is_searched_longer()]


@dataclass
class Ear:
    """Somebody who listens on this machine."""

    address: str
    socket: socket.socket

    def heard(self) -> bool:
        """Has anybody called?"""
        try:
            self.socket.accept()
        except TimeoutError:
            return False
        return True


@pytest.fixture
def ear() -> Iterator[Ear]:
    """Somebody who listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.05)
        yield Ear(f"http://127.0.0.1:{listening.getsockname()[1]}", listening)


def page_of(result: Mapping[str, Any], instrument: Instrument | None = None) -> str:
    """Return the page of a result, as the paper is set from it."""
    told = sections.told(
        result,
        instrument or made.instrument(),
        made.library(),
        base_address=made.BASE,
        code=made.CODE,
        sha256="0" * 64,
    )
    return document.html(told)


def traced(html: str, folder: Path, limits: Limits = PATIENT) -> tuple[bytes | None, str]:
    """Return the paper, None where it is refused in words; and which calls of the child went outside."""
    account = folder / "calls"
    program = (*TRACE, str(account), *PROGRAM) if CAN_TRACE else PROGRAM
    pdf: bytes | None = None
    try:
        pdf = make_pdf(html, assets=document.ASSETS, limits=limits, program=program)
    except PdfError as refused:
        if refused.reason not in ("time", "late", "memory", "size", "refused"):
            raise
    # The one program is the child itself.
    calls = account.read_text().splitlines()[1:] if CAN_TRACE else []
    return pdf, "\n".join(line for line in calls if "+++" not in line and "---" not in line)


def typed_everywhere(texts: Mapping[str, str]) -> dict[str, Any]:
    """Return a result of the longest form in which each text was typed somewhere, through the border."""
    instrument = made.instrument()
    form = instrument.forms[-1]
    frames = [each.id for each in instrument.frames.values() if instrument.frame_size(each, form.id)]
    left = iter(texts.values())
    label = next(left)[:200]
    fields = {
        frame: dict(zip(("where", "query"), pair, strict=False))
        for frame in frames
        if (pair := list(islice(left, 2)))
    }
    assert next(left, None) is None, "more texts than there are fields"
    return result_of(instrument, answered(instrument, form, 0.7, label=label, frames=fields))


def with_ear(text: str, ear: Ear) -> str:
    return text.replace(EAR, ear.address)


def assert_harmless(pdf: bytes) -> None:
    """Nothing is embedded but fonts, nothing runs, and links lead where they may."""
    reader = PdfReader(BytesIO(pdf))
    assert list(reader.attachments) == []
    for sheet in reader.pages:
        for annotation in sheet.get("/Annots", []):
            action = annotation.get_object().get("/A", {})
            assert action.get("/S", "/URI") in ("/URI", "/GoTo")
            assert re.match("https?://|mailto:", str(action.get("/URI", "https://")))
    root = reader.trailer["/Root"]
    assert not {"/OpenAction", "/AA", "/AcroForm"} & set(root)  # type: ignore[call-overload]


# --- typed ----------------------------------------------------------------------------------------


def test_there_are_forty_of_them_at_least() -> None:
    assert len(TYPED) + len(UNSEEN) + len(REFUSED) + len(BOMBS) + len(OWNED) >= 40


def test_what_was_typed_to_harm_is_printed_as_it_was_typed(ear: Ear, tmp_path: Path) -> None:
    texts = {name: with_ear(text, ear) for name, text in TYPED.items()}
    html = page_of(typed_everywhere(texts))

    pdf, calls = traced(html, tmp_path)

    assert pdf
    assert calls == ""
    assert not ear.heard()
    assert_harmless(pdf)
    assert faults(pdf, html, tmp_path) == []
    whole = squeezed(read_aloud(PdfReader(BytesIO(pdf))))
    for name, text in texts.items():
        assert squeezed(text) in whole, name


def test_what_cannot_be_read_stands_in_boxes_and_a_line_says_so(ear: Ear, tmp_path: Path) -> None:
    html = page_of(typed_everywhere(UNSEEN))

    pdf, calls = traced(html, tmp_path)

    assert pdf
    assert calls == ""
    assert_harmless(pdf)
    assert faults(pdf, html, tmp_path) == []
    whole = squeezed(read_aloud(PdfReader(BytesIO(pdf))))
    for letter in ("\u202e", "\u200b", "\u0334", "\U0001f468", "\u4e2d", "\u05e9", "\ufffe", "\ufe00"):
        assert f"U+{ord(letter):04X}" in whole
    assert squeezed("printed as its code point in a box") in whole


@pytest.mark.parametrize("name", some([*TYPED, *UNSEEN], "a file to embed"))
def test_each_alone_in_every_field_reaches_nobody(name: str, ear: Ear, tmp_path: Path) -> None:
    text = with_ear({**TYPED, **UNSEEN}[name], ear)
    fields = ("label", *(f"field {n}" for n in range(4)))

    pdf, calls = traced(page_of(typed_everywhere(dict.fromkeys(fields, text))), tmp_path)

    assert pdf
    assert calls == ""
    assert not ear.heard()
    assert_harmless(pdf)


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_border_lets_in_is_refused_in_one_line(name: str) -> None:
    with pytest.raises(DocumentError) as refused:
        typed_everywhere(dict.fromkeys(("label", "where", "query"), REFUSED[name]))

    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 400


# --- past the border ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", some(BOMBS, "a word without end"))
def test_what_got_past_the_border_is_set_or_stopped(name: str, ear: Ear, tmp_path: Path) -> None:
    result = deepcopy(made.result())
    result["answers"]["label"] = BOMBS[name][:200]
    result["answers"]["frames"]["F1"] |= {"where": BOMBS[name], "query": BOMBS[name]}
    html = page_of(result).encode(errors="replace").decode()

    pdf, calls = traced(html, tmp_path, Limits())

    assert calls == ""
    assert not ear.heard()
    if pdf:
        assert_harmless(pdf)


# --- from an owner of a method --------------------------------------------------------------------


def owned(kind: str, text: str) -> Instrument:
    """Return the instrument that ships with a text of its owner's in every name, sentence or address."""
    data = made.instrument().model_dump(exclude_none=True)
    if kind == "url":
        for place in data["destinations"]:
            place |= {"url": text}
            place.pop("site_setting", None)
    for part in (*data["patterns"], *data["destinations"], *data["constants"]["bands"]):
        for key in {"name": ("name", "word"), "sentence": ("sentence", "meaning")}.get(kind, ()):
            if key in part:
                part[key] = text
    return Instrument.model_validate(data)


@pytest.mark.parametrize("name", some(OWNED, "markup in a name", "a destination that is a script"))
def test_what_an_owner_writes_is_text_or_refused(name: str, ear: Ear, tmp_path: Path) -> None:
    kind, text = OWNED[name]
    try:
        instrument = owned(kind, with_ear(text, ear))
    except ValidationError:
        return  # the reader of content says where and why

    result = result_of(instrument, answered(instrument, instrument.forms[1], 0.0))
    assert sha256(result)
    pdf, calls = traced(page_of(result, instrument), tmp_path)

    assert calls == ""
    assert not ear.heard()
    if pdf:
        assert_harmless(pdf)
    else:
        assert kind == "url" or "lack" in name or name in ("a face", "a control character")
