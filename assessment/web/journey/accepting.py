"""What is kept of an export: the counts that were chosen, and the lists whose items are to be opened."""

from __future__ import annotations

import hashlib
from typing import Any

from assessment.core.evidence import COUNTED
from assessment.core.instrument import Frame
from assessment.core.text import printable
from assessment.records.measured import Count, Listed, Measured
from assessment.report.words import listed as listed_in_words
from assessment.web.forms.exports import Export
from assessment.web.forms.fields import REFERENCE
from assessment.web.journey.exports import draw_to_come, may_open, title
from assessment.web.journey.run import Run

MOST_TITLE = 80  # characters of the names of all readers together


def kept(
    run: Run, measured: Measured, chosen: Export, *, is_local: bool
) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the pages that are to be kept: the lists that items are opened from, then the counts."""
    listed = {each.name: each for each in measured.lists}
    pages = {
        (name, "where"): values
        for name in chosen.lists()
        if (values := _list(run, run.instrument.frames[name], listed[name], measured)) != run.where(name)
    }
    counts = {each.name: each for each in measured.counts}
    using = {
        name: _count(counts[name], measured, is_local, with_references=bool(chosen["references"].data))
        for name in chosen.using()
    }
    if using:
        before = run.records.get(COUNTED, {}).get("counts", {})
        pages[COUNTED] = {"counts": {**before, **using}}
    return pages


def _count(counted: Count, measured: Measured, is_local: bool, *, with_references: bool) -> dict[str, Any]:
    read = [each.understood.reader for each in measured.files]
    titles = list(dict.fromkeys(map(title, measured.files)))
    references = (
        {"references": [_called(each.reference) for each in counted.examples]} if with_references else {}
    )
    return {
        "sound": counted.sound,
        "failing": counted.failing,
        "unverified": counted.unverified,
        "link_derived": counted.link_derived,
        "reader": " + ".join(dict.fromkeys(read))[:MOST_TITLE],
        "title": listed_in_words(titles)[:MOST_TITLE],
        "measure": counted.measure,
        "files": [each.sha256 for each in measured.files],
        "population": counted.population,
        "positions": list(counted.positions),
        "offset": counted.offset,
        "covers": [counted.first.isoformat(), counted.last.isoformat()],
        "local": is_local,
        **references,
    }


def _called(reference: str) -> str:
    return printable(reference)[:REFERENCE]


def _list(run: Run, frame: Frame, listed: Listed, measured: Measured) -> dict[str, Any]:
    """Return how a frame is looked at whose items are opened from the files."""
    before = run.where(frame.id)
    digest = hashlib.sha256("\n".join([listed.name, *(each.sha256 for each in measured.files)]).encode())
    query = before.get("query") or f"All {frame.items} in the export, the earliest first"
    drawn = {"query": query, "population": listed.population, "list": digest.hexdigest()}
    if before.get("way") == "items" and before.get("drawn") == drawn:
        return dict(before)
    names = dict.fromkeys(title(each) for each in measured.files)
    return {
        "context_of": None,
        "note": before.get("note", ""),
        "way": "items",
        "reason": "",
        "where": before.get("where") or listed_in_words(list(names)),
        "query": query,
        "population": listed.population,
        "draws": draw_to_come(run, frame),
        "positions": list(listed.positions),
        "offset": listed.offset,
        "drawn": drawn,
        "listed": {
            "sha256": digest.hexdigest(),
            "count": listed.population,
            "references": {str(at): _called(name) for at, (name, _) in listed.references.items()},
            "addresses": {str(at): url for at, (_, url) in listed.references.items() if may_open(url)},
        },
    }
