"""What a text names: the tasks it was done for, what it puts right, and whether a machine helped.

The text is read and forgotten; only numbers, hashes and addresses of it are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from assessment.records.work import Link, LinkKind

MOST_TEXT = 200_000  # characters; what stands behind them is not read
HASH = 12  # characters of a commit's hash by which commits are called here

MENTIONED: frozenset[LinkKind] = frozenset(("reason", "repairs"))
MENTIONED_BY_TASKS: frozenset[LinkKind] = frozenset(("reason",))  # what is put right, changes tell
"""What a text tells of; a result it does not."""

# What a template or an example says is not what its author says.
_ASIDE = re.compile(
    r"<!--.*?(?:-->|\Z)|^[ \t]*(```|~~~).*?(?:^[ \t]*\1|\Z)|`[^`\n]*`", re.DOTALL | re.MULTILINE
)
_COMMIT = re.compile(r"\breverts\s+commit\s+([0-9a-f]{7,40})\b", re.IGNORECASE)
_FIXES_COMMIT = re.compile(r"^fixes:[ \t]+([0-9a-f]{8,40})\b", re.IGNORECASE | re.MULTILINE)
_ADDRESS = re.compile(r"https?://[^\s<>()\[\]\"']{1,500}", re.IGNORECASE)
_PLACE = re.compile(
    r"https?://[^/]+/(?P<home>.+?)(?:/-)?/(?P<sort>issues|pull|merge_requests|work_items)/(?P<number>\d{1,9})\b"
)
_NUMBER = re.compile(r"([#!])(\d{1,9})\b(?!\]\()")
_GH = re.compile(r"\bGH-(\d{1,9})\b", re.IGNORECASE)
_REVERTS = re.compile(
    r"\brever(?:t|ts|ted)(?:\s+(?:merge request|pull request|pr|mr))?\s*:?\s*$", re.IGNORECASE
)
_SPOKEN = frozenset(("", "pr", "mr", "issue", "issues", "bug", "ticket", "gh", "fixes", "closes", "resolves"))
_NO_PLACE = frozenset(
    "&;=#!"
)  # what stands before a number that names nothing: a sign in HTML, a part of a page
_TICKET = re.compile(r"(?<![A-Za-z0-9_/-])([A-Z][A-Z0-9_]{1,9}-[1-9]\d{0,6})\b")
_NO_PROJECT = frozenset(
    "UTF ISO RFC SHA MD AES RSA CVE CWE GHSA HTTP TLS SSL IPV COVID GPT PEP EN DIN IEC US WIN X UCS".split()
)
_ASSISTED = re.compile(
    r"^(?:assisted-by|generated-by|ai-assisted(?:-by)?|ai-generated(?:-by)?)[ \t]*:"
    r"|^co-authored-by:[^\n]*(?:copilot|claude|cursor|codex|chatgpt|gemini|devin|aider|openai|anthropic"
    r"|amazon q|windsurf|codeium|tabnine|\bjules\b)"
    r"|generated (?:with|by) \[?(?:claude|(?:github )?copilot|codex|cursor|gemini|chatgpt|aider|devin)\b",
    re.IGNORECASE | re.MULTILINE,
)
_ASSISTED_LABEL = re.compile(
    r"^(?:ai|llm|copilot|codex|claude|agent|machine)(?:[-_ :/](?:assisted|generated|authored|written|made))?$"
    r"|^(?:assisted|generated)[-_ :/](?:by[-_ ])?(?:ai|llm|copilot|machine)$"
)


def home_of(url: str) -> str:
    """Return the project an issue or a change belongs to, by its address: "meadow/kiln"; "" if unknown."""
    place = _PLACE.match(url)
    return place["home"].casefold() if place else ""


def named(text: str, home: str = "", signs: str = "#") -> list[Link]:
    """Return what a text names: of its own project as "#12" or "!7", of others with the project before it.

    `home` is its own project in small letters, `signs` are those that stand before numbers where it was
    written. What is named only in passing is a reason too.
    """
    text = text[:MOST_TEXT]
    if "<!--" in text or "`" in text or "~~~" in text:
        text = _ASIDE.sub(" ", text)
    small, links = text.lower(), list[Link]()  # most texts have none of it, and are not searched
    if "commit" in small:
        links += [Link(found[1].lower()[:HASH], "repairs") for found in _COMMIT.finditer(text)]
    if "fixes:" in small:
        links += [Link(found[1].lower()[:HASH], "repairs") for found in _FIXES_COMMIT.finditer(text)]
    if "://" in text:
        text = _ADDRESS.sub(lambda address: _short(address[0], home), text)
    if any(sign in text for sign in signs):
        numbers = (_numbered(found, text, home) for found in _NUMBER.finditer(text) if found[1] in signs)
        links += [link for link in numbers if link is not None]
    if "gh-" in small:
        links += [Link(f"#{found[1]}", "reason") for found in _GH.finditer(text)]
    return once(links)


def _numbered(found: re.Match[str], text: str, home: str) -> Link | None:
    """Return what a number stands for: an item of its own project, or of that written before it."""
    start = begins = found.start()
    while begins and start - begins < 300 and (text[begins - 1].isalnum() or text[begins - 1] in "_./-"):
        begins -= 1
    before = text[begins:start].casefold()
    if text[begins - 1 : begins] in _NO_PLACE or not ("/" in before or before in _SPOKEN or before == home):
        return None
    ahead = text[max(0, begins - 40) : begins].casefold()
    is_undone = "ever" in ahead and _REVERTS.search(ahead) is not None
    # Where its own project is not known: what is undone by a button is of the same one.
    is_own = before == home or before in _SPOKEN or (is_undone and not home)
    named_project = "" if is_own else text[begins:start]
    return Link(f"{named_project}{found[1]}{found[2]}", "repairs" if is_undone else "reason")


def tickets(text: str) -> list[Link]:
    """Return the tickets of another system that a title or a branch names, such as "ABC-7"."""
    if "-" not in text:
        return []
    found = (ticket[1] for ticket in _TICKET.finditer(text[:1000]))
    return once(Link(ref, "reason") for ref in found if ref.partition("-")[0] not in _NO_PROJECT)


def assisted(text: str) -> bool:
    """Does a text, or a trailer of a commit, say that a machine helped to make it?"""
    text = text[:MOST_TEXT]
    small = text.lower()
    return ("-by" in small or "generated" in small or "ai-" in small) and _ASSISTED.search(text) is not None


def assisted_label(labels: Iterable[str]) -> bool:
    """Does a label say that a machine helped to make it? They are in small letters."""
    return any(_ASSISTED_LABEL.search(label) for label in labels)


def once(links: Iterable[Link]) -> list[Link]:
    """Return each link once, in order; what is repaired is not its own reason."""
    every = list(dict.fromkeys(links))
    if len(every) < 2:
        return every
    repaired = {link.ref for link in every if link.kind == "repairs"}
    return [link for link in every if link.kind == "repairs" or link.ref not in repaired]


def _short(address: str, home: str) -> str:
    """Return an address of an issue or a change as its short name, and any other as a blank."""
    place = _PLACE.match(address)
    if place is None:
        return " "
    own = place["home"].casefold() == home
    sign = "!" if place["sort"] == "merge_requests" else "#"
    return f" {'' if own else place['home']}{sign}{place['number']} "
