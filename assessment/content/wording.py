"""The words of an instrument: which ones it may not use, and how its sentences are filled.

An instrument counts what can be opened. A question about what somebody feels or holds true, a claim that
nobody has tested, or a mark typed by hand is a fault like any other: with file, line and remedy.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator

from assessment.content.checking import texts_of
from assessment.content.located import Fault, KeyPath, TomlFile

_FEELING = re.compile(
    r"""\b(?: feel\w* | felt | belie[fv]\w* | (?:dis)?agree\w* | (?:dis|un)?satisf\w* | morale
    | engage(?:d|ment) | (?:un)?happ(?:y|ier|iness) | moods? | opinions? | sentiments? | attitudes?
    | (?:un)?comfortable | (?:de)?motivat\w* | perceiv\w* | perceptions? | well-?being | psychological\w*
    | stress\w* | enthusias\w* | confident )\b""",
    re.IGNORECASE | re.VERBOSE,
)
# What the method does not claim: docs/method.md, "What is not claimed".
_CLAIM = re.compile(
    r"""\b(?: validated | certif\w* | accredit\w* | scientific\w* | predicts | guarantee\w*
    | benchmark\w* | percentile\w* | best[ -]practices? )\b""",
    re.IGNORECASE | re.VERBOSE,
)
_MARK = re.compile("[™®℠]|\\((?:TM|R)\\)")
_REFUSED = (
    (_FEELING, "speaks of feeling or opinion", "say what can be opened and counted"),
    (_CLAIM, "claims more than is known", "say what was counted"),
    (_MARK, "is a mark typed by hand", "name the term by its id: terms.toml holds its mark"),
)

_COUNTS = frozenset({"sound", "failing", "unverified", "seen", "n"})
_CONTEXT = frozenset({"on_track", "of"})
_DOWNGRADE = frozenset({"value", "limit"})
_ROUTE = frozenset(
    {"unverified_share", "shown", "patterns", "claim_gap", "layer", "points", "confidence", "gate", "form"}
)


def wording(file: TomlFile) -> Iterator[Fault]:
    """Yield refused words, placeholders that nothing fills, and questions that do not ask."""
    for path, text in texts_of(file.data):
        key = path[-1]
        for words, fault, remedy in _REFUSED:
            for word in sorted(set(words.findall(text))):
                yield file.fault(path, f"'{word}' {fault}", remedy)
        if str(key).endswith("question") and text.strip() and not text.rstrip().endswith("?"):
            yield file.fault(path, f"'{key}' does not end with a question mark", "ask one plain question")
        yield from _placeholders(file, path, text)


def _placeholders(file: TomlFile, path: KeyPath, text: str) -> Iterator[Fault]:
    allowed = _allowed(path)
    try:
        names = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError:
        yield file.fault(path, f"'{path[-1]}' has a brace without its pair", "write a placeholder as {name}")
        return
    known = ", ".join(f"{{{name}}}" for name in sorted(allowed)) or "none in this text"
    for name in sorted(names - allowed):
        yield file.fault(path, f"'{{{name}}}' is filled by nothing", f"known placeholders: {known}")


def _allowed(path: KeyPath) -> frozenset[str]:
    """Return the placeholders that the text at a key path of a file may hold."""
    match [part for part in path if isinstance(part, str)]:
        case [*_, "indicators", "sentence"]:
            return _COUNTS
        case [*_, "context", "sentence"]:
            return _CONTEXT
        case ["confidence", _, "reason"]:
            return _DOWNGRADE
        case ["confidence", _, "withheld"]:
            return frozenset({"limit"})
        case ["rules", "any", "reason"]:
            return _ROUTE
        case _:
            return frozenset()
