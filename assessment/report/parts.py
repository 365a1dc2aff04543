"""The shape of a report: everything it says, ready to be set on screen or paper.

Sentences are whole, numbers are formatted, nothing is left to decide in a template. Figures of the 0 to
100 scale are soundness, where higher is better; counts are checks. `theirs` in a comment marks text that
somebody typed: templates set it through `theirs`, never as markup.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from assessment.report.figures import Drawing, Figure, Span, points

Legend = tuple[tuple[Drawing, str], ...]


@dataclass(frozen=True, slots=True)
class Marks:
    """Checks by outcome."""

    sound: int
    failing: int
    unverified: int

    @property
    def n(self) -> int:
        return self.sound + self.failing + self.unverified


@dataclass(frozen=True, slots=True)
class Range:
    """A figure of the 0 to 100 scale with its 90 % interval, unrounded for drawing, whole for reading."""

    mean: float
    low: float
    high: float

    @property
    def value(self) -> int:
        return points(self.mean)

    @property
    def interval(self) -> str:
        return f"{points(self.low)} to {points(self.high)}"

    @property
    def span(self) -> Span:
        return Span(self.mean, self.low, self.high)


@dataclass(frozen=True, slots=True)
class Reading:
    """One of the three readings of the whole, and what it takes at its word."""

    id: Literal["shown", "likely", "claimed"]
    name: str
    meaning: str
    range: Range | None
    withheld: str = ""  # why there is no figure


@dataclass(frozen=True, slots=True)
class Gap:
    """The distance from Claimed to Shown, as it follows from the two figures printed."""

    points: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Confidence:
    grade: str
    reasons: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found for one indicator; `drawing` stands beside the sentence and says the same.

    `share` draws the exact interval, where there is one.
    """

    id: str
    name: str
    state: Literal["seen", "not-applicable", "not-answered"]
    sentence: str
    marks: Marks | None = None
    drawing: Drawing | None = None
    interval: str = ""
    share: Drawing | None = None
    grade: str = ""
    grade_words: str = ""
    source: str = ""  # the system whose export it was counted from
    soundness: str = ""
    heading: str = ""  # the finding as a short title
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A pattern, or an indicator where there are fewer than three, with what triggered it."""

    title: str
    state: str  # "present", "possible", or "" where it is no pattern
    text: str
    seen: tuple[Seen, ...]
    anchor: str
    page: Link | None = None  # the page of the site about it


@dataclass(frozen=True, slots=True)
class Belief:
    """What was expected before looking, beside what was found, both in the words of the indicator.

    `drawing` sets the two on one line where both are counts.
    """

    id: str
    name: str
    expected: str
    found: str
    drawing: Drawing | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A printed address: `shown` is how it is read on paper, `url` where it leads."""

    url: str
    shown: str


@dataclass(frozen=True, slots=True)
class Destination:
    title: str
    action: str
    sentence: str
    link: Link
    disclosure: str


@dataclass(frozen=True, slots=True)
class Step:
    """The one next step, the rule that picked it, and what would change it."""

    rule: int
    primary: Destination
    others: tuple[Destination, ...]
    reasons: tuple[str, ...]
    would_change: tuple[str, ...]
    unchanged: str  # what to say when nothing would


@dataclass(frozen=True, slots=True)
class Layer:
    id: str
    name: str  # without its mark
    mark: str
    role: str
    meaning: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Dimension:
    id: str
    name: str
    known_as: str  # what a published framework calls it, "" where there is none
    sentence: str  # its figure, where the form prints one
    indicators: tuple[Seen, ...]


@dataclass(frozen=True, slots=True)
class LayerDetail:
    name: str
    mark: str
    dimensions: tuple[Dimension, ...]


@dataclass(frozen=True, slots=True)
class PatternTold:
    id: str
    name: str
    state: str
    meaning: str
    strength: str
    first_move: str
    because: str  # what triggered it, or why nobody can tell
    seen: tuple[Seen, ...]
    page: Link | None  # the page of the site about it, where there is one


@dataclass(frozen=True, slots=True)
class Patterns:
    """The named patterns by what can be said of them."""

    present: tuple[PatternTold, ...]
    possible: tuple[PatternTold, ...]
    unclear: tuple[PatternTold, ...]
    others: tuple[str, ...]  # not indicated, does not apply, not asked: one sentence each
    note: str


@dataclass(frozen=True, slots=True)
class Advice:
    """One indicator to fix or to verify first."""

    seen: Seen
    action: str
    gain: str


@dataclass(frozen=True, slots=True)
class Row:
    head: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose first column heads its rows, and whose corner is empty."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str = ""
    numeric: int = 0  # how many columns, from the first, hold figures
    totalled: bool = False  # the last row is the sum of the others


@dataclass(frozen=True, slots=True)
class Sample:
    """Where one population was found and what was drawn from it."""

    id: str
    name: str
    where: str  # theirs
    query: str  # theirs
    population: str
    drawn: str
    positions: str
    covers: str
    feeds: str  # the indicators it answers
    instead: str  # what to say instead of all this, where nobody looked

    @property
    def is_long(self) -> bool:
        """Was more typed than goes into half the width of a page?

        A letter that the fonts may lack counts as what is printed in its place.
        """
        return sum(1 if letter < "\u0250" else 7 for letter in self.where + self.query) > 400


@dataclass(frozen=True, slots=True)
class Export:
    """Where the count of one indicator comes from."""

    id: str
    name: str
    reader: str  # theirs
    what: str  # what was counted
    population: str
    counted: str  # how many of it, and which
    covers: str
    made: str  # where it was counted
    files: str  # "files 1 and 2"
    by_links: bool  # does a link stand for the result?


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the framework with its definition, where it comes from and where it is defined."""

    name: str
    mark: str
    definition: str
    origin: str
    link: Link


@dataclass(frozen=True, slots=True)
class Fact:
    name: str
    value: str
    code: bool = False  # set so that every character can be told apart


@dataclass(frozen=True, slots=True)
class Appendix:
    samples: tuple[Sample, ...]
    samples_missing: str  # the populations of which nothing was recorded
    samples_note: str
    exports: tuple[Export, ...]
    exports_note: str
    files: tuple[Fact, ...]  # the fingerprint of each file that something was counted from
    grades: tuple[Fact, ...]
    counts: Table
    constants: tuple[Table, ...]
    versions: tuple[Fact, ...]
    limits: tuple[str, ...]
    checking: tuple[str, ...]
    words: tuple[Word, ...]

    @property
    def samples_beside(self) -> Iterator[tuple[Sample, ...]]:
        """Yield the samples as they stand beside each other on paper: two, or a long one alone."""
        row: tuple[Sample, ...] = ()
        for sample in self.samples:
            if row and (len(row) == 2 or row[0].is_long or sample.is_long):
                yield row
                row = ()
            row += (sample,)
        if row:
            yield row


@dataclass(frozen=True, slots=True)
class ThenAndNow:
    """What changed since an earlier diagnosis; without a figure, why nobody can say."""

    brief: str  # for the first page
    sentences: tuple[str, ...]
    figure: Figure | None
    legend: Legend
    tables: tuple[Table, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR code: a square of `size` modules with its margin, its dark ones as one path of SVG."""

    size: int
    path: str
    title: str


@dataclass(frozen=True, slots=True)
class Verify:
    """How a reader finds out whether an issued report is genuine."""

    code: str
    hash: str  # in groups, to be compared by eye
    link: Link
    signatures: str  # where their file lies
    qr: Qr


@dataclass(frozen=True, slots=True)
class Told:
    """A whole report."""

    site: str
    language: str
    title: str  # the finding of the whole, as a sentence
    document_title: str
    subject: str  # what the document is, for its properties
    foot: str  # what stands at the foot of every page
    contents: tuple[tuple[str, str], ...]  # anchor and name of each section
    lede: tuple[str, ...]
    form: str
    label: str  # theirs
    observed: str  # when the work was observed, or when the answers were given from memory
    finished: str
    finished_on: str  # the day of finishing, YYYY-MM-DD
    team: str
    code: str
    draft: str  # a sentence where the instrument is not yet closed
    polarity: str
    most_likely: str
    readings_heading: str
    gate: tuple[str, ...]
    map_note: str
    readings: tuple[Reading, ...]
    scale: Figure | None
    gap: Gap | None
    marks: Marks
    marks_sentence: str
    tally: Figure
    marks_legend: Legend
    readings_legend: Legend
    confidence: Confidence | None
    findings_heading: str
    findings: tuple[Finding, ...]
    findings_none: str
    step: Step
    change: ThenAndNow | None
    belief: tuple[Belief, ...]
    belief_note: str
    belief_finding: str  # how often less was found than was expected, "" where no two are counts
    belief_legend: Legend
    lineage: tuple[Layer, ...]
    chain: Figure | None  # the layers with their intervals
    layers: tuple[LayerDetail, ...]
    dimensions: Figure | None  # the dimensions with their intervals, where the form prints them
    indicators_note: str
    exact_legend: Legend
    patterns: Patterns
    fix_first: tuple[Advice, ...]
    fix_none: str
    verify_first: tuple[Advice, ...]
    verify_none: str
    disclosure: str
    attribution: str
    appendix: Appendix
    verify: Verify | None  # None for a report that was made on the command line
    made_up: str = ""  # a sentence where the team is none
