"""What the documents promise: each setting, target and command is described, each link leads somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from pydantic import BaseModel

from assessment.app import bare_app
from assessment.content.library import read_library
from assessment.content.pages.page import Head
from assessment.content.pages.terms import Term
from assessment.content.pages.values import values_of
from assessment.settings import ROOT, TABLE
from tests.test_architecture import ROOMS

README = ROOT / "README.md"
OPERATING = ROOT / "docs" / "operating.md"
WRITING = ROOT / "docs" / "content.md"
ARCHITECTURE = ROOT / "docs" / "architecture.md"
DOCUMENTS = sorted({README, ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")})


def rows(document: Path) -> dict[str, list[str]]:
    """Return the cells of each table row of a document, by its first cell without code marks."""
    lines = document.read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return {row[0].strip("`"): row[1:] for row in cells}


def commands(group: click.Group, before: str = "") -> Iterator[str]:
    """Yield the full name of every command below a group."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}"


def test_every_setting_is_described_as_it_is() -> None:
    told = rows(OPERATING)

    for setting in TABLE:
        unit, default, meaning = told[setting.name]
        assert unit == setting.unit
        assert default in ({f"`{setting.default}`"} if setting.default else {"made in `INSTANCE`", "none"})
        assert meaning.startswith(setting.meaning)
        assert ("must be set in production" in meaning) == setting.named_in_production


def test_every_make_target_is_described() -> None:
    targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)

    assert {"serve", "test", "check", "help"} <= set(targets)
    assert {f"make {target}" for target in targets} <= rows(OPERATING).keys()


def test_every_command_is_described() -> None:
    told = " ".join(rows(OPERATING))
    names = list(commands(bare_app().cli))

    assert {"diagnose", "report", "content check", "instrument check"} <= set(names)
    assert [name for name in names if f"flask --app wsgi {name}" not in told] == []


@pytest.mark.parametrize("model", [Head, Term], ids=["page", "term"])
def test_every_key_that_an_editor_may_write_is_described(model: type[BaseModel]) -> None:
    told = rows(WRITING)

    for key, field in model.model_fields.items():
        assert (told[key][0] == "yes") == field.is_required(), key


def test_every_group_of_values_and_every_table_is_named() -> None:
    text = WRITING.read_text(encoding="utf-8")
    library = read_library(ROOT / "content")

    for name in values_of(library.current, library.site, {}, {}):
        assert f"`{name if name.endswith('.table') else name.partition('.')[0] + '.'}`" in text, name


def test_every_room_is_on_the_map() -> None:
    told = rows(ARCHITECTURE)

    assert [room for room in ROOMS if room not in told] == []


def test_every_package_and_every_script_is_on_the_map() -> None:
    told = ARCHITECTURE.read_text(encoding="utf-8")
    inner = {each.parent.name for each in (ROOT / "assessment").glob("*/*/__init__.py")}
    scripts = {each.stem for each in (ROOT / "static" / "js").glob("*.js")}

    assert {"evidence", "journey", "ended"} <= inner | scripts
    assert [each for each in inner | scripts if f"`{each}" not in told and f"/{each}/`" not in told] == []


def test_the_readme_begins_with_the_two_commands() -> None:
    first_screen = README.read_text(encoding="utf-8").splitlines()[:40]

    assert "make serve" in first_screen
    assert "make test" in first_screen


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_between_the_documents_leads_somewhere(document: Path) -> None:
    said = re.sub(r"`[^`]*`", "", document.read_text(encoding="utf-8"))  # but what is typed
    targets = re.findall(r"\]\(([^)#\s]+)", said)

    missing = [t for t in targets if "://" not in t and not (document.parent / t).exists()]

    assert missing == []


@pytest.mark.parametrize(
    "lock", ["requirements.lock", "requirements-sso.lock", "requirements-dev.lock", "requirements-fuzz.lock"]
)
def test_a_lock_file_names_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    packages = re.findall(r"^[a-z0-9][a-z0-9._-]*==", text, re.MULTILINE | re.IGNORECASE)

    assert "://" not in text
    assert len(packages) > 20
    assert text.count("--hash=sha256:") >= len(packages)


def test_every_file_that_the_readme_shows_or_links_to_is_there() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")

    named = re.findall(r'(?:src="|\]\()([^"):#]+)', text)

    assert "docs/img/result.png" in named
    assert [each for each in named if not (ROOT / each).exists()] == []
