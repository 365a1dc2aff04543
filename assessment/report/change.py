"""Then and now: what changed since an earlier diagnosis of the same team, and what nobody can tell.

Everything is read from the comparison that a result holds. A change is called one where it is reliable
there, and nowhere else; every line says what it was counted of.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from assessment.core.instrument import Indicator
from assessment.report import figures, parts
from assessment.report.reader import Reader
from assessment.report.words import NBSP, count, day, listed, lowered, opened, percent, span, sure, tenth

Window = tuple[date, date]
Change = Mapping[str, Any]

WHOLE = "The whole"
COLUMNS = ("then", "now", "what can be said of Likely")


def told_change(reader: Reader) -> parts.ThenAndNow | None:
    """Return what is said of the comparison in a result, None where it follows no other diagnosis."""
    comparison = reader.result.get("comparison")
    if not comparison:
        return None
    if comparison["changes"] is None:
        obstacle, earlier = comparison["not_comparable"], comparison["earlier"]
        then = window(earlier["answers"]) if earlier else None
        why = why_not(obstacle["kind"], obstacle["fault"], then, reader.window())
        followed = (_followed(earlier),) if earlier else ()
        brief = f"Not comparable with {_called(earlier)}." if earlier else "The earlier diagnosis is gone."
        said = (*followed, why, "So nothing is said about a change.")
        return parts.ThenAndNow(brief, said, None, (), (), ())
    return _Compared(reader, comparison).told()


def window(answers: Mapping[str, Any]) -> Window:
    """Return the first and the last day that answers look at."""
    end = date.fromisoformat(answers.get("window_end") or answers["as_of"])
    return end - timedelta(days=int(answers["window_days"])), end


def why_not(kind: str, fault: str, then: Window | None = None, now: Window | None = None) -> str:
    """Return why two diagnoses cannot be compared, as a sentence."""
    fault = fault.rstrip(".")
    match kind:
        case "deleted":
            return "The earlier diagnosis was deleted before this one was finished."
        case "unreadable":
            return "The questions of the earlier diagnosis are not held here any more."
        case "instrument":
            return f"The two do not ask the same questions: {fault}."
        case "method":
            return f"The two are not scored alike: {fault}."
        case "windows" | "order" if then and now:
            why = "and no day may be seen twice: that would hide a change"
            if kind == "order":
                why = "which is not after it"
            return f"The earlier one looked at {span(*then)}, this one at {span(*now)}, {why}."
        case "earlier":
            return f"The earlier one prints no Likely: {fault}."
        case "later":
            return f"This one prints no Likely: {fault}."
        case "both":
            return f"Too little was answered both times: {fault}."
        case "nothing":
            return "Nothing was answered both times."
        case _:
            return opened(f"{fault}.")


def _called(earlier: Mapping[str, Any]) -> str:
    return f"report {earlier['code']} of {day(date.fromisoformat(earlier['answers']['as_of']))}"


def _followed(earlier: Mapping[str, Any]) -> str:
    return f"The earlier diagnosis is {_called(earlier)}; it looked at {span(*window(earlier['answers']))}."


class _Compared:
    """A comparison in which figures stand, with the result that holds it."""

    def __init__(self, reader: Reader, comparison: Mapping[str, Any]) -> None:
        self.reader, self.comparison = reader, comparison
        self.changes: Mapping[str, Any] = comparison["changes"]
        self.then: Mapping[str, Any] = comparison["earlier"]["answers"]
        self.now = reader.answers
        self.needed = percent(reader.instrument.constants.reassessment.probability)

    def told(self) -> parts.ThenAndNow:
        """Return everything that is said of it."""
        return parts.ThenAndNow(
            brief=self._brief(),
            sentences=(_followed(self.comparison["earlier"]), *self._compared_over(), self._whole()),
            figure=self._drawn(),
            legend=_titled(figures.CHANGE_LEGEND),
            tables=tuple(self._tables()),
            notes=tuple(self._notes()),
        )

    # --- the whole ------------------------------------------------------------------------------

    def _compared_over(self) -> Iterator[str]:
        names = self.comparison["indicators"]
        checks = [
            sum(_n(answers["observations"][each]) for each in names) for answers in (self.then, self.now)
        ]
        yield (
            f"{opened(count(len(names), 'indicator'))} {'was' if len(names) == 1 else 'were'} answered both "
            f"times, with {count(checks[0], 'check')} then and {count(checks[1], 'check')} now. Only they "
            "are compared, and both times are scored as this diagnosis is: a figure here can differ from "
            "the one in either report."
        )
        sizes = self.then["team_size"], self.now["team_size"]
        if sizes[0] != sizes[1]:
            yield f"The team had {sizes[0]} people then and has {sizes[1]} now."

    def _brief(self) -> str:
        change = self.changes["whole"]
        _, _, moved = printed(change)
        verdict = str(change["verdict"])
        if reliable(change):
            verdict = f"a {verdict}, by {tenth(abs(moved))} points"
        return f"Since {_called(self.comparison['earlier'])}: {verdict}."

    def _whole(self) -> str:
        change = self.changes["whole"]
        then, now, moved = printed(change)
        if not moved:
            return f"Likely was {then} then and is {now} now: no reliable change. {_needs(change)}"
        rose = change["difference"] > 0
        verb, true = ("rose", "a true rise") if rose else ("fell", "a true fall")
        how_sure = f"the probability of {true} is {sure(change['probability'])}, and {self.needed} are needed"
        lead = f"Likely {verb} from {then} to {now}, by {tenth(abs(moved))} points"
        if reliable(change):
            return f"{lead}. That is a {change['verdict']}: {how_sure}."
        return f"{lead}. That is no reliable change: {how_sure}. {_needs(change)}"

    def _drawn(self) -> figures.Figure:
        named = [(WHOLE, self.changes["whole"]), *self._layers()]
        moves = [
            figures.Moved(name, _span(each["then"]), _span(each["now"]), reliable(each), each["verdict"])
            for name, each in named
        ]
        return figures.change_rows(moves, self.reader.cuts())

    # --- its parts ------------------------------------------------------------------------------

    def _layers(self) -> Iterator[tuple[str, Change]]:
        for layer in self.reader.chain():
            if layer.id in self.changes["layers"]:
                yield self.reader.named(layer)[0], self.changes["layers"][layer.id]

    def _dimensions(self) -> Iterator[tuple[str, Change]]:
        for layer in self.reader.instrument.layers:
            for each in layer.dimensions:
                if each.id in self.changes["dimensions"]:
                    yield each.name, self.changes["dimensions"][each.id]

    def _tables(self) -> Iterator[parts.Table]:
        larger = [*self._layers(), *self._dimensions()]
        yield parts.Table(
            f"Likely of the {'layers and dimensions' if self.changes['dimensions'] else 'layers'}",
            COLUMNS,
            tuple(
                parts.Row(
                    name,
                    (
                        figures.with_interval(_span(each["then"])),
                        figures.with_interval(_span(each["now"])),
                        said(each),
                    ),
                )
                for name, each in larger
            ),
        )
        rows = []
        for name in self.comparison["indicators"]:
            indicator, change = self.reader.instrument.indicators[name], self.changes["indicators"][name]
            then, now, _ = printed(change)
            counted = (self._counted(indicator, answers) for answers in (self.then, self.now))
            rows.append(
                parts.Row(f"{name} {indicator.name}", (*counted, f"{then} to {now}: {judged(change)}"))
            )
        yield parts.Table("Checks of each indicator, and Likely by its own evidence", COLUMNS, tuple(rows))

    def _counted(self, indicator: Indicator, answers: Mapping[str, Any]) -> str:
        """Return what was found for an indicator: a count with what it is of, or the words of a step."""
        found = answers["observations"][indicator.id]
        k, m, u, n = found["sound"], found["failing"], found["unverified"], _n(found)
        if u == n:
            return "could not be verified" if indicator.anchors else f"none of {n} could be verified"
        if indicator.is_small_team(int(answers["team_size"])):
            return "spread" if k == n else "concentrated"
        if indicator.anchors:
            return lowered(indicator.anchors[m if indicator.type == "artefact" else k])
        counted = f"{k} of {n}" if indicator.type == "spread" else f"{k} of {n} held up"
        return f"{counted}, {u} not verified" if u else counted

    # --- what limits it -------------------------------------------------------------------------

    def _notes(self) -> Iterator[str]:
        policy = self.reader.instrument.constants.reassessment
        yield (
            "A change is called reliable where the probability of a true change in its direction is at "
            f"least {self.needed}. Each line is judged by itself: where nothing has changed, chance alone "
            f"can still look like a reliable change in up to {percent(2 * (1 - policy.probability))} of the "
            "lines. In brackets stand the points that it would take to be told from chance."
        )
        if not self.changes["dimensions"]:
            yield "Dimensions are not compared: there is none whose figure could be printed both times."
        left_out: dict[str, list[str]] = {}
        for name in self.comparison["left_out"]:
            left_out.setdefault(self._why_left_out(name), []).append(self._named(name))
        for why, names in left_out.items():
            yield f"Not comparable, because {why}: {listed(names)}."

    def _named(self, name: str) -> str:
        indicator = self.reader.instrument.indicators.get(name)
        return f"{name} {lowered(indicator.name)}" if indicator else name

    def _why_left_out(self, name: str) -> str:
        if name in self.then["observations"] and name in self.now["observations"]:
            return (
                "it was a share of the work at one time and a yes or no at the other, as the team was small"
            )
        when, answers = ("then", self.then) if name not in self.then["observations"] else ("now", self.now)
        if name in (answers.get("not_applicable") or {}):
            return f"it did not apply {when}"
        forms = {each.id for each in self.reader.instrument.forms}
        asked = self.reader.instrument.asked(answers["form"]) if answers["form"] in forms else {}
        return f"it was not {'answered' if name in asked else 'asked'} {when}"


def reliable(change: Change) -> bool:
    """Does the model hold a change in one direction?"""
    return str(change["verdict"]).startswith("reliable")


def printed(change: Change) -> tuple[str, str, float]:
    """Return the figure then and now as printed, and how far the printed figures lie apart."""
    then, now = tenth(change["then"]["mean"]), tenth(change["now"]["mean"])
    return then, now, round(float(now) - float(then), 1)


def said(change: Change) -> str:
    """Return what can be said of one part: how far it moved, and whether that is a change."""
    _, _, moved = printed(change)
    points = f"{moved:+.1f}".replace("-", "\u2212") if moved else "0.0"
    return f"{points}: {judged(change)}"


def judged(change: Change) -> str:
    """Return whether that is a change: how sure, or how many points it would take."""
    if reliable(change):
        return f"{change['verdict']}, probability {sure(change['probability'])}"
    return f"no reliable change ({_detectable(change)}{NBSP}needed)"


def _needs(change: Change) -> str:
    return f"It would take more than {_detectable(change)} points to be told from chance here."


def _detectable(change: Change) -> str:
    """Return what can be told from chance, rounded up: what is printed is enough."""
    return tenth(math.ceil(change["detectable"] * 10 - 1e-6) / 10)


def _span(figure: Mapping[str, Any]) -> figures.Span:
    return figures.Span(figure["mean"], figure["low"], figure["high"])


def _n(found: Mapping[str, Any]) -> int:
    return int(found["sound"] + found["failing"] + found["unverified"])


def _titled(legend: parts.Legend) -> parts.Legend:
    """Return the legend with its marks named by their shape: on paper every picture needs its words."""
    titles = ("hollow bar with a line", "filled bar with a line", "arrow")
    return tuple(
        (replace(mark, title=title), words) for (mark, words), title in zip(legend, titles, strict=True)
    )
