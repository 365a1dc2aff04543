"""The library: everything under content/, read once and checked whole before the site answers anyone.

`content/site.toml` names the site, its menu and its outgoing addresses; `terms.toml` is the registry of the
framework's words, `redirects.toml` that of renamed pages; `pages/` and `faq/` hold Markdown; `instruments/`
holds what is asked, version by version, and what is counted of exports for it; `sample/` the answers of a
made-up team, where there is to be a sample report; `search.toml` what the search knows beside the texts,
`simulation.toml` what it prints of the simulation.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from assessment.content.files.checking import choice
from assessment.content.files.located import ContentError, Fault, line_with, shown
from assessment.content.instruments import read_instruments, read_measures
from assessment.content.pages.page import (
    Head,
    Link,
    Page,
    Question,
    QuestionHead,
    Source,
    address,
    markdown_files,
    page,
    read_source,
    source_faults,
)
from assessment.content.pages.patterns import pages_about, pattern_faults, values_of_patterns
from assessment.content.pages.redirects import Redirect, old_faults, read_redirects
from assessment.content.pages.simulated import read_simulated
from assessment.content.pages.site import Site, read_site
from assessment.content.pages.terms import Term, read_terms
from assessment.content.pages.values import values_of
from assessment.content.sample import FILE, URL, Sample, read_sample
from assessment.content.search.index import Index
from assessment.content.search.texts import Known, documents, read_known
from assessment.core.instrument import Instrument
from assessment.records.plan import Plan

Read = TypeVar("Read")

STATIC = "/static/"
OUTGOING = ("https://", "mailto:")
SOON = timedelta(days=30)  # how long before a date runs out it is warned of
MANY = ("page", "pattern")  # layouts of which there may be more than one page


@dataclass(frozen=True, slots=True)
class Library:
    """All content, consistent with itself. `warnings` are faults that do not keep the site from starting."""

    site: Site
    terms: Mapping[str, Term]
    pages: Mapping[str, Page]  # by address, in reading order
    faq: tuple[Question, ...]
    redirects: Mapping[str, str]  # the address of before to that of today
    instruments: Mapping[str, Instrument]  # by key: every version, for what was begun or made with it
    offered: Mapping[str, Instrument]  # by name, the site's own first: the version that a new diagnosis gets
    measures: Mapping[
        str, Plan
    ]  # by key of the version: what is counted of exports for it, where anything is
    sample: Sample | None  # the made-up team of the sample report
    links: tuple[Link, ...]  # of pages and questions, wherever they lead
    index: Callable[[], Index]  # for the search: made when it is first asked for, since commands never ask
    warnings: tuple[Fault, ...]

    def instrument(self, key: str) -> Instrument:
        """Return an instrument. Raises KeyError when there is none of that key."""
        return self.instruments[key]

    @property
    def current(self) -> Instrument:
        """The site's own instrument, in the version that a new diagnosis gets."""
        return self.offered[self.site.instrument]

    @property
    def glossary(self) -> str:
        """The address of the page that lists every term; empty when there is none."""
        return next((page.url for page in self.pages.values() if page.head.layout == "glossary"), "")

    def pattern_page(self, key: str, pattern_id: str) -> str:
        """Return the address of the page about a pattern that an instrument names; empty when there is none.

        The pages are about the patterns of the site's own instrument, in whichever version: another one may
        mean something else by the same id.
        """
        if key.partition("/")[0] != self.site.instrument:
            return ""
        return next((page.url for page in self.pages.values() if page.head.pattern == pattern_id), "")

    def around(self, url: str) -> tuple[Page | None, Page | None]:
        """Return the pages before and after one in reading order; None at either end."""
        reading = list(self.pages.values())
        at = [each.url for each in reading].index(url)
        return (reading[at - 1] if at else None), (reading[at + 1] if at + 1 < len(reading) else None)

    def trail(self, url: str) -> tuple[Page, ...]:
        """Return the way from the home page to a page: each page below whose address it lies, and itself."""
        return tuple(sorted((each for each in self.pages.values() if url.startswith(each.url)), key=_depth))

    def section(self, url: str) -> tuple[Page, ...]:
        """Return the pages that share the first part of their address with one; none where it is alone."""
        first = f"/{url.split('/')[1]}/"
        pages = tuple(each for each in self.pages.values() if each.url.startswith(first))
        return pages if len(pages) > 1 else ()


def read_library(
    root: Path, kept: Mapping[str, str] = MappingProxyType({}), static: Path | None = None
) -> Library:
    """Return everything under a content folder; `kept` are the periods that its pages print (see `values`).

    Whether the pictures of the pages are there is asked where `static`, the folder of them, is given.
    Raises ContentError with the faults of all files at once, in order of file and line.
    """
    faults: list[Fault] = []
    instruments = _kept(lambda: read_instruments(root / "instruments"), faults)
    counted = _kept(lambda: read_measures(root / "instruments", instruments), faults) if instruments else {}
    terms = _kept(lambda: read_terms(root / "terms.toml"), faults)
    site = _kept(lambda: read_site(root / "site.toml", terms or {}), faults)
    redirects = _kept(lambda: read_redirects(root / "redirects.toml"), faults) or ()
    sources = _sources(root / "pages", root, Head, faults)
    questions = _sources(root / "faq", root, QuestionHead, faults)
    sample = _kept(lambda: read_sample(root / FILE, instruments or {}), faults) if instruments else None
    searched = _kept(lambda: read_known(root / "search.toml"), faults) or Known()
    simulated = _kept(lambda: read_simulated(root / "simulation.toml"), faults)
    if instruments is not None and terms is not None and site is not None:
        faults += _instrument_faults(root, instruments, terms, site)
    currents = offered(instruments, site.instrument) if instruments is not None and site is not None else {}
    current = currents.get(site.instrument) if site is not None else None
    values = values_of(current, site, kept, pages_about(sources)) if current and site is not None else None
    if values is not None:  # what is printed of a file that is at fault is not told a second time
        values = {**values, **simulated} if simulated is not None else None
    own = values_of_patterns(sources, current) if current else {}
    for source in [*sources, *questions]:
        more = own.get(source.file, {})
        known = {**values, **more} if values is not None and more is not None else None
        faults += source_faults(source, terms, known)
    faults += _page_faults(root, sources)
    if sample:
        faults += _illustration_faults(sources, sample)
    faults += pattern_faults(sources, current)
    if faults or terms is None or values is None or site is None or instruments is None:
        raise ContentError(sorted(set(faults)))

    # Rendering needs every term and every value to be known, so it comes after all other checks.
    pages, faq, links = _rendered(sources, questions, terms, values, own)
    doors = (*site.doors, *([URL] if sample else []))
    moved = {each.old: each.new for each in redirects}
    faults += _site_link_faults(root, site, pages, doors, moved)
    faults += _redirect_faults(redirects, pages, doors)
    faults += _search_faults(root, searched, doors)
    faults += (fault for link in links if (fault := _link_fault(link, pages, doors, moved)))
    faults += (fault for link in links if static and (fault := _picture_fault(link, static)))
    if faults:
        raise ContentError(sorted(set(faults)))
    opened = tuple(each for each in searched.door if each.url in doors)
    index = functools.cache(lambda: Index(documents(pages, faq, terms, opened), searched.same))
    warnings = (*_warnings(root, site), *_pattern_warnings(root, currents[site.instrument], pages))
    return Library(
        site,
        terms,
        pages,
        faq,
        moved,
        instruments,
        currents,
        counted or {},
        sample,
        tuple(links),
        index,
        warnings,
    )


def offered(instruments: Mapping[str, Instrument], own: str) -> dict[str, Instrument]:
    """Return, by the name of its folder, the version of each instrument that a new diagnosis is made with.

    It is the newest closed version; the newest draft where none is closed. The one named `own` comes first.
    """
    newest = {_name(each): each for each in sorted(instruments.values(), key=_age)}
    return {name: newest[name] for name in sorted(newest, key=lambda name: (name != own, name))}


def _age(instrument: Instrument) -> tuple[bool, list[int]]:
    """Return what versions are sorted by: drafts first, then by number, so that 1.0.10 is after 1.0.9."""
    return not instrument.draft, [int(part) for part in instrument.version.split(".")]


def _depth(page: Page) -> int:
    return page.url.count("/") if page.url != "/" else 0


def _name(instrument: Instrument) -> str:
    """Return the name of its folder: its key without the version."""
    return instrument.key.partition("/")[0]


def _kept(read: Callable[[], Read], faults: list[Fault]) -> Read | None:
    """Return what was read; None, and its faults noted, when it could not be."""
    try:
        return read()
    except ContentError as error:
        faults += error.faults
        return None


def _sources(
    folder: Path, root: Path, head: type[Head] | type[QuestionHead], faults: list[Fault]
) -> list[Source]:
    """Return the files of a folder in reading order; the faults of those that cannot be read are noted."""
    read = []
    for path in markdown_files(folder, root, faults):
        try:
            read.append(read_source(path, folder, head))
        except ContentError as error:
            faults += error.faults
    return sorted(read, key=lambda source: (source.head.order, source.name))


def _instrument_faults(
    root: Path, instruments: Mapping[str, Instrument], terms: Mapping[str, Term], site: Site
) -> Iterator[Fault]:
    """Yield what an instrument names and the site does not have."""
    settings = shown(root / "site.toml")
    names = sorted({_name(each) for each in instruments.values()})
    if site.instrument not in names:
        line = line_with("instrument =", root / "site.toml")
        fault = f"instrument '{site.instrument}' is not there"
        yield Fault(settings, line, fault, f"use one of: {', '.join(names)}; without a version")
    for key, instrument in instruments.items():
        file = shown(root / "instruments" / key)
        for layer in instrument.layers:
            if layer.term and layer.term not in terms:
                yield Fault(
                    file, 1, f"layer {layer.id}: term '{layer.term}' is not in terms.toml", "add it there"
                )
        for destination in instrument.destinations:
            name = destination.site_setting
            if name and name not in site.outgoing:
                fault = f"'{name}' is no address: destination {destination.id} leads there"
                remedy = f"add it to [addresses], or name one of: {', '.join(sorted(site.outgoing))}"
                yield Fault(settings, 1, fault, remedy)


def _page_faults(root: Path, sources: list[Source]) -> Iterator[Fault]:
    """Yield where two files claim one address, and which page the site cannot be without."""
    first: dict[str, str] = {}
    layouts: dict[str, str] = {}
    for source in sources:
        url = address(source.name)
        if url in first:
            yield Fault(source.file, 1, f"its address {url} is that of {first[url]}", "rename one of them")
        first.setdefault(url, source.file)
        layout = source.head.layout if isinstance(source.head, Head) else "page"
        if layout not in MANY and layout in layouts:
            line = source.locate(("layout",))
            yield Fault(
                source.file, line, f"layout '{layout}' is that of {layouts[layout]}", "keep one of them"
            )
        layouts.setdefault(layout, source.file)
    if "/" not in first:
        yield Fault(shown(root / "pages"), 1, "there is no home page", "add pages/index.md")


def _illustration_faults(sources: list[Source], sample: Sample) -> Iterator[Fault]:
    """Yield what a page would show of the made-up team, and nothing was expected of it."""
    expected = sample.result["answers"].get("belief") or {}
    for source in sources:
        rows = source.head.illustration if isinstance(source.head, Head) else ()
        for at, row in enumerate(rows):
            if row.indicator not in expected:
                line = source.locate(("illustration", at, "indicator"))
                fault = f"the made-up team expected nothing of indicator '{row.indicator}'"
                yield Fault(source.file, line, fault, f"use one of: {', '.join(sorted(expected))}")


def _rendered(
    sources: list[Source],
    questions: list[Source],
    terms: Mapping[str, Term],
    values: Mapping[str, str],
    own: Mapping[str, Mapping[str, str] | None],
) -> tuple[dict[str, Page], tuple[Question, ...], list[Link]]:
    faults: list[Fault] = []
    pages: dict[str, Page] = {}
    faq: tuple[Question, ...] = ()
    links: list[Link] = []
    for source in sources:
        is_faq = isinstance(source.head, Head) and source.head.layout == "faq"
        try:
            made, answered, found = page(
                source,
                tuple(questions) if is_faq else (),
                terms,
                {**values, **(own.get(source.file) or {})},
            )
        except ContentError as error:
            faults += error.faults
            continue
        pages[made.url] = made
        faq += answered
        links += found
    if faults:
        raise ContentError(sorted(faults))
    return pages, faq, links


def _site_link_faults(
    root: Path, site: Site, pages: Mapping[str, Page], doors: tuple[str, ...], moved: Mapping[str, str]
) -> Iterator[Fault]:
    file = root / "site.toml"
    for entry in site.links():
        link = Link(entry.url, shown(file), line_with(f'"{entry.url}"', file))
        if fault := _link_fault(link, pages, doors, moved):
            yield fault


def _redirect_faults(
    redirects: tuple[Redirect, ...], pages: Mapping[str, Page], doors: tuple[str, ...]
) -> Iterator[Fault]:
    """Yield which addresses of before cannot be led on, or lead nowhere: one fault for each line."""
    refused = list(old_faults(redirects, set(pages), (*doors, STATIC)))
    yield from refused
    for each in redirects:
        if each.line not in {fault.line for fault in refused}:
            if fault := _link_fault(Link(each.new, each.file, each.line), pages, doors, {}):
                yield fault


def _search_faults(root: Path, known: Known, doors: tuple[str, ...]) -> Iterator[Fault]:
    """Yield which door of the search there is not. That of the sample report may wait for its sample."""
    file = root / "search.toml"
    for door in known.door:
        if door.url not in (*doors, URL):
            line = line_with(f'"{door.url}"', file)
            yield Fault(shown(file), line, f"'{door.url}' is no door", f"use one of: {', '.join(doors)}")


def _link_fault(
    link: Link, pages: Mapping[str, Page], doors: tuple[str, ...], moved: Mapping[str, str]
) -> Fault | None:
    """Return why a link leads nowhere; None when it leads somewhere."""
    url, hash_mark, anchor = link.target.partition("#")
    if link.target.startswith(OUTGOING) or url.startswith(STATIC) or (url in doors and not hash_mark):
        return None
    if not url.startswith("/") and link.target[:1] != "#":
        remedy = "begin it with / for a page, # for a heading of this page, or https://"
        return Fault(link.file, link.line, f"link '{link.target}' is none that a page may have", remedy)
    here = next((each for each in pages.values() if each.file == link.file), None)
    leads_to = pages.get(url) if url else here
    if leads_to is None:
        near = f"{url.rstrip('/')}/"
        remedy = f"write {near}" if near in pages else f"use one of: {choice(url, [*pages, *doors])}"
        if now := moved.get(near) or moved.get(near.rstrip("/")):
            remedy = f"it was renamed: write {now if '#' in now else now + hash_mark + anchor}"
        return Fault(link.file, link.line, f"link '{link.target}' leads to no page", remedy)
    if hash_mark and anchor not in leads_to.anchors:
        known = choice(anchor, sorted(leads_to.anchors)) or "none"
        fault = f"link '{link.target}' leads to no heading of {leads_to.url}"
        return Fault(link.file, link.line, fault, f"use one of: {known}")
    return None


def _picture_fault(link: Link, static: Path) -> Fault | None:
    """Return that the file of a link to a static file is not there; None where it is, or for other links."""
    name = link.target.partition("#")[0].removeprefix(STATIC)
    if not link.target.startswith(STATIC) or (static / name).is_file():
        return None
    return Fault(link.file, link.line, f"'{link.target}' is not there", f"put the file into {shown(static)}/")


def _warnings(root: Path, site: Site) -> Iterator[Fault]:
    file = root / "site.toml"
    if not site.contact_url:
        remedy = f"set it, or leave it so that the contact step leads to {site.owner_url}"
        yield Fault(shown(file), line_with("contact_url =", file), "contact_url is empty", remedy)
    expires = site.security_expires
    if expires and expires - datetime.now(UTC).date() < SOON:
        fault = f"security_expires is {expires}: security.txt is not believed after that day"
        remedy = "see that the contact is right, and write a day less than a year ahead"
        yield Fault(shown(file), line_with("security_expires =", file), fault, remedy)


def _pattern_warnings(root: Path, current: Instrument, pages: Mapping[str, Page]) -> Iterator[Fault]:
    """Yield which patterns a result names without leading to a page."""
    about = {page.head.pattern for page in pages.values()}
    for pattern in current.patterns if about - {""} else ():  # a site may do without such pages
        if pattern.id not in about:
            fault = f"pattern '{pattern.id}' of {current.key} has no page"
            remedy = f'add pages/patterns/{pattern.id}.md with pattern = "{pattern.id}"'
            yield Fault(shown(root / "pages"), 1, fault, remedy)
