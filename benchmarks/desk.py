"""How long the desk waits for its list, each way of narrowing it and a search, however much is stored.

    python benchmarks/desk.py [--few 1000] [--many 100000] [--rounds 60]

Two sites, one with a few diagnoses that leaders let the desk see and one with a hundred times as many, are
asked for the same pages by turns, in an order that is drawn anew for each round: what the machine does beside
this falls on both. The pages come whole, as the desk gets them: session, form, list, HTML. Each is printed
with the median of both and their ratio, which is the median of the ratios within a round; the last line has
the largest. What is asked for last is the hardest there is: much of which each part fits many, and the whole
none. The rows are put in at once, without a diagnosis behind them.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from flask.testing import FlaskClient
from flask_migrate import upgrade

from assessment.app import create_app
from assessment.core.instrument import Instrument
from tests.conftest import some_settings
from tests.desk import browser_of, somebody
from tests.listed import list_many

WARMING = 3  # rounds in which everything is compiled


@dataclass(frozen=True, slots=True)
class Desk:
    """A site with so many diagnoses on its list, and somebody who is signed in."""

    browser: FlaskClient
    instrument: Instrument
    owner: str

    def seconds(self, name: str) -> float:
        """Return how long it takes to get what is called so."""
        path, begun = f"/sales/?{ways(self)[name]}", time.perf_counter()
        answer = self.browser.get(path)
        took = time.perf_counter() - begun
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}")
        return took


def desk(folder: Path, count: int) -> Desk:
    """Return a site in a folder of its own."""
    app = create_app(some_settings(folder))
    with app.app_context():
        upgrade()
        instrument = app.extensions["library"].current
    account = somebody(app)
    list_many(app, count, person_id=account.id, instrument=instrument)
    return Desk(browser_of(app, account), instrument, account.id)


def ways(of: Desk) -> dict[str, str]:
    """Return what is asked for, by name."""
    band, form = of.instrument.constants.bands[0].id, of.instrument.forms[-1].id
    pattern, route = of.instrument.patterns[0].id, of.instrument.destinations[0].id
    return {
        "the list": "",
        "band": f"band={band}",
        "pattern": f"pattern={pattern}",
        "next step": f"route={route}",
        "form": f"form={form}",
        "invitation": "invitation=i000000000000000000001",
        "dates": "since=2026-06-01&until=2026-06-30",
        "owner": f"owner={of.owner}",
        "next date": "next=due",
        "search: an organisation": "q=zymurgy+works",
        "search: a code": "q=EI-2",
        "search: words of notes": "q=conference+interested",
        "search: two frequent words": "q=ferry+spring",
        "search: a beginning": "q=b",
        "search: an address": "q=rare%40example.org",
        "search: nothing": "q=there+is+no+such",
        "all at once": f"band={band}&pattern={pattern}&route={route}&form={form}&q=conference",
        "all at once, and none": f"band={band}&pattern={pattern}&route={route}&q=conference+budget",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--few", type=int, default=1000)
    parser.add_argument("--many", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=60)
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        desks = [desk(Path(folder) / str(count), count) for count in (options.few, options.many)]
        took: dict[str, list[list[float]]] = {name: [] for name in ways(desks[0])}
        for number in range(WARMING + options.rounds):
            for name in random.sample(sorted(took), len(took)):
                pair = {each.owner: each.seconds(name) for each in random.sample(desks, len(desks))}
                if number >= WARMING:
                    took[name].append([pair[each.owner] for each in desks])
    sys.stdout.write("".join(f"{line}\n" for line in told(took, options.few, options.many)))


def told(took: dict[str, list[list[float]]], few: int, many: int) -> Iterator[str]:
    """Yield a line for each page, and one with the largest ratio."""
    ratios = {name: statistics.median(b / a for a, b in pairs) for name, pairs in took.items()}
    yield f"{'':26} {few:>9,} {many:>9,}   ratio"
    for name, pairs in took.items():
        one, other = (statistics.median(each) * 1000 for each in zip(*pairs, strict=True))
        yield f"{name:26} {one:6.1f} ms {other:6.1f} ms   {ratios[name]:.2f}"
    worst = max(ratios, key=ratios.__getitem__)
    yield f"desk: {many:,} diagnoses take at most {ratios[worst]:.2f} times as long as {few:,} ({worst})"


if __name__ == "__main__":
    main()
