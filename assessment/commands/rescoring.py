"""Stored results, scored again: one from a file, or all that the database keeps."""

from __future__ import annotations

import hashlib
import os
import signal
import sys
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import TYPE_CHECKING

import click

from assessment.commands import files
from assessment.commands.files import UnusableFile

if TYPE_CHECKING:
    from assessment.core.instrument import Instrument
    from assessment.core.rescoring import Rescored
    from assessment.store.reports import Frozen

PAGE = 10  # results that are handed to a process at once: some seconds of work
AHEAD = 2  # pages that wait for each process; no more of the database is held in memory


@click.command()
@click.argument("result", required=False)
@click.option("--all", "everything", is_flag=True, help="Every result in the database, on all cores.")
@click.option("--new", "key", metavar="NAME/VERSION", help="Print another diagnosis, with this version.")
def rescore(result: str | None, everything: bool, key: str | None) -> None:
    """Score a stored result again with its own version, and say whether it is reproduced.

    The exit code is 0 when every result is reproduced exactly, 1 when one is not. What is stored never
    changes.
    """
    if everything == (result is not None) or (everything and key):
        raise click.UsageError("name one RESULT.json, with or without --new; or give --all")
    if result is None:
        _rescore_all()
    elif key is not None:
        _score_with(result, key)
    else:
        _rescore_one(result)


# --- one ------------------------------------------------------------------------------------------


def _rescore_one(name: str) -> None:
    from assessment.core.interchange import DocumentError
    from assessment.core.rescoring import rescore

    try:
        found = rescore(files.instruments().__getitem__, _text_of(name))
    except DocumentError as error:
        raise UnusableFile(f"{name}: {error}") from None
    click.echo(f"{name}: {_told(found)}")
    raise SystemExit(0 if found.verdict == "reproduced" else 1)


def _score_with(name: str, key: str) -> None:
    from assessment.core.interchange import DocumentError, canonical
    from assessment.core.rescoring import score_with

    try:
        document = score_with(files.instruments().__getitem__, _text_of(name), key)
    except DocumentError as error:
        raise UnusableFile(f"{name}: {error}") from None
    click.echo(canonical(document), nl=False)


def _text_of(name: str) -> bytes:
    from assessment.core.interchange import MAX_BYTES

    return files.bytes_of(name, MAX_BYTES, "a result")


def _told(found: Rescored) -> str:
    return found.why if found.verdict == "reproduced" else f"not reproduced: {found.why}"


# --- all ------------------------------------------------------------------------------------------


def _rescore_all() -> None:
    instruments = files.instruments()  # first, so that a fault of theirs is told as one
    with files.memory("rescore"):
        from assessment.store import reports

        total = reports.count()
        if total is None:
            raise UnusableFile("DATABASE_URL: holds no reports; bring it up to date with `flask db upgrade`")
        verdicts: Counter[str] = Counter()
        bar = click.progressbar(
            length=total, label="Scoring again", file=sys.stderr, hidden=not sys.stderr.isatty()
        )
        with bar:
            for code, found in _scored(reports.frozen_pages(PAGE), instruments, total):
                verdicts[found.verdict] += 1
                bar.update(1)
                if found.verdict != "reproduced":
                    click.echo(f"{code}: {_told(found)}")
    click.echo(
        f"{verdicts.total()} results: {verdicts['reproduced']} reproduced, {verdicts['differs']} differ, "
        f"{verdicts['without its version']} without their version"
    )
    raise SystemExit(0 if verdicts.total() == verdicts["reproduced"] else 1)


def _scored(
    pages: Iterator[list[Frozen]], instruments: Mapping[str, Instrument], total: int
) -> Iterator[tuple[str, Rescored]]:
    """Yield what became of each result, in their order, worked out by as many processes as there are cores.

    Only a few pages are read ahead of what is done, so memory does not grow with the database.
    """
    processes = max(1, min(_cores(), -(-total // PAGE)))
    # Fresh processes: a fork would take open connections to the database along.
    pool = ProcessPoolExecutor(processes, get_context("spawn"), _begin, (instruments,))
    waiting: deque[Future[list[tuple[str, Rescored]]]] = deque()
    try:
        for page in pages:
            waiting.append(pool.submit(_work, page))
            if len(waiting) > processes * AHEAD:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    except BrokenProcessPool:
        raise click.ClickException("a process that scored was ended from outside; run it again") from None
    finally:
        pool.shutdown(cancel_futures=True)


def _cores() -> int:
    """Return how many cores this process may use, where the system tells; else how many there are."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


_held: dict[str, Instrument] = {}  # of a process that scores


def _begin(instruments: Mapping[str, Instrument]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends its children
    _held.update(instruments)


def _work(page: list[Frozen]) -> list[tuple[str, Rescored]]:
    return [(each.code, _rescored(each)) for each in page]


def _rescored(frozen: Frozen) -> Rescored:
    from assessment.core.interchange import DocumentError
    from assessment.core.rescoring import Rescored, rescore

    if frozen.diagnosis is None:
        why = "its bytes do not open: they were changed in the database, or kept with another SECRET_KEY"
        return Rescored("differs", why)
    found = hashlib.sha256(frozen.diagnosis).hexdigest()
    if found != frozen.sha256:
        why = f"its bytes have the hash {found}, but {frozen.sha256} was noted when they were frozen"
        return Rescored("differs", why)
    try:
        return rescore(_held.__getitem__, frozen.diagnosis)
    except DocumentError as error:
        return Rescored("differs", str(error))
