"""How long a report takes to set, beside WeasyPrint alone; and what a page of the site waits meanwhile.

    python benchmarks/rendering.py [--rounds 5] [--requests 300]

The rival is plain WeasyPrint, used as its documentation says: `HTML(string=...).write_pdf(...)` of the very
same page, with the style sheets and fonts (TTF) that the page names, in a process that has nothing else
loaded and has set this page before. A second rival has the same fonts as a site would serve them (WOFF2).
Ours is the whole way from a page to bytes, by a child that has waited for it, behind its walls and behind
everything else that wants the processor. They take turns; on a machine with other work ours looks slower.

Then pages of a running site are asked for one after the other, while nothing else goes on and while hostile
reports are set without pause, in turns within one run; the slowest of a hundred is compared.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, cast

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from assessment.report import document, pdf
from assessment.report.engine import PACKAGED
from assessment.report.pool import Pool
from benchmarks.slow_clients import site
from tests.report import made
from tests.report.hostile import TYPED, UNSEEN
from tests.report.outcomes import answered, result_of, typed

SHARE_OF_PLAIN, TIMES_IDLE = 0.60, 2.0

# How long the next child takes to get ready, generously, as it does between two reports.
READY_S = 3

PLAIN = """
import json, sys, time, weasyprint
page = json.loads(sys.stdin.readline())
for _ in sys.stdin:
    began = time.perf_counter()
    weasyprint.HTML(string=page, base_url=sys.argv[1]).write_pdf(pdf_variant="pdf/ua-1")
    print(time.perf_counter() - began, flush=True)
"""


def main() -> None:
    """Measure, in turns, and print a line for each goal."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=300, help="0 leaves the pages of the site out")
    given = parser.parse_args()
    pool = Pool(document.ASSETS, limits=made.PATIENT)
    try:
        _beside_plain(pool, given.rounds)
        if given.requests:
            _beside_idle(pool, given.rounds, given.requests)
    finally:
        pool.close()


def full_page(text: str = "") -> str:
    """Return the page of a full report, with a text in every place where one is typed."""
    instrument = made.instrument()
    form = instrument.forms[-1]
    answers = typed(instrument, form, text, longest=True) if text else answered(instrument, form, 0.6)
    return document.html(made.report(result_of(instrument, answers)))


def _beside_plain(pool: Pool, rounds: int) -> None:
    page = full_page()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as rivals:
        woff2 = _with_woff2(Path(folder))
        plain = {
            fonts: rivals.enter_context(_plain(page, assets))
            for fonts, assets in {"TTF": document.ASSETS, "WOFF2": woff2}.items()
        }
        took: dict[str, list[float]] = {name: [] for name in ("ours", *plain)}
        for _ in range(rounds + 1):
            for fonts, rival in plain.items():
                took[fonts].append(rival())
            time.sleep(READY_S)
            began = time.perf_counter()
            pool.make(page)
            took["ours"].append(time.perf_counter() - began)
    for seconds in took.values():
        del seconds[0]  # the first of each reads its files
    for fonts in plain:
        shares = [ours / rival for ours, rival in zip(took["ours"], took[fonts], strict=True)]
        sys.stdout.write(
            f"full report, warm: {statistics.median(shares):.2f} of plain WeasyPrint with {fonts} "
            f"({min(shares):.2f} to {max(shares):.2f}; ours {statistics.median(took['ours']):.2f} s, "
            f"plain {statistics.median(took[fonts]):.2f} s); goal {SHARE_OF_PLAIN:.2f}\n"
        )


@contextmanager
def _plain(page: str, assets: Path) -> Iterator[Callable[[], float]]:
    """Have a process set a page each time it is called for; it returns the seconds."""
    process = subprocess.Popen(  # noqa: S603 - this Python, no shell
        [sys.executable, "-W", "ignore", "-c", PLAIN, f"{assets}/"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "FONTCONFIG_FILE": str(pdf.FONTS)},
    )
    told, said = cast(IO[str], process.stdin), cast(IO[str], process.stdout)

    def again() -> float:
        told.write("again\n")
        told.flush()
        return float(said.readline())

    told.write(json.dumps(page) + "\n")
    with process:
        yield again
        told.close()


def _with_woff2(folder: Path) -> Path:
    """Return a copy of the style sheets whose fonts are the same ones as a site would serve them."""
    from fontTools.ttLib import woff2  # type: ignore[import-untyped]

    for name in PACKAGED:
        to = folder / name.replace(".ttf", ".woff2")
        to.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".ttf"):
            woff2.compress(document.ASSETS / name, to)
        else:
            to.write_text((document.ASSETS / name).read_text(encoding="utf-8").replace(".ttf", ".woff2"))
    return folder


def _beside_idle(pool: Pool, rounds: int, requests: int) -> None:
    hostile = [full_page(text) for text in (*list(TYPED.values())[:3], *list(UNSEEN.values())[:3])]
    ratios, idle_ms, busy_ms = [], [], []
    with site(128) as port:
        _slowest(port, requests)
        for _ in range(rounds):
            idle = _slowest(port, requests)
            stop = threading.Event()

            def render(stop: threading.Event = stop) -> None:
                while not stop.is_set():
                    for page in hostile:
                        if not stop.is_set():
                            _try(pool, page)

            thread = threading.Thread(target=render)
            thread.start()
            time.sleep(1)
            busy = _slowest(port, requests)
            stop.set()
            thread.join()
            ratios.append(busy / idle)
            idle_ms.append(1000 * idle)
            busy_ms.append(1000 * busy)
    sys.stdout.write(
        f"a page's p99 while hostile reports are set: {statistics.median(ratios):.1f} times idle "
        f"({min(ratios):.1f} to {max(ratios):.1f}; {statistics.median(idle_ms):.1f} ms idle, "
        f"{statistics.median(busy_ms):.1f} ms busy); goal {TIMES_IDLE:.1f}\n"
    )


def _try(pool: Pool, page: str) -> None:
    try:
        pool.make(page)
    except pdf.PdfError:
        return  # refused in words, as it may be


def _slowest(port: int, requests: int) -> float:
    """Return the seconds within which 99 of a hundred pages came."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    took = []
    for _ in range(requests):
        began = time.perf_counter()
        connection.request("GET", "/")
        connection.getresponse().read()
        took.append(time.perf_counter() - began)
    connection.close()
    return statistics.quantiles(took, n=100)[98]


if __name__ == "__main__":
    main()
