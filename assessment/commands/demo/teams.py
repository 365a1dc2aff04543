"""Made-up teams that come to every outcome: recipes over any instrument, and as few of them as it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from itertools import zip_longest
from typing import Any

from assessment.core.answers import Answers
from assessment.core.diagnosis import diagnose
from assessment.core.instrument import Form, Instrument
from assessment.core.method import FIXED_MARKS

Document = dict[str, Any]
Share = Mapping[str, float] | float

APART = timedelta(days=4)  # from one team to the next
STEPS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.3, 0.1, 0.0)


def results(instrument: Instrument, day: date, called: Callable[[int], str]) -> list[Document]:
    """Return results that together are of every kind that is possible, as far as the recipes come to it.

    Each looks at a window that ended a few days before the one of the result before it. `called` gives the
    team of a number its name.
    """
    found: list[Document] = []
    known: set[tuple[str, str]] = set()
    wanted = possible(instrument)
    for answered in _recipes(instrument):
        if wanted <= known:
            break
        number = len(found)
        said = {"as_of": (day - number * APART).isoformat(), "label": called(number)}
        result = diagnose(instrument, Answers.model_validate(answered | said))
        if kinds(result) - known:
            found.append(result)
            known |= kinds(result)
    return found


def kinds(result: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Return what a result is an example of: a form, a band or none, a next step, patterns."""
    return {
        ("form", result["answers"]["form"]),
        ("awarded", result["bands"]["awarded"] or ""),
        ("next step", result["route"]["primary"]),
        *(("pattern", each["id"]) for each in result["patterns"] or () if each["state"] == "present"),
    }


def possible(instrument: Instrument) -> set[tuple[str, str]]:
    """Return every kind of result that an instrument knows."""
    return {
        *(("form", each.id) for each in instrument.forms),
        *(("awarded", each) for each in ("", *(band.id for band in instrument.constants.bands))),
        *(("next step", each.id) for each in instrument.destinations),
        *(("pattern", each.id) for each in instrument.patterns),
    }


def _recipes(instrument: Instrument) -> Iterator[Document]:
    """Yield one recipe of each form after the other."""
    of_forms = (_of_form(instrument, form) for form in instrument.forms)
    for some in zip_longest(*of_forms):
        yield from filter(None, some)


def _of_form(instrument: Instrument, form: Form) -> Iterator[Document]:
    asked = instrument.asked(form.id)
    for pattern in instrument.patterns:
        weak = (*pattern.required, *pattern.any_of)
        yield _answered(instrument, form, {name: 0.2 if name in weak else 0.9 for name in asked})
        yield _answered(instrument, form, dict.fromkeys(weak, 0.0))
    for layer in instrument.layers:
        own = {each.id for part in layer.dimensions for each in part.indicators}
        for low in (0.55, 0.2):
            yield _answered(instrument, form, {name: low if name in own else 1.0 for name in asked})
    for share in STEPS:
        yield _answered(instrument, form, share)
        yield _answered(instrument, form, share, grade="E4")
        yield _answered(instrument, form, share, open_=0.35)
        yield _answered(instrument, form, share, grade="E1")
    yield _answered(instrument, form, 0.3, open_=0.6)
    members = {name for each in instrument.patterns for name in (*each.required, *each.any_of)}
    for others in (0.0, 0.3):
        yield _answered(instrument, form, {name: 0.7 if name in members else others for name in asked})
    few = _answered(instrument, form, 0.8)
    few["observations"] = dict(list(few["observations"].items())[:3])
    yield few
    yield _believed(_answered(instrument, form, 0.4))


def _answered(
    instrument: Instrument, form: Form, share: Share, *, open_: float = 0.0, grade: str = "E3"
) -> Document:
    """Return answers: which share of the checks of each indicator held, and could not be verified."""
    grade = grade if grade in form.grades else form.grades[0]
    seen = {}
    for name, indicator in instrument.asked(form.id).items():
        n = FIXED_MARKS.get(indicator.type) or indicator.marks[form.id]
        if grade == "E4" and indicator.measured and indicator.type not in FIXED_MARKS:
            n *= 10  # counted from an export, there are more
        unverified = round(n * open_)
        held = min(n - unverified, round(n * (share.get(name, 1.0) if isinstance(share, Mapping) else share)))
        seen[name] = {
            "sound": held,
            "failing": n - held - unverified,
            "unverified": unverified,
            "grade": grade,
        }
    frames = [] if form.from_memory else instrument.frames.values()
    contexts = [each.context.id for each in frames if each.context and instrument.frame_size(each, form.id)]
    return {
        "instrument": instrument.key,
        "form": form.id,
        "as_of": date.min.isoformat(),
        "window_days": instrument.window_days,
        "team_size": 8,
        "sample_drawn": not form.from_memory and grade != "E1",
        "observations": seen,
        "context": {each: {"on_track": 9, "of": 10} for each in contexts},
    }


def _believed(answered: Document) -> Document:
    """Return answers of who expected everything to hold."""
    counts = {
        name: sum(each[what] for what in ("sound", "failing", "unverified"))
        for name, each in answered["observations"].items()
    }
    return answered | {"belief": {name: {"count": n, "of": n} for name, n in counts.items()}}
