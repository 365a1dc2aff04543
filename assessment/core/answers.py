"""The answers document: one run of an instrument as it was answered, checked to the last mark.

`read_answers` is the border: whatever comes is either refused in one line or safe to score. What a single
value may be, the models say; what no single field can know is held against the instrument.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import Field, StrictFloat, StrictInt, ValidationError

from assessment.core.counted import MAX_COUNTED, Counted, may_be_counted, sizes
from assessment.core.evidence import MAX_REPORTED
from assessment.core.fields import Count, Day, Line, Part, Passage, Positive
from assessment.core.instrument import Form, Frame, Indicator, Instrument, Spread
from assessment.core.interchange import MAX_NUMBER, DocumentError, read_object, shown
from assessment.core.method import FIXED_MARKS, Grade
from assessment.core.scoring import Observation


class Observed(Part):
    """The marks of one indicator and their grade."""

    sound: Count
    failing: Count
    unverified: Count
    grade: Grade
    link_derived: bool = False


class OnTrack(Part):
    """How many lines of a report were shown on track."""

    on_track: Count
    of: Positive


class Belief(Part):
    """The count that was expected before looking; `words` where it was picked as a choice. Never scored."""

    count: Count
    of: Positive
    words: Passage = ""


class Sampled(Part):
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


class Answers(Part):
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
    not_applicable: dict[str, Passage] = Field(default={})
    context: dict[str, OnTrack] = Field(default={})
    belief: dict[str, Belief] = Field(default={})
    frames: dict[str, Sampled] = Field(default={})
    counted: dict[str, Counted] = Field(default={})

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

    `instrument_of` raises KeyError for a key that is not held here. Raises DocumentError, one line, for
    anything that is not a complete and possible set of answers.
    """
    return check_answers(instrument_of, read_object(text))


def check_answers(
    instrument_of: Callable[[str], Instrument], document: Mapping[str, Any]
) -> tuple[Instrument, Answers]:
    """Return what `read_answers` does of a document that was parsed already. Raises DocumentError."""
    key = document.get("instrument")
    if not isinstance(key, str):
        remedy = 'name it with its version: "name/1.0.0"'
        raise DocumentError("instrument", "is missing or is not text", remedy)
    try:
        instrument = instrument_of(key)
    except KeyError:
        remedy = "name an instrument and version of this site"
        raise DocumentError("instrument", f"{shown(key)} is not held here", remedy) from None
    try:
        answers = Answers.model_validate(document)
    except ValidationError as error:
        raise _located(error) from None
    for fault in _faults(instrument, answers):
        raise fault
    return instrument, answers


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


def _located(error: ValidationError) -> DocumentError:
    """Turn the first fault of a model into place, fault and remedy."""
    first = error.errors(include_url=False)[0]
    place = ".".join(shown(str(part), quotes=False) for part in first["loc"]) or "document"
    kind, context = first["type"], first.get("ctx", {})
    if kind in _REMEDIES:
        return DocumentError(place, *_REMEDIES[kind])
    value = shown(first["input"])
    if kind in ("greater_than_equal", "less_than_equal", "less_than"):
        limit = context.get("ge", context.get("le", context.get("lt")))
        word = {"greater_than_equal": "at least", "less_than_equal": "at most", "less_than": "less than"}[
            kind
        ]
        return DocumentError(place, f"{value} is out of range", f"give {word} {limit}")
    if kind == "literal_error":
        return DocumentError(place, f"{value} is not known", f"use {context['expected']}")
    if kind in ("string_too_long", "too_long"):
        return DocumentError(place, "is too long", f"give at most {context['max_length']}")
    if kind == "string_pattern_mismatch":
        return DocumentError(place, f"{value} is not of its form", f"write what matches {context['pattern']}")
    if kind in ("string_too_short", "too_short"):
        return DocumentError(place, "is too short", f"give at least {context['min_length']}")
    fault = str(context.get("error", first["msg"]))
    return DocumentError(place, f"{value} {fault}", "correct it")


# --- what no single field can know ------------------------------------------------------------------


def _faults(instrument: Instrument, answers: Answers) -> Iterator[DocumentError]:
    """Yield what does not fit the instrument or itself, in a fixed order."""
    known = ", ".join(form.id for form in instrument.forms)
    if answers.form not in {form.id for form in instrument.forms}:
        yield DocumentError(
            "form", f"{shown(answers.form)} is not a form of {instrument.key}", f"use {known}"
        )
        return
    form = instrument.form(answers.form)
    if answers.last_day > answers.as_of:
        remedy = "end the window on the day of finishing or before"
        yield DocumentError("window_end", f"{answers.last_day} lies after as_of {answers.as_of}", remedy)
    asked = instrument.asked(form.id)
    for part in ("observations", "not_applicable", "belief", "counted"):
        for name in sorted(getattr(answers, part)):
            yield from _not_asked(instrument, form, f"{part}.{shown(name, quotes=False)}", name)
    yield from _left_out_faults(form, asked, answers)
    for name in sorted(answers.frames):
        yield from _frame_faults(instrument, form, name, answers)
    for name in sorted(answers.observations):
        yield from _mark_faults(instrument, form, asked[name], answers)
    for name in sorted(answers.counted):
        yield from _counted_faults(asked[name], answers)
    looked_at = [frame for frame in instrument.frames.values() if _opens_items(instrument, form, frame)]
    contexts = {frame.context.id for frame in looked_at if frame.context}
    for name, on_track in sorted(answers.context.items()):
        if name not in contexts:
            remedy = f"use {', '.join(sorted(contexts))}" if contexts else "remove it"
            yield DocumentError(f"context.{shown(name, quotes=False)}", "is not asked", remedy)
        if on_track.on_track > on_track.of:
            yield DocumentError(
                f"context.{name}", f"{on_track.on_track} of {on_track.of}", "count a part of the whole"
            )
    if answers.belief and form.from_memory:
        yield DocumentError("belief", f"is all that the form {form.id} asks for", "give it as observations")
    for name, belief in sorted(answers.belief.items()):
        if belief.count > belief.of:
            yield DocumentError(
                f"belief.{name}", f"{belief.count} of {belief.of}", "count a part of the whole"
            )


def _not_asked(instrument: Instrument, form: Form, place: str, name: str) -> Iterator[DocumentError]:
    indicator = instrument.indicators.get(name)
    if indicator is None:
        remedy = f"the form {form.id} asks {', '.join(instrument.asked(form.id))}"
        yield DocumentError(place, "is an unknown indicator", remedy)
    elif form.id not in indicator.marks:
        yield DocumentError(place, f"is not asked in the form {form.id}", "remove it, or name another form")


def _left_out_faults(form: Form, asked: Mapping[str, Indicator], answers: Answers) -> Iterator[DocumentError]:
    for name, reason in sorted(answers.not_applicable.items()):
        place, reasons = f"not_applicable.{name}", asked[name].not_applicable
        if name in answers.observations:
            yield DocumentError(place, "is observed too", "keep one of the two")
        if not reasons:
            yield DocumentError(place, "always applies", "observe it; what is missing counts as unverified")
        elif reason not in reasons:
            allowed = " or ".join(shown(each) for each in reasons)
            yield DocumentError(place, f"{shown(reason)} is not on the list of reasons", f"use {allowed}")
    found, most = len(answers.not_applicable), form.not_applicable_at_most
    if found > most:
        remedy = f"the form {form.id} allows {most}; observe the others"
        yield DocumentError("not_applicable", f"{found} indicators", remedy)


def _opens_items(instrument: Instrument, form: Form, frame: Frame) -> bool:
    """Does a form open items of a frame, and so ask where they come from? From memory, none is opened."""
    return not form.from_memory and instrument.frame_size(frame, form.id) > 0


def _frame_faults(instrument: Instrument, form: Form, name: str, answers: Answers) -> Iterator[DocumentError]:
    place, frame = f"frames.{shown(name, quotes=False)}", answers.frames[name]
    if name not in instrument.frames or not _opens_items(instrument, form, instrument.frames[name]):
        yield DocumentError(place, f"is not asked in the form {form.id}", "remove it, or correct its id")
    for part in ("positions", "replaced"):
        yield from _position_faults(f"{place}.{part}", getattr(frame, part), frame.population)
    if frame.covers and frame.covers[0] > frame.covers[1]:
        yield DocumentError(f"{place}.covers", "ends before it begins", "give the first day first")


def _position_faults(
    place: str, positions: tuple[int, ...], population: int | None
) -> Iterator[DocumentError]:
    if len(set(positions)) < len(positions):
        yield DocumentError(place, "names a position twice", "name each once")
    if population is not None and positions and max(positions) > population:
        fault = f"{max(positions)} lies beyond the population of {population}"
        yield DocumentError(place, fault, "count positions from 1 to the population")


def _mark_faults(
    instrument: Instrument, form: Form, indicator: Indicator, answers: Answers
) -> Iterator[DocumentError]:
    """Yield what is wrong with the number of marks of one indicator."""
    seen = answers.observed()[indicator.id]
    place, n, design = f"observations.{indicator.id}", seen.n, indicator.marks[form.id]
    if seen.grade not in form.grades:
        remedy = f"use {', '.join(form.grades)}"
        yield DocumentError(f"{place}.grade", f"{seen.grade} is not possible in the form {form.id}", remedy)
    if n < 1:
        remedy = f"give at least one mark, or leave {indicator.id} out"
        yield DocumentError(place, "sound, failing and unverified are all 0", remedy)
    if indicator.spread and indicator.is_small_team(answers.team_size):
        yield from _small_team_faults(place, seen, indicator.spread)
        return
    fixed = FIXED_MARKS.get(indicator.type)
    if fixed:
        if n != fixed:
            fault = f"{n} marks, but an answer of type {indicator.type} always has {fixed}"
            yield DocumentError(place, fault, f"let sound + failing + unverified be {fixed}")
        return
    # The question as a whole could not be verified: that counts in full, whatever could be found.
    if (seen.unverified, seen.grade) == (n, "E2") and n == design:
        return
    population = _population(instrument, indicator, answers)
    yield from _size_faults(place, seen, design, population)


def _small_team_faults(place: str, seen: Observation, spread: Spread) -> Iterator[DocumentError]:
    """Yield why an answer of a small team is not yes, no or could not verify: a share would name a person."""
    n, people = spread.small_marks, f"a team of fewer than {spread.small_team}"
    if seen.grade == "E4":
        fault = f"E4 is not possible for {people}: a share counted from an export would point at a person"
        yield DocumentError(f"{place}.grade", fault, "answer yes or no")
    if sorted((seen.sound, seen.failing, seen.unverified)) != [0, 0, n]:
        fault = f"the answer of {people} is yes or no, and never a share"
        yield DocumentError(place, fault, f"let one of sound, failing and unverified be {n}, the others 0")


def _size_faults(
    place: str, seen: Observation, design: int, population: int | None
) -> Iterator[DocumentError]:
    n, marks = seen.n, "sound + failing + unverified"
    most = {"E4": MAX_COUNTED, "E3": design}.get(seen.grade, MAX_REPORTED)
    if n > most:
        yield DocumentError(place, f"{n} marks at {seen.grade}", f"let {marks} be at most {most}")
    if population is None:
        return
    if n > population:
        fault = f"{n} marks, but the population is {population}"
        yield DocumentError(place, fault, f"let {marks} be at most {population}")
    drawn = min(design, population)
    # From an export the whole sample of 50 can be counted, or the very items that were drawn.
    right = {"E4": sizes(design, population), "E3": {drawn}}.get(seen.grade)
    if right and n not in right:
        wanted = " or ".join(str(each) for each in sorted(right))
        fault = f"{n} marks at {seen.grade} of a population of {population}"
        yield DocumentError(place, fault, f"let {marks} be {wanted}; what could not be opened is unverified")


def _counted_faults(indicator: Indicator, answers: Answers) -> Iterator[DocumentError]:
    """Yield what is wrong with where a count is said to come from."""
    place, given = f"counted.{indicator.id}", answers.counted[indicator.id]
    seen = answers.observations.get(indicator.id)
    if seen is None or seen.grade != "E4":
        yield DocumentError(
            place, "is not observed at E4", "give its observation at E4, or leave it out here"
        )
        return
    if not may_be_counted(indicator, answers.team_size):
        fault = f"an answer of type {indicator.type} is not counted from items"
        yield DocumentError(place, fault, "leave it out")
    yield from _position_faults(f"{place}.positions", given.positions, given.population)
    marks = seen.sound + seen.failing + seen.unverified
    if len(given.positions) != marks:
        fault = f"{len(given.positions)} positions, but {marks} marks"
        yield DocumentError(f"{place}.positions", fault, "name the position of each item that was counted")
    if given.covers[0] > given.covers[1]:
        yield DocumentError(f"{place}.covers", "ends before it begins", "give the first day first")
    if len(set(given.files)) < len(given.files):
        yield DocumentError(f"{place}.files", "names a file twice", "name each once")


def _population(instrument: Instrument, indicator: Indicator, answers: Answers) -> int | None:
    """Return of how many items an indicator was counted, None where that was not recorded."""
    if indicator.id in answers.counted:
        return answers.counted[indicator.id].population
    for frame in instrument.frames.values():
        given = answers.frames.get(frame.id)
        if given and given.population is not None and indicator.id in {c.indicator for c in frame.checks}:
            return given.population - len(given.replaced)
    return None
