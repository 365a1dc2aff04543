"""Answers in, a diagnosis out: the two public documents, read with suspicion and written canonically.

`read_answers` is the border: whatever comes is either refused in one line or safe to score. `diagnose`
puts the method together; `canonical` gives the same bytes for the same diagnosis, anywhere.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any, NoReturn

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictFloat,
    StrictInt,
    ValidationError,
)

from assessment.core import scoring
from assessment.core.evidence import MAX_REPORTED
from assessment.core.instrument import (
    FIXED_MARKS,
    READINGS,
    Form,
    Frame,
    Grade,
    Indicator,
    Instrument,
    Spread,
)
from assessment.core.patterns import Finding, Seen, findings
from assessment.core.routing import Case, Driver, Route, fix_first, route, verify_first
from assessment.core.scoring import Estimate, Figures, Gate, Grading, Observation, Scorecard
from assessment.core.text import stray

MAX_BYTES = 1_000_000
MAX_DEPTH = 16
MAX_NUMBER = 10**9
MAX_COUNTED = 50  # marks of one indicator counted from an export


class AnswersError(ValueError):
    """Answers that cannot be used: where, what is wrong, and what to do about it, in one line."""

    def __init__(self, place: str, fault: str, remedy: str) -> None:
        super().__init__(_one_line(f"{place}: {fault}; {remedy}"))
        self.place, self.fault, self.remedy = place, fault, remedy


# --- the answers document -------------------------------------------------------------------------


def _day(value: object) -> date:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError("is not a day written as YYYY-MM-DD")
    day = date.fromisoformat(value)
    if not 1990 <= day.year <= 2199:
        raise ValueError("lies outside 1990 to 2199")
    return day


def _plain(text: str) -> str:
    if stray(text):
        raise ValueError("holds a character that cannot be printed")
    return text


Count = Annotated[int, Field(ge=0, le=MAX_NUMBER)]
Positive = Annotated[int, Field(ge=1, le=MAX_NUMBER)]
Day = Annotated[date, BeforeValidator(_day)]
Line = Annotated[str, Field(max_length=200), AfterValidator(_plain)]
Passage = Annotated[str, Field(max_length=2000), AfterValidator(_plain)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Observed(_Part):
    """The marks of one indicator and their grade."""

    sound: Count
    failing: Count
    unverified: Count
    grade: Grade
    link_derived: bool = False


class OnTrack(_Part):
    """How many lines of a report were shown on track."""

    on_track: Count
    of: Positive


class Belief(_Part):
    """The count that was expected before looking; `words` where it was picked as a choice. Never scored."""

    count: Count
    of: Positive
    words: Passage = ""


class Sampled(_Part):
    """Where the items of a frame came from, how many there are, and which were opened.

    `positions` count from 1; `covers` are the first and last day; `replaced` are positions whose items
    turned out not to be applicable. Where `drawn` is not said, `sample_drawn` of the document holds.
    """

    where: Passage = ""
    query: Passage = ""
    population: Count | None = None
    positions: Annotated[tuple[Positive, ...], Field(strict=False, max_length=1000)] = ()
    offset: Annotated[StrictInt | StrictFloat, Field(ge=0, lt=1)] | None = None
    drawn: bool | None = None
    covers: Annotated[tuple[Day, Day], Field(strict=False)] | None = None
    replaced: Annotated[tuple[Positive, ...], Field(strict=False, max_length=1000)] = ()


class Answers(_Part):
    """One run of an instrument, as it was answered (docs/method.md, "Interchange").

    An indicator that is neither observed nor not applicable was not answered.
    """

    instrument: Line
    form: Line
    as_of: Day
    window_days: Annotated[int, Field(ge=1, le=3660)]
    window_end: Day | None = None
    team_size: Annotated[int, Field(ge=2, le=MAX_NUMBER)]
    label: Line = ""
    sample_drawn: bool = False
    second_observer: bool = False
    observations: dict[str, Observed]
    not_applicable: dict[str, Passage] = {}
    context: dict[str, OnTrack] = {}
    belief: dict[str, Belief] = {}
    frames: dict[str, Sampled] = {}

    @property
    def last_day(self) -> date:
        """The last day of the window."""
        return self.window_end or self.as_of

    def observed(self) -> dict[str, Observation]:
        """Return the observations, by indicator id."""
        return {name: Observation(**dict(seen)) for name, seen in self.observations.items()}

    def document(self) -> dict[str, Any]:
        """Return the document as it was read: what was not given is not in it."""
        return self.model_dump(mode="json", exclude_unset=True)


# --- reading --------------------------------------------------------------------------------------


def read_answers(instrument_of: Callable[[str], Instrument], text: bytes) -> tuple[Instrument, Answers]:
    """Return the instrument that a JSON document names and its answers, checked to the last mark.

    `instrument_of` raises KeyError for a key that is not held here. Raises AnswersError, one line, for
    anything that is not a complete and possible set of answers.
    """
    return check_answers(instrument_of, read_object(text))


def check_answers(
    instrument_of: Callable[[str], Instrument], document: Mapping[str, Any]
) -> tuple[Instrument, Answers]:
    """Return what `read_answers` does of a document that was parsed already. Raises AnswersError."""
    key = document.get("instrument")
    if not isinstance(key, str):
        _refuse("instrument", "is missing or is not text", 'name it with its version: "name/1.0.0"')
    try:
        instrument = instrument_of(key)
    except KeyError:
        _refuse(
            "instrument", f"{_shown(key)} is not held here", "name an instrument and version of this site"
        )
    try:
        answers = Answers.model_validate(document)
    except ValidationError as error:
        raise _located(error) from None
    for fault in _faults(instrument, answers):
        raise fault
    return instrument, answers


def read_object(text: bytes) -> dict[str, Any]:
    """Return a JSON object, refusing what a parser would let through or choke on. Raises AnswersError."""
    if len(text) > MAX_BYTES:
        _refuse("document", f"more than {MAX_BYTES:,} bytes", "send the answers alone")
    try:
        source = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _refuse(f"byte {error.start + 1}", "is not UTF-8", "save the file as UTF-8")
    _check_depth(source)
    try:
        document = json.loads(
            source,
            object_pairs_hook=_without_repeats,
            parse_constant=_no_constant,
            parse_int=_small_int,
            parse_float=_finite,
        )
    except json.JSONDecodeError as error:
        _refuse(f"line {error.lineno}, column {error.colno}", f"not JSON ({error.msg})", "correct the syntax")
    if not isinstance(document, dict):
        _refuse("document", "is not a JSON object", 'begin with {"instrument": ...}')
    return document


def _check_depth(source: str) -> None:
    """Count brackets before parsing: a parser that recurses can be made to run out of stack."""
    depth = 0
    for match in re.finditer(r'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', source, re.DOTALL):
        # Texts are matched only to be passed over, brackets and all.
        depth += (match[0] in ("[", "{")) - (match[0] in ("]", "}"))
        if depth > MAX_DEPTH:
            line = source.count("\n", 0, match.start()) + 1
            _refuse(f"line {line}", f"nested deeper than {MAX_DEPTH} levels", "answers need at most 4")


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for key, value in pairs:
        if key in document:
            _refuse(_shown(key), "is given twice in one object", "keep one of them")
        document[key] = value
    return document


def _no_constant(name: str) -> NoReturn:
    _refuse("document", f"holds {name}, which is not a number", "give whole counts")


def _small_int(digits: str) -> int:
    # Long digits are refused unread: turning them into a number takes time that grows with their square.
    if len(digits) > 11 or abs(int(digits)) > MAX_NUMBER:
        _refuse("document", f"holds the number {_shown(digits)}", f"stay within {MAX_NUMBER}")
    return int(digits)


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value) or abs(value) > MAX_NUMBER:
        _refuse("document", f"holds the number {_shown(digits)}", f"stay within {MAX_NUMBER}")
    return value


_REMEDIES = {
    "missing": ("is missing", "add it"),
    "extra_forbidden": ("is not part of an answers document", "remove it, or correct its name"),
    "int_type": ("is not a whole number", "give a count such as 8"),
    "bool_type": ("is not true or false", "write true or false, without quotes"),
    "string_type": ("is not text", "put it in quotes"),
    "string_unicode": ("holds half a character", "type the text again"),
    "dict_type": ("is not an object", "write {...}"),
    "model_type": ("is not an object", "write {...}"),
    "tuple_type": ("is not a list", "write [...]"),
}


def _located(error: ValidationError) -> AnswersError:
    """Turn the first fault of a model into place, fault and remedy."""
    first = error.errors(include_url=False)[0]
    place = ".".join(_shown(str(part), quotes=False) for part in first["loc"]) or "document"
    kind, context = first["type"], first.get("ctx", {})
    if kind in _REMEDIES:
        return AnswersError(place, *_REMEDIES[kind])
    value = _shown(first["input"])
    if kind in ("greater_than_equal", "less_than_equal", "less_than"):
        limit = context.get("ge", context.get("le", context.get("lt")))
        word = {"greater_than_equal": "at least", "less_than_equal": "at most", "less_than": "less than"}[
            kind
        ]
        return AnswersError(place, f"{value} is out of range", f"give {word} {limit}")
    if kind == "literal_error":
        return AnswersError(place, f"{value} is not known", f"use {context['expected']}")
    if kind in ("string_too_long", "too_long"):
        return AnswersError(place, "is too long", f"give at most {context['max_length']}")
    fault = str(context.get("error", first["msg"]))
    return AnswersError(place, f"{value} {fault}", "correct it")


# --- what no single field can know ------------------------------------------------------------------


def _faults(instrument: Instrument, answers: Answers) -> Iterator[AnswersError]:
    """Yield what does not fit the instrument or itself, in a fixed order."""
    known = ", ".join(form.id for form in instrument.forms)
    if answers.form not in {form.id for form in instrument.forms}:
        yield AnswersError(
            "form", f"{_shown(answers.form)} is not a form of {instrument.key}", f"use {known}"
        )
        return
    form = instrument.form(answers.form)
    if answers.last_day > answers.as_of:
        remedy = "end the window on the day of finishing or before"
        yield AnswersError("window_end", f"{answers.last_day} lies after as_of {answers.as_of}", remedy)
    asked = instrument.asked(form.id)
    for part in ("observations", "not_applicable", "belief"):
        for name in sorted(getattr(answers, part)):
            yield from _not_asked(instrument, form, f"{part}.{_shown(name, quotes=False)}", name)
    yield from _left_out_faults(form, asked, answers)
    for name in sorted(answers.frames):
        yield from _frame_faults(instrument, form, name, answers)
    for name in sorted(answers.observations):
        yield from _mark_faults(instrument, form, asked[name], answers)
    looked_at = [frame for frame in instrument.frames.values() if _opens_items(instrument, form, frame)]
    contexts = {frame.context.id for frame in looked_at if frame.context}
    for name, on_track in sorted(answers.context.items()):
        if name not in contexts:
            remedy = f"use {', '.join(sorted(contexts))}" if contexts else "remove it"
            yield AnswersError(f"context.{_shown(name, quotes=False)}", "is not asked", remedy)
        if on_track.on_track > on_track.of:
            yield AnswersError(
                f"context.{name}", f"{on_track.on_track} of {on_track.of}", "count a part of the whole"
            )
    if answers.belief and form.from_memory:
        yield AnswersError("belief", f"is all that the form {form.id} asks for", "give it as observations")
    for name, belief in sorted(answers.belief.items()):
        if belief.count > belief.of:
            yield AnswersError(
                f"belief.{name}", f"{belief.count} of {belief.of}", "count a part of the whole"
            )


def _not_asked(instrument: Instrument, form: Form, place: str, name: str) -> Iterator[AnswersError]:
    indicator = instrument.indicators.get(name)
    if indicator is None:
        remedy = f"the form {form.id} asks {', '.join(instrument.asked(form.id))}"
        yield AnswersError(place, "is an unknown indicator", remedy)
    elif form.id not in indicator.marks:
        yield AnswersError(place, f"is not asked in the form {form.id}", "remove it, or name another form")


def _left_out_faults(form: Form, asked: Mapping[str, Indicator], answers: Answers) -> Iterator[AnswersError]:
    for name, reason in sorted(answers.not_applicable.items()):
        place, reasons = f"not_applicable.{name}", asked[name].not_applicable
        if name in answers.observations:
            yield AnswersError(place, "is observed too", "keep one of the two")
        if not reasons:
            yield AnswersError(place, "always applies", "observe it; what is missing counts as unverified")
        elif reason not in reasons:
            allowed = " or ".join(_shown(each) for each in reasons)
            yield AnswersError(place, f"{_shown(reason)} is not on the list of reasons", f"use {allowed}")
    found, most = len(answers.not_applicable), form.not_applicable_at_most
    if found > most:
        remedy = f"the form {form.id} allows {most}; observe the others"
        yield AnswersError("not_applicable", f"{found} indicators", remedy)


def _opens_items(instrument: Instrument, form: Form, frame: Frame) -> bool:
    """Does a form open items of a frame, and so ask where they come from? From memory, none is opened."""
    return not form.from_memory and instrument.frame_size(frame, form.id) > 0


def _frame_faults(instrument: Instrument, form: Form, name: str, answers: Answers) -> Iterator[AnswersError]:
    place, frame = f"frames.{_shown(name, quotes=False)}", answers.frames[name]
    if name not in instrument.frames or not _opens_items(instrument, form, instrument.frames[name]):
        yield AnswersError(place, f"is not asked in the form {form.id}", "remove it, or correct its id")
    for part in ("positions", "replaced"):
        values = getattr(frame, part)
        if len(set(values)) < len(values):
            yield AnswersError(f"{place}.{part}", "names a position twice", "name each once")
        if frame.population is not None and values and max(values) > frame.population:
            fault = f"{max(values)} lies beyond the population of {frame.population}"
            yield AnswersError(f"{place}.{part}", fault, "count positions from 1 to the population")
    if frame.covers and frame.covers[0] > frame.covers[1]:
        yield AnswersError(f"{place}.covers", "ends before it begins", "give the first day first")


def _mark_faults(
    instrument: Instrument, form: Form, indicator: Indicator, answers: Answers
) -> Iterator[AnswersError]:
    """Yield what is wrong with the number of marks of one indicator."""
    seen = answers.observed()[indicator.id]
    place, n, design = f"observations.{indicator.id}", seen.n, indicator.marks[form.id]
    if seen.grade not in form.grades:
        remedy = f"use {', '.join(form.grades)}"
        yield AnswersError(f"{place}.grade", f"{seen.grade} is not possible in the form {form.id}", remedy)
    if n < 1:
        remedy = f"give at least one mark, or leave {indicator.id} out"
        yield AnswersError(place, "sound, failing and unverified are all 0", remedy)
    if indicator.spread and indicator.is_small_team(answers.team_size):
        yield from _small_team_faults(place, seen, indicator.spread)
        return
    fixed = FIXED_MARKS.get(indicator.type)
    if fixed:
        if n != fixed:
            fault = f"{n} marks, but an answer of type {indicator.type} always has {fixed}"
            yield AnswersError(place, fault, f"let sound + failing + unverified be {fixed}")
        return
    # The question as a whole could not be verified: that counts in full, whatever could be found.
    if (seen.unverified, seen.grade) == (n, "E2") and n == design:
        return
    population = _population(instrument, indicator, answers)
    yield from _size_faults(place, seen, design, population)


def _small_team_faults(place: str, seen: Observation, spread: Spread) -> Iterator[AnswersError]:
    """Yield why an answer of a small team is not yes, no or could not verify: a share would name a person."""
    n, people = spread.small_marks, f"a team of fewer than {spread.small_team}"
    if seen.grade == "E4":
        fault = f"E4 is not possible for {people}: a share counted from an export would point at a person"
        yield AnswersError(f"{place}.grade", fault, "answer yes or no")
    if sorted((seen.sound, seen.failing, seen.unverified)) != [0, 0, n]:
        fault = f"the answer of {people} is yes or no, and never a share"
        yield AnswersError(place, fault, f"let one of sound, failing and unverified be {n}, the others 0")


def _size_faults(
    place: str, seen: Observation, design: int, population: int | None
) -> Iterator[AnswersError]:
    n, marks = seen.n, "sound + failing + unverified"
    most = {"E4": MAX_COUNTED, "E3": design}.get(seen.grade, MAX_REPORTED)
    if n > most:
        yield AnswersError(place, f"{n} marks at {seen.grade}", f"let {marks} be at most {most}")
    if population is None:
        return
    if n > population:
        fault = f"{n} marks, but the population is {population}"
        yield AnswersError(place, fault, f"let {marks} be at most {population}")
    drawn = min(design, population)
    # From an export the whole sample of 50 can be counted, or the very items that were drawn.
    right = {"E4": {min(MAX_COUNTED, population), drawn}, "E3": {drawn}}.get(seen.grade)
    if right and n not in right:
        wanted = " or ".join(str(each) for each in sorted(right))
        fault = f"{n} marks at {seen.grade} of a population of {population}"
        yield AnswersError(place, fault, f"let {marks} be {wanted}; what could not be opened is unverified")


def _population(instrument: Instrument, indicator: Indicator, answers: Answers) -> int | None:
    """Return how many items an indicator's frame holds, None where that was not recorded."""
    for frame in instrument.frames.values():
        given = answers.frames.get(frame.id)
        if given and given.population is not None and indicator.id in {c.indicator for c in frame.checks}:
            return given.population - len(given.replaced)
    return None


def _refuse(place: str, fault: str, remedy: str) -> NoReturn:
    raise AnswersError(place, fault, remedy)


def _shown(value: object, *, quotes: bool = True) -> str:
    """Return a value as it may stand in a message: short, and on one line."""
    text = (
        json.dumps(value, ensure_ascii=True, default=str) if quotes or not isinstance(value, str) else value
    )
    return text if len(text) <= 60 else text[:57] + "..."


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


# --- diagnosing -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Outcome:
    """Everything that follows from one set of observations."""

    scorecard: Scorecard
    gate: Gate
    confidence: Grading | None
    findings: tuple[Finding, ...]
    fix_first: tuple[Driver, ...]
    case: Case
    route: Route


def diagnose(instrument: Instrument, answers: Answers) -> dict[str, Any]:
    """Return the result document: figures, findings, drivers and route, rounded to six decimals.

    Pure: the day of finishing is in the answers, and nothing else is looked at. What a gate forbids is
    None, and the reason is in "gate". The answers must have been read by `read_answers`.
    """
    observations = answers.observed()
    outcome = _outcome(instrument, answers, observations)
    card, gate = outcome.scorecard, outcome.gate
    unverified, marks = scoring.unverified_of(observations)
    sound = sum(seen.sound for seen in observations.values())
    document = answers.document()
    from_memory = instrument.form(answers.form).from_memory
    verify = () if from_memory else verify_first(instrument, card.claimed.indicators, card.shown.indicators)
    result = {
        "method": instrument.constants.method,
        "instrument": {"key": instrument.key, "sha256": instrument.sha256},
        "constants_sha256": instrument.constants_sha256,
        "answers_sha256": sha256(document),
        "answers": document,
        "gate": {"passed": gate.passed, "reasons": [*gate.reasons, *gate.withheld]},
        "readings": {name: _reading(instrument, answers.form, outcome, name) for name in READINGS},
        "bands": _bands(instrument, outcome),
        "confidence": {
            "grade": outcome.confidence.grade if outcome.confidence else None,
            "reasons": list(outcome.confidence.reasons) if outcome.confidence else [],
        },
        "items": {"sound": sound, "failing": marks - sound - unverified, "unverified": unverified},
        "patterns": [
            {"id": each.id, "state": each.state, "strength": each.strength, "because": list(each.because)}
            for each in outcome.findings
        ],
        "drivers": {
            "fix_first": [{"id": each.id, "gain": each.gain} for each in outcome.fix_first],
            "verify_first": [{"id": each.id, "gain": each.gain} for each in verify],
        },
        "route": {
            "rule": outcome.route.rule,
            "primary": outcome.route.primary,
            "secondary": list(outcome.route.secondary),
            "reasons": list(outcome.route.reasons),
            "would_change": list(_would_change(instrument, answers, observations, outcome)),
        },
    }
    written: dict[str, Any] = rounded(result)
    return written


def _outcome(instrument: Instrument, answers: Answers, observations: Mapping[str, Observation]) -> _Outcome:
    constants = instrument.constants
    card = scoring.score(instrument, observations, answers.team_size)
    gate = scoring.gate(instrument, answers.form, observations, answers.not_applicable)
    from_memory = instrument.form(answers.form).from_memory
    prints_likely = gate.passed and gate.likely
    grading = None
    if gate.passed and not from_memory and card.likely.composite:
        grading = scoring.confidence(
            constants,
            card.likely.composite,
            observations,
            undrawn=_is_undrawn(instrument, answers, observations),
            second_observer=answers.second_observer,
            age_days=(answers.as_of - answers.last_day).days,
            prints_likely=gate.likely,
        )
    seen = Seen(
        form=answers.form,
        observations=observations,
        likely=card.likely.indicators if prints_likely else None,
        not_applicable=answers.not_applicable,
        context={name: each.on_track / each.of for name, each in answers.context.items()},
    )
    found = findings(instrument, seen)
    first = fix_first(instrument, card.likely.indicators) if prints_likely else ()
    case = _case(instrument, answers, observations, card, gate, grading, found)
    return _Outcome(card, gate, grading, found, first, case, route(instrument, case))


def _case(
    instrument: Instrument,
    answers: Answers,
    observations: Mapping[str, Observation],
    card: Scorecard,
    gate: Gate,
    grading: Grading | None,
    found: tuple[Finding, ...],
) -> Case:
    """Gather what the rules look at; behind a closed gate they see no figure."""
    constants = instrument.constants
    unverified, marks = scoring.unverified_of(observations)
    shown, claimed = card.shown.composite, card.claimed.composite
    figures = card.likely if gate.likely else card.shown
    is_open = gate.passed and shown is not None and claimed is not None
    awarded = None
    if is_open and shown and not instrument.form(answers.form).from_memory:
        awarded = scoring.awarded_band(shown, constants.bands, constants.award_probability).id
    return Case(
        form=answers.form,
        gate_reasons=gate.reasons,
        confidence=grading.grade if grading else None,
        unverified_share=unverified / marks if marks else 0.0,
        shown=shown.mean if is_open and shown else None,
        claim_gap=claimed.mean - shown.mean if is_open and shown and claimed else None,
        awarded=awarded,
        layers={name: each.mean for name, each in figures.layers.items()} if is_open else {},
        dimensions={name: each.mean for name, each in figures.dimensions.items()} if is_open else {},
        findings=found,
    )


def _is_undrawn(instrument: Instrument, answers: Answers, observations: Mapping[str, Observation]) -> bool:
    """Was a sample of a larger population not drawn by the site? The latest items need no draw."""
    if not answers.sample_drawn:
        return True
    for name, given in answers.frames.items():
        frame = instrument.frames[name]
        n = max((observations[c.indicator].n for c in frame.checks if c.indicator in observations), default=0)
        if given.drawn is False and not frame.latest and n and (given.population or 0) > n:
            return True
    return False


def _would_change(
    instrument: Instrument, answers: Answers, observations: Mapping[str, Observation], outcome: _Outcome
) -> Iterator[str]:
    """Yield a sentence for each of three changes that would lead to another next step."""
    cases = []
    if any(seen.unverified for seen in observations.values()):
        every = "If everything that could not be verified turned out to be"
        sound = {
            name: replace(seen, sound=seen.sound + seen.unverified, unverified=0)
            for name, seen in observations.items()
        }
        failing = {
            name: replace(seen, failing=seen.failing + seen.unverified, unverified=0)
            for name, seen in observations.items()
        }
        cases += [(f"{every} sound", sound), (f"{every} failing", failing)]
    if outcome.fix_first:
        first = outcome.fix_first[0].id
        perfect = replace(observations[first], sound=observations[first].n, failing=0, unverified=0)
        name = instrument.indicators[first].name
        cases.append((f"If “{name}” held throughout", {**observations, first: perfect}))
    for condition, changed in cases:
        to = _outcome(instrument, answers, changed).route.primary
        if to != outcome.route.primary:
            yield f"{condition}, the next step would be: {instrument.destination(to).name}."


# --- writing --------------------------------------------------------------------------------------


def canonical(document: Mapping[str, Any]) -> bytes:
    """Return the one way to write a document: keys sorted, no spaces, six decimals, UTF-8, a line end."""
    text = json.dumps(
        rounded(document), ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    )
    return text.encode() + b"\n"


def sha256(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a document's canonical bytes, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(document)).hexdigest()


def rounded(value: Any) -> Any:
    """Return plain data as it is written: floats with six decimals, lists for whatever is a row."""
    if isinstance(value, float):
        return round(value, 6) + 0.0  # + 0.0: there is no minus zero
    if isinstance(value, Mapping):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(each) for each in value]
    return value


_NO_ESTIMATE = {"mean": None, "sd": None, "low": None, "high": None}


def _reading(instrument: Instrument, form_id: str, outcome: _Outcome, name: str) -> dict[str, Any]:
    """Return one reading with every figure that may not be printed set to None."""
    gate = outcome.gate
    figures: Figures = getattr(outcome.scorecard, name)
    prints = name != "likely" or gate.likely
    whole = prints and gate.passed
    asked = instrument.asked(form_id)
    layers = dict.fromkeys(instrument.layer_of[each].id for each in asked)
    dimensions = dict.fromkeys(instrument.dimension_of[each].id for each in asked)
    return {
        "composite": _estimate(figures.composite if whole else None),
        "layers": {each: _estimate(figures.layers.get(each) if whole else None) for each in layers},
        "dimensions": {
            each: _estimate(figures.dimensions.get(each) if whole and each in gate.dimensions else None)
            for each in dimensions
        },
        "indicators": {
            each: {
                "mean": own.mean if prints else None,
                "sd": own.sd if prints else None,
                "p_low": own.p_low if prints else None,
            }
            for each, own in figures.indicators.items()
        },
    }


def _estimate(estimate: Estimate | None) -> dict[str, float | None]:
    if estimate is None:
        return dict(_NO_ESTIMATE)
    return {"mean": estimate.mean, "sd": estimate.sd, "low": estimate.low, "high": estimate.high}


def _bands(instrument: Instrument, outcome: _Outcome) -> dict[str, Any]:
    likely = outcome.scorecard.likely.composite
    band, probability = None, None
    if likely and outcome.gate.passed and outcome.gate.likely:
        best, probability = scoring.most_likely_band(likely, instrument.constants.bands)
        band = best.id
    return {
        "most_likely": {"band": band, "probability": probability},
        "awarded": outcome.case.awarded,
    }
