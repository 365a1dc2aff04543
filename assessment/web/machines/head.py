"""What the head of a page says to machines: how others show it, and in which other forms it is there."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from assessment import pictures
from assessment.content.library import Library
from assessment.web.machines import linked, news, twins


@dataclass(frozen=True, slots=True)
class Alternate:
    """The same, or its news, in another form."""

    type: str
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Head:
    """What templates/layout.html writes into the head of a page that everyone may read."""

    shown: tuple[tuple[str, str], ...]  # Open Graph: property and content
    alternates: tuple[Alternate, ...]
    data: Markup  # JSON-LD


def head(library: Library, base_url: str, url: str) -> Head:
    """Return what the head of a page says, or that of the sample report."""
    site, page = library.site, library.pages.get(url)
    card = pictures.card(url, library)
    description = page.head.description if page else card.text
    alternates = [Alternate(news.TYPE, f"{site.name}: what has changed", news.ADDRESS)]
    if page:
        alternates.append(Alternate(twins.TYPE, "This page as Markdown", twins.address(url)))
    shown = (
        ("og:type", "website" if url == "/" else "article"),
        ("og:site_name", site.name),
        ("og:locale", "en_GB"),
        ("og:url", base_url + url),
        ("og:title", card.title),
        ("og:description", description),
        ("og:image", base_url + pictures.address(url, library)),
        ("og:image:type", "image/png"),
        ("og:image:width", str(pictures.WIDTH)),
        ("og:image:height", str(pictures.HEIGHT)),
        ("og:image:alt", _sentences(card.title, card.text)),
    )
    return Head(shown, tuple(alternates), linked.data(library, base_url, url))


def _sentences(title: str, text: str) -> str:
    """Return a title and the text below it as one text, with a full stop between them where there is none."""
    return f"{title} {text}" if title.endswith((".", "?", "!")) else f"{title}. {text}"
