"""The index: built once from the texts, asked often, changed never."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from assessment.content.search.asked import STOP_STEMS, Asked, Reader, Wanted
from assessment.content.search.excerpt import Piece, excerpt
from assessment.content.search.near import Vocabulary
from assessment.content.search.texts import Document, Kind
from assessment.content.search.words import stems, words

MOST_HITS = 20

# Okapi BM25 over fields (BM25F): how soon another mention stops to count, what a mention counts in each
# field, and how far a long field is held against it.
SATURATION = 1.2
FIELDS = {"title": (6.0, 0.5), "heading": (3.0, 0.2), "description": (2.0, 0.3), "text": (1.0, 0.75)}
ALL_OF_THE_TITLE = 1.0  # what a document gains that is called what was asked for
IN_A_HEADING = 2.0
KINDS: dict[Kind, float] = {"page": 1.3, "pattern": 1.3, "question": 1.0, "term": 0.9}


@dataclass(frozen=True, slots=True)
class Hit:
    """One result: where it leads, what it is called, and an excerpt with what was found."""

    url: str
    title: str
    section: str  # the heading that it leads to, "" for the whole
    kind: Kind
    excerpt: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, best first, for what was asked."""

    asked: Asked
    hits: tuple[Hit, ...]


class _Said(NamedTuple):
    """What one document says of one stem: how much, and in which of its sections (one bit for each)."""

    weight: float
    headings: int
    texts: int


class Index:
    """All that can be found. It is read by many threads at once; nothing in it changes."""

    def __init__(self, documents: Iterable[Document], same: Sequence[Sequence[str]] = ()) -> None:
        self._documents = tuple(documents)
        self._said = _said(self._documents)
        self._titles = [frozenset(stems(each.title)) - STOP_STEMS for each in self._documents]
        held: Counter[str] = Counter()
        for each in self._documents:
            held.update(_written(each))
        held.update(dict.fromkeys((word for group in same for word in group), 0))
        self._reader = Reader(Vocabulary(held), self._said, same)

    def __len__(self) -> int:
        return len(self._documents)

    def find(self, typed: str) -> Found:
        """Return what is found for whatever somebody typed."""
        asked = self._reader.read(typed)
        scores = self._scores(asked.wanted)
        best = sorted(scores, key=lambda number: (-scores[number], number))[:MOST_HITS]
        worth = {
            name: counts * self._rarity(each.stems)
            for each in asked.wanted
            for name, counts in each.stems.items()
        }
        return Found(asked, tuple(self._hit(number, worth) for number in best))

    def _rarity(self, names: Iterable[str]) -> float:
        """Return how much a word tells, by its stems: the fewer documents hold any of them, the more."""
        holding = len(set().union(*(self._said.get(name, ()) for name in names)))
        return math.log1p((len(self._documents) - holding + 0.5) / (holding + 0.5))

    def _scores(self, wanted: Sequence[Wanted]) -> dict[int, float]:
        """Return by the number of a document how well it answers: better, the more of it stands together."""
        scores: defaultdict[int, float] = defaultdict(float)
        covered: defaultdict[int, defaultdict[int, float]] = defaultdict(lambda: defaultdict(float))
        whole = 0.0
        for each in wanted:
            rarity = self._rarity(each.stems)
            whole += rarity
            for number, gain in self._gains(each).items():
                scores[number] += rarity * gain
                for section in self._sections_with(each, number):
                    covered[number][section] += rarity
        asked = {name: self._rarity([name]) for each in wanted for name in each.stems}
        return {
            number: score * max(covered[number].values()) / whole * self._is_about(number, asked)
            for number, score in scores.items()
        }

    def _gains(self, wanted: Wanted) -> dict[int, float]:
        """Return what each document gains by one word, by the best of what the word is found by."""
        gains: dict[int, float] = {}
        for name, counts in wanted.stems.items():
            for number, said in self._said.get(name, {}).items():
                gain = counts * said.weight / (SATURATION + said.weight)
                gains[number] = max(gain, gains.get(number, 0.0))
        return gains

    def _sections_with(self, wanted: Wanted, number: int) -> Sequence[int]:
        """Return which sections of a document have a word; all of them where the document is called so."""
        every = range(len(self._documents[number].sections))
        found = [said for name in wanted.stems if (said := self._said.get(name, {}).get(number))]
        if any(said.headings & 1 for said in found):
            return every
        return [each for each in every if any((said.headings | said.texts) >> each & 1 for said in found)]

    def _is_about(self, number: int, asked: Mapping[str, float]) -> float:
        """Return what a document counts for what it is, and for being called what was asked for."""
        title = self._titles[number]
        shared = sum(rarity for name, rarity in asked.items() if name in title)
        others = sum(self._rarity([name]) for name in title if name not in asked) if shared else 0.0
        called = shared / (sum(asked.values()) + others) if shared else 0.0
        return KINDS[self._documents[number].kind] * (1 + ALL_OF_THE_TITLE * called)

    def _hit(self, number: int, worth: Mapping[str, float]) -> Hit:
        document = self._documents[number]
        section = document.sections[self._best_section(number, worth)]
        pieces = excerpt(section.text, worth)
        if not section.anchor and document.description and not any(each.found for each in pieces):
            pieces = excerpt(document.description, worth)
        url = f"{document.url}#{section.anchor}" if section.anchor else document.url
        return Hit(url, document.title, section.heading, document.kind, pieces)

    def _best_section(self, number: int, worth: Mapping[str, float]) -> int:
        """Return which part of a document says the most of what was looked for, the first of several."""
        held = [
            (value, said) for name, value in worth.items() if (said := self._said.get(name, {}).get(number))
        ]

        def says(section: int) -> float:
            return sum(
                value * (IN_A_HEADING * (said.headings >> section & 1) + (said.texts >> section & 1))
                for value, said in held
            )

        return max(range(len(self._documents[number].sections)), key=says)


def _written(document: Document) -> set[str]:
    """Return the words of a document as they are written."""
    texts = [document.title, document.description]
    for section in document.sections:
        texts += [section.heading, section.text]
    return {word.folded for text in texts for word in words(text)}


def _counted(text: str) -> Counter[str]:
    return Counter(stems(text))


def _said(documents: Sequence[Document]) -> dict[str, dict[int, _Said]]:
    """Return by stem and by number of a document what is said there."""
    found: defaultdict[str, dict[int, _Said]] = defaultdict(dict)
    fields = [_fields(each) for each in documents]
    usual = {name: _mean(each[name].total() for each in fields) for name in FIELDS}
    for number, (document, counted) in enumerate(zip(documents, fields, strict=True)):
        weights: defaultdict[str, float] = defaultdict(float)
        for field, (boost, by_length) in FIELDS.items():
            longer = 1 - by_length + by_length * counted[field].total() / usual[field]
            for name, times in counted[field].items():
                weights[name] += boost * times / longer
        # What a document is called and says of itself belongs to its beginning.
        headings = _bits(each.heading or document.title for each in document.sections)
        texts = _bits(
            each.text if each.anchor else f"{document.description}\n{each.text}" for each in document.sections
        )
        for name, weight in weights.items():
            found[name][number] = _Said(weight, headings.get(name, 0), texts.get(name, 0))
    return dict(found)


def _fields(document: Document) -> dict[str, Counter[str]]:
    """Return how often each field of a document has which stem."""
    return {
        "title": _counted(document.title),
        "heading": _counted("\n".join(each.heading for each in document.sections)),
        "description": _counted(document.description),
        "text": _counted("\n".join(each.text for each in document.sections)),
    }


def _mean(lengths: Iterable[int]) -> float:
    """Return the mean of those that are not empty, 1 where all are."""
    lengths = [each for each in lengths if each]
    return sum(lengths) / len(lengths) if lengths else 1.0


def _bits(texts: Iterable[str]) -> dict[str, int]:
    """Return by stem in which of several texts it stands, one bit for each."""
    found: defaultdict[str, int] = defaultdict(int)
    for number, text in enumerate(texts):
        for name in set(stems(text)):
            found[name] |= 1 << number
    return found
