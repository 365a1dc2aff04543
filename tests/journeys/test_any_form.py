"""Any length of any instrument, answered by chance in any order: what comes out is what was counted.

The leader below keeps the tally by hand while answering, as somebody with paper and pencil would, and knows
nothing of how the site gets from its pages to observations.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from html import unescape
from random import Random
from typing import Any

import pytest
from flask import Flask

from assessment.core.diagnosis import canonical, diagnose, read_answers
from assessment.core.instrument import Frame, Indicator, Instrument, Pass, Single
from tests.another import NAME, another
from tests.leader import Leader, Seen
from tests.scale import scaled

LAST_DAY = date(2025, 12, 31)  # a look back: no clock has a say in what comes out
MARKS = ("yes", "no", "unverified")

# How old the last occurrence is, in intervals, and how many of its four quarters are sound.
AGES = {0.5: 4, 1.2: 3, 1.8: 2, 3.0: 1, 5.0: 0}
KNOWN = {
    "E3": {"source": "record", "reference": "Log 7"},
    "E2": {"source": "report", "reference": "May"},
    "E1": {"source": "memory", "reference": ""},
}
READ = {"E2": {"source": "report", "place": "Report of May"}, "E1": {"source": "memory", "place": ""}}


@dataclass
class Somebody:
    """A leader who answers by chance, and the tally of it: sound, failing, could not verify, grade."""

    app: Flask
    instrument: Instrument
    form: str
    chance: Random
    tally: dict[str, tuple[int, int, int, str]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    expected: dict[str, dict[str, int]] = field(default_factory=dict)

    def begin(self) -> None:
        """Begin a diagnosis of this instrument in this length."""
        self.team_size = self.chance.choice([3, 8, 40])
        self.leader = Leader(self.app.test_client())
        name = self.instrument.key.partition("/")[0]
        tasks = self.leader.start(
            f"/diagnosis/?instrument={name}",
            form=self.form,
            team_size=self.team_size,
            **({} if self.is_memory else {"window_end": LAST_DAY}),
        )
        self.link = "/" + tasks.private_link.split("/", 3)[3]

    @property
    def is_memory(self) -> bool:
        return self.instrument.form(self.form).from_memory

    def answer_everything(self) -> None:
        """Answer every part once, in any order, the second half of them in another browser."""
        frame = self.remember if self.is_memory else self.look
        parts = [
            *(partial(frame, each) for each in self.instrument.frames.values() if self.asked(each)),
            *(
                partial(self.answer_single, each, single)
                for each in self.instrument.passes
                for single in each.singles
                if self.form in self.instrument.indicators[single.indicator].marks
            ),
        ]
        self.chance.shuffle(parts)
        for number, part in enumerate(parts):
            if number == len(parts) // 2:
                self.move()
            part()

    def move(self) -> None:
        """Go on in another browser, with the private link."""
        elsewhere = Leader(self.app.test_client())
        elsewhere.base = elsewhere.send(elsewhere.open(self.link)).location
        self.leader = elsewhere

    def save(self, path: str, **typed: Any) -> Seen:
        """Answer a page; now and then the button is pressed twice."""
        page = self.leader.open(path)
        sent = self.leader.send(page, **typed)
        assert sent.status == 303, (path, typed)
        if self.chance.random() < 0.1:
            assert self.leader.send(page, **typed).location == sent.location
        return sent

    # --- a population ---------------------------------------------------------------------------

    def asked(self, frame: Frame) -> list[Indicator]:
        """Return what this length asks of a frame."""
        asked = [self.instrument.indicators[check.indicator] for check in frame.checks]
        return [indicator for indicator in asked if self.form in indicator.marks]

    def is_left_out(self, asked: list[Indicator]) -> bool:
        """Note that this does not apply, where that is allowed, sometimes."""
        may = len(self.left_out) + len(asked) <= self.instrument.form(self.form).not_applicable_at_most
        if not may or not all(each.not_applicable for each in asked) or self.chance.random() < 0.5:
            return False
        self.left_out |= {each.id: each.not_applicable[0] for each in asked}
        return True

    def remember(self, frame: Frame) -> None:
        asked = self.asked(frame)
        if self.is_left_out(asked):
            self.save(f"{frame.id}/recall", **{"not-applicable-0": "y"})
            return
        typed: dict[str, Any] = {}
        for each in asked:
            n = each.marks[self.form]
            if self.chance.random() < 0.2:
                typed[f"{each.id}-unknown"] = "y"
                self.tally[each.id] = (0, 0, n, "E1")
            else:
                k = typed[each.id] = self.chance.randint(0, n)
                self.tally[each.id] = (k, n - k, 0, "E1")
        self.save(f"{frame.id}/recall", **typed)

    def look(self, frame: Frame) -> None:
        asked = self.asked(frame)
        if self.is_left_out(asked):
            self.save(f"{frame.id}/where", way="not-applicable-0")
            return
        if self.chance.random() < 0.2:  # said first, then thought better of
            self.save(f"{frame.id}/where", way="none")
        self.chance.choice([self.open_items, self.open_items, self.enter_counts, self.give_up])(frame, asked)

    def where(self, frame: Frame, way: str, population: int) -> None:
        typed = {"way": way, "where": "The tracker", "query": "newest first", "population": population}
        self.save(f"{frame.id}/where", **typed, **({"context_of": population + 2} if frame.context else {}))

    def open_items(self, frame: Frame, asked: list[Indicator]) -> None:
        size = max(each.marks[self.form] for each in asked)
        population = self.chance.choice([0, 2, size, 40])
        self.where(frame, "items", population)
        if population and not frame.latest:
            self.expect(frame, asked, population)
        opened = min(size, population)
        grade = self.chance.choice(["E3", "E3", "E2"])
        marks: dict[str, list[str]] = {each.id: [] for each in asked}
        for number in self.chance.sample(range(1, opened + 1), opened):
            typed = {each.id: self.chance.choice(MARKS) for each in asked if each.marks[self.form] >= number}
            if self.chance.random() < 0.1:  # a slip, put right by the second save
                self.save(f"{frame.id}/{number}", reference="wrong", **dict.fromkeys(typed, "no"))
            reference = "" if grade == "E2" and number == 1 else f"No. {number}"
            self.save(f"{frame.id}/{number}", reference=reference, **typed)
            for name, mark in typed.items():
                marks[name].append(mark)
        for each in asked:
            k, m, u = map(marks[each.id].count, MARKS)
            self.tally[each.id] = (k, m, u, grade) if opened else (0, 0, each.marks[self.form], "E2")

    def expect(self, frame: Frame, asked: list[Indicator], population: int) -> None:
        """Say what is expected, or not; what is said afterwards, with the items in view, is refused."""
        typed: dict[str, Any] = {}
        for each in asked:
            n = min(each.marks[self.form], population)
            if self.chance.random() < 0.3:
                typed[f"{each.id}-unsaid"] = "y"
            else:
                k = typed[each.id] = self.chance.randint(0, n)
                self.expected[each.id] = {"count": k, "of": n}
        page = self.leader.open(f"{frame.id}/belief")
        self.save(f"{frame.id}/belief", **typed)
        another = dict.fromkeys(typed) | {f"{each.id}-unsaid": None for each in asked}
        worse = {each.id: 0 if self.expected.get(each.id, {}).get("count") else 1 for each in asked}
        assert self.leader.send(page, **(another | worse)).status == 409

    def enter_counts(self, frame: Frame, asked: list[Indicator]) -> None:
        self.where(frame, "counts", 30)
        grade, typed = self.chance.choice(["E1", "E2"]), {}
        for each in asked:
            k, m, u = (self.chance.randint(*limits) for limits in ((1, 10), (0, 10), (0, 10)))
            typed |= {f"{each.id}__sound": k, f"{each.id}__failing": m, f"{each.id}__unverified": u}
            self.tally[each.id] = (k, m, u, grade)
        self.save(f"{frame.id}/counts", **typed, **READ[grade])

    def give_up(self, frame: Frame, asked: list[Indicator]) -> None:
        self.save(f"{frame.id}/where", way="none")
        self.tally |= {each.id: (0, 0, each.marks[self.form], "E2") for each in asked}

    # --- a single question ----------------------------------------------------------------------

    def answer_single(self, each: Pass, single: Single) -> None:
        indicator, path = self.instrument.indicators[single.indicator], f"{each.id}/{single.indicator}"
        if self.is_memory:
            self.choose(path, single, indicator.marks[self.form])
            return
        kinds: dict[str, Callable[[str, Indicator, str], None]] = {
            "date": self.date,
            "spread": self.spread,
            "anchors": self.level,
            "artefact": self.level,
        }
        if self.chance.random() < 0.2:
            self.cannot_tell(path, indicator)
        elif self.is_left_out([indicator]):
            [field] = self.leader.open(path).forms[0].names & {"answer", "level"}
            self.save(path, **{field: "not-applicable-0"})
        else:
            kinds[indicator.type](path, indicator, self.chance.choice(["E3", "E2", "E1"]))

    def choose(self, path: str, single: Single, n: int) -> None:
        place = self.chance.choice([*range(len(single.choices)), None])
        if place is None:
            self.save(path, choice="unverified")
            self.tally[single.indicator] = (0, 0, n, "E1")
        else:
            taken = single.choices[place]
            self.save(path, choice=self.offered(path, taken.text))
            self.tally[single.indicator] = (taken.sound, n - taken.sound, 0, "E1")

    def cannot_tell(self, path: str, indicator: Indicator) -> None:
        n = indicator.marks[self.form]
        answer = {"date": {"answer": "no-record"}, "spread": {"unverified": "y"}}.get(
            indicator.type, {"level": "unverified"}
        )
        if indicator.spread and indicator.is_small_team(self.team_size):
            n, answer = indicator.spread.small_marks, {"concentrated": "unverified"}
        self.save(path, **answer)
        self.tally[indicator.id] = (0, 0, n, "E2")

    def date(self, path: str, indicator: Indicator, grade: str) -> None:
        age = self.chance.choice([*AGES, None])
        if age is None:
            self.save(path, answer="never", **KNOWN[grade])
            self.tally[indicator.id] = (0, 4, 0, grade)
        else:
            day = LAST_DAY - timedelta(days=age * (indicator.days or 0))
            self.save(path, answer="date", date=day, **KNOWN[grade])
            self.tally[indicator.id] = (AGES[age], 4 - AGES[age], 0, grade)

    def spread(self, path: str, indicator: Indicator, grade: str) -> None:
        known = "E2" if grade == "E3" else grade  # no list is read here
        if indicator.spread and indicator.is_small_team(self.team_size):
            n, answer = indicator.spread.small_marks, self.chance.choice(["yes", "no"])
            self.save(path, concentrated=answer, **READ[known])
            self.tally[indicator.id] = (n, 0, 0, known) if answer == "no" else (0, n, 0, known)
        else:
            total = self.chance.randint(1, 30)
            others = self.chance.randint(0, total)
            self.save(path, total=total, others=others, **READ[known])
            self.tally[indicator.id] = (others, total - others, 0, known)

    def level(self, path: str, indicator: Indicator, grade: str) -> None:
        n = indicator.marks[self.form]
        best_first = indicator.anchors if indicator.type == "artefact" else indicator.anchors[::-1]
        failing = self.chance.randint(0, n)
        self.save(path, level=self.offered(path, best_first[failing]), **KNOWN[grade])
        self.tally[indicator.id] = (n - failing, failing, 0, grade)

    def offered(self, path: str, words: str) -> str:
        """Return what is sent for the answer that reads so."""
        shown = re.findall(r'value="([^"]*)"><span>(.*?)</span>', self.leader.open(path).text)
        return next(value for value, text in shown if unescape(text) == words)


# --- what comes out ---------------------------------------------------------------------------------


@pytest.fixture
def app(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The site, which offers a made-up instrument beside its own."""
    library = app.extensions["library"]
    made_up = another()
    both = replace(
        library,
        instruments={**library.instruments, made_up.key: made_up},
        offered={**library.offered, NAME: made_up},
    )
    monkeypatch.setitem(app.extensions, "library", both)
    return app


LENGTHS = [
    ("execution-integrity", "pre-scan", 4),
    ("execution-integrity", "quick", 1),
    ("execution-integrity", "full", 1),
    (NAME, "glance", 2),
    (NAME, "watch-1", 1),
    (NAME, "inspection", 1),
]


@pytest.mark.parametrize(
    ("name", "form", "seed"),
    [(name, form, seed) for name, form, often in LENGTHS for seed in range(scaled(often))],
)
def test_the_stored_result_is_a_pure_score_of_what_was_counted(
    app: Flask, name: str, form: str, seed: int
) -> None:
    instrument = app.extensions["library"].offered[name]
    somebody = Somebody(app, instrument, form, Random(f"{name} {form} {seed}"))  # noqa: S311  # not a secret
    somebody.begin()

    somebody.answer_everything()
    check = somebody.leader.open("check")
    report = somebody.leader.finish().location

    assert "Not answered" not in check.text
    document = somebody.leader.client.get(report.rstrip("/") + ".json").data
    answers = json.loads(document)["answers"]
    found = {
        each: (seen["sound"], seen["failing"], seen["unverified"], seen["grade"])
        for each, seen in answers["observations"].items()
    }
    assert found == somebody.tally
    assert answers["not_applicable"] == somebody.left_out
    assert answers["belief"] == somebody.expected
    assert document == canonical(diagnose(*read_answers(lambda _: instrument, json.dumps(answers).encode())))
