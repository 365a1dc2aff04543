"""XES event logs: what process mining tools write. A case is a task, its events are its steps.

Read as a stream; a document type or an entity in it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from xml.parsers import expat

from assessment.records.given import name as shown
from assessment.records.history import history_of
from assessment.records.moments import Moments
from assessment.records.people import People
from assessment.records.source import (
    Account,
    Column,
    File,
    Limits,
    Options,
    RecordsError,
    Source,
    Understood,
    check_rows,
)
from assessment.records.stages import guess, known
from assessment.records.work import Stage, Step, WorkItem

NAME = "xes"
TITLE = "XES event logs"
EXPORT = "Export the event log as .xes from your process mining tool, and unpack it where it is .xes.gz."

_PIECE = 1 << 16
_MOST_EVENTS = 20_000  # of one case
_FIELDS = {
    "concept:name": "state",
    "lifecycle:transition": "state",
    "time:timestamp": "steps",
    "org:resource": "owners",
    "due": "due",
}
# The transitions of the standard say that an activity began or ended; any other is a state itself.
_STANDARD = frozenset(
    "schedule assign withdraw reassign start suspend resume pi_abort ate_abort complete autoskip manualskip"
    " unknown".split()
)
_ABORTED = frozenset(("withdraw", "pi_abort", "ate_abort"))
_STEPS = _ABORTED | {"", "start", "complete", "autoskip", "manualskip", "unknown"}
_AGAIN = "export the log again from the tool that wrote it"


def recognises(name: str, head: str) -> bool:
    """Is its first element a log with traces?"""
    start = re.search(r"<(?![?!])\s*([\w:.-]+)", head[:20_000])
    return start is not None and start[1].rpartition(":")[2] == "log"


def open_source(file: File, options: Options, people: People, limits: Limits) -> Source:
    """Return an event log."""
    return _Source(file, options, people, limits)


@dataclass(slots=True)
class _Case:
    """A case as it is read: its own attributes, and those of each event."""

    line: int
    own: dict[str, str] = field(default_factory=dict)
    events: list[dict[str, str]] = field(default_factory=list)


class _Source:
    """An event log."""

    def __init__(self, file: File, options: Options, people: People, limits: Limits) -> None:
        self._file, self._people, self._limits = file, people, limits
        self._stages = options.stages
        self._moments = Moments(zone_minutes=options.zone_minutes)
        columns = tuple(Column(key, what) for key, what in _FIELDS.items())
        self.understood = Understood(NAME, columns, ("A case is a task, its events are its steps.",))

    def items(self, account: Account) -> Iterator[WorkItem]:
        """Yield the cases, as they stand in the log."""
        log = _Log(self._file.name, self._limits.depth)
        with self._file.open() as stream:
            while True:
                piece = stream.read(_PIECE)
                for case in log.read(piece):
                    account.rows += 1
                    place = f"{self._file.name}, line {case.line} (case {account.rows:,})"
                    check_rows(account.rows, self._limits, place, "cases")
                    item = self._item(case, account.rows)
                    if item is None:
                        account.drop("no event with a time and a name", place)
                    else:
                        account.items += 1
                        yield item
                if not piece:
                    return

    def _item(self, case: _Case, number: int) -> WorkItem | None:
        steps, people, touched = self._steps(case.events)
        if not steps:
            return None
        history = history_of(steps)
        last = history.steps[-1]
        return WorkItem(
            ref=shown(case.own.get("concept:name")) or f"case {number}",
            created=history.steps[0].at,
            started=history.started,
            done=history.done,
            ended=history.ended,
            state=last.state,
            stage=last.stage,
            steps=history.steps,
            reopened=history.reopened,
            due=self._moments.day(_due(case.own)),
            touched=touched,
            doer=history.by,
            owners=people,
        )

    def _steps(
        self, events: list[dict[str, str]]
    ) -> tuple[list[Step], tuple[str, ...] | None, datetime | None]:
        """Return the steps of a case, who held it, and when a person last did something to it."""
        timed = [(at, each) for each in events if (at := self._moments.at(each.get("time:timestamp", "")))]
        timed.sort(key=lambda event: event[0])
        tells_people = any("org:resource" in event for _, event in timed)
        steps, held, touched, begun = list[Step](), list[str](), None, set[str]()
        for at, event in timed:
            by = self._people.code(event.get("org:resource"))
            if by is not None and held[-1:] != [by]:
                held.append(by)
            touched = at if by is not None or not tells_people else touched
            activity, transition = shown(event.get("concept:name")), shown(event.get("lifecycle:transition"))
            way = transition.casefold()
            if way == "complete" and activity in begun:
                begun.discard(activity)  # it came into this state when the activity began
            elif way in _STEPS and activity:
                steps.append(Step(at, activity, self._stage(activity, activity, way), by))
                if way == "start":
                    begun.add(activity)
            elif way not in _STANDARD and transition:
                state = f"{activity}: {transition}" if activity else transition
                steps.append(Step(at, state, self._stage(state, activity, way), by))
        return steps, tuple(held) if tells_people else None, touched

    def _stage(self, state: str, activity: str, way: str) -> Stage:
        if state in self._stages:
            return self._stages[state]
        if way in _STANDARD or not way:
            return "abandoned" if way in _ABORTED else guess(activity)
        # What was accepted may well be waited for: of an activity with states of its own nothing is done.
        by_activity = known(activity)
        return known(way) or (by_activity if by_activity != "done" else None) or "in-progress"


class _Log:
    """Cases out of pieces of XML."""

    def __init__(self, name: str, depth: int) -> None:
        self._name, self._depth = name, depth
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._refuse_type
        self._parser.EntityDeclHandler = self._refuse_type
        self._parser.buffer_text = True
        self._open: list[str] = []
        self._case: _Case | None = None
        self._whole: list[_Case] = []
        self._seen = False

    def read(self, piece: bytes) -> list[_Case]:
        """Return the cases that end in a piece; an empty piece is the end. Raises RecordsError."""
        try:
            self._parser.Parse(piece, not piece)
        except RecordsError:
            raise
        except expat.ExpatError as broken:
            at_end = not piece
            fault = (
                "the file ends in the middle of the log" if at_end else f"this is no XML ({_said(broken)})"
            )
            raise self._fault(fault, _AGAIN) from broken
        except (LookupError, ValueError) as broken:  # an encoding that is not known, or none of one byte
            raise self._fault("its encoding is not known", "export it in UTF-8") from broken
        whole, self._whole = self._whole, []
        return whole

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        if not self._seen and tag != "log":
            raise self._fault(f"it begins with <{tag[:40]}>, which is no event log", _AGAIN)
        self._seen = True
        self._open.append(tag)
        if len(self._open) > self._depth:
            raise self._fault(f"elements more than {self._depth} deep", _AGAIN)
        if tag == "trace" and len(self._open) == 2:
            self._case = _Case(self._parser.CurrentLineNumber)
        elif tag == "event" and self._open[:-1] == ["log", "trace"] and self._case is not None:
            if len(self._case.events) >= _MOST_EVENTS:
                raise self._fault(f"a case with more than {_MOST_EVENTS:,} events", _AGAIN)
            self._case.events.append({})
        elif self._case is not None and "key" in attributes:
            self._attribute(attributes["key"], attributes.get("value", ""))

    def _attribute(self, key: str, value: str) -> None:
        inside = self._open[1:-1]
        if self._case is None or len(value) > 1000:
            return
        if inside == ["trace", "event"] and key in _FIELDS:
            self._case.events[-1][key] = value
        elif inside == ["trace"] and (key == "concept:name" or "due" in key.casefold()):
            self._case.own[key] = value

    def _end(self, _tag: str) -> None:
        self._open.pop()
        if len(self._open) == 1 and self._case is not None:
            self._whole.append(self._case)
            self._case = None

    def _refuse_type(self, *_: object) -> None:
        raise self._fault("a document type or an entity in it", "no event log needs one: take it out")

    def _fault(self, fault: str, remedy: str) -> RecordsError:
        return RecordsError(f"{self._name}, line {self._parser.CurrentLineNumber}", fault, remedy)


def _due(own: Mapping[str, str]) -> str:
    """Return the day as it stands there, whatever its zone is."""
    found = (value for key, value in own.items() if re.search(r"\bdue|due_?date", key, re.IGNORECASE))
    return next(found, "")[:10]


def _said(broken: expat.ExpatError) -> str:
    return expat.errors.messages.get(broken.code, "not well-formed") if broken.code else "not well-formed"
