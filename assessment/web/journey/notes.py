"""What was written beside the answers: references and notes, which go to others only if they are chosen."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from assessment.core.evidence import Stop
from assessment.store import answering, assessments
from assessment.web import forms
from assessment.web.current import library
from assessment.web.forms.filled import in_words
from assessment.web.journey.run import Run

WRITTEN = ("reference", "place")


@dataclass(frozen=True, slots=True)
class Note:
    """One page on which something was written, by the name that it is chosen by."""

    key: str
    title: str
    said: list[tuple[str, str]]
    is_item: bool


@dataclass(frozen=True, slots=True)
class Notes:
    """What was written about one list, or beside the single questions of one pass."""

    key: str
    title: str
    notes: list[Note]

    @property
    def others(self) -> list[Note]:
        """What is shown by itself."""
        return [note for note in self.notes if not note.is_item]

    @property
    def columns(self) -> list[str]:
        """What stands above the items, which are shown as a table."""
        return list(dict.fromkeys(name for note in self.notes if note.is_item for name, _ in note.said))

    @property
    def rows(self) -> list[tuple[str, list[str]]]:
        """The items, each with what stands under each of the columns."""
        said = [(note.title, dict(note.said)) for note in self.notes if note.is_item]
        return [(title, [cells.get(name, "") for name in self.columns]) for title, cells in said]

    def shown(self, only: Collection[str]) -> str:
        """Return which of it is shown where only these are, in words; "" where nothing is."""
        shown = [note.title for note in self.notes if note.key in only]
        if not shown:
            return ""
        if len(shown) < len(self.notes):
            return f"{self.title}: {', '.join(shown)}"
        return f"{self.title}: all {len(shown)}" if len(shown) > 1 else self.title


def noted(run: Run, only: Collection[str] | None = None) -> list[Notes]:
    """Return what was written on the path, in its order, or of it only the pages of these names."""
    found: dict[str, Notes] = {}
    for stop in run.path:
        key = f"{stop.part}.{stop.page}"
        if (only is None or key in only) and (said := list(_said(run, stop))):
            group = found.setdefault(stop.part, Notes(stop.part, _group(run, stop), []))
            group.notes.append(Note(key, _title(run, stop), said, stop.kind == "item"))
    return list(found.values())


def of_assessment(assessment_id: str, only: Collection[str] | None = None) -> list[Notes]:
    """Return what was written, or of it only these pages; none where its questions have changed."""
    held = assessments.read(assessment_id) if only is None or only else None
    instrument = library().instruments.get(held.instrument_key) if held else None
    if held is None or instrument is None or instrument.sha256 != held.instrument_sha256:
        return []
    return noted(Run(held, instrument, answering.entries(held.id)), only)


def chosen(all_of: Iterable[Notes], names: Collection[str]) -> list[str]:
    """Return the pages that are meant by these names, of which one may stand for a whole list."""
    return [note.key for group in all_of for note in group.notes if group.key in names or note.key in names]


def _said(run: Run, stop: Stop) -> Iterator[tuple[str, str]]:
    """Yield what was said on a page, where something was written on it; of a list, its note alone."""
    kept = run.records.get((stop.part, stop.page))
    if kept is None:
        return
    if stop.kind == "where":
        yield from (("Note", text) for _, text in forms.noted(run.filled(stop)))
    elif any(str(kept.get(name) or "").strip() for name in WRITTEN):
        yield from _of_item(run, stop) if stop.kind == "item" else run.filled(stop).said()


def _of_item(run: Run, stop: Stop) -> Iterator[tuple[str, str]]:
    """Yield what was said of an item, its checks by the names of what they find out."""
    for field in run.filled(stop):
        indicator = run.instrument.indicators.get(field.name)
        yield indicator.name if indicator else "Reference", in_words(field)


def _group(run: Run, stop: Stop) -> str:
    if stop.part in run.instrument.frames:
        return run.instrument.frames[stop.part].name
    return next(each.name for each in run.instrument.passes if each.id == stop.part)


def _title(run: Run, stop: Stop) -> str:
    if stop.kind == "where":
        return "The list as a whole"
    if stop.kind == "item":
        return f"Item {run.items(stop.part).index(stop) + 1}"
    return "Counts" if stop.page == "counts" else forms.single(run.instrument, stop).title
