"""Words as the search sees them: folded, without their endings, the same in British and American spelling."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Container, Iterator
from dataclasses import dataclass

KEPT = 20_000  # of what was worked out once
LONGEST_WORD = 40  # letters: what is longer is no word, and would be compared with every other

_WORD = r"[^\W_]+(?:['’][^\W_]+)*"
_RUN = re.compile(rf"{_WORD}(?:[-\u2010\u2011]{_WORD})*")
_PART = re.compile(_WORD)

# What a question is made of, whatever it asks about.
STOP_WORDS = frozenset(
    "a about also am an and any are as at be been but by can cannot cant could did do does doesnt doing "
    "dont for from get give had has have he her here his how i if im in into is isnt it its itself just "
    "like me more my need of on or our please she should show so some tell than that thats the their them "
    "then there these they this those to us want was we were what whats when where which who whom whose "
    "why will with wont would you your".split()
)

_BRITISH = (
    (re.compile(r"(?<=[a-z]{2})([iy])z(?=e|a|i)"), r"\1s"),  # organize, organization, analyzing
    (re.compile(r"(?<=[aeiouy][a-z])our|(?<=[aeiouy][a-z]{2})our"), "or"),  # behaviour, labour
    (re.compile(r"(?<=[a-z]{2}[nt])re(?=$|s$|d$)"), "er"),  # centre
    (re.compile(r"(?<=[a-z]en)ce(?=$|s$)"), "se"),  # licence, defence
    (re.compile(r"(?<=[a-z]ti)ce(?=$|s$)"), "se"),  # practice
    (re.compile(r"ogue(?=$|s$|d$)"), "og"),  # catalogue
    (re.compile(r"(?<=[a-z]{3})mme(?=$|s$)"), "m"),  # programme
)
_Y = re.compile(r"(?<=[b-df-hj-np-tv-z])y$")
_VOWEL = re.compile(r"[aeiouy]")
_TWICE = re.compile(r"([b-df-hj-np-tv-z])\1$")


@dataclass(frozen=True, slots=True)
class Word:
    """One word where it stands in a text. `joined` is one that hyphens hold together, beside its parts."""

    start: int
    end: int
    folded: str
    joined: bool = False

    @property
    def stem(self) -> str:
        """What its forms share."""
        return stem(self.folded)


def words(text: str) -> Iterator[Word]:
    """Yield the words of a text in order; where hyphens join some, first all of them as one.

    >>> [each.folded for each in words("A baker’s re-use: café")]
    ['a', 'baker', 'reuse', 're', 'use', 'cafe']
    """
    for run in _RUN.finditer(text):
        for each in _inside(run[0]):
            yield Word(run.start() + each.start, run.start() + each.end, each.folded, each.joined)


def stems(text: str) -> Iterator[str]:
    """Yield the stem of each word of a text, in the order of `words`."""
    for run in _RUN.finditer(text):
        for _, _, found in _stems(run[0]):
            yield found


def places(text: str, wanted: Container[str]) -> Iterator[tuple[int, int, str]]:
    """Yield where a text has one of these stems: from, to, and which."""
    for run in _RUN.finditer(text):
        for start, end, found in _stems(run[0]):
            if found in wanted:
                yield run.start() + start, run.start() + end, found
                break


# A site has a few thousand words, which stand on its pages again and again.


@functools.lru_cache(maxsize=KEPT)
def _inside(run: str) -> tuple[Word, ...]:
    parts = tuple(Word(part.start(), part.end(), folded(part[0])) for part in _PART.finditer(run))
    if len(parts) == 1:
        return parts
    return (Word(0, len(run), "".join(each.folded for each in parts), joined=True), *parts)


@functools.lru_cache(maxsize=KEPT)
def _stems(run: str) -> tuple[tuple[int, int, str], ...]:
    return tuple((each.start, each.end, each.stem) for each in _inside(run))


def folded(word: str) -> str:
    """Return a word in small letters without accents, apostrophes and the s of a possessive."""
    plain = word.casefold().replace("’", "'").removesuffix("'s").replace("'", "")
    if plain.isascii():
        return plain
    return "".join(each for each in unicodedata.normalize("NFD", plain) if not unicodedata.combining(each))


@functools.lru_cache(maxsize=KEPT)
def stem(word: str) -> str:
    """Return what the forms of a folded word share. It is compared, never shown.

    >>> stem("organizations") == stem("organisation"), stem("planned") == stem("plans")
    (True, True)
    >>> stem("verifies") == stem("verified"), stem("diagnoses") == stem("diagnosis")
    (True, True)
    """
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    for american, british in _BRITISH:
        word = american.sub(british, word)
    return _shared(_without_plural(word))


def _without_plural(word: str) -> str:
    if word.endswith(("ies", "ied")) and len(word) > 4:
        return word[:-3] + "i"
    if word.endswith("sis") and len(word) > 5:  # analysis, diagnosis: as their verbs
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _shared(word: str) -> str:
    """Return a singular without what its verb forms and its noun differ in."""
    for ending, least in (("ing", 3), ("ed", 3)):
        left = word.removesuffix(ending)
        if left != word and len(left) >= least and _VOWEL.search(left):
            word = left
            break
    word = word.removesuffix("al") if word.endswith("ional") else word
    if word.endswith("ion") and len(word) > 6 and word[-4] in "st":  # execution, as execute
        word = word[:-3]
    if word.endswith("e") and len(word) > 3:
        word = word[:-1]
    return _TWICE.sub(r"\1", _Y.sub("i", word))
