"""A text of the site as plain Markdown: its terms and values written out, so that anyone can read it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from assessment.content.pages.terms import Term

TERM = re.compile(r"\[\[([A-Za-z][a-z0-9-]*)\]\]([a-z]*)")
VALUE = re.compile(r"\{\{\s*([a-z0-9._-]+)\s*\}\}")

# What is taken as one piece: code, which stays as it is; a link or a heading, where a term is as plain as on
# the page; a term.
_PIECE = re.compile(
    r"(?P<code>(?P<ticks>`+).*?(?P=ticks))"
    r"|(?P<plain>\[(?:[^\[\]]|\[\[[A-Za-z0-9-]+\]\])*\]\(|^#{2,6} .*$)"
    r"|(?P<term>\[\[[A-Za-z][a-z0-9-]*\]\][a-z]*)",
    re.MULTILINE,
)


def written(body: str, *, terms: Mapping[str, Term], values: Mapping[str, str], used: set[str]) -> str:
    """Return a Markdown text with its terms and values written out.

    The first use of a term carries its mark; `used` holds the ids that were used so far, and grows.
    """

    def name(use: re.Match[str]) -> str:
        term = terms[use[1].lower()]
        return (term.title if use[1][0].isupper() else term.name) + use[2]

    def first(use: re.Match[str]) -> str:
        term = terms[use[1].lower()]
        mark = "" if term.id in used else term.mark
        used.add(term.id)
        return name(use) + mark

    def piece(found: re.Match[str]) -> str:
        if found["code"]:
            return found[0]
        return TERM.sub(name if found["plain"] else first, found[0])

    return _PIECE.sub(piece, VALUE.sub(lambda found: values.get(found[1], ""), body)).strip()
