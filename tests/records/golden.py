"""Golden in, golden out: what a reader makes of an export, written beside it so that it can be read."""

from __future__ import annotations

import json
import sys
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from assessment.records.measured import Wanted
from assessment.records.measures import MEASURES
from assessment.records.measuring import measured
from assessment.records.people import People
from assessment.records.readers import opened
from assessment.records.source import ONLINE, Account, File, Options
from assessment.records.work import WorkItem
from tests.records.files import EXPORTS


def asked(name: str) -> dict[str, Any]:
    """Return what is expected of the exports in a folder."""
    found: dict[str, Any] = json.loads((EXPORTS / name / "expected.json").read_text(encoding="utf-8"))
    return found


def told(folder: Path, expected: dict[str, Any]) -> dict[str, Any]:
    """Return what the readers tell of the files of a folder; a person is called as in `people`."""
    files = [_file(folder / name) for name in expected["files"]]
    people, options = People(), Options()
    names = {code: name for name in expected["people"] if (code := people.code(name))}
    sources = opened(files, expected.get("preset", ""), options, people, ONLINE)
    items, accounts = [], []
    for source in sources:
        account = Account()
        items += [_shown(item, names) for item in source.items(account)]
        accounts.append(
            {
                "reader": source.understood.reader,
                "notes": list(source.understood.notes),
                "rows": account.rows,
                "items": account.items,
                "dropped": dict(account.dropped),
                "remarked": dict(account.remarked),
                "first": account.first,
            }
        )
    first, last = map(date.fromisoformat, expected["window"])
    wanted = [Wanted(name, name, first, last, 0.0) for name in MEASURES]
    counts = measured(sources, wanted, (), options, files=files, team_size=9).counts
    return {
        "accounts": accounts,
        "items": items,
        "counts": {
            count.name: f"{count.sound} sound, {count.failing} failing, {count.unverified} unverified"
            for count in counts
            if not count.cannot
        },
        "cannot": {count.name: count.cannot for count in counts if count.cannot},
    }


def _file(path: Path) -> File:
    return File(path.name, path.stat().st_size, lambda: path.open("rb"))


def _shown(item: WorkItem, names: dict[str, str]) -> dict[str, Any]:
    """Return what an item tells beside what every item does."""
    every = ((each.name, getattr(item, each.name), each.default) for each in fields(item))
    return {name: _plain(value, names) for name, value, default in every if value != default}


def _plain(value: Any, names: dict[str, str]) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return " ".join(
            f"{each.name}={_plain(getattr(value, each.name), names)}"
            for each in fields(value)
            if getattr(value, each.name) not in (None, False, "")
        )
    if isinstance(value, tuple):
        return [_plain(each, names) for each in value]
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return names.get(value, value) if isinstance(value, str) else value


def main(folders: list[str]) -> None:
    """Write anew what is expected of some folders; every difference is then read before it is kept."""
    for name in folders:
        asking = {key: asked(name)[key] for key in ("files", "people", "window")}
        found = asking | told(EXPORTS / name, asking)
        text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
        (EXPORTS / name / "expected.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":  # python -m tests.records.golden gh gitlab
    main(sys.argv[1:])
