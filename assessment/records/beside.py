"""What further files tell of the items of a list: who reviewed and answered, and when they were closed.

The REST interfaces of GitHub and GitLab give each of these in lists of their own. They are read once and
kept, for they are asked for each item.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from assessment.records.documents import entries
from assessment.records.history import History, history_of
from assessment.records.source import Account, File, Limits, Understood
from assessment.records.text import opened, writing_of
from assessment.records.work import Reply, Stage, Step, WorkItem

Sort = Literal["reviews", "comments", "events"]


class Move(NamedTuple):
    """An item was closed or reopened."""

    at: datetime
    opens: bool
    by: str | None


Told = tuple[str, tuple[Reply | Move, ...]]
"""What the item that is told of is called here, and what is told."""


@dataclass(slots=True)
class BesideSource:
    """A file that tells of the items of another. It holds none itself."""

    file: File
    limits: Limits
    understood: Understood
    sort: Sort
    read: Callable[[Mapping[str, Any]], Told | str]

    def items(self, account: Account) -> Iterator[WorkItem]:
        """Yield nothing; what the file holds is accounted for."""
        for _ in self.told(account):
            pass
        return iter(())

    def told(self, account: Account) -> Iterator[Told]:
        """Yield what each entry tells."""
        with closing(opened(self.file, writing_of(self.file, self.limits))) as text:
            for entry in entries(text, self.file, self.limits, account):
                found = self.read(entry.value)
                if isinstance(found, str):
                    account.drop(found, entry.place)
                else:
                    yield found


@dataclass(slots=True)
class Beside:
    """What all the files beside a list tell, by what an item is called."""

    sources: list[BesideSource] = field(default_factory=list)
    closed: str = "closed"  # as the system calls the state of what was closed and is open again
    _replies: dict[Sort, dict[str, list[Reply]]] | None = None
    _moves: dict[str, list[Move]] = field(default_factory=lambda: defaultdict(list))

    def tells(self, sort: Sort) -> bool:
        """Is there a file of this sort?"""
        return any(source.sort == sort for source in self.sources)

    def replies(self, sort: Sort, called: str) -> list[Reply] | None:
        """Return the reviews or comments of an item; None where no file tells of them."""
        return self._known().get(sort, {}).get(called, []) if self.tells(sort) else None

    def history(self, called: str, opened: Step, state: str, stage: Stage) -> History:
        """Return which states an item went through; whether any file tells is to be asked before.

        `opened` is its first step, to which it came back when it was reopened; `state` the one it is in now.
        """
        self._known()
        moves = sorted(self._moves.get(called, []), key=lambda move: move.at)
        steps = [opened]
        for move in moves:
            if move.opens:
                steps.append(Step(move.at, opened.state, opened.stage, move.by))
            elif move is moves[-1]:
                steps.append(Step(move.at, state, stage, move.by))
            else:
                steps.append(Step(move.at, self.closed, "done", move.by))
        return history_of(steps)

    def _known(self) -> dict[Sort, dict[str, list[Reply]]]:
        if self._replies is None:
            self._replies = {"reviews": defaultdict(list), "comments": defaultdict(list)}
            for source in self.sources:
                for called, found in source.told(Account()):
                    for one in found:
                        if isinstance(one, Move):
                            self._moves[called].append(one)
                        else:
                            self._replies[source.sort][called].append(one)
        return self._replies
