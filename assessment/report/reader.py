"""A stored result read with the wording of its instrument: what every section of a report needs of both.

No score is computed: every figure is taken from the document or follows from two figures that are printed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Protocol

from assessment.core.belief import choice_of
from assessment.core.beta import exact_interval
from assessment.core.instrument import Choice, Dimension, Form, Indicator, Instrument, Layer, Single
from assessment.core.method import Grade, Reading
from assessment.report import figures, parts
from assessment.report.words import listed, lowered, opened, percent, tenth, unparted

POLARITY = "Soundness, 0 to 100, higher is better."
OPENED: tuple[Grade, ...] = ("E3", "E4")

MEANINGS: dict[Reading, tuple[str, str]] = {
    "shown": (
        "Shown",
        "What the evidence alone supports. A check that could not be verified counts as not held up.",
    ),
    "likely": (
        "Likely",
        "Our estimate: over-claiming, small samples and what could not be verified are allowed for.",
    ),
    "claimed": ("Claimed", "Every statement taken at its word."),
}


class Term(Protocol):
    """What the report needs of a word of the framework."""

    @property
    def name(self) -> str: ...
    @property
    def mark(self) -> str: ...
    @property
    def definition(self) -> str: ...
    @property
    def origin(self) -> str: ...
    @property
    def canonical_url(self) -> str: ...


class Site(Protocol):
    """What the report needs of the settings of the site."""

    @property
    def name(self) -> str: ...
    @property
    def attribution(self) -> str: ...
    @property
    def instrument(self) -> str: ...
    def address(self, name: str, /) -> str: ...


class Library(Protocol):
    """What the report needs of the library: its words and its addresses."""

    @property
    def site(self) -> Site: ...
    @property
    def terms(self) -> Mapping[str, Term]: ...
    def pattern_page(self, key: str, pattern_id: str, /) -> str: ...


@dataclass(frozen=True)
class Reader:
    """A result, its instrument, and the library whose words and addresses it is told with."""

    result: Mapping[str, Any]
    instrument: Instrument
    library: Library
    base_address: str
    code: str
    sha256: str

    @cached_property
    def answers(self) -> Mapping[str, Any]:
        return dict(self.result["answers"])

    @cached_property
    def form_id(self) -> str:
        return str(self.answers["form"])

    @cached_property
    def form(self) -> Form:
        return self.instrument.form(self.form_id)

    @cached_property
    def team_size(self) -> int:
        return int(self.answers["team_size"])

    @cached_property
    def asked(self) -> dict[str, Indicator]:
        return self.instrument.asked(self.form_id)

    @cached_property
    def seen(self) -> dict[str, parts.Seen]:
        """Every indicator of the form, as it was found."""
        return {each: self.told_seen(indicator) for each, indicator in self.asked.items()}

    @cached_property
    def marks(self) -> parts.Marks:
        items = self.result["items"]
        return parts.Marks(items["sound"], items["failing"], items["unverified"])

    @cached_property
    def gate(self) -> tuple[str, ...]:
        return tuple(map(unparted, self.result["gate"]["reasons"]))

    @property
    def passed(self) -> bool:
        return bool(self.result["gate"]["passed"])

    def observation(self, indicator_id: str) -> Mapping[str, Any] | None:
        """Return the counts and the grade of an indicator, or None where it was not answered."""
        found: Mapping[str, Any] | None = self.answers["observations"].get(indicator_id)
        return found

    def figure(self, reading: Reading, *keys: str) -> parts.Range | None:
        """Return a figure of a reading by its path in the document, or None where it is withheld."""
        value: Any = self.result["readings"].get(reading)
        for key in keys:
            value = value.get(key) if value else None
        if not value or value.get("mean") is None:
            return None
        return parts.Range(value["mean"], value["low"], value["high"])

    def own_mean(self, reading: Reading, indicator_id: str) -> float | None:
        """Return the soundness of one indicator by its own evidence, or None where it is withheld."""
        value: Any = self.result["readings"].get(reading)
        found = value["indicators"].get(indicator_id) if value and value.get("indicators") else None
        return float(found["mean"]) if found and found.get("mean") is not None else None

    @property
    def weighs(self) -> bool:
        """Can findings be weighed? Not where the estimate is withheld that they are weighed by."""
        return self.figure("likely", "composite") is not None

    @property
    def as_of(self) -> date:
        return date.fromisoformat(self.answers["as_of"])

    def window(self) -> tuple[date, date]:
        """Return the first and the last day that were looked at."""
        end = date.fromisoformat(self.answers.get("window_end") or self.answers["as_of"])
        return end - timedelta(days=int(self.answers["window_days"])), end

    def marks_at(self, grade: Grade) -> int:
        """Return how many checks were answered at a grade."""
        return sum(
            each["sound"] + each["failing"] + each["unverified"]
            for each in self.answers["observations"].values()
            if each["grade"] == grade
        )

    @cached_property
    def counted(self) -> Mapping[str, Any]:
        """Where the counts from exports come from, by indicator."""
        found: Mapping[str, Any] = self.answers.get("counted") or {}
        return found

    def source(self, indicator_id: str) -> str:
        """Return the system whose export an indicator was counted from, "" where that was not recorded."""
        given = self.counted.get(indicator_id) or {}
        return str(given.get("title") or given.get("reader") or "")

    @property
    def is_one_grade(self) -> bool:
        """Has every answer of the form the same grade? Then it is said once, and not beside each of them."""
        return len(self.form.grades) == 1

    def checks(self) -> str:
        """Return what the checks were, where none is from memory or from a report."""
        if self.share_opened() < 1:
            return "checks"
        counted = self.marks_at("E4")
        if not counted:
            return "checks on opened work"
        return (
            "checks counted from exports" if counted == self.marks.n else "checks on opened or counted work"
        )

    def share_opened(self) -> float:
        """Return which share of the checks was made on opened or counted work, 0 to 1."""
        n = self.marks.n
        return sum(self.marks_at(grade) for grade in OPENED) / n if n else 0.0

    def seen_at(self, grade: Grade) -> int:
        """Return how many checks held up or failed at a grade: a check nobody could verify has no source."""
        return sum(
            each["sound"] + each["failing"]
            for each in self.answers["observations"].values()
            if each["grade"] == grade
        )

    def spread_within_target(self) -> int:
        """Return how many checks count as failing in a spread of work that reaches its target."""
        return sum(
            each["failing"]
            for name, each in self.answers["observations"].items()
            if (indicator := self.instrument.indicators[name]).type == "spread"
            and each["sound"]
            >= indicator.rates(self.team_size)[1] * (each["sound"] + each["failing"] + each["unverified"])
        )

    def recalled(self) -> int:
        """Return how many checks were answered from memory."""
        return self.marks_at("E1")

    def cuts(self) -> tuple[figures.Cut, ...]:
        """Return where the levels begin; a form from memory awards none."""
        bands = () if self.form.from_memory else self.instrument.constants.bands
        return tuple(figures.Cut(band.above, band.word) for band in bands)

    def readings_in_words(self, *keys: str) -> str:
        """Return the readings of a layer or a dimension with their intervals, "" where they are withheld."""
        level = percent(self.instrument.constants.interval)
        found = [
            f"{MEANINGS[reading][0]} {figure.value} ({figure.interval})"
            for reading in ("shown", "likely", "claimed")
            if (figure := self.figure(reading, *keys))
        ]
        return f"{listed(found)}, each with its {level} interval." if found else ""

    def asked_in(self, dimension: Dimension) -> tuple[Indicator, ...]:
        return tuple(each for each in dimension.indicators if each.id in self.asked)

    def told_seen(self, indicator: Indicator) -> parts.Seen:
        """Return what was found for an indicator, or why nothing was."""
        found = self.observation(indicator.id)
        if found is None:
            reason = (self.answers.get("not_applicable") or {}).get(indicator.id)
            if reason:
                sentence = f"Not applicable: {lowered(reason)}."
                return parts.Seen(indicator.id, indicator.name, "not-applicable", sentence)
            return parts.Seen(indicator.id, indicator.name, "not-answered", "Not answered.")
        k, m, u = found["sound"], found["failing"], found["unverified"]
        sentence = self.sentence(indicator, k, m, u)
        limits = self.exact(indicator, k, m, u)
        grade = next(each for each in self.instrument.grades if each.id == found["grade"])
        return parts.Seen(
            id=indicator.id,
            name=indicator.name,
            state="seen",
            sentence=sentence,
            marks=parts.Marks(k, m, u),
            drawing=self.drawing(indicator, k, m, u),
            interval=self.exact_words(k, k + m + u, limits) if limits else "",
            share=self.exact_drawn(indicator, k, k + m + u, limits) if limits else None,
            grade=grade.id,
            grade_words=lowered(grade.name) if k + m and not self.is_one_grade else "",
            source=self.source(indicator.id),
            soundness=self.soundness(indicator.id),
            heading=self.heading(indicator, k, m, u),
            provisional=indicator.provisional,
        )

    def sentence(self, indicator: Indicator, k: int, m: int, u: int) -> str:
        """Return the finding as counts, or in words where a count would mislead."""
        n = k + m + u
        if self.form.from_memory and u == n:
            return f"“{indicator.name}”: nothing could be said from memory."
        if chosen := self.chosen(indicator, k):
            single, choice = chosen
            return f"{single.question} {choice.text}."
        if u == n:
            # Never as "0 of n": that nothing could be seen does not say that nothing is there.
            what = "it" if indicator.anchors or indicator.is_small_team(self.team_size) else f"none of {n}"
            return f"“{indicator.name}”: {what} could {'not ' if what == 'it' else ''}be verified."
        if indicator.spread and indicator.is_small_team(self.team_size):
            return f"{indicator.spread.small_sound if k == n else indicator.spread.small_failing}."
        if indicator.anchors:
            return f"{opened(indicator.anchors[_step(indicator, k, m)])}."
        words = indicator.sentence.format(sound=k, failing=m, unverified=u, seen=k + m, n=n)
        if k == 1:
            words = _WERE.sub(" was ", words, count=1)
        rest = listed(
            [f"{number} {verb}" for number, verb in ((m, "failed"), (u, "could not be verified")) if number]
        )
        return opened(f"{words}; {rest}." if u else f"{words}.")

    def chosen(self, indicator: Indicator, k: int) -> tuple[Single, Choice] | None:
        """Return a question with the choice that was taken for it from memory, None for any other answer."""
        return choice_of(self.instrument, indicator.id, k) if self.form.from_memory else None

    def said(self, indicator: Indicator) -> str:
        """Return an answer from memory in the fewest words."""
        seen = self.seen[indicator.id]
        if seen.marks is None:
            return lowered(seen.sentence).rstrip(".")
        if seen.marks.unverified == seen.marks.n:
            return "no answer"
        if chosen := self.chosen(indicator, seen.marks.sound):
            return lowered(chosen[1].text)
        return f"{seen.marks.sound} of {seen.marks.n}"

    def drawing(self, indicator: Indicator, k: int, m: int, u: int) -> figures.Drawing | None:
        """Return what stands beside a finding: marks for counts, and never a share for a small team."""
        if self.chosen(indicator, k):
            return None  # a choice spans more than any of the steps
        if indicator.type == "date":
            return figures.date_line(indicator.days or 0, quarters=k, unverified=u > 0)
        if indicator.type in ("anchors", "artefact"):
            return figures.steps(None if u else k, of=len(indicator.anchors))
        if indicator.type == "spread":
            if indicator.is_small_team(self.team_size):
                return None
            return figures.spread_bar(k, m, u, target=indicator.rates(self.team_size)[1])
        return figures.strip(k, m, u).joined()

    def exact(self, indicator: Indicator, k: int, m: int, u: int) -> tuple[float, float] | None:
        """Return the exact interval of the share that held up, where the answer is a count and was seen."""
        told_in_words = indicator.anchors or indicator.is_small_team(self.team_size)
        # From memory no item was drawn that it could speak for.
        if told_in_words or self.form.from_memory or not k + m:
            return None
        return exact_interval(k, k + m + u, self.instrument.constants.interval)

    def exact_words(self, k: int, n: int, limits: tuple[float, float]) -> str:
        level = percent(self.instrument.constants.interval)
        low, high = (percent(each) for each in limits)
        return f"Exact {level} interval of {k} in {n}: {low} to {high}."

    def exact_drawn(
        self, indicator: Indicator, k: int, n: int, limits: tuple[float, float]
    ) -> figures.Drawing:
        _, target = indicator.rates(self.team_size)
        return figures.exact_bar(k, n, *limits, target=target)

    def soundness(self, indicator_id: str) -> str:
        """Return the readings of one indicator by its own evidence."""
        found = [
            f"{MEANINGS[reading][0]} {tenth(mean)}"
            for reading in ("shown", "likely", "claimed")
            if (mean := self.own_mean(reading, indicator_id)) is not None
        ]
        return ", ".join(found)

    def heading(self, indicator: Indicator, k: int, m: int, u: int) -> str:
        """Return a finding as a short title that its counts bear out."""
        if m > k:
            return indicator.weak
        if u > k:
            return f"Not verified: {lowered(indicator.name)}"
        return f"Not always: {lowered(indicator.name)}" if m else indicator.name

    def chain(self) -> tuple[Layer, ...]:
        """Return the layers in the order of the lineage: what comes before, first; the outcome, last."""
        return tuple(sorted(self.instrument.layers, key=lambda layer: layer.lineage))

    def term(self, layer: Layer) -> Term | None:
        """Return the word of a framework that a layer is, None where it is none."""
        return self.library.terms[layer.term] if layer.term else None

    def named(self, layer: Layer) -> tuple[str, str]:
        """Return the name of a layer as it begins a line, and the mark that follows it."""
        term = self.term(layer)
        return (opened(term.name), term.mark) if term else (layer.name, "")

    def page_about(self, pattern_id: str) -> parts.Link | None:
        """Return the page of the site about a pattern, None where there is none."""
        url = self.library.pattern_page(self.instrument.key, pattern_id)
        return link(self.base_address + url) if url else None

    def context_sentence(self, context_id: str) -> str:
        """Return the counts that are not scored as a sentence, "" where they were not recorded."""
        found = (self.answers.get("context") or {}).get(context_id)
        frame = next(
            (f for f in self.instrument.frames.values() if f.context and f.context.id == context_id), None
        )
        if not found or not frame or not frame.context:
            return ""
        return opened(frame.context.sentence.format(on_track=found["on_track"], of=found["of"])) + "."


def link(url: str) -> parts.Link:
    """Return an address as a link and as it is printed. Raises ValueError for any but https, http, mailto."""
    if not url.startswith(("https://", "http://", "mailto:")):
        raise ValueError(f"'{url}' is no address that a report may link to")
    shown = url.removeprefix("https://").removeprefix("http://").removeprefix("mailto:")
    return parts.Link(url, shown.rstrip("/"))


# "1 of 8 items were": the verb of the count, not one that belongs to "they".
_WERE = re.compile(r"(?<!they) were ")


def _step(indicator: Indicator, k: int, m: int) -> int:
    """Return which of the anchors was found: a state lists the best first, the others the worst."""
    return m if indicator.type == "artefact" else k
