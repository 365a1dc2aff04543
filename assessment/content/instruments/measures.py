"""What is counted of exports for an instrument: `measures.toml`, beside the folders of its versions.

    content/instruments/<name>/measures.toml

It is no part of a version: which measure stands for which indicator may grow without a new version of what is
asked, since a stored count names its measure (docs/decisions/0027). Every version gets a plan of what it has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

from assessment.content.files.checking import checked, choice
from assessment.content.files.located import ContentError, Fault, TomlFile, read_toml_file, shown
from assessment.core.instrument import Frame, Indicator, Instrument
from assessment.core.method import FIXED_MARKS
from assessment.core.part import Part, Slug
from assessment.records.measures import MEASURES
from assessment.records.plan import LISTED, SHARES, Counting, Listing, Plan

FILE = "measures.toml"


class _Counted(Part):
    indicator: str
    measure: Slug
    days: Annotated[int, Field(ge=1, le=3660)] | None = None
    link_derived: bool = False


class _Measures(Part):
    measures: Annotated[tuple[_Counted, ...], Field(min_length=1)]
    frames: dict[str, Slug] = Field(default={})


def read_measures(folder: Path, instruments: Mapping[str, Instrument]) -> dict[str, Plan]:
    """Return, by the key of a version, what is counted for it; none for those without such a file.

    Raises ContentError with the faults of all files.
    """
    faults: list[Fault] = []
    plans: dict[str, Plan] = {}
    for path in sorted(folder.glob(f"*/{FILE}")):
        name = path.parent.name
        versions = [each for key, each in instruments.items() if key.partition("/")[0] == name]
        try:
            file = read_toml_file(path, path.parent)
            read = checked(_Measures, file.data, shown(path), file.locate)
        except ContentError as error:
            faults += error.faults
            continue
        faults += _faults(file, read, versions)
        plans |= {each.key: _plan(read, each) for each in versions}
    if faults:
        raise ContentError(sorted(set(faults)))
    return plans


def _plan(read: _Measures, instrument: Instrument) -> Plan:
    """Return what can be counted for one version: of what it asks, and of the frames that it has."""
    shifts = {
        check.indicator: frame.window_shift for frame in instrument.frames.values() for check in frame.checks
    }
    return Plan(
        instrument.key,
        tuple(
            Counting(
                each.indicator,
                each.measure,
                shifts.get(each.indicator, 0),
                each.days or 0,
                each.link_derived,
            )
            for each in read.measures
            if each.indicator in instrument.indicators
        ),
        tuple(
            Listing(name, population, instrument.frames[name].window_shift)
            for name, population in read.frames.items()
            if name in instrument.frames
        ),
    )


def _faults(file: TomlFile, read: _Measures, versions: list[Instrument]) -> Iterator[Fault]:
    """Yield what no version of the instrument has, and what the readers do not count."""
    if not versions:
        fault = f"there is no version of '{file.shown.split('/')[-2]}'"
        yield file.fault((), fault, "put the file beside the folder of a version")
        return
    indicators = {id: each for version in versions for id, each in version.indicators.items()}
    frames = {id: each for version in versions for id, each in version.frames.items()}
    first: dict[str, int] = {}
    for at, each in enumerate(read.measures):
        path = ("measures", at)
        yield from _indicator_faults(file, (*path, "indicator"), each.indicator, indicators)
        if first.setdefault(each.indicator, at) != at:
            fault = f"indicator '{each.indicator}' is counted twice"
            yield file.fault((*path, "indicator"), fault, "keep one of the two")
        elif each.indicator in indicators and each.measure in MEASURES:
            yield from _share_faults(file, path, each, indicators[each.indicator])
        if each.measure not in MEASURES:
            fault = f"measure '{each.measure}' is not known"
            yield file.fault((*path, "measure"), fault, f"use one of: {choice(each.measure, MEASURES)}")
    for name, population in read.frames.items():
        yield from _frame_faults(file, name, population, frames)


def _indicator_faults(
    file: TomlFile, path: tuple[str | int, ...], name: str, indicators: Mapping[str, Indicator]
) -> Iterator[Fault]:
    if name not in indicators:
        remedy = f"use one of: {choice(name, indicators)}"
        yield file.fault(path, f"indicator '{name}' is in no version", remedy)
    elif (kind := indicators[name].type) in FIXED_MARKS:
        remedy = "take it out, or name another one"
        yield file.fault(
            path, f"indicator '{name}' is of type {kind}, which no items are counted for", remedy
        )


def _share_faults(
    file: TomlFile, path: tuple[str | int, ...], given: _Counted, indicator: Indicator
) -> Iterator[Fault]:
    """Yield where how work is spread would stand for something else, or something else for that."""
    if (given.measure in SHARES) != (indicator.spread is not None):
        fault = f"'{given.measure}' cannot stand for '{indicator.id}', which is of type {indicator.type}"
        remedy = f"of type spread, and of no other, is counted: {', '.join(sorted(SHARES))}"
        yield file.fault((*path, "measure"), fault, remedy)


def _frame_faults(file: TomlFile, name: str, population: str, frames: Mapping[str, Frame]) -> Iterator[Fault]:
    path = ("frames", name)
    if name not in frames:
        yield file.fault(path, f"frame '{name}' is in no version", f"use one of: {choice(name, frames)}")
    if population not in LISTED:
        remedy = f"use one of: {choice(population, sorted(LISTED))}"
        yield file.fault(path, f"population '{population}' is no list of items", remedy)
