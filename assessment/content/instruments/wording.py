"""The words of an instrument: which ones it may not use, and how its sentences are filled.

An instrument counts what can be opened. A question about what somebody feels or holds true, a claim that
nobody has tested, or a mark typed by hand is a fault like any other: with file, line and remedy.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator

from assessment.content.files.checking import texts_of
from assessment.content.files.located import Fault, KeyPath, TomlFile


def _words(patterns: str) -> re.Pattern[str]:
    """Return a pattern for any of these words, whatever their case; spaces and lines do not count."""
    return re.compile(rf"\b(?:{patterns})\b", re.IGNORECASE | re.VERBOSE)


_FEELING = _words(
    r"""feel\w* | felt | emotion\w* | moods? | morale | sentiments? | attitudes? | opinions? | impressions?
    | percei\w* | percepti\w* | you\s(?:think|find) | in\syour\sview | likely\sare\syou | likert
    | strongly | somewhat | (?:dis)?agree\w* | (?:dis|un)?satisf\w* | (?:un)?happ(?:y|ier|iest|ily|iness)
    | (?:dis)?pleased | content\swith | delighted | proud\w* | (?:over)?confident\w* | sure\sare\syou
    | (?:un)?comfortabl[ey] | (?:dis|mis)?trust\w* | loyal\w* | (?:de)?motivat\w* | engage(?:[ds]|ment)?
    | enthusias\w* | inspir(?:ed|ing) | empower\w* | passion\w* | valued | appreciated | respected
    | enjoy\w* | lov(?:e[ds]?|ing) | hat(?:e[ds]?|ing) | prefer\w* | hop(?:e[ds]?|eful|ing)
    | worr(?:y|ies|ied|ying) | anxi(?:ous|ety) | afraid | fear\w* | frustrat\w* | stress\w* | overwhelm\w*
    | burn(?:ed|t)?[ -]?out | exhausted | well-?being | psychological\w*"""
)
_BELIEF = _words(r"belie[fv]\w*")
# What the method does not claim: docs/method.md, "What is not claimed".
_CLAIM = _words(
    r"""validated | certif\w* | accredit\w* | scientific\w* | predicts | guarantee\w* | benchmark\w*
    | percentile\w* | best[ -]practices?"""
)
_MARK = re.compile("[™®℠]|\\((?:TM|R)\\)")
# Spellings that are American alone; what British English writes too ("program", "license") is left out.
_AMERICAN = _words(
    r"""(?!(?:(?:down|re|over)?siz|priz|seiz|capsiz|assiz|maiz)e?)\w+[iy]z(?:e[ds]?|ing|ers?|ations?|able)
    | (?:arm|behavi|cand|clam|col|endeav|fav|ferv|flav|harb|hon|hum|lab|neighb|od|parl|rig|rum|sav|savi|splend
      |tum|val|vap|vig)or(?:s|ed|ing|ers?|ful|less|abl[ey]|al|ites?|hoods?)?
    | (?:calib|cent|epicent|fib|lit|lust|meag|och|scept|somb|spect|theat|(?:centi|kilo|milli)met)er(?:s|ed)?
    | (?:cancel|channel|counsel|dial|equal|fuel|initial|label|level|marshal|model|signal|total|travel)
      (?:ed|ing|ers?|ors?)
    | (?:anal|catal|dial|epil|monol)og(?:s|ed|ing)? | (?:de|of)fenses? | pretenses? | practic(?:ed|ing)
    | enroll(?:s|ments?)? | fulfill(?:s|ments?)? | installments? | instills? | (?:skill|will)ful\w*
    | acknowledgments? | aging | aluminum | artifacts? | cozy | gotten | grays? | jewelry | judgments?
    | maneuver\w* | molds? | plow\w* | skeptic\w* | smolder\w* | sulfur\w*
    | anemi[ac]\w* | anesthe\w* | diarrhea | estrogen\w* | gynecolog\w* | hemat\w* | hemoglob\w* | hemorrh\w*
    | leukemi\w* | orthopedic\w* | pediatri\w*"""
)
_REFUSED = (
    (_FEELING, "speaks of feeling or opinion", "say what can be opened and counted"),
    (_BELIEF, "speaks of feeling or opinion", "say what can be opened and counted"),
    (_CLAIM, "claims more than is known", "say what was counted"),
    (_MARK, "is a mark typed by hand", "name the term by its id: terms.toml holds its mark"),
    (_AMERICAN, "is an American spelling", "spell it as in British English"),
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
            if words is _BELIEF and (path[0], key) == ("forms", "limit"):
                continue  # that a form shows a belief, and no more, must be said
            for word in sorted(set(words.findall(text))):
                yield file.fault(path, f"'{word}' {fault}", remedy)
        if (
            (str(key).endswith("question") or key == "from_memory")
            and text.strip()
            and not text.rstrip().endswith("?")
        ):
            yield file.fault(path, f"'{key}' does not end with a question mark", "ask one plain question")
        yield from _placeholders(file, path, text)


def _placeholders(file: TomlFile, path: KeyPath, text: str) -> Iterator[Fault]:
    allowed = _allowed(path)
    try:
        fields = [each[1:] for each in string.Formatter().parse(text) if each[1] is not None]
    except ValueError:
        yield file.fault(path, f"'{path[-1]}' has a brace without its pair", "write a placeholder as {name}")
        return
    names = {str(name) for name, _, _ in fields}
    # What fills it is a text already: a form for numbers would fail while a report is made.
    for name in sorted({str(name) for name, spec, conversion in fields if spec or conversion}):
        yield file.fault(path, f"'{{{name}}}' says how to print it", f"write {{{name}}} alone")
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
