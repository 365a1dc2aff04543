"""The document of the local reader: counts at E4, and where they come from. No name, no item, no person.

It is written where the files are, and read by the site, which holds it against its own plan: what was
counted, in which days and at which positions follows from what was asked, and nothing else is accepted.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from assessment.core import sampling
from assessment.records.measured import MOST, Count, Measured, ReadFile, Wanted
from assessment.records.measures import MEASURES, POPULATIONS
from assessment.records.plan import Plan
from assessment.records.readers import READERS
from assessment.records.rows import FIELDS
from assessment.records.source import Options, RecordsError, Understood
from assessment.records.stages import STAGES
from assessment.records.work import KINDS

VERSION = 1
BY = f"assess-records {VERSION}"
LARGEST = 1_000_000  # bytes
_MARKS = ("sound", "failing", "unverified")
_KEYS = frozenset(
    (
        "records by plan reader files window_days window_end team_size start options"
        " observations counted cannot"
    ).split()
)
_MOST_FILES = 20
_MOST_NUMBER = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Run:
    """What a count was asked with: the same run of the same files gives the same document.

    `start` is the secret of the draws, in hex, as the site prints it; "" draws by the files themselves.
    """

    plan: Plan
    window_days: int
    window_end: date
    team_size: int
    start: str = ""

    def wanted(self, files: Sequence[str]) -> tuple[Wanted, ...]:
        """Return the counts to ask for, of files with these hashes."""
        start = starts(self.start, files)
        return self.plan.wanted(self.window_end, self.window_days, start, team_size=self.team_size)


def starts(start: str, files: Sequence[str]) -> Callable[[str], float]:
    """Return what gives the U of a draw by an indicator's name.

    Without a start of the site it follows from the hashes of the files, so nobody picks it either.
    """
    key = bytes.fromhex(start) if start else bytes.fromhex("".join(sorted(files)))
    return lambda name: sampling.offset(key, "", name)


def document(run: Run, measured: Measured, options: Options) -> dict[str, Any]:
    """Return the document of what was measured."""
    every = {each.sha256: each for each in measured.files}  # two that hold nothing are one
    files = [*every]
    reader = ", ".join(sorted({each.understood.reader for each in measured.files}))
    counts = [each for each in measured.counts if not each.cannot]
    return {
        "records": VERSION,
        "by": BY,
        "plan": run.plan.key,
        "reader": reader,
        "files": [
            {"sha256": each.sha256, "bytes": each.bytes, "rows": each.rows, "items": each.items}
            for each in every.values()
        ],
        "window_days": run.window_days,
        "window_end": run.window_end.isoformat(),
        "team_size": run.team_size,
        "start": run.start or None,
        "options": {
            # States and headings are words of a board, which may be called after a person.
            "stages": dict(Counter(options.stages.values())),
            "columns": sorted(FIELDS.keys() & options.columns.keys()),
            "done": measured.done,
            "zone_minutes": options.zone_minutes,
            "day_first": options.day_first,
        },
        "observations": {each.name: _observation(each) for each in counts},
        "counted": {each.name: _counted(each, reader, files) for each in counts},
        "cannot": {each.name: each.cannot for each in measured.counts if each.cannot},
    }


def _observation(count: Count) -> dict[str, Any]:
    marks = {name: getattr(count, name) for name in _MARKS}
    return {**marks, "grade": "E4", **({"link_derived": True} if count.link_derived else {})}


def _counted(count: Count, reader: str, files: list[str]) -> dict[str, Any]:
    return {
        "measure": count.measure,
        "reader": reader,
        "population": count.population,
        "positions": list(count.positions),
        "offset": count.offset,
        "covers": [count.first.isoformat(), count.last.isoformat()],
        "files": files,
    }


def written(document: Mapping[str, Any]) -> str:
    """Return the document as text: the same bytes for the same counts."""
    return json.dumps(document, sort_keys=True, indent=1) + "\n"


# --- reading --------------------------------------------------------------------------------------


def is_document(text: str) -> bool:
    """Does a text look like a document of the local reader, rather than an export?"""
    return '"assess-records' in text[:LARGEST] and '"records"' in text[:LARGEST]


def read(text: bytes, plan: Plan) -> tuple[Run, dict[str, Any]]:
    """Return what a document was run with, and the document, checked against a plan to the last mark.

    Raises RecordsError, which names the place in it.
    """
    given = _object(text)
    if given.get("records") != VERSION or not isinstance(given.get("by"), str):
        raise _refused("records", "is no document of this reader", "give what assess-records wrote")
    if given.keys() != _KEYS:
        lacking = ", ".join(sorted(_KEYS - given.keys()))
        fault = f"lacks {lacking}" if lacking else "holds what no such document holds"
        raise _refused("document", fault, "give it as it was written")
    if given["plan"] != plan.key:
        raise _refused("plan", f"is not {plan.key}", "take the reader that this site offers, and count again")
    run = Run(
        plan,
        _number(given["window_days"], "window_days", 1, 3660),
        _day(given["window_end"], "window_end"),
        _number(given["team_size"], "team_size", 2, _MOST_NUMBER),
        _start(given["start"]),
    )
    files = _files(given["files"])
    _check_reader(given)
    _check_options(given["options"])
    _check_counts(given, run, files)
    return run, given


def measured(document: Mapping[str, Any], plan: Plan) -> Measured:
    """Return what a document tells that was read: the counts and their files, without a single item."""
    seen, counted = document["observations"], document["counted"]
    measures = {each.indicator: each.measure for each in plan.counts}
    understood = Understood(document["reader"])
    files = (
        ReadFile("", each["sha256"], each["bytes"], each["rows"], each["items"], understood, (), ())
        for each in document["files"]
    )
    counts = (_count(name, seen[name], counted[name]) for name in seen)
    first = date.fromisoformat(document["window_end"])
    cannot = (
        Count(name, measures[name], 0, 0, 0, False, 0, (), 0.0, first, first, cannot=why)
        for name, why in document["cannot"].items()
    )
    return Measured(tuple(files), (), (*counts, *cannot), (), None, {}, document["options"]["done"])


def _count(name: str, seen: Mapping[str, Any], counted: Mapping[str, Any]) -> Count:
    first, last = map(date.fromisoformat, counted["covers"])
    return Count(
        name,
        counted["measure"],
        seen["sound"],
        seen["failing"],
        seen["unverified"],
        seen.get("link_derived", False),
        counted["population"],
        tuple(counted["positions"]),
        counted["offset"],
        first,
        last,
    )


def _object(text: bytes) -> dict[str, Any]:
    if len(text) > LARGEST:
        raise _refused("document", f"is larger than {LARGEST} bytes", "give what assess-records wrote")
    try:
        decoded = text.decode("utf-8-sig")
        if decoded.count("[") + decoded.count("{") > 5000:
            raise ValueError("too many parts")
        given = json.loads(decoded, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise _refused("document", "is not JSON", "give the file as assess-records wrote it") from None
    if not isinstance(given, dict):
        raise _refused("document", "is not an object", "give the file as assess-records wrote it")
    return given


def _no_number(name: str) -> None:
    raise ValueError(name)


def _refused(place: str, fault: str, remedy: str) -> RecordsError:
    return RecordsError(place, fault, remedy)


def _number(value: Any, place: str, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise _refused(place, f"is no whole number from {least} to {most}", "count again")
    return value


def _day(value: Any, place: str) -> date:
    try:
        day = date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        day = None
    if day is None or not 1990 <= day.year <= 2199:
        raise _refused(place, "is no day written as YYYY-MM-DD", "count again")
    return day


def _start(value: Any) -> str:
    if value is None:
        return ""
    return checked_start(value if isinstance(value, str) else "-")


def checked_start(text: str) -> str:
    """Return the start of the draws, in hex. Raises RecordsError where it is none."""
    digits = text.strip().lower()
    if len(digits) % 2 or not 16 <= len(digits) <= 128 or set(digits) - set("0123456789abcdef"):
        raise _refused("start", "is not what the site prints", "copy it whole: 16 to 128 digits 0-9 and a-f")
    return digits


def _files(value: Any) -> list[str]:
    if not isinstance(value, list) or not 1 <= len(value) <= _MOST_FILES:
        raise _refused("files", f"is no list of 1 to {_MOST_FILES} files", "count again")
    hashes = []
    for at, each in enumerate(value):
        place = f"files.{at}"
        if not isinstance(each, dict) or each.keys() != {"sha256", "bytes", "rows", "items"}:
            raise _refused(place, "is no file", "count again")
        for name in ("bytes", "rows", "items"):
            _number(each[name], f"{place}.{name}", 0, 10**13)
        sha256 = each["sha256"]
        if not isinstance(sha256, str) or len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
            raise _refused(f"{place}.sha256", "is no SHA-256", "count again")
        hashes.append(sha256)
    if len(set(hashes)) < len(hashes):
        raise _refused("files", "name one file twice", "give each file once, and count again")
    return hashes


def _check_reader(given: Mapping[str, Any]) -> None:
    for name in ("reader", "by"):
        value = given[name]
        if not isinstance(value, str) or not 1 <= len(value) <= 80 or not value.isprintable():
            raise _refused(name, "is no name", "count again")
    if unknown := set(given["reader"].split(", ")) - {each.NAME for each in READERS}:
        fault = f"is none of this site: {min(unknown)}"
        raise _refused("reader", fault, "count again with this site's reader")


def _check_options(value: Any) -> None:
    known = {"stages", "columns", "done", "zone_minutes", "day_first"}
    is_one = isinstance(value, dict) and value.keys() == known and value["done"] in KINDS
    if not (is_one and _are_stages(value["stages"]) and _are_fields(value["columns"])):
        raise _refused("options", "are not those of this reader", "count again")


def _are_stages(value: Any) -> bool:
    """Is it said of how many states what they mean, without a word of what they are called?"""
    return isinstance(value, dict) and all(name in STAGES and type(n) is int for name, n in value.items())


def _are_fields(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) and name in FIELDS for name in value)


def _check_counts(given: Mapping[str, Any], run: Run, files: list[str]) -> None:
    for part in ("observations", "counted", "cannot"):
        if not isinstance(given[part], dict):
            raise _refused(part, "is not an object", "count again")
    seen, counted, cannot = given["observations"], given["counted"], given["cannot"]
    wanted = {each.name: each for each in run.wanted(files)}
    named = seen.keys() | cannot.keys()
    if seen.keys() != counted.keys() or seen.keys() & cannot.keys() or named != wanted.keys():
        fault = "do not name what the plan wants, each once"
        raise _refused("observations, counted and cannot", fault, "count again with this site's reader")
    for name, sentence in cannot.items():
        if not isinstance(sentence, str) or not 1 <= len(sentence) <= 300 or not sentence.isprintable():
            raise _refused(f"cannot.{name}", "is no sentence", "count again")
    for name in seen:
        _check_count(name, wanted[name], seen[name], counted[name], given, files)


def _check_count(
    name: str, wanted: Wanted, seen: Any, counted: Any, given: Mapping[str, Any], files: list[str]
) -> None:
    """Refuse a count that is not of the items, the days and the files that it says."""
    place = f"counted.{name}"
    names = {"measure", "reader", "population", "positions", "offset", "covers", "files"}
    if not isinstance(counted, dict) or counted.keys() != names:
        raise _refused(place, "is no count", "count again")
    population = _number(counted["population"], f"{place}.population", 1, _MOST_NUMBER)
    positions, offset = drawn(wanted, population)
    expected = {
        "measure": wanted.measure,
        "reader": given["reader"],
        "population": population,
        "positions": list(positions),
        "offset": offset,
        "covers": [wanted.first.isoformat(), wanted.last.isoformat()],
        "files": files,
    }
    for part, value in expected.items():
        if counted[part] != value or isinstance(counted[part], bool):
            raise _refused(f"{place}.{part}", "is not what follows from what was asked", "count again")
    marks = {**dict.fromkeys(_MARKS), "grade": None}
    allowed = ({*marks}, {*marks, "link_derived"})
    if not isinstance(seen, dict) or seen.keys() not in allowed or seen["grade"] != "E4":
        raise _refused(f"observations.{name}", "is no observation at E4", "count again")
    total = sum(_number(seen[mark], f"observations.{name}.{mark}", 0, MOST) for mark in _MARKS)
    if total != len(positions):
        raise _refused(f"observations.{name}", f"{total} marks of {len(positions)} items", "count again")
    derived = wanted.link_derived and given["options"]["done"] == "task"
    if seen.get("link_derived", False) is not derived:
        raise _refused(f"observations.{name}.link_derived", "is not as it was asked", "count again")


def drawn(wanted: Wanted, population: int) -> tuple[tuple[int, ...], float]:
    """Return the positions that a count looks at in a population of this size, and the U of its draw."""
    size = min(population, wanted.most, MOST)
    measure = MEASURES[wanted.measure]
    if measure.judge is None:  # nothing is drawn: the latest items, or every period and area
        return tuple(range(population - size + 1, population + 1)), 0.0
    if POPULATIONS[measure.population].latest:
        return tuple(range(population - size + 1, population + 1)), 0.0
    return sampling.positions(population, size, wanted.start), wanted.start
