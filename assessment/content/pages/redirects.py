"""Addresses that were a page once, each with the address that it has now: `redirects.toml`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assessment.content.files.located import ContentError, Fault, read_toml, shown

TABLE = "moved"

_OLD = re.compile(r"/[A-Za-z0-9._~-]+(?:/[A-Za-z0-9._~-]+)*/?")


@dataclass(frozen=True, slots=True)
class Redirect:
    """One line of the file: an address of before, and where its page is now."""

    old: str
    new: str
    file: str
    line: int

    def fault(self, fault: str, remedy: str) -> Fault:
        """Return a fault at its line."""
        return Fault(self.file, self.line, fault, remedy)


def read_redirects(path: Path) -> tuple[Redirect, ...]:
    """Return the lines of the file; none where there is no file. Raises ContentError with every fault."""
    if not path.exists():
        return ()
    data, locate = read_toml(path)
    file, moved = shown(path), data.get(TABLE, {})
    remedy = f'write "/old/" = "/new/" below [{TABLE}]'
    faults = [Fault(file, locate((key,)), f"'{key}' is not known", remedy) for key in data if key != TABLE]
    if not isinstance(moved, dict):
        raise ContentError([*faults, Fault(file, locate((TABLE,)), f"'{TABLE}' is no table", remedy)])
    for old, new in moved.items():
        line = locate((TABLE, old))
        if not isinstance(new, str) or not new.startswith("/"):
            faults.append(Fault(file, line, f"'{old}' leads to no address of this site", remedy))
        if not _OLD.fullmatch(old):
            fault = f"'{old}' is no address that a page had"
            faults.append(Fault(file, line, fault, "begin it with /; leave out the site, ? and #"))
    if faults:
        raise ContentError(faults)
    return tuple(Redirect(old, new, file, locate((TABLE, old))) for old, new in moved.items())


def old_faults(redirects: tuple[Redirect, ...], pages: set[str], doors: tuple[str, ...]) -> Iterator[Fault]:
    """Yield what cannot be led on: an address that the site answers itself, or one that leads on again."""
    renamed = {each.old.rstrip("/"): each for each in redirects}
    taken = {url.rstrip("/") for url in pages}
    for each in redirects:
        bare = each.old.rstrip("/")
        if renamed[bare] is not each:
            yield each.fault(f"'{each.old}' and '{renamed[bare].old}' are one address", "keep one of them")
        if bare.removesuffix("/index.md") in taken:
            yield each.fault(f"'{each.old}' is a page", "remove this line, or rename the page")
        for door in doors:
            if f"{each.old}/".startswith(f"{door.rstrip('/')}/"):
                yield each.fault(f"'{each.old}' is answered by {door}", "remove this line")
        further = renamed.get(each.new.partition("#")[0].rstrip("/"))
        if further and further.new.rstrip("/") == bare:
            yield each.fault(f"'{each.old}' leads back to itself", "write where the page is now")
        elif further:
            fault = f"'{each.old}' leads to '{each.new}', which was renamed itself"
            yield each.fault(fault, f"write {further.new}")
