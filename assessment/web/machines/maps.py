"""What there is, and for whom: sitemap, robots, an index for language models, whom to tell of a weakness."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from assessment.content.library import Library
from assessment.content.pages.page import Page
from assessment.content.pages.site import Site
from assessment.content.sample import URL as SAMPLE
from assessment.web.machines import news, twins
from assessment.web.security import PRIVATE_DOORS

SECURITY = "/.well-known/security.txt"


def sitemap(library: Library, base_url: str) -> str:
    """Return every page with its last change."""
    entries = "".join(
        f"  <url><loc>{escape(base_url + page.url)}</loc><lastmod>{page.changed}</lastmod></url>\n"
        for page in library.pages.values()
    )
    if library.sample:  # when its look or its words changed last, nothing says
        entries += f"  <url><loc>{escape(base_url + SAMPLE)}</loc></url>\n"
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</urlset>\n'
    )


def robots(base_url: str) -> str:
    """Let everyone read everything but what belongs to a leader or to the desk."""
    closed = "".join(f"Disallow: /{door}/\n" for door in sorted(PRIVATE_DOORS))
    return f"User-agent: *\n{closed}Allow: /diagnosis/$\nAllow: /verify/$\nSitemap: {base_url}/sitemap.xml\n"


def llms(library: Library, base_url: str) -> str:
    """Return an index in the form of llmstxt.org: each page as Markdown, with what it says."""
    site = library.site
    parts = [f"# {site.name}", f"> {site.description}", site.attribution, site.disclosure]
    for name, pages in _sections(library):
        parts += [f"## {name}", "\n".join(_line(page, base_url) for page in pages)]
    others = [f"- [What has changed]({base_url}{news.ADDRESS}): the pages of this site by their last change"]
    if library.sample:
        others.insert(0, f"- [Sample report]({base_url}{SAMPLE}): the whole report of a made-up team")
        others.insert(1, f"- [Its data]({base_url}{SAMPLE}report.json): the same as JSON")
    return "\n\n".join([*parts, "## Beside the pages", "\n".join(others)]) + "\n"


def _sections(library: Library) -> Iterator[tuple[str, list[Page]]]:
    """Yield the pages that stand alone, then each with the pages below it; all of them in reading order."""
    below: dict[str, list[Page]] = {}
    for page in library.pages.values():
        top = f"/{page.url.split('/')[1]}/"
        below.setdefault(top if top in library.pages else "/", []).append(page)
    alone = [page for top, pages in below.items() if top == "/" or len(pages) == 1 for page in pages]
    yield "Pages", sorted(alone, key=lambda page: page.head.order)
    for top, pages in below.items():
        if top != "/" and len(pages) > 1:
            yield library.pages[top].name, pages


def _line(page: Page, base_url: str) -> str:
    return f"- [{page.head.title}]({base_url}{twins.address(page.url)}): {page.head.description}"


def security(site: Site, base_url: str) -> str:
    """Return whom to tell of a weakness (RFC 9116); "" where the site does not say until when that holds."""
    if site.security_expires is None:
        return ""
    return (
        f"Contact: {site.contact}\n"
        f"Expires: {site.security_expires}T00:00:00Z\n"
        f"Canonical: {base_url}{SECURITY}\n"
        "Preferred-Languages: en\n"
    )
