"""What is asked: one immutable version of an instrument, as frozen models.

An instrument is data. It names what is measured (layers, dimensions, indicators), how it is looked at
(passes, frames, checks), the constants of the scoring, the patterns and the routes. Nothing in the
code names an indicator, a layer, a pattern or a destination of a particular instrument; what the code
does name is the method: three readings (claimed, likely, shown) and four grades of evidence (E1 to E4).

The texts are read from TOML by `assessment.content`; here stands what a complete instrument is.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Grade = Literal["E1", "E2", "E3", "E4"]
Reading = Literal["claimed", "likely", "shown"]
READINGS: tuple[Reading, ...] = ("claimed", "likely", "shown")
GRADES: tuple[Grade, ...] = ("E4", "E3", "E2", "E1")

AnswerType = Literal["count", "elapsed", "date", "anchors", "artefact", "spread"]
"""How an indicator is answered; each reduces to sound, failing and unverified (docs/method.md)."""

# Four quarters, four levels and two halves: the marks that one such answer stands for.
FIXED_MARKS: dict[str, int] = {"date": 4, "anchors": 4, "artefact": 2}

Rate = Annotated[float, Field(ge=0, le=1)]
Share = Annotated[float, Field(gt=0, lt=1)]  # neither nothing nor all
Text = Annotated[str, Field(min_length=1)]
# Ids are printed and stand in addresses, so they are short: "AB1", "WATCH", "P3a".
Id = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{0,9}[a-z]?$")]
# What a person may have to type: the name of a folder, of a form, a pattern, a destination.
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]


class Part(BaseModel):
    """A frozen piece of an instrument: unknown keys are refused, so a typing error is found."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, allow_inf_nan=False)


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


# --- how it is scored ---------------------------------------------------------------------------


class ByGrade(Part):
    E4: Rate
    E3: Rate
    E2: Rate
    E1: Rate


class OverClaim(Part):
    claimed: ByGrade
    likely: ByGrade
    shown: ByGrade  # E1 is not used: recall is not shown, its sound marks count as unverified


class FalseNegative(Part):
    claimed: ByGrade
    likely: ByGrade
    shown: ByGrade
    link_derived: Rate  # replaces claimed and likely where the count comes from links


class Selection(Part):
    """How many times likelier a failing item is to be unverifiable; under shown it is a deviation."""

    claimed: Annotated[float, Field(ge=1)]
    likely: Annotated[float, Field(ge=1)]


class Prior(Part):
    """Standard deviations on the logit scale."""

    team: Annotated[float, Field(gt=0)]
    dimension: Annotated[float, Field(gt=0)]
    indicator: Annotated[float, Field(gt=0)]


class Grid(Part):
    """The points at which a probability is reckoned, on the logit scale."""

    low: float
    high: float
    step: Annotated[float, Field(gt=0)]

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if not 2 <= (self.high - self.low) / self.step <= 200:
            raise ValueError(
                f"step {self.step:g} makes fewer than 3 points of {self.low:g} to {self.high:g}, "
                "or more than 201"
            )
        return self

    def points(self) -> tuple[float, ...]:
        """Return the points from low to high, both included."""
        count = round((self.high - self.low) / self.step) + 1
        return tuple(self.low + i * self.step for i in range(count))


class Band(Part):
    """A level, from `above` up to where the next one begins."""

    id: Id
    above: Annotated[float, Field(ge=0, lt=100)]
    word: Annotated[str, Field(min_length=1, max_length=30)]  # it is drawn below a scale
    sentence: Text


class Gates(Part):
    """When the composite, Likely and a dimension may be printed."""

    answered_share: Rate
    unverified_share: Rate
    recalled_share: Rate
    dimension_indicators: Annotated[int, Field(ge=1)]


class ClaimGap(Part):
    """Points by which Claimed may stand above Shown before the words change.

    Below `small` the gap is small; above `large` much of the picture has not been shown.
    """

    small: Annotated[float, Field(gt=0, lt=100)]
    large: Annotated[float, Field(gt=0, lt=100)]

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if self.small >= self.large:
            raise ValueError(f"small {self.small:g} is not below large {self.large:g}")
        return self


class Downgrade(Part):
    """Confidence loses one level above the first limit, two above the second (where there is one)."""

    once: float
    twice: float | None = None
    reason: Text  # {value} is the figure found, {limit} the limit it passed


class HalfWidth(Downgrade):
    """Where Likely may not be printed, neither may its width: then `withheld` is the reason."""

    withheld: Text  # {limit} is the limit it passed


class Confidence(Part):
    """GRADE mechanics: start at the first level, step down per line, never below the last."""

    levels: tuple[Text, ...]
    half_width: HalfWidth  # points of the 90 % interval of Likely
    unverified: Downgrade  # share of marks
    weak_grades: Downgrade  # share of indicators at E1 or E2
    undrawn: Text  # reason: a frame larger than its sample was not drawn
    independent: Downgrade  # share of indicators at E4; below `once` costs a level
    stale_days: Downgrade  # days between the end of the window and the day of finishing


class PatternLimits(Part):
    present: Rate
    possible: Rate
    unverified_share: Rate
    low_below: Rate  # soundness below which an indicator counts as low


class Drivers(Part):
    shown: Annotated[int, Field(ge=1)]


class ReassessmentPolicy(Part):
    """When a later run differs reliably: the probability of the direction, and the least change seen.

    `standard_errors` of the difference are the least change that can be told from chance.
    """

    probability: Annotated[float, Field(gt=0.5, lt=1)]
    standard_errors: Annotated[float, Field(gt=0)]


class AgreementPolicy(Part):
    """How far two observers of the same items should agree beyond chance, 1 being always."""

    target: Rate


class Contradiction(Part):
    """Two indicators that seldom disagree this much: the self-check points at the pair."""

    high: Id
    low: Id
    sentence: Text


class Consistency(Part):
    high_above: Rate
    low_below: Rate
    pairs: tuple[Contradiction, ...]


class Constants(Part):
    """Every number of the scoring that is a policy of this instrument, none of them in code."""

    method: Text
    clip: tuple[Share, Share]
    over_claim: OverClaim
    false_negative: FalseNegative
    correlation: ByGrade
    selection: Selection
    prior: Prior
    indicator_grid: Grid
    team_grid: Grid
    power: Annotated[float, Field(ge=0.01, le=1)]
    gradient_step: Annotated[float, Field(ge=1e-6, le=1)]
    interval: Share
    bands: tuple[Band, ...]
    award_probability: Share
    claim_gap: ClaimGap
    gates: Gates
    confidence: Confidence
    patterns: PatternLimits
    drivers: Drivers
    reassessment: ReassessmentPolicy
    agreement: AgreementPolicy
    consistency: Consistency

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        limit = 1 / self.selection.likely
        for reading in ("claimed", "likely"):
            for grade in GRADES:
                if getattr(getattr(self.false_negative, reading), grade) > limit:
                    raise ValueError(
                        f"false_negative.{reading}.{grade} is above 1/selection.likely: "
                        "a failing item would score above an unverified one"
                    )
        if self.false_negative.link_derived > limit:
            raise ValueError("false_negative.link_derived is above 1/selection.likely")
        for reading in READINGS:
            for grade in GRADES:
                used = (reading, grade) != ("shown", "E1")  # what is recalled is not shown
                if used and getattr(getattr(self.over_claim, reading), grade) == 1:
                    raise ValueError(f"over_claim.{reading}.{grade} is 1: a sound mark would say nothing")
        if fault := next(self._crossed(), ""):
            raise ValueError(fault)
        if self.team_grid.step > self.prior.team:
            raise ValueError("team_grid.step is coarser than the spread prior.team")
        if self.indicator_grid.step > min(self.prior.dimension, self.prior.indicator):
            raise ValueError("indicator_grid.step is coarser than the spreads of dimension and indicator")
        starts = [band.above for band in self.bands]
        if not 2 <= len(starts) <= 9:
            raise ValueError(f"bands must be two to nine, not {len(starts)}")
        if len(self.confidence.levels) < 2:
            raise ValueError("confidence.levels needs at least two levels")
        if starts[0] != 0 or any(after <= before for before, after in pairwise(starts)):
            raise ValueError("bands must begin at 0 and rise")
        if len({band.id for band in self.bands}) < len(self.bands):
            raise ValueError("bands must have ids of their own")
        if self.clip[0] >= self.clip[1]:
            raise ValueError("clip must rise")
        return self

    def _crossed(self) -> Iterator[str]:
        """Yield what would put a stricter reading above a kinder one."""
        if self.selection.claimed > self.selection.likely:
            yield "selection.claimed is above selection.likely: Claimed could fall below Likely"
        for kinder, stricter in pairwise(READINGS):
            words = f"{kinder.capitalize()} could fall below {stricter.capitalize()}"
            # What is over-claimed lowers a reading, what was wrongly failed raises it.
            for name, lower, higher in (
                ("over_claim", kinder, stricter),
                ("false_negative", stricter, kinder),
            ):
                rates = getattr(self, name)
                for grade in GRADES:
                    if (stricter, grade) == ("shown", "E1"):
                        continue  # what is recalled is not shown
                    if getattr(getattr(rates, lower), grade) > getattr(getattr(rates, higher), grade):
                        yield f"{name}.{lower}.{grade} is above {name}.{higher}.{grade}: {words}"


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
        faults = list(_faults(self))
        if faults:
            raise ValueError("\n".join(" ".join(fault.splitlines()) for fault in faults))
        return self


def _faults(instrument: Instrument) -> Iterator[str]:
    """Yield what does not fit together between the parts, in words that name both."""
    known = [i.id for _, _, i in instrument._walk()]
    yield from _repeated("indicator", known)
    yield from _repeated("frame", [f.id for each in instrument.passes for f in each.frames])
    yield from _repeated("pattern", [p.id for p in instrument.patterns])
    yield from _repeated("layer", [layer.id for layer in instrument.layers])
    yield from _repeated("dimension", [d.id for layer in instrument.layers for d in layer.dimensions])
    yield from _repeated("pass", [each.id for each in instrument.passes])
    yield from _repeated("form", [form.id for form in instrument.forms])
    yield from _repeated("context", [f.context.id for f in instrument.frames.values() if f.context])
    yield from _repeated("destination", [d.id for d in instrument.destinations])
    if sorted(grade.id for grade in instrument.grades) != sorted(GRADES):
        yield "the grades are not E1, E2, E3 and E4, each once"
    total = sum(layer.weight for layer in instrument.layers)
    if abs(total - 1) > 1e-9:
        yield f"the weights of the layers sum to {total:g}, not to 1"
    places = sorted(layer.lineage for layer in instrument.layers)
    if places != list(range(1, len(places) + 1)):
        found = ", ".join(str(place) for place in places)
        yield f"the places of the layers in the lineage are {found}, not 1 to {len(places)}, each once"
    forms = {form.id for form in instrument.forms}
    for indicator in instrument.indicators.values():
        for form_id in indicator.marks.keys() - forms:
            yield f"indicator {indicator.id}: form '{form_id}' is not defined; known forms: {_list(forms)}"
    asked = [c.indicator for f in instrument.frames.values() for c in f.checks]
    asked += [s.indicator for each in instrument.passes for s in each.singles]
    yield from _repeated("question for indicator", asked)
    for name in asked:
        if name not in known:
            yield f"a question asks for indicator '{name}', which is not defined"
    for name in known:
        if instrument.indicators[name].marks and name not in asked:
            yield f"indicator {name}: no pass asks for it"
    yield from _kind_faults(instrument)
    for pair in instrument.constants.consistency.pairs:
        for name in (pair.high, pair.low):
            if name not in known:
                yield f"consistency: indicator '{name}' is not defined"
    yield from _memory_faults(instrument)
    yield from _pattern_faults(instrument, set(known))
    yield from _route_faults(instrument)


def _kind_faults(instrument: Instrument) -> Iterator[str]:
    """Yield what is asked in a way that its answer type does not have."""
    of_items = {c.indicator for f in instrument.frames.values() for c in f.checks}
    for name, indicator in instrument.indicators.items():
        counted = indicator.type in ("count", "elapsed")
        if name in of_items and not counted:
            yield f"question for indicator '{name}': type '{indicator.type}' is asked once, under 'singles'"
        if counted and indicator.marks and name not in of_items:
            yield f"indicator {name}: type '{indicator.type}' is asked of opened items, under 'checks'"


def _memory_faults(instrument: Instrument) -> Iterator[str]:
    """Yield what a form from memory asks without saying how."""
    for form_id in (form.id for form in instrument.forms if form.from_memory):
        asked = instrument.asked(form_id)
        for frame in instrument.frames.values():
            checks = [check for check in frame.checks if check.indicator in asked]
            for check in checks:
                if not check.from_memory:
                    yield (
                        f"question for indicator '{check.indicator}': form '{form_id}' asks it from memory, "
                        "so it needs 'from_memory', which asks how many"
                    )
            sizes = sorted({asked[check.indicator].marks[form_id] for check in checks})
            if len(sizes) > 1:
                yield (
                    f"frame '{frame.id}': of the same items form '{form_id}' always has the same number of "
                    f"marks, not {' and '.join(map(str, sizes))}"
                )
        for single in (single for each in instrument.passes for single in each.singles):
            if single.indicator in asked:
                yield from _choice_faults(single, asked[single.indicator], form_id)


def _choice_faults(single: Single, indicator: Indicator, form_id: str) -> Iterator[str]:
    lead = f"question for indicator '{single.indicator}': form '{form_id}'"
    if indicator.type == "spread":
        # A share of a small team would point at a person, and a choice cannot know how large it is.
        yield f"{lead} asks it from memory by choices, but type 'spread' always has a share"
    elif len(single.choices) < 2:
        yield f"{lead} asks it from memory, so it needs two or more 'choices'"
    elif any(after.sound >= before.sound for before, after in pairwise(single.choices)):
        # A report knows only how many marks are sound, and says with them which choice was taken.
        yield f"{lead} asks it from memory, so the 'sound' of its 'choices' must fall from one to the next"
    elif (most := max(choice.sound for choice in single.choices)) > indicator.marks[form_id]:
        yield f"{lead} always has {indicator.marks[form_id]} marks, but one of its choices has {most} sound"


def _pattern_faults(instrument: Instrument, known: set[str]) -> Iterator[str]:
    contexts = {f.context.id for f in instrument.frames.values() if f.context}
    for pattern in instrument.patterns:
        for name in (*pattern.required, *pattern.any_of):
            if name not in known:
                yield f"pattern '{pattern.id}': indicator '{name}' is not defined"
        if pattern.context and pattern.context.id not in contexts:
            yield f"pattern '{pattern.id}': context '{pattern.context.id}' is not defined"


def _route_faults(instrument: Instrument) -> Iterator[str]:
    destinations = {d.id for d in instrument.destinations}
    patterns = {p.id for p in instrument.patterns}
    layers = {layer.id for layer in instrument.layers}
    bands = {band.id for band in instrument.constants.bands}
    levels = set(instrument.constants.confidence.levels)
    yield from _repeated("rule number", [str(rule.number) for rule in instrument.rules])
    for rule in instrument.rules:
        if rule.to not in destinations:
            yield f"rule {rule.number}: destination '{rule.to}' is not defined; known: {_list(destinations)}"
        for condition in rule.any:
            for name in (*(condition.pattern_present or ()), *(condition.pattern_possible or ())):
                if name not in patterns:
                    yield f"rule {rule.number}: pattern '{name}' is not defined"
            for name in set(condition.awarded or ()) - bands:
                yield f"rule {rule.number}: band '{name}' is not defined; known: {_list(bands)}"
            for name in set(condition.confidence or ()) - levels:
                yield f"rule {rule.number}: confidence '{name}' is not defined; known: {_list(levels)}"
            named = [condition.layer_lowest.layer] if condition.layer_lowest else []
            named += (
                [condition.layer_below.layer, condition.layer_below.than] if condition.layer_below else []
            )
            for name in named:
                if name not in layers:
                    yield f"rule {rule.number}: layer '{name}' is not defined; known: {_list(layers)}"
    if not any(condition.always for condition in instrument.rules[-1].any):
        yield "the last rule must hold always, so that every outcome is routed"


def _repeated(what: str, names: list[str]) -> Iterator[str]:
    for name in sorted({n for n in names if names.count(n) > 1}):
        yield f"{what} '{name}' is defined twice"


def _list(names: set[str]) -> str:
    return ", ".join(sorted(names))
