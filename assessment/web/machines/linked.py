"""What a page is, as data for search engines (schema.org in JSON-LD): a function for each kind of thing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from markupsafe import Markup

from assessment import pictures
from assessment.content.library import Library
from assessment.content.pages.page import Page, Question
from assessment.content.pages.terms import Term
from assessment.content.sample import TITLE, URL

Thing = dict[str, Any]

LANGUAGE = "en-GB"
SEARCH = "/search"

_END_OF_BLOCK = re.compile(r"</(?:p|li|h[1-6]|tr|dt|dd|th|td)>")
_TAG = re.compile(r"<[^>]+>")
# What could end the element that the data stands in, or be read as anything but text.
_ESCAPED = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def data(library: Library, base_url: str, url: str) -> Markup:
    """Return what an address is, ready to stand in a script element of its page."""
    graph = {"@context": "https://schema.org", "@graph": list(things(library, base_url, url))}
    return Markup(json.dumps(graph, ensure_ascii=False).translate(_ESCAPED))  # noqa: S704 escaped above


def things(library: Library, base_url: str, url: str) -> Iterator[Thing]:
    """Yield what there is to say of an address: of a page, or of the sample report."""
    yield organization(library, base_url)
    yield website(library, base_url)
    if url != "/":
        yield breadcrumbs(library, base_url, url)
    page = library.pages.get(url)
    layout = page.head.layout if page else ""
    if page and layout in ("page", "pattern"):
        yield article(page, library, base_url)
    if layout == "faq":
        yield questions(library, base_url, url)
    if layout == "glossary":
        yield terms(library, base_url)


def organization(library: Library, base_url: str) -> Thing:
    """Return who stands behind the site."""
    site = library.site
    return {"@type": "Organization", "@id": f"{base_url}/#owner", "name": site.owner, "url": site.owner_url}


def website(library: Library, base_url: str) -> Thing:
    """Return the site, and how it is searched where it can be."""
    site = library.site
    made: Thing = {
        "@type": "WebSite",
        "@id": f"{base_url}/#site",
        "name": site.name,
        "description": site.description,
        "url": f"{base_url}/",
        "inLanguage": LANGUAGE,
        "publisher": {"@id": f"{base_url}/#owner"},
    }
    if SEARCH in site.doors:
        made["potentialAction"] = {
            "@type": "SearchAction",
            "target": {
                "@type": "EntryPoint",
                "urlTemplate": f"{base_url}{SEARCH}?q={{search_term_string}}",
            },
            "query-input": "required name=search_term_string",
        }
    return made


def breadcrumbs(library: Library, base_url: str, url: str) -> Thing:
    """Return the way from the home page to an address."""
    way = [(page.url, page.name) for page in library.trail(url)]
    if url == URL:
        way.append((URL, TITLE))
    steps = [
        {"@type": "ListItem", "position": number, "name": name, "item": base_url + each}
        for number, (each, name) in enumerate(way, 1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": steps}


def article(page: Page, library: Library, base_url: str) -> Thing:
    """Return a page of text; where it bears the name of a term, what it is about."""
    made: Thing = {
        "@type": "Article",
        "@id": f"{base_url}{page.url}#article",
        "headline": page.head.title,
        "description": page.head.description,
        "dateModified": page.changed.isoformat(),
        "image": f"{base_url}{pictures.address(page.url, library)}",
        "author": {"@id": f"{base_url}/#owner"},
        "publisher": {"@id": f"{base_url}/#owner"},
        "isPartOf": {"@id": f"{base_url}/#site"},
        "mainEntityOfPage": base_url + page.url,
        "inLanguage": LANGUAGE,
    }
    if about := library.terms.get(page.url.rstrip("/").rpartition("/")[2]):
        made["about"] = term(about, library, base_url)
    return made


def questions(library: Library, base_url: str, url: str) -> Thing:
    """Return every question with its answer."""
    return {
        "@type": "FAQPage",
        "@id": f"{base_url}{url}#questions",
        "url": base_url + url,
        "inLanguage": LANGUAGE,
        "mainEntity": [_question(each, base_url + url) for each in library.faq],
    }


def _question(question: Question, here: str) -> Thing:
    return {
        "@type": "Question",
        "name": question.title,
        "url": f"{here}#{question.anchor}",
        "acceptedAnswer": {"@type": "Answer", "text": plain(question.html)},
    }


def terms(library: Library, base_url: str) -> Thing:
    """Return every word of the framework."""
    return {
        "@type": "DefinedTermSet",
        "@id": _set(library, base_url),
        "name": library.pages[library.glossary].head.title,
        "url": base_url + library.glossary,
        "inLanguage": LANGUAGE,
        "hasDefinedTerm": [term(each, library, base_url) for each in library.terms.values()],
    }


def term(of: Term, library: Library, base_url: str) -> Thing:
    """Return one word: its name, with its mark as another one, and where its owner defines it."""
    made: Thing = {"@type": "DefinedTerm", "name": of.title}
    if of.mark:
        made["alternateName"] = of.title + of.mark
    made |= {"description": of.definition, "sameAs": of.canonical_url}
    if library.glossary:
        made["url"] = f"{base_url}{library.glossary}#{of.id}"
        made["inDefinedTermSet"] = _set(library, base_url)
    return made


def _set(library: Library, base_url: str) -> str:
    return f"{base_url}{library.glossary}#terms"


def plain(html: str) -> str:
    """Return what HTML says, without its elements."""
    return re.sub(r"\s+", " ", unescape(_TAG.sub("", _END_OF_BLOCK.sub(" ", html)))).strip()
