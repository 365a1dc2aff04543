"""Another instrument than the one that ships, put into a copy of content/ as a method owner would do it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from assessment.content.instruments import read_instrument
from assessment.content.library import read_library
from assessment.core.instrument import Form, Indicator, Instrument
from assessment.core.method import FIXED_MARKS, GRADES, READINGS
from assessment.settings import ROOT

NAME = "harbour-lights"
KEY = f"{NAME}/1.0.0"
FOLDER = ROOT / "tests" / "instruments" / KEY


def another() -> Instrument:
    """Return the instrument, read from its folder."""
    return read_instrument(FOLDER)


def content_beside(folder: Path) -> Path:
    """Return a copy of content/ in which the instrument stands beside the one that ships."""
    root = folder / "content"
    shutil.copytree(ROOT / "content", root)
    shutil.copytree(FOLDER.parent, root / "instruments" / NAME)
    return root


def content_instead(folder: Path) -> Path:
    """Return a copy of content/ in which the instrument is the only one, and the site is named after it.

    Sentences of the pages that speak of a form or a pattern of the other one are left out.
    """
    root = content_beside(folder)
    for each in (root / "instruments").iterdir():
        if each.is_dir() and each.name != NAME:
            shutil.rmtree(each)
    (root / "instruments" / "published.toml").unlink(missing_ok=True)  # it speaks of what was taken out
    shutil.rmtree(root / "sample")  # so does the made-up team
    shutil.rmtree(root / "pages" / "patterns")
    site = root / "site.toml"
    said = {
        "name": "Harbour",
        "owner": "The harbour office",
        "attribution": "Kept by the harbour office.",
        "disclosure": "The harbour office keeps this site.",
        "instrument": NAME,
    }
    text = re.sub(r"(?m)^.*/sample-report/.*\n", "", site.read_text("utf-8"))
    for key, words in said.items():
        text = re.sub(rf'(?m)^{key} = ".*"$', f'{key} = "{words}"', text)
    site.write_text(text, "utf-8")
    for page in [*root.glob("pages/**/*.md"), *root.glob("faq/*.md")]:
        speaks_of_it = ("{{ form.", "/sample-report/", "](/patterns/")
        kept = [
            "See the form itself." if any(each in line for each in speaks_of_it) else line
            for line in page.read_text("utf-8").split("\n")
            if not line.startswith("action = ")  # of the head: where it leads may be gone
        ]
        page.write_text("\n".join(kept), "utf-8")
    return root


def names_of(instrument: Instrument) -> set[str]:
    """Return every name by which a report could give an instrument away."""
    dimensions = [dimension for layer in instrument.layers for dimension in layer.dimensions]
    return {
        instrument.name,
        *(layer.name for layer in instrument.layers),
        *(dimension.name for dimension in dimensions),
        *(indicator.name for indicator in instrument.indicators.values()),
        *(pattern.name for pattern in instrument.patterns),
        *(destination.name for destination in instrument.destinations),
        *(band.sentence for band in instrument.constants.bands),
        *(form.name for form in instrument.forms),
        *(frame.name for frame in instrument.frames.values()),
    }


def foreign_names() -> list[str]:
    """Return the names of what ships that no page of another instrument may hold.

    The site itself may be called like a part of it, and a single word may stand in any text.
    """
    shipped = read_library(ROOT / "content")
    names = names_of(shipped.current) - names_of(another()) - {shipped.site.name}
    return sorted(name for name in names if " " in name)


# --- any answers ------------------------------------------------------------------------------------


@st.composite
def any_answers(draw: st.DrawFn, instrument: Instrument) -> dict[str, Any]:
    """Return a document of answers as it could come in: any form, any of its indicators, any marks."""
    form = draw(st.sampled_from(instrument.forms))
    team_size = draw(st.integers(2, 40))
    asked = instrument.asked(form.id)
    excused = {
        name: draw(st.sampled_from(each.not_applicable))
        for name, each in asked.items()
        if each.not_applicable and draw(st.booleans())
    }
    excused = dict(list(excused.items())[: form.not_applicable_at_most])
    left = sorted(asked.keys() - excused.keys())
    # An assessment of few answers is seldom; most of them are there.
    missing = draw(st.sets(st.sampled_from(left), max_size=draw(st.sampled_from([0, 0, 1, len(left)]))))
    observed = {name: draw(_seen(asked[name], form, team_size)) for name in left if name not in missing}
    contexts = [frame.context.id for frame in instrument.frames.values() if frame.context]
    counted = st.tuples(st.integers(0, 30), st.integers(1, 30))
    return {
        "instrument": instrument.key,
        "form": form.id,
        "as_of": "2026-11-22",
        "window_days": instrument.window_days,
        "window_end": draw(st.sampled_from(["2026-11-22", "2026-08-01"])),
        "team_size": team_size,
        "label": draw(st.sampled_from(["", "Pier 4"])),
        "sample_drawn": draw(st.booleans()),
        "observations": observed,
        "not_applicable": excused,
        "context": {
            each: {"on_track": min(pair), "of": max(pair)}
            for each in (contexts if not form.from_memory else [])
            if (pair := draw(st.none() | counted))
        },
    }


@st.composite
def any_numbers(draw: st.DrawFn, instrument: Instrument) -> Instrument:
    """Return the instrument with other constants, as far out as they may be, other bands and levels."""
    data = instrument.model_dump(exclude_none=True)
    constants = data["constants"]
    cuts = sorted(draw(st.sets(st.integers(1, 99), min_size=1, max_size=8)))
    a_word = st.sampled_from(["on", "W" * 30, "of some use in most weathers"])
    constants["bands"] = [
        {"id": f"B{i}", "above": above, "word": draw(a_word), "sentence": f"Level {i} is shown."}
        for i, above in enumerate([0, *cuts])
    ]
    levels = [f"Level {i}" for i in range(draw(st.integers(2, 6)))]
    constants["confidence"]["levels"] = levels
    for condition in (each for rule in data["rules"] for each in rule["any"]):
        condition |= {"awarded": ["B1"]} if "awarded" in condition else {}
        condition |= {"confidence": levels[-1:]} if "confidence" in condition else {}
    a_rate, a_spread = st.sampled_from([0, 0.3, 0.5, 0.999]), st.sampled_from([0.25, 1, 100])
    rates = {grade: sorted(draw(a_rate) for _ in READINGS) for grade in GRADES}  # they never cross
    for at, reading in enumerate(READINGS):
        constants["over_claim"][reading] = {grade: rates[grade][at] for grade in GRADES}
    constants["correlation"] = {grade: draw(a_rate) for grade in GRADES}
    constants["prior"] = {name: draw(a_spread) for name in constants["prior"]}
    constants["team_grid"]["step"] = 0.25
    constants["power"] = draw(st.sampled_from([0.05, 0.5, 1]))
    constants["interval"] = draw(st.sampled_from([0.05, 0.5, 0.99]))
    constants["award_probability"] = draw(st.sampled_from([0.01, 0.5, 0.999]))
    constants["drivers"]["shown"] = draw(st.sampled_from([1, 30]))
    for gate in ("answered_share", "unverified_share", "recalled_share"):
        constants["gates"][gate] = draw(st.sampled_from([0, 0.5, 1]))
    constants["patterns"] = {name: draw(st.sampled_from([0, 0.3, 1])) for name in constants["patterns"]}
    return Instrument.model_validate(data)


@st.composite
def _seen(draw: st.DrawFn, indicator: Indicator, form: Form, team_size: int) -> dict[str, Any]:
    grade = draw(st.sampled_from([each for each in GRADES if each in form.grades]))
    n = FIXED_MARKS.get(indicator.type) or draw(st.integers(1, indicator.marks[form.id]))
    sound = draw(st.integers(0, n))
    unverified = draw(st.integers(0, n - sound))
    if indicator.spread and indicator.is_small_team(team_size):
        # Of few people only one word is taken.
        grade, n = ("E3" if grade == "E4" else grade), indicator.spread.small_marks
        sound, unverified = draw(st.sampled_from([(n, 0), (0, n), (0, 0)]))
    return {"sound": sound, "failing": n - sound - unverified, "unverified": unverified, "grade": grade}
