"""Answers for every outcome that a report can have: made by recipes, and sorted by what they come to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any, Literal, get_args

from assessment.core import comparison
from assessment.core.answers import read_answers
from assessment.core.counted import MAX_COUNTED, MAX_FILES, may_be_counted
from assessment.core.diagnosis import diagnose
from assessment.core.instrument import Form, Frame, Instrument
from assessment.core.method import FIXED_MARKS
from assessment.core.reach import pattern_states
from assessment.core.reassessment import Run
from assessment.report.document import Size
from tests.builders import a_source

DAY, EARLIER = "2026-11-22", "2026-06-01"
Document = dict[str, Any]
Gone = Literal["deleted", "unreadable"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """Answers to an instrument, of the earlier diagnosis that they follow, too; and what they are set on."""

    instrument: Instrument
    answers: Document
    follows: tuple[Instrument, Document] | Gone | None = None
    size: Size = ""

    def result(self) -> dict[str, Any]:
        """Return what it comes to."""
        found = result_of(self.instrument, self.answers)
        if self.follows is None:
            return found
        if isinstance(self.follows, str):
            return found | {"comparison": comparison.missing(self.follows, "it is gone")}
        runs = run(*self.follows), run(self.instrument, self.answers)
        kept = comparison.frozen(*runs, code="EI-AAAA-BBBB", sha256="ab" * 32)
        return found | {"comparison": kept}


def answered(
    instrument: Instrument,
    form: Form,
    share: Mapping[str, float] | float = 1.0,
    *,
    unverified: Mapping[str, float] | float = 0.0,
    grade: str = "",
    team_size: int = 8,
    **more: Any,
) -> Document:
    """Return answers of a form: which share of each indicator's checks held, and could not be verified.

    A mapping may speak of some indicators; of the others all held, and all could be verified. `grade` is the
    best that the form takes where none is given; counted from an export, there are more checks.
    """
    grade = grade or min(form.grades, key=lambda each: each != "E3")
    excused = more.get("not_applicable", {})
    seen = {}
    for name, indicator in instrument.asked(form.id).items():
        if name in excused:
            continue
        own, n = grade, FIXED_MARKS.get(indicator.type) or indicator.marks[form.id]
        if grade == "E4" and indicator.measured and indicator.type not in FIXED_MARKS:
            n = MAX_COUNTED
        if indicator.spread and indicator.is_small_team(team_size):
            own, n = ("E3" if grade == "E4" else grade), indicator.spread.small_marks
        open_ = round(n * (unverified.get(name, 0.0) if isinstance(unverified, Mapping) else unverified))
        held = min(n - open_, round(n * (share.get(name, 1.0) if isinstance(share, Mapping) else share)))
        if indicator.spread and indicator.is_small_team(team_size):
            held, open_ = (n, 0) if held > n / 2 else (0, 0) if not open_ else (0, n)
        seen[name] = {"sound": held, "failing": n - held - open_, "unverified": open_, "grade": own}
    frames = [] if form.from_memory else instrument.frames.values()
    contexts = [each.context.id for each in frames if each.context and instrument.frame_size(each, form.id)]
    return {
        "instrument": instrument.key,
        "form": form.id,
        "as_of": DAY,
        "window_days": instrument.window_days,
        "team_size": team_size,
        "sample_drawn": not form.from_memory,
        "label": "Team Atlas",
        "observations": seen,
        "context": {each: {"on_track": 9, "of": 10} for each in contexts},
        **more,
    }


def run(instrument: Instrument, document: Document) -> Run:
    """Return a document of answers as the border lets it in."""
    known = {instrument.key: instrument}.__getitem__
    return Run(*read_answers(known, json.dumps(document).encode()))


def result_of(instrument: Instrument, document: Document) -> dict[str, Any]:
    """Return what a document of answers comes to."""
    read = run(instrument, document)
    return diagnose(read.instrument, read.answers)


def recipes(instrument: Instrument, other: Instrument) -> Iterator[tuple[str, Recipe]]:
    """Yield recipes by name. Together they come to every outcome: see `kinds`."""
    for form in instrument.forms:
        for name, document in _recipes(instrument, form):
            yield f"{form.id}: {name}", Recipe(instrument, document)
            if name in ("0% held", "75% held", "longest texts"):
                yield f"{form.id}: {name}, on Letter", Recipe(instrument, document, size="letter")
    for name, recipe in _followed(instrument, other):
        yield f"{recipe.answers['form']}: {name}", recipe


def _recipes(instrument: Instrument, form: Form) -> Iterator[tuple[str, Document]]:
    for share in (1, 0.75, 0.5, 0.3, 0) if not form.from_memory else (0.75,):
        yield f"{share:.0%} held", answered(instrument, form, share)
    yield "too much not verified", answered(instrument, form, 0.3, unverified=0.6)
    yield from _excused(instrument, form)
    yield "longest texts", _longest(instrument, form)
    yield "letters of other scripts", _foreign(instrument, form)
    if form.from_memory:
        return
    yield "counted from an export", _exported(instrument, answered(instrument, form, 0.97, grade="E4"))
    yield "much not verified, counted", answered(instrument, form, 0.62, unverified=0.34, grade="E4")
    yield "some not verified, counted", answered(instrument, form, 0.7, unverified=0.28, grade="E4")
    yield "much not verified, opened", answered(instrument, form, 0.6, unverified=0.35)
    yield "from memory", answered(instrument, form, 0.8, grade="E1")
    yield "by word", answered(instrument, form, 0.6, grade="E2", sample_drawn=False)
    yield "a team of three", answered(instrument, form, 0.7, team_size=3)
    yield "long ago", answered(instrument, form, 0.9, window_end="2026-05-01")
    few = answered(instrument, form)
    few["observations"] = dict(islice(few["observations"].items(), 3))
    yield "few answers", few
    beliefs = answered(instrument, form, 0.4)
    beliefs["belief"] = {
        name: {"count": sum(_counts(each)), "of": sum(_counts(each))}
        for name, each in beliefs["observations"].items()
    }
    yield "believed to be better", beliefs
    # No pattern, and yet not well: little is wrong with each, and more with what no pattern speaks of.
    members = {name for each in instrument.patterns for name in (*each.required, *each.any_of)}
    for others in (0.0, 0.3):
        shares = {name: 0.7 if name in members else others for name in instrument.asked(form.id)}
        yield f"no pattern, {others:.0%} held elsewhere", answered(instrument, form, shares)
    for share in (0.66, 0.62, 0.58, 0.55):
        yield f"{share:.0%} held", answered(instrument, form, share)
    for layer in instrument.layers:
        own = {each.id for part in layer.dimensions for each in part.indicators}
        shares = {name: 0.55 if name in own else 1.0 for name in instrument.asked(form.id)}
        yield f"{layer.id} lags behind", answered(instrument, form, shares)
    reachable = pattern_states(instrument, form.id)
    for pattern in instrument.patterns:
        if reachable[pattern.id] in ("present", "possible") and pattern.required:
            shares = dict.fromkeys((*pattern.required, *pattern.any_of), 0.0)
            yield pattern.id, answered(instrument, form, shares)


def _exported(instrument: Instrument, document: Document) -> Document:
    """Return answers with where each count comes from: of the longest names, and from the most files."""
    sizes = {name: sum(_counts(each)) for name, each in document["observations"].items()}
    files = [f"{number:064x}" for number in range(MAX_FILES)]
    document["counted"] = {
        name: a_source(n + 11, n, title="Nominally " * 8, files=files, local=True)
        for name, n in sizes.items()
        if may_be_counted(instrument.indicators[name], document["team_size"])
    }
    return document


def _counts(seen: Mapping[str, Any]) -> list[int]:
    return [seen[each] for each in ("sound", "failing", "unverified")]


def _excused(instrument: Instrument, form: Form) -> Iterator[tuple[str, Document]]:
    """Yield answers in which one indicator does not apply, for each allowed reason, and then several."""
    reasons = {
        name: indicator.not_applicable
        for name, indicator in instrument.asked(form.id).items()
        if indicator.not_applicable
    }
    for name, allowed in reasons.items():
        for number, reason in enumerate(allowed):
            document = answered(instrument, form, 0.8, not_applicable={name: reason})
            yield f"{name} does not apply{f', reason {number + 1}' if number else ''}", document
    most = dict(list(reasons.items())[: form.not_applicable_at_most])
    if len(most) > 1:
        several = {name: allowed[0] for name, allowed in most.items()}
        yield "as much as may does not apply", answered(instrument, form, 0.8, not_applicable=several)


# --- then and now ---------------------------------------------------------------------------------


def _followed(instrument: Instrument, other: Instrument) -> Iterator[tuple[str, Recipe]]:
    """Yield answers that follow an earlier diagnosis: every verdict, and every reason for none."""
    forms = [each for each in instrument.forms if not each.from_memory]
    for form in forms:
        for name, then, now in (("rose", 0.2, 0.95), ("fell", 0.95, 0.2), ("stayed", 0.6, 0.6)):
            yield f"{name} since", _pair(instrument, _then(instrument, form, then), (form, now))
    short, longest = forms[0], forms[-1]
    rose = _pair(instrument, _then(instrument, short, 0.2), (longest, 0.9))
    yield "rose since, on Letter", Recipe(rose.instrument, rose.answers, rose.follows, "letter")
    yield (
        "rose since a shorter form of a smaller team",
        _pair(instrument, _then(instrument, short, 0.4, team_size=3), (longest, 0.9)),
    )
    reasons = {name: each.not_applicable for name, each in instrument.asked(longest.id).items()}
    name = next(each for each, allowed in reasons.items() if allowed)
    excused = _then(instrument, longest, 0.6, not_applicable={name: reasons[name][0]})
    yield "what did not apply then", _pair(instrument, excused, (longest, 0.7))
    yield from _not_comparable(instrument, other, short)
    some, others = (_two_thirds(instrument, longest, without=each) for each in (0, 1))
    some |= {"as_of": EARLIER}
    yield "too little answered both times", Recipe(instrument, others, (instrument, some))
    gone: Gone
    for gone in get_args(Gone):
        yield f"the earlier one {gone}", Recipe(instrument, answered(instrument, short, 0.6), gone)


def _not_comparable(instrument: Instrument, other: Instrument, form: Form) -> Iterator[tuple[str, Recipe]]:
    then, now = _then(instrument, form, 0.4), answered(instrument, form, 0.8)
    open_ = answered(instrument, form, 0.3, unverified=0.6)
    elsewhere = next(each for each in other.forms if not each.from_memory)
    scored = instrument.constants.model_copy(update={"method": "999.0.0"})
    otherwise = instrument.model_copy(update={"constants": scored})
    yield "windows that meet", Recipe(instrument, now, (instrument, then | {"as_of": "2026-11-01"}))
    yield "the later one first", Recipe(instrument, then, (instrument, now))
    yield "no figure then", Recipe(instrument, now, (instrument, open_ | {"as_of": EARLIER}))
    yield "no figure now", Recipe(instrument, open_, (instrument, then))
    yield "another instrument then", Recipe(instrument, now, (other, _then(other, elsewhere, 0.4)))
    yield "another method then", Recipe(instrument, now, (otherwise, then))


def _then(instrument: Instrument, form: Form, share: float, **more: Any) -> Document:
    return answered(instrument, form, share, as_of=EARLIER, **more)


def _pair(instrument: Instrument, then: Document, now: tuple[Form, float]) -> Recipe:
    return Recipe(instrument, answered(instrument, *now), (instrument, then))


def _two_thirds(instrument: Instrument, form: Form, *, without: int) -> Document:
    """Return answers of which every third is missing, of each layer."""
    document, asked = answered(instrument, form), instrument.asked(form.id)
    for layer in instrument.layers:
        own = [each.id for part in layer.dimensions for each in part.indicators if each.id in asked]
        for name in own[without::3]:
            del document["observations"][name]
    return document


# --- what was typed -------------------------------------------------------------------------------

SCRIPTS = (
    "\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd, \u0645\u0631\u062d\u0628\u0627 \u0661\u0662\u0663, "
    "\u4e2d\u6587\u5831\u544a, \u65e5\u672c\u8a9e, \ud55c\uad6d\uc5b4, \u0e44\u0e17\u0e22, "
    "\u0395\u03bb\u03bb\u03b7\u03bd\u03b9\u03ba\u03ac, \u041a\u0438\u0457\u0432, "
    "Stra\u00dfe, \u0141\u00f3d\u017a, "
    "\U0001f469\u200d\U0001f4bb done"
)
WORDS = "The board “Delivery” of the group, all columns from “ready” to “released”; see the note of 3 May. "


def typed(instrument: Instrument, form: Form, text: str, *, longest: bool = False) -> Document:
    """Return answers in which everything that may be typed holds a text, as much of it as may be."""

    def filled(length: int, lead: str = "") -> str:
        own = f"{lead}{text}"
        return "".join(islice(cycle(own), length)).strip() if longest else own[:length].strip()

    document = answered(instrument, form, 0.7)
    frames = [] if form.from_memory else list(_frames(instrument, form))
    return document | {
        "label": filled(200),
        "frames": {
            each.id: {
                # Each of its own: what is lost of one is not found in another.
                "where": filled(2000, f"{each.id}, where: "),
                "query": filled(2000, f"{each.id}, query: "),
                "population": 1_000_000,
                "positions": [1 + 40_000 * n for n in range(instrument.frame_size(each, form.id))],
                "offset": 0.123456789,
                "drawn": True,
                "covers": ["2025-12-24", "2026-10-23"],
                "replaced": [777_777, 888_888],
            }
            for each in frames
        },
    }


def _frames(instrument: Instrument, form: Form) -> Iterator[Frame]:
    for each in instrument.frames.values():
        if instrument.frame_size(each, form.id):
            yield each


def _longest(instrument: Instrument, form: Form) -> Document:
    return typed(instrument, form, WORDS, longest=True)


def _foreign(instrument: Instrument, form: Form) -> Document:
    return typed(instrument, form, f"{SCRIPTS} {SCRIPTS} {SCRIPTS}")


# --- what it comes to -----------------------------------------------------------------------------


def kinds(result: Mapping[str, Any]) -> set[tuple[str, ...]]:
    """Return which of all outcomes a result is an example of."""
    form, answers = result["answers"]["form"], result["answers"]
    excused = answers.get("not_applicable", {})
    compared = result.get("comparison") or {"not_comparable": None, "changes": None}
    changes, obstacle = compared["changes"], compared["not_comparable"]
    return {
        *({("change", changes["whole"]["verdict"])} if changes else ()),
        *({("not comparable", obstacle["kind"])} if obstacle else ()),
        ("form", form),
        ("gate", "open" if result["gate"]["passed"] else "closed", form),
        ("awarded", str(result["bands"]["awarded"])),
        ("most likely", str(result["bands"]["most_likely"]["band"])),
        ("confidence", str(result["confidence"]["grade"])),
        ("rule", str(result["route"]["rule"])),
        ("next step", result["route"]["primary"]),
        *(("pattern", each["id"], each["state"], form) for each in result["patterns"]),
        *(("not applicable", form, name, reason) for name, reason in excused.items()),
    }
