"""Exports for tests, small and made up, and somebody who brings them to the site."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import encode_multipart

from tests.leader import OUR_PAGE, Leader, Seen

# The days that the exports tell of, as a diagnosis looks at them.
LOOKED_AT = {"window_end": "2026-05-29", "window_days": 148}
HANDLES = ("quillon-pike", "vesper-lund", "marlo-ortega")
TITLE = "Glasierofen undicht"

Files = dict[str, bytes]


def changes(n: int = 12, *, approved: int = 6) -> bytes:
    """Return merged pull requests as `gh pr list --json` prints them; the first of them were approved."""
    first = datetime(2026, 2, 2, 9, tzinfo=UTC)
    found = []
    for i in range(n):
        opened = first + timedelta(days=5 * i)
        merged = opened + timedelta(hours=6)
        review = {
            "author": {"login": HANDLES[(i + 1) % 3]},
            "state": "APPROVED",
            "submittedAt": _at(opened + timedelta(hours=2)),
        }
        found.append(
            {
                "number": 300 + i,
                "title": f"{TITLE} {i}",
                "state": "MERGED",
                "author": {"login": HANDLES[i % 3]},
                "url": f"https://git.example/meadow/kiln/pull/{300 + i}",
                "body": f"Fixes #{40 + i}",
                "createdAt": _at(opened),
                "updatedAt": _at(merged),
                "closedAt": _at(merged),
                "mergedAt": _at(merged),
                "mergedBy": {"login": HANDLES[(i + 2) % 3]},
                "reviews": [review] if i < approved else [],
                "comments": [],
                "labels": [],
            }
        )
    return json.dumps(found).encode()


def table(states: Iterable[str] = ("Fertig", "Geprüft", "In Arbeit")) -> bytes:
    """Return a table of some tool that no reader knows: four items in each state."""
    rows = ["Vorgang;Zustand;Angelegt;Erledigt;Bearbeiter;Adresse"]
    for s, state in enumerate(states):
        for i in range(4):
            number = 10 * s + i
            rows.append(
                f"K-{number};{state};2026-02-{i + 2:02};2026-03-{number + 1:02};{HANDLES[i % 3]};"
                f"https://git.example/kiln/{number}"
            )
    return "\n".join(rows).encode()


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def bring(leader: Leader, files: Files, *, preset: str = "") -> Seen:
    """Choose files on the page that reads exports, and send them."""
    return send(leader, leader.open("records/"), "records/", files, preset=preset)


def again(leader: Leader, page: Seen, files: Files | None = None, **said: Any) -> Seen:
    """Read once more what a page shows, with what was changed on it."""
    return send(leader, page, "records/", files or {}, **said)


def keep(leader: Leader, page: Seen, files: Files | None = None, **said: Any) -> Seen:
    """Keep what is chosen on a page, but for what is chosen otherwise: `take-VD1` is written take__VD1."""
    return send(leader, page, "records/keep", files or {}, **said)


def send(leader: Leader, page: Seen, to: str, files: Files, **said: Any) -> Seen:
    """Send the form of a page, with its selects as they stand, as a browser would."""
    sent = MultiDict[str, Any](fields(page))
    for name, value in said.items():
        name = name.replace("__", "-")
        sent.poplist(name)
        if value is not None:
            sent.add(name, value)
    for name, data in files.items():
        sent.add("files", FileStorage(BytesIO(data), name))
    boundary, body = encode_multipart(
        sent
    )  # in memory: the client would lay it in a file, and leave that open
    kind = f'multipart/form-data; boundary="{boundary}"'
    answer = leader.client.post(leader.base + to, data=body, headers=OUR_PAGE, content_type=kind)
    return Seen(answer, leader.base + to)


def fields(page: Seen) -> MultiDict[str, str]:
    """Return what the form of a page would send untouched, without its files."""
    found = next(form for form in page.forms if "/records/" in form.action).fields.copy()
    found.poplist("files")
    return found
