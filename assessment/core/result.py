"""The result document: what a diagnosis writes, described once (docs/schemas/result.schema.json).

`diagnosis.diagnose` makes it; here stands what a complete one is, for whoever reads one back. A figure that
a gate forbids is None, and its reason is in `gate`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from assessment.core.answers import Answers
from assessment.core.interchange import DocumentError, read_object
from assessment.core.patterns import State

Score = Annotated[float, Field(ge=0, le=100)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Verdict = Literal["reliable improvement", "reliable decline", "no reliable change"]
Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[tuple[Text, ...], Field(strict=False)]  # a list in JSON


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class PinnedInstrument(_Part):
    """The version of the instrument that was answered and scored."""

    key: Text
    sha256: Sha256


class GateResult(_Part):
    """Whether there is enough evidence for a composite; `reasons` also name what is withheld besides."""

    passed: bool
    reasons: Texts


class EstimateResult(_Part):
    """A score with its standard deviation and the ends of its interval, all 0 to 100; or four times None."""

    mean: Score | None
    sd: Score | None
    low: Score | None
    high: Score | None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        figures = (self.mean, self.sd, self.low, self.high)
        if None in figures and any(each is not None for each in figures):
            raise ValueError("give all of mean, sd, low and high, or none")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError("low is above high")
        return self


class OwnEstimateResult(_Part):
    """What one indicator's own evidence says; `p_low` is the probability that it is low."""

    mean: Score | None
    sd: Score | None
    p_low: Share | None


class ReadingResult(_Part):
    """One reading. Layers and dimensions are those that the form asks; indicators those answered."""

    composite: EstimateResult
    layers: dict[Text, EstimateResult]
    dimensions: dict[Text, EstimateResult]
    indicators: dict[Text, OwnEstimateResult]


class ReadingResults(_Part):
    """The three readings of the same answers."""

    claimed: ReadingResult
    likely: ReadingResult
    shown: ReadingResult


class MostLikelyBand(_Part):
    """The band in which Likely most probably lies."""

    band: Text | None
    probability: Share | None


class BandResults(_Part):
    """The most likely band, and the one that what is shown has earned."""

    most_likely: MostLikelyBand
    awarded: Text | None


class ConfidenceResult(_Part):
    """How far the result can be trusted, and what lowers that."""

    grade: Text | None
    reasons: Texts


class Items(_Part):
    """All marks by what became of them."""

    sound: Count
    failing: Count
    unverified: Count


class PatternResult(_Part):
    """One pattern, how far it was found, and the indicators that carry it or stand in the way."""

    id: Text
    state: State
    strength: Share | None
    because: Texts


class DriverResult(_Part):
    """One indicator and how many points it stands for."""

    id: Text
    gain: Score


class DriverResults(_Part):
    """What to fix and what to verify first, best first."""

    fix_first: Annotated[tuple[DriverResult, ...], Field(strict=False)]
    verify_first: Annotated[tuple[DriverResult, ...], Field(strict=False)]


class RouteResult(_Part):
    """The rule that picked the next step, where it leads, and what would have led elsewhere."""

    rule: Count
    primary: Text
    secondary: Annotated[tuple[Text, ...], Field(strict=False, max_length=2)]
    reasons: Texts
    would_change: Texts


class FollowedResult(_Part):
    """The earlier diagnosis of the same team: its report, and the counts that were compared."""

    code: Text
    sha256: Sha256
    answers: Answers


class Obstacle(_Part):
    """Why two diagnoses are not compared."""

    kind: Literal[
        "instrument",
        "method",
        "order",
        "windows",
        "earlier",
        "later",
        "both",
        "nothing",
        "deleted",
        "unreadable",
    ]
    fault: Text


class LikelyThen(_Part):
    """Likely of a part at one of the two times; an indicator by its own evidence has no interval."""

    mean: Score
    sd: Score
    low: Score | None = None
    high: Score | None = None


class ChangeResult(_Part):
    """How far a part moved, in points, how sure that is, and what would have been told from chance."""

    then: LikelyThen
    now: LikelyThen
    difference: float
    standard_error: Annotated[float, Field(gt=0)]
    z: float
    probability: Share
    detectable: Annotated[float, Field(gt=0)]
    verdict: Verdict


class ChangeResults(_Part):
    """The changes of the whole, and of its parts by id."""

    whole: ChangeResult
    layers: dict[Text, ChangeResult]
    dimensions: dict[Text, ChangeResult]
    indicators: dict[Text, ChangeResult]


class ComparisonResult(_Part):
    """What changed since the earlier diagnosis that this one follows, or why nothing can be said."""

    earlier: FollowedResult | None
    not_comparable: Obstacle | None
    indicators: Texts
    left_out: Texts
    changes: ChangeResults | None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if (self.changes is None) is (self.not_comparable is None):
            raise ValueError("give the changes, or why there are none")
        if self.changes is not None and self.earlier is None:
            raise ValueError("names changes since nothing")
        return self


class Result(_Part):
    """A diagnosis, complete: the answers as they were read, and everything that follows from them.

    `comparison` is there where it was begun as another look at a team that was diagnosed before.
    """

    method: Text
    instrument: PinnedInstrument
    constants_sha256: Sha256
    answers_sha256: Sha256
    answers: Answers
    gate: GateResult
    readings: ReadingResults
    bands: BandResults
    confidence: ConfidenceResult
    items: Items
    patterns: Annotated[tuple[PatternResult, ...], Field(strict=False)]
    drivers: DriverResults
    route: RouteResult
    comparison: ComparisonResult | None = None

    @model_validator(mode="after")
    def _keeps_to_its_gate(self) -> Self:
        if self.gate.passed:
            return self
        readings = (self.readings.claimed, self.readings.likely, self.readings.shown)
        wholes = [each.composite.mean for each in readings]
        wholes += [
            part.mean for each in readings for part in (*each.layers.values(), *each.dimensions.values())
        ]
        bands = (self.bands.most_likely.band, self.bands.awarded)
        if any(each is not None for each in (*wholes, *bands, self.confidence.grade)):
            raise ValueError("holds a figure that its closed gate forbids")
        return self


def read_result(text: bytes) -> tuple[Result, dict[str, Any]]:
    """Return the result in a JSON document, and the document itself.

    Raises DocumentError, one line, for anything that is not a complete result.
    """
    document = read_object(text)
    try:
        return Result.model_validate(document), document
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "document"
        fault = first["msg"].removeprefix("Value error, ")
        fault = f"is no result of a diagnosis: {fault[:1].lower()}{fault[1:]}"
        raise DocumentError(place, fault, "take the document as `diagnose` wrote it") from None
