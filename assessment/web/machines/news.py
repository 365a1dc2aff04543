"""What has changed on the site, as an Atom feed: an entry for each page, the newest change first."""

from __future__ import annotations

from datetime import date
from xml.sax.saxutils import escape, quoteattr

from assessment.content.library import Library
from assessment.content.pages.page import Page
from assessment.web.machines import twins

ADDRESS = "/feed.xml"
TYPE = "application/atom+xml"


def feed(library: Library, base_url: str) -> str:
    """Return the feed (RFC 4287)."""
    site = library.site
    pages = sorted(library.pages.values(), key=lambda page: page.changed, reverse=True)
    head = (
        f"  <id>{escape(base_url + ADDRESS)}</id>\n"
        f"  <title>{escape(site.name)}</title>\n"
        f"  <subtitle>{escape(site.description)}</subtitle>\n"
        f"  <updated>{_moment(pages[0].changed)}</updated>\n"
        f'  <link rel="self" type="{TYPE}" href={quoteattr(base_url + ADDRESS)}/>\n'
        f'  <link rel="alternate" type="text/html" href={quoteattr(base_url + "/")}/>\n'
        f"  <author><name>{escape(site.owner)}</name><uri>{escape(site.owner_url)}</uri></author>\n"
    )
    entries = "".join(_entry(page, base_url) for page in pages)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en-GB">\n{head}{entries}</feed>\n'
    )


def _entry(page: Page, base_url: str) -> str:
    markdown = base_url + twins.address(page.url)
    return (
        "  <entry>\n"
        f"    <id>{escape(base_url + page.url)}</id>\n"
        f"    <title>{escape(page.head.title)}</title>\n"
        f"    <updated>{_moment(page.changed)}</updated>\n"
        f'    <link rel="alternate" type="text/html" href={quoteattr(base_url + page.url)}/>\n'
        f'    <link rel="alternate" type="{twins.TYPE}" href={quoteattr(markdown)}/>\n'
        f"    <summary>{escape(page.head.description)}</summary>\n"
        "  </entry>\n"
    )


def _moment(day: date) -> str:
    """Return the beginning of a day: a page says on which one it was changed, not when."""
    return f"{day}T00:00:00Z"
