"""What is asked: one immutable version of an instrument, as frozen models.

An instrument is data. It names what is measured (layers, dimensions, indicators), how it is looked at
(passes, frames, checks), the patterns and the routes; the numbers of its scoring are in `constants`. Nothing
in the code names an indicator, a layer, a pattern or a destination of a particular instrument; what the code
does name is in `method`.

The texts are read from TOML by `assessment.content`; here stands what a complete instrument is.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from assessment.core.coherence import faults_of
from assessment.core.constants import Constants
from assessment.core.method import FIXED_MARKS, AnswerType, Grade
from assessment.core.part import Id, Part, Rate, Slug, Text

# --- what is measured ---------------------------------------------------------------------------


class Spread(Part):
    """The target of an indicator that depends on the team's size.

    It is `1 - min(ceiling, max(floor, people / size))`.

    Below `small_team` people the share would point at a person: the floor is `small_floor`, the answer
    a yes or no that stands for `small_marks` marks, and no share is ever printed.
    """

    people: Annotated[float, Field(gt=0)]
    ceiling: Rate
    floor: Rate
    small_team: Annotated[int, Field(ge=0)]
    small_floor: Rate
    small_marks: Annotated[int, Field(ge=1, le=50)]
    small_sound: Text  # the finding for a small team: "No one person completed more than half ..."
    small_failing: Text


class Indicator(Part):
    """One observable thing, and how good it must be.

    `marks` is the design size by form (a form that is not named does not ask it); `floor` and `target`
    are rates: soundness is 0 at the floor, 100 at the target, flat outside.
    """

    id: Id
    name: Text
    type: AnswerType
    marks: dict[str, Annotated[int, Field(ge=1, le=50)]]
    floor: Rate
    target: Rate
    target_source: Text
    days: Annotated[int, Field(gt=0)] | None = None  # date: the interval T; elapsed: the target, else its own
    spread: Spread | None = None
    anchors: tuple[Text, ...] = ()  # anchors and date: five, worst first; artefact: three, best first
    provisional: bool = False
    not_applicable: tuple[Text, ...] = ()
    sentence: Text  # the finding as counts: {sound} {failing} {unverified} {seen} {n}
    weak: Text  # the finding as a short title when it is low: "Done, accepted by nobody else"
    fix: Text  # what to do first
    verify: Text  # what to open, so that it can be shown
    measured: str = ""  # how a system of record counts it (E4); empty when none can

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.floor >= self.target:
            raise ValueError(f"floor {self.floor} is not below target {self.target}")
        if self.type == "date" and self.days is None:
            raise ValueError("type 'date' needs 'days'")
        if self.type == "spread" and self.spread is None:
            raise ValueError("type 'spread' needs a table 'spread'")
        if self.spread:  # the target rises with the size, so the smallest team on each side tells
            for size in sorted({2, max(2, self.spread.small_team)}):
                floor, target = self.rates(size)
                if floor > target - 1e-9:
                    raise ValueError(f"floor {floor:g} is not below target {target:g} of a team of {size}")
        if self.type in ("anchors", "date") and len(self.anchors) != 5:
            raise ValueError(f"type '{self.type}' needs five 'anchors', worst first")
        if self.type == "artefact" and len(self.anchors) != 3:
            raise ValueError("type 'artefact' needs three 'anchors': current, partial, absent")
        fixed = FIXED_MARKS.get(self.type)
        if fixed and any(n != fixed for n in self.marks.values()):
            raise ValueError(f"type '{self.type}' always has {fixed} marks")
        return self

    def rates(self, team_size: int) -> tuple[float, float]:
        """Return (floor, target) as rates for a team of this many people."""
        if self.spread is None:
            return self.floor, self.target
        share = min(self.spread.ceiling, max(self.spread.floor, self.spread.people / team_size))
        small = team_size < self.spread.small_team
        return (self.spread.small_floor if small else self.floor), 1 - share

    def is_small_team(self, team_size: int) -> bool:
        """Is the team so small that this answer is yes or no and its share is never printed?"""
        return self.spread is not None and team_size < self.spread.small_team


class Dimension(Part):
    """Indicators that make up one part of a layer.

    `published` and `signal` are what a published framework calls it, empty where there is none.
    """

    id: Id
    name: Text
    published: str = ""
    signal: str = ""
    practice: Text  # what to practise when it is weakest; ends the sentence "Start with ..."
    indicators: Annotated[tuple[Indicator, ...], Field(min_length=1)]


class Layer(Part):
    """One layer of the lineage, with its weight in the composite."""

    id: Id
    name: Text
    role: Text  # what it is in the lineage: "what comes first"
    term: str = ""  # id in terms.toml, where the layer is a defined word of a framework
    meaning: Text
    lineage: Annotated[int, Field(ge=1)]  # its place there: 1 is what comes first, the last is the outcome
    weight: Annotated[float, Field(gt=0, le=1)]
    dimensions: Annotated[tuple[Dimension, ...], Field(min_length=1)]


# --- how it is looked at ------------------------------------------------------------------------


class Check(Part):
    """One question asked of an opened item, feeding one indicator. Yes is sound."""

    indicator: Id
    question: Text
    hint: Text
    from_memory: str = ""  # where a form asks it from memory: "How many of them ...?"
    timer_s: Annotated[int, Field(gt=0, le=3600)] | None = None  # seconds of a clock that a page may offer


class Choice(Part):
    """One answer to a single question where a form asks it from memory; so many of its marks are sound."""

    text: Text
    sound: Annotated[int, Field(ge=0)]


class Single(Part):
    """One question that is not about an opened item: a date, a state, an anchor, a spread."""

    indicator: Id
    title: Text
    question: Text
    hint: Text
    small_question: str = ""  # spread: the yes-or-no question for a small team
    choices: tuple[Choice, ...] = ()  # where a form asks it from memory, best first


class Context(Part):
    """Two counts that are not scored; the second is the population of the frame that asks for them."""

    id: Id
    total_question: Text
    question: Text
    hint: Text
    sentence: Text  # {on_track} {of}


class Frame(Part):
    """One population, where it comes from, and the checks asked of each item drawn from it."""

    id: Id
    name: Text  # "Loaves baked"
    item: Text  # "loaf baked"
    items: Text  # "loaves baked"
    find: Text  # how to make the list, in two sentences
    window_shift: Annotated[int, Field(ge=0, le=3660)] = 0  # days by which this frame's window lies earlier
    latest: bool = False  # the latest items are taken, none are drawn, and confidence does not mind
    context: Context | None = None
    checks: Annotated[tuple[Check, ...], Field(min_length=1)]


class Pass(Part):
    """One sitting: frames and singles, with its expected minutes by form."""

    id: Id
    name: Text
    purpose: Text
    minutes: dict[str, Annotated[float, Field(gt=0)]]
    frames: tuple[Frame, ...] = ()
    singles: tuple[Single, ...] = ()


class Form(Part):
    """A length of the instrument: which reading it can support and what it may print."""

    id: Slug
    name: Text
    purpose: Text
    limit: Text  # what a reader must know about its precision
    minutes: Annotated[float, Field(gt=0)]
    not_applicable_at_most: Annotated[int, Field(ge=0)]
    grades: tuple[Grade, ...] = ("E1", "E2", "E3", "E4")
    from_memory: bool = False  # claimed and shown only: no likely, bands, patterns, drivers, confidence
    prints_dimensions: bool = False

    @model_validator(mode="after")
    def _is_coherent(self) -> Self:
        if self.from_memory and self.grades != ("E1",):
            raise ValueError("'from_memory' needs grades = [\"E1\"]: what is recalled is not shown")
        if self.from_memory and self.prints_dimensions:
            raise ValueError("give either 'from_memory' or 'prints_dimensions', not both")
        return self


# --- what it means ------------------------------------------------------------------------------


class ContextAtLeast(Part):
    id: Id
    share: Rate


class Pattern(Part):
    """A named way execution fails. Low(required) all, and low of at least one of `any_of`.

    `unverified_at_least` stands alone: the pattern is present by the share of unverified marks.
    `alone` says what holds when a form asks none of `any_of`: "possible" caps the pattern at possible
    on its first member, "not-asked" leaves it out of the form.
    """

    id: Slug
    name: Text
    meaning: Text
    first_move: Text
    practice: Text
    required: tuple[Id, ...] = ()
    any_of: tuple[Id, ...] = ()
    alone: Literal["possible", "not-asked"] = "not-asked"
    context: ContextAtLeast | None = None
    unverified_at_least: Rate | None = None

    @model_validator(mode="after")
    def _has_a_rule(self) -> Self:
        if bool(self.required) == (self.unverified_at_least is not None):
            raise ValueError("give either 'required' or 'unverified_at_least'")
        return self


class LayerBelow(Part):
    layer: Id
    than: Id
    by: float


class LayerLowest(Part):
    layer: Id
    by: float


class Condition(Part):
    """A small closed form: every key that is given must hold. `reason` is printed when it fires.

    Placeholders of `reason`: {unverified_share} {shown} {patterns} {claim_gap} {layer} {points} {confidence}
    {gate} {form}; each is filled from the diagnosis.
    """

    reason: Text
    gate_failed: Literal[True] | None = None
    from_memory: Literal[True] | None = None
    confidence: tuple[Text, ...] | None = None
    unverified_share_at_least: Rate | None = None
    shown_below: float | None = None
    patterns_present_at_least: int | None = None
    claim_gap_above: float | None = None
    awarded: tuple[Id, ...] | None = None  # ids of bands
    layer_lowest: LayerLowest | None = None
    layer_below: LayerBelow | None = None
    any_layer_below: float | None = None
    pattern_present: tuple[Slug, ...] | None = None  # any of these; empty: any pattern at all
    pattern_possible: tuple[Slug, ...] | None = None
    always: Literal[True] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.model_fields_set - {"reason"}):
            raise ValueError("a condition needs at least one test beside its reason")
        return self


class Rule(Part):
    """One line of the routing table; the first that matches wins."""

    number: Annotated[int, Field(ge=0)]
    to: Slug
    any: Annotated[tuple[Condition, ...], Field(min_length=1)]
    secondary: bool = True  # may the destinations of later matching rules stand beside it?
    names: Literal["", "pattern-practice", "dimension-practice"] = ""


class Destination(Part):
    id: Slug
    name: Text
    action: Text  # the button
    sentence: Text  # what it is for
    url: Annotated[str, Field(pattern=r"^(https://[^\s/]+(/\S*)?)?$")] = (
        ""  # empty: an address of the site's settings, or the diagnosis itself
    )
    site_setting: str = ""  # the name in content/site.toml that holds the address
    disclosure: str = ""  # who it belongs to

    @model_validator(mode="after")
    def _leads_to_one_place(self) -> Self:
        if self.url and self.site_setting:
            raise ValueError("give either 'url' or 'site_setting', not both")
        return self


# --- the whole ----------------------------------------------------------------------------------


class GradeMeaning(Part):
    id: Grade
    name: Text
    meaning: Text


class Instrument(Part):
    """One version of an instrument, complete.

    `sha256` is the hash over its files (64 hex digits, set by the reader); `constants_sha256` over
    constants.toml alone.
    """

    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}/(0|[1-9]\d{0,3})(\.(0|[1-9]\d{0,3})){2}$")]
    name: Text
    draft: bool = False
    language: Text
    window_days: Annotated[int, Field(gt=0, le=3660)]
    grades: tuple[GradeMeaning, ...]
    forms: Annotated[tuple[Form, ...], Field(min_length=1)]
    layers: Annotated[tuple[Layer, ...], Field(min_length=1)]
    passes: Annotated[tuple[Pass, ...], Field(min_length=1)]
    constants: Constants
    patterns: tuple[Pattern, ...]
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]
    destinations: Annotated[tuple[Destination, ...], Field(min_length=1)]
    sha256: str = ""
    constants_sha256: str = ""

    @property
    def version(self) -> str:
        """The version, as "1.0.0"."""
        return self.key.rpartition("/")[2]

    @cached_property
    def indicators(self) -> dict[str, Indicator]:
        """Every indicator by id, in the order of the layers."""
        return {i.id: i for _, _, i in self._walk()}

    @cached_property
    def dimension_of(self) -> dict[str, Dimension]:
        """The dimension of each indicator id."""
        return {i.id: dimension for _, dimension, i in self._walk()}

    @cached_property
    def layer_of(self) -> dict[str, Layer]:
        """The layer of each indicator id."""
        return {i.id: layer for layer, _, i in self._walk()}

    @cached_property
    def frames(self) -> dict[str, Frame]:
        """Every frame by id, in the order of the passes."""
        return {frame.id: frame for each in self.passes for frame in each.frames}

    def form(self, form_id: str) -> Form:
        """Return the form. Raises KeyError when this version has none of that id."""
        return {form.id: form for form in self.forms}[form_id]

    def pattern(self, pattern_id: str) -> Pattern:
        """Return the pattern. Raises KeyError."""
        return {pattern.id: pattern for pattern in self.patterns}[pattern_id]

    def destination(self, destination_id: str) -> Destination:
        """Return the destination. Raises KeyError."""
        return {destination.id: destination for destination in self.destinations}[destination_id]

    def asked(self, form_id: str) -> dict[str, Indicator]:
        """Return the indicators that a form asks, by id, in the order of the layers."""
        return {i.id: i for i in self.indicators.values() if form_id in i.marks}

    def frame_size(self, frame: Frame, form_id: str) -> int:
        """Return how many items are drawn from a frame in a form; 0 when the form does not ask it."""
        return max((self.indicators[c.indicator].marks.get(form_id, 0) for c in frame.checks), default=0)

    def items(self, form_id: str) -> int:
        """Return how many items a form has opened at most; 0 for one that is answered from memory."""
        if self.form(form_id).from_memory:
            return 0
        return sum(self.frame_size(frame, form_id) for frame in self.frames.values())

    def _walk(self) -> Iterator[tuple[Layer, Dimension, Indicator]]:
        for layer in self.layers:
            for dimension in layer.dimensions:
                for indicator in dimension.indicators:
                    yield layer, dimension, indicator

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        faults = list(faults_of(self))
        if faults:
            raise ValueError("\n".join(" ".join(fault.splitlines()) for fault in faults))
        return self
