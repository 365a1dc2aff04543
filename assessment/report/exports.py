"""Where each count from an export comes from, so that whoever holds the files can count again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from assessment.core import sampling
from assessment.core.instrument import Frame
from assessment.report import parts
from assessment.report.reader import Reader
from assessment.report.words import count, grouped, listed, span

NOTE = (
    "A reader of exports counted these from files of the systems in which the team works. The files were not "
    "kept: whoever holds them knows them by their fingerprints (SHA-256), and can count again."
)
BY_LINKS = (
    " Where a link stands for the result, a missing one is weak evidence of missing work, and weighs less."
)


def told_exports(reader: Reader) -> Iterator[parts.Export]:
    """Yield where each count comes from, in the order of the indicators."""
    numbers = {sha: number for number, sha in enumerate(_files(reader), 1)}
    for name in reader.asked:
        if given := reader.counted.get(name):
            yield _export(reader, name, given, [numbers[sha] for sha in given["files"]])


def exports_note(reader: Reader) -> str:
    """Return what a count from an export is, and what one by links is where there is any."""
    by_links = any((reader.observation(name) or {}).get("link_derived") for name in reader.counted)
    return NOTE + BY_LINKS * by_links


def told_files(reader: Reader) -> tuple[parts.Fact, ...]:
    """Return the fingerprint of each file, in groups, by the number that it is named by."""
    return tuple(
        parts.Fact(f"File {number}", grouped(sha), code=True) for number, sha in enumerate(_files(reader), 1)
    )


def _files(reader: Reader) -> list[str]:
    shas = (sha for name in reader.asked for sha in reader.counted.get(name, {}).get("files", ()))
    return list(dict.fromkeys(shas))


def _export(reader: Reader, name: str, given: Mapping[str, Any], files: Sequence[int]) -> parts.Export:
    indicator, frame = reader.asked[name], _frame(reader, name)
    words = (frame.item, frame.items) if frame else ("item", "items")
    observed = reader.observation(name) or {}
    return parts.Export(
        id=name,
        name=indicator.name,
        reader=reader.source(name),
        what=" ".join(filter(None, (indicator.measured, f"({given['measure']})"))),
        population=count(given["population"], *words),
        counted=_which(given),
        covers=span(*(date.fromisoformat(each) for each in given["covers"])),
        made="on the team’s own machine" if given.get("local") else "on this site",
        files=f"{'file' if len(files) == 1 else 'files'} {_rows(sorted(files))}",
        by_links=bool(observed.get("link_derived")),
    )


def _frame(reader: Reader, name: str) -> Frame | None:
    frames = reader.instrument.frames.values()
    return next((each for each in frames if name in {check.indicator for check in each.checks}), None)


def _which(given: Mapping[str, Any]) -> str:
    """Return how many of a population were counted, and which."""
    positions, population, start = tuple(given["positions"]), given["population"], given["offset"]
    if len(positions) == population:
        return "all of them" if population > 1 else "the only one"
    if positions == sampling.positions(population, len(positions), start):
        return f"{len(positions)}, in equal steps from the start {start:g}"
    at = "position" if len(positions) == 1 else "positions"
    return f"{len(positions)}, at {at} {_rows(sorted(positions))}"


def _rows(numbers: Sequence[int]) -> str:
    """Return rising numbers in few words: three and more that follow each other as one row."""
    rows: list[list[int]] = []
    for each in numbers:
        if rows and each == rows[-1][-1] + 1:
            rows[-1].append(each)
        else:
            rows.append([each])
    words = ([f"{row[0]} to {row[-1]}"] if len(row) > 2 else map(str, row) for row in rows)
    return listed([word for row in words for word in row])
