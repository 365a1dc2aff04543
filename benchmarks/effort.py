"""What each form asks of a leader: pages, answers, words on the way, and the minutes that the site promises.

    python benchmarks/effort.py

A leader of the tests walks every form from the start page to the button that finishes, and the pages are
counted as they were rendered: by entering counts wherever a form takes them, which is the shortest way, and
by opening the whole sample of every list, which is the longest. Words are those of the page itself, without
head and foot; what was read on a page before is counted once in "to read". How long that takes is worked out
for two people from the assumptions below. They are guesses to be checked with a watch, not measurements.

The start page promises minutes "with counts that you have; longer with items to open". So the promise is
judged by "answering": reading the questions, choosing and typing, page by page; of whoever opens items the
page itself says that it is too few. Finding and opening the items stands apart, for nobody knows how long
that takes in somebody else's tools, and "in all" has both, with the pages around the questions: start, tasks
and check page.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from flask_migrate import upgrade

from assessment.app import create_app
from assessment.core.duration import in_all
from tests.conftest import some_settings
from tests.leader import Leader, Seen, some_answer
from tests.web.places import read


@dataclass(frozen=True)
class Hand:
    """How fast somebody is: an assumption."""

    name: str
    words_a_minute: int  # read for sense; prose is read silently at some 240
    choice_s: float  # a radio or a tick, decided and clicked
    typing_s: float  # a number or a short text, looked up and typed
    item_s: float  # one item found and opened, beside what is answered about it
    page_s: float  # the button is pressed and the next page is there

    def answering(self, way: Way) -> float:
        """Return the minutes that reading and answering takes, with every item open already."""
        seconds = way.choices * self.choice_s + way.texts * self.typing_s + way.pages * self.page_s
        return way.read / self.words_a_minute + seconds / 60

    def opening(self, way: Way) -> float:
        """Return the minutes that finding and opening the items takes."""
        return way.items * self.item_s / 60

    def minutes(self, way: Way) -> float:
        """Return what a way takes in all."""
        return self.answering(way) + self.opening(way)


@dataclass
class Way:
    """What stood on one way through a form."""

    name: str
    pages: int = 0
    choices: int = 0
    texts: int = 0
    items: int = 0
    words: int = 0
    read: int = 0
    known: set[str] = field(default_factory=set)

    def meet(self, page: Seen) -> None:
        """Count a page that is shown."""
        self.pages += 1
        for text in said_on(page):
            self.words += len(text.split())
            self.read += 0 if text in self.known else len(text.split())
            self.known.add(text)

    def answer(self, page: Seen, typed: Mapping[str, Any]) -> None:
        """Count what is entered on a page."""
        kinds = {name: each.kind for sheet in read(page).sheets for name, each in sheet.fields.items()}
        entered = [kinds[name] for name in typed if typed[name] not in (None, "")]
        self.choices += sum(kind in ("radio", "checkbox", "button") for kind in entered)
        self.texts += sum(kind not in ("radio", "checkbox", "button") for kind in entered)


HANDS = (
    Hand("a quick hand", 300, choice_s=2, typing_s=5, item_s=10, page_s=1),
    Hand("a careful hand", 180, choice_s=5, typing_s=12, item_s=40, page_s=3),
)


class _Said(HTMLParser):
    """The words of the main part of a page, sentence by sentence, as far as they are seen."""

    UNSEEN = frozenset({"script", "style", "template", "title"})

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._in_main, self._unseen = 0, 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_main += tag == "main"
        self._unseen += tag in self.UNSEEN

    def handle_endtag(self, tag: str) -> None:
        self._in_main -= tag == "main"
        self._unseen -= tag in self.UNSEEN

    def handle_data(self, data: str) -> None:
        if self._in_main and not self._unseen and data.strip():
            self.found.append(" ".join(data.split()))


def said_on(page: Seen) -> list[str]:
    """Return the texts of a page."""
    reader = _Said()
    reader.feed(page.text)
    return reader.found


@dataclass
class Counting(Leader):
    """A leader who counts what is met on the way."""

    way: Way = field(default_factory=lambda: Way(""))
    questions: Way = field(default_factory=lambda: Way("questions alone"))

    def open(self, path: str) -> Seen:
        page = super().open(path)
        self.way.meet(page)
        if self.base and self.is_question(page.path):
            self.questions.meet(page)
        return page

    def enter(self, page: Seen, typed: Mapping[str, Any]) -> None:
        """Count what is entered on a question."""
        for way in (self.way, self.questions):
            way.answer(page, typed)
            way.items += page.path.rpartition("/")[2].isdigit()


def counted(path: str, page: Seen) -> dict[str, Any]:
    """Return what is entered by somebody who has counts of everything."""
    names = page.forms[0].names
    if path.endswith("/where"):
        return {"way": "counts", **({"context_of": 44, "population": 40} if "context_of" in names else {})}
    if path.endswith("/counts"):
        numbers = {name: 2 for name in names if name.endswith(("-sound", "-failing", "-unverified"))}
        return {**numbers, "source": "report", "place": "Board of Monday"}
    return some_answer(path, page)


def ways_of(app: Any, form: Any) -> Iterator[Counting]:
    """Walk a form, the shortest way first; from memory there is only one."""
    names = {"counts entered": counted, "samples opened": some_answer}
    for name, given in names.items() if not form.from_memory else [("from memory", some_answer)]:
        leader = Counting(app.test_client(), way=Way(name))

        def entered(
            path: str, page: Seen, given: Any = given, leader: Counting = leader
        ) -> Mapping[str, Any]:
            typed = given(path, page)
            leader.enter(page, typed)
            return dict(typed)

        start = {"form": form.id, "label": "Atlas", "team_size": 8}
        looked_at = {} if form.from_memory else {"work": "software"}
        leader.way.answer(Leader(app.test_client()).open("/diagnosis/"), {**start, **looked_at})
        leader.start(form=form.id)
        leader.walk(entered)
        yield leader


HEAD = (
    *("form", "way", "pages", "answers", "items opened", "words shown", "to read"),
    *("answering", "opening", "in all", "promised", "the promise is"),
)


def line(form: Any, leader: Counting) -> str:
    """Return a row of the table."""
    way, quick, careful = leader.way, *HANDS
    # Judged as it is printed: 90 seconds are not too few for 1.5 minutes.
    least, most = (round(hand.answering(leader.questions), 1) for hand in HANDS)
    verdict = "too few" if form.minutes < least else "too many" if form.minutes > most else "within"
    if way.items:
        verdict = "said to be too few" if verdict == "too few" else verdict
    cells = (
        form.name,
        way.name,
        way.pages,
        way.choices + way.texts,
        way.items,
        f"{way.words:,}",
        f"{way.read:,}",
        f"{least} to {most}",
        f"{quick.opening(way):.0f} to {careful.opening(way):.0f}" if way.items else "none",
        f"{quick.minutes(way):.0f} to {careful.minutes(way):.0f}",
        in_all(form.minutes),
        verdict,
    )
    return row(*cells)


def row(*cells: object) -> str:
    return f"| {' | '.join(str(each) for each in cells)} |"


def main() -> None:
    """Walk every form and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(some_settings(Path(folder) / "instance"))
        with app.app_context():
            upgrade()
        instrument = app.extensions["library"].current
        rows = [line(form, leader) for form in instrument.forms for leader in ways_of(app, form)]
    assumed = "; ".join(
        f"{hand.name}: {hand.words_a_minute} words a minute, {hand.choice_s:g} s a choice, "
        f"{hand.typing_s:g} s a typed answer, {hand.item_s:g} s to open an item, {hand.page_s:g} s a page"
        for hand in HANDS
    )
    table = (row(*HEAD), "|---" * len(HEAD) + "|", *rows)
    sys.stdout.write("\n".join((f"Effort in minutes, assuming {assumed}.", "", *table, "")))


if __name__ == "__main__":
    main()
