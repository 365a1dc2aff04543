"""What somebody typed, as words that the texts hold: slips mended, beginnings completed."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assessment.content.search.near import Vocabulary
from assessment.content.search.words import LONGEST_WORD, STOP_WORDS, Word, stem, words
from assessment.core.text import printable

LONGEST = 200  # characters: more is no question to a search
MOST_WORDS = 12
OF_A_LIKE = 0.6  # what a word counts that stands for the one that was typed

STOP_STEMS = frozenset(map(stem, STOP_WORDS))

# What turns the direction of the text after it, which is ours.
_DIRECTION = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")

Holders = Mapping[str, Mapping[int, object]]  # by stem: the documents that hold it


@dataclass(frozen=True, slots=True)
class Wanted:
    """One word that is looked for: the stems that it is found by, and what each of them counts."""

    stems: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed (`text`, cut to what is looked at), what it was taken for, and what no text holds."""

    text: str
    taken_for: str  # the same with its slips mended; empty where there were none
    wanted: tuple[Wanted, ...]
    unknown: tuple[str, ...]
    was_cut: bool


@dataclass(frozen=True, slots=True)
class _Taken:
    """What one typed word was taken for: words of the texts, none where nothing tells."""

    typed: Word
    words: tuple[str, ...]
    is_mended: bool = False
    is_beginning: bool = False  # then each of the words may be meant; else all of them are


class Reader:
    """Understands what is typed, by what the texts hold."""

    def __init__(self, vocabulary: Vocabulary, holders: Holders, same: Sequence[Sequence[str]]) -> None:
        self._vocabulary = vocabulary
        self._holders = holders
        self._same: defaultdict[str, set[str]] = defaultdict(set)
        for group in same:
            stems = {stem(word) for word in group}
            for each in stems:
                self._same[each] |= stems - {each}

    def read(self, typed: str) -> Asked:
        """Return what a text of any kind and length asks for."""
        text = _DIRECTION.sub("", printable(unicodedata.normalize("NFC", typed[: 2 * LONGEST])))
        text = " ".join(text.split())
        looked_at = text[:LONGEST]
        found = self._words(looked_at)
        if len(found) > MOST_WORDS:
            found = found[:MOST_WORDS]
            looked_at = looked_at[: found[-1].end]
        known = {each.stem for each in found if self._is_known(each.folded)} - STOP_STEMS
        taken = [self._taken(each, known, is_last=each is found[-1]) for each in found]
        return Asked(
            text=looked_at,
            taken_for=_mended(looked_at, taken),
            wanted=self._wanted(taken),
            unknown=tuple(looked_at[each.typed.start : each.typed.end] for each in taken if not each.words),
            was_cut=len(typed) > 2 * LONGEST or len(text) > len(looked_at),
        )

    def _words(self, text: str) -> list[Word]:
        """Return the words that are asked for, divided by hyphens and spaces as the texts divide them."""
        found: list[Word] = []
        for word in words(text):
            if found and word.end <= found[-1].end:
                continue  # a part of what was taken whole
            if word.joined and not self._is_known(word.folded):
                continue
            if found and (pair := self._pair(found[-1], word)):
                found[-1] = pair
            else:
                found.append(word)
        return found

    def _pair(self, one: Word, other: Word) -> Word | None:
        """Return two words as one, where only that is a word: water melon."""
        whole = one.folded + other.folded
        divided = not (self._is_known(one.folded) and self._is_known(other.folded))
        return Word(one.start, other.end, whole) if divided and self._is_known(whole) else None

    def _is_known(self, folded: str) -> bool:
        return stem(folded) in self._holders or stem(folded) in self._same or folded in STOP_WORDS

    def _taken(self, typed: Word, known: set[str], *, is_last: bool) -> _Taken:
        """Return what a word was taken for; the last one may not be finished."""
        word = typed.folded
        if self._is_known(word):
            return _Taken(typed, (word,))
        if len(word) > LONGEST_WORD:
            return _Taken(typed, ())
        if is_last and (begun := self._vocabulary.beginning(word)):
            return _Taken(typed, tuple(begun), is_beginning=True)
        if near := self._vocabulary.near(word):
            likeliest = max(near, key=lambda each: self._likely(each, typed.folded, known))
            return _Taken(typed, (likeliest,), is_mended=True)
        halves = self._vocabulary.halves(word)
        return _Taken(typed, halves or (), is_mended=bool(halves))

    def _likely(self, word: str, typed: str, known: set[str]) -> tuple[int, bool, int, str]:
        """Return how likely a word was meant: it stands beside the others, begins alike, is often used."""
        beside = [
            sum(document in self._holders.get(other, ()) for other in known)
            for document in self._holders.get(stem(word), ())
        ]
        return max(beside, default=0), word[:1] == typed[:1], self._vocabulary.held(word), word

    def _wanted(self, taken: Sequence[_Taken]) -> tuple[Wanted, ...]:
        """Return what is looked for, each once; what a question is made of where there is nothing else."""
        wanted: dict[str, Wanted] = {}
        for each in taken:
            if each.is_beginning:
                wanted[each.typed.folded] = Wanted({stem(word): 1.0 for word in each.words})
                continue
            for own in map(stem, each.words):
                alike = sorted(self._same.get(own, ()))
                wanted[own] = Wanted({**dict.fromkeys(alike, OF_A_LIKE), own: 1.0})
        telling = [each for own, each in wanted.items() if own not in STOP_STEMS]
        return tuple(telling if telling or not all(each.words for each in taken) else wanted.values())


def _mended(text: str, taken: Sequence[_Taken]) -> str:
    """Return a text with its slips mended, "" where there are none."""
    mended, at = "", 0
    for each in taken:
        if each.is_mended:
            mended += text[at : each.typed.start] + " ".join(each.words)
            at = each.typed.end
    return mended + text[at:] if at else ""
