"""The names of the site, its menu, and every address that leads out of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field

from assessment.content.files.checking import checked, texts_of
from assessment.content.files.located import ContentError, Fault, read_toml, shown
from assessment.content.pages.terms import Address, Term, typed_for_markdown, typed_mark
from assessment.core.part import Part, Text


class Entry(Part):
    """One line of the menu or of the footer."""

    name: Text
    url: Text


class Site(Part):
    """The names and addresses of the site.

    `instrument` names the instrument of the site, a folder of instruments/, without a version. `doors` are
    addresses that the application answers beside the pages; `addresses` are the outgoing ones, by name.
    `contact_url` may be empty: then the contact step leads to `owner_url`. Until `security_expires`
    weaknesses may be told there, too; without that day the site has no security.txt.
    """

    name: Text
    description: Text
    owner: Text
    owner_url: Address
    attribution: Text
    disclosure: Text
    instrument: Text
    contact_url: Annotated[str, Field(pattern=r"^(https://\S+|mailto:\S+@\S+)?$")] = ""
    security_expires: date | None = None
    doors: tuple[str, ...] = ()
    menu: Annotated[tuple[Entry, ...], Field(min_length=1)]
    footer: tuple[Entry, ...] = ()
    addresses: dict[str, Address]

    @property
    def contact(self) -> str:
        """Where the contact step leads."""
        return self.contact_url or self.owner_url

    @property
    def outgoing(self) -> Mapping[str, str]:
        """Every address that a destination of an instrument may name as its setting."""
        return {**self.addresses, "owner_url": self.owner_url, "contact_url": self.contact}

    def address(self, name: str) -> str:
        """Return where a setting leads. Raises KeyError for a name that is no address of the site."""
        return self.outgoing[name]

    def links(self) -> Iterator[Entry]:
        """Yield every line of the menu and of the footer."""
        yield from self.menu
        yield from self.footer


def read_site(path: Path, terms: Mapping[str, Term]) -> Site:
    """Return the settings of the site. Raises ContentError with every fault."""
    data, locate = read_toml(path)
    site = checked(Site, data, shown(path), locate)
    faults = [
        Fault(shown(path), locate(where), f"the mark '{found[0]}' is typed by hand", "write the name alone")
        for where, text in texts_of(data)
        if (found := typed_mark(text, terms))
    ]
    faults += [
        Fault(shown(path), locate(where), f"'{unread}' is shown as it is typed here", "write the name alone")
        for where, text in texts_of(data)
        if (unread := typed_for_markdown(text))
    ]
    if faults:
        raise ContentError(faults)
    return site
