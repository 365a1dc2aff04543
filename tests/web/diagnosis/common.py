"""What the tests of the journey share: what is typed, and how it is looked up what became of it."""

from __future__ import annotations

import html
import re
import uuid
from typing import Any

from flask import Flask

from assessment.core.evidence import COUNTED
from assessment.store import answering
from assessment.store.answering import Entry
from tests.builders import counts
from tests.leader import Leader, Seen

FACTS = {"form": "quick", "label": "Team Atlas", "team_size": "8", "window_days": "90", "work": "software"}
ITEM = {"reference": "ATLAS-1187", "VD1": "yes", "VD2": "no", "IN1": "yes", "FR1": "unverified"}


def kept(app: Flask, leader: Leader) -> dict[tuple[str, str], Entry]:
    """Return what the database holds of the leader's diagnosis."""
    with app.app_context():
        return answering.entries(leader.base.split("/")[2])


def count(app: Flask, leader: Leader, *names: str, **changes: Any) -> None:
    """Accept counts from an export in place of those that stand; without names, take them away."""
    version = entry.version if (entry := kept(app, leader).get(COUNTED)) else 0
    with app.app_context():
        answering.keep(
            leader.base.split("/")[2],
            part=COUNTED[0],
            page=COUNTED[1],
            values=counts(*names, **changes)[COUNTED],
            version=version,
            request_id=str(uuid.uuid4()),
            location="/",
        )


def errors(page: Seen) -> list[str]:
    """Return what an error summary says, line by line."""
    summary = re.search(r'class="error-summary".*?</ul>', page.text, re.DOTALL)
    return (
        [html.unescape(line) for line in re.findall(r'<a href="#[^"]+">(.*?)</a>', summary[0])]
        if summary
        else []
    )


def apart(page: Seen) -> list[tuple[str, str]]:
    """Return what another window saved and what was typed here, row by row."""
    cells = [html.unescape(each) for each in re.findall(r"<td[^>]*>(.*?)</td>", page.text)]
    return list(zip(cells[::2], cells[1::2], strict=True))


def path_of(address: str) -> str:
    """Return an address without its host."""
    return "/" + address.split("/", 3)[3]


def finished(leader: Leader) -> str:
    """Finish with one answer; return the address of the report."""
    leader.answer("F8/RC1", answer="never", source="memory")
    return leader.finish().location
