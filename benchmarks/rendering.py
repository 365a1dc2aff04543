"""How long a report takes to set, beside WeasyPrint alone; and what a page of the site waits meanwhile.

    python benchmarks/rendering.py [--rounds 5] [--requests 300]

The rival sets the very same page as WeasyPrint's documentation says, in this process, which has it loaded.
Ours is the whole way from a page to bytes, by a child that has waited for it, behind its walls and behind
everything else that wants the processor. Both take turns; on a machine with other work ours looks slower.

Then pages of a running site are asked for one after the other, while nothing else goes on and while hostile
reports are set without pause, in turns within one run; the slowest of a hundred is compared.
"""

from __future__ import annotations

import argparse
import http.client
import os
import statistics
import sys
import threading
import time
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from assessment.report import document, pdf
from assessment.report.pool import Pool
from benchmarks.slow_clients import site
from tests.report import made
from tests.report.hostile import TYPED, UNSEEN
from tests.report.outcomes import answered, result_of, typed

SHARE_OF_PLAIN, TIMES_IDLE = 0.60, 2.0


def main() -> None:
    """Measure, in turns, and print a line for each goal."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=300)
    given = parser.parse_args()
    pool = Pool(document.ASSETS, limits=made.PATIENT)
    try:
        _beside_plain(pool, given.rounds)
        _beside_idle(pool, given.rounds, given.requests)
    finally:
        pool.close()


def _page(text: str = "") -> str:
    instrument = made.instrument()
    form = instrument.forms[-1]
    answers = typed(instrument, form, text, longest=True) if text else answered(instrument, form, 0.6)
    return document.html(made.report(result_of(instrument, answers)))


def _beside_plain(pool: Pool, rounds: int) -> None:
    warnings.simplefilter("ignore")
    os.environ["FONTCONFIG_FILE"] = str(pdf.FONTS)
    import weasyprint

    page, shares, plain_s = _page(), [], []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        weasyprint.HTML(string=page, base_url=f"{document.ASSETS}/").write_pdf(pdf_variant="pdf/ua-1")
        plain = time.perf_counter() - began
        time.sleep(2)  # the next child gets ready, as it does between two reports
        began = time.perf_counter()
        pool.make(page)
        shares.append((time.perf_counter() - began) / plain)
        plain_s.append(plain)
    del shares[0], plain_s[0]  # the first of both reads its files
    sys.stdout.write(
        f"full report, warm: {statistics.median(shares):.2f} of plain WeasyPrint "
        f"({min(shares):.2f} to {max(shares):.2f}; plain {statistics.median(plain_s):.2f} s); "
        f"goal {SHARE_OF_PLAIN:.2f}\n"
    )


def _beside_idle(pool: Pool, rounds: int, requests: int) -> None:
    hostile = [_page(text) for text in (*list(TYPED.values())[:3], *list(UNSEEN.values())[:3])]
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
