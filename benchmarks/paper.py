"""What a report takes from a cold process to a file, beside Chromium; and how that grows with the report.

    python benchmarks/paper.py [--rounds 5] [--chromium /usr/bin/chromium]

The rival prints the very same page without its window, with a profile of its own, and tags the PDF too. Both
start as new processes and take turns. Memory is the most that the processes hold at any time, what they share
divided among those that share it; it is looked at in turns of their own, which are not timed.

Then a report with eight times the sections is set beside the report itself, each by a child that has waited
for it; here memory is all that the child holds. Only Linux says how much is shared, so this runs there.
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from assessment.report import document
from assessment.report.confined import Limits
from assessment.report.engine import PACKAGED
from assessment.report.pdf import Child
from benchmarks.rendering import READY_S, full_page

TIMES_CHROMIUM, SHARE_OF_ITS_MEMORY, SHARE_OF_ITS_FILE = 1.0, 0.35, 0.5
SECTIONS, TIMES_LONGER, TIMES_LARGER = 8, 9.0, 4.0

COLD = """
import sys; from pathlib import Path; from assessment.report.pdf import make_pdf
page, pdf, assets = sys.argv[1:]
Path(pdf).write_bytes(make_pdf(Path(page).read_text(encoding="utf-8"), assets=Path(assets)))
"""


def main() -> None:
    """Measure, in turns, and print a line for each goal."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--chromium", default="chromium")
    given = parser.parse_args()
    chromium = shutil.which(given.chromium)
    page = full_page()
    if chromium:
        _beside_chromium(page, chromium, given.rounds)
    else:
        sys.stdout.write(f"{given.chromium} is not there; named with --chromium, it is measured beside\n")
    _growth(page, given.rounds)


def _beside_chromium(page: str, chromium: str, rounds: int) -> None:
    seconds, memory, size = [], [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for each in PACKAGED:
            (folder / each).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(document.ASSETS / each, folder / each)
        written = folder / "page.html"
        written.write_text(page, encoding="utf-8")
        mine, printed = folder / "mine.pdf", folder / "printed.pdf"
        ours = (sys.executable, "-c", COLD, str(written), str(mine), str(document.ASSETS))
        for number in range(rounds + 1):
            theirs = (
                *(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"),
                *(f"--user-data-dir={folder / str(number)}", f"--print-to-pdf={printed}", written.as_uri()),
            )
            seconds.append((_timed(lambda: _run(ours)), _timed(lambda its=theirs: _run(its))))
            memory.append((_most_held(lambda: _run(ours)), _most_held(lambda its=theirs: _run(its))))
            size.append((mine.stat().st_size / 1000, printed.stat().st_size / 1000))
    for what, unit, found, goal in (
        ("from a cold process to a file", "s", seconds, TIMES_CHROMIUM),
        ("memory", "MB", memory, SHARE_OF_ITS_MEMORY),
        ("file", "kB", size, SHARE_OF_ITS_FILE),
    ):
        _say(f"{what}: {{:.2f}} of Chromium", unit, found[1:], goal)  # the first of both reads its files


def _growth(page: str, rounds: int) -> None:
    long = _lengthened(page)
    seconds, memory = [], []
    for _ in range(rounds):
        seconds.append((_set(long, _timed), _set(page, _timed)))
    memory.append((_set(long, _held_alone), _set(page, _held_alone)))
    _say(f"{SECTIONS} times the sections: {{:.1f}} times as long", "s", seconds, TIMES_LONGER)
    _say(f"{SECTIONS} times the sections: {{:.1f}} times the memory", "MB", memory, TIMES_LARGER)


def _say(words: str, unit: str, found: list[tuple[float, float]], goal: float) -> None:
    ratios = [one / other for one, other in found]
    one, other = (statistics.median(each) for each in zip(*found, strict=True))
    sys.stdout.write(
        f"{words.format(statistics.median(ratios))} ({min(ratios):.2f} to {max(ratios):.2f}; "
        f"{one:.4g} {unit} to {other:.4g} {unit}); goal {goal:g}\n"
    )


def _lengthened(page: str) -> str:
    """Return a page whose sections come eight times, each time with anchors of its own."""
    before, nav, rest = page.partition('<nav class="contents"')
    contents, end, sections = rest.partition("</nav>")
    sections, body, after = sections.rpartition("</body>")
    again = (
        re.sub(r'(\b(?:id|aria-labelledby)="|href="#)', rf"\g<1>again-{number}-", sections)
        for number in range(1, SECTIONS)
    )
    return "".join((before, nav, contents, end, sections, *again, body, after))


def _set(page: str, measured: Callable[[Callable[[], object]], float]) -> float:
    with Child(document.ASSETS, Limits(wall_s=300, cpu_s=200, memory_mib=4096)) as child:
        time.sleep(READY_S)
        return measured(lambda: child.make(page))


def _run(command: tuple[str, ...]) -> None:
    subprocess.run(  # noqa: S603 - our own Python and a browser, no shell
        command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _timed(work: Callable[[], object]) -> float:
    """Return the seconds that something took."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _held_alone(work: Callable[[], object]) -> float:
    """Return the most MB that the processes below this one held meanwhile, each with all that it shares."""
    return _most_held(work, "Rss")


def _most_held(work: Callable[[], object], kind: str = "Pss") -> float:
    """Return the most MB that the processes below this one held, each with its part of the shared."""
    done, most = threading.Event(), [0.0]

    def look() -> None:
        while not done.wait(0.03):
            most[0] = max(most[0], sum(_held(each, kind) for each in _below()) / 1000)

    thread = threading.Thread(target=look)
    thread.start()
    work()
    done.set()
    thread.join()
    return most[0]


def _below(root: str = "self") -> Iterator[str]:
    """Yield the processes that this one has started, and those that they have."""
    for listed in Path(f"/proc/{root}/task").glob("*/children"):
        try:
            children = listed.read_text().split()
        except OSError:
            continue
        for each in children:
            yield each
            yield from _below(each)


def _held(process: str, kind: str) -> float:
    """Return the kB that a process holds, by one of the ways in which Linux counts them."""
    try:
        told = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    found = re.search(rf"^{kind}: +(\d+)", told, re.MULTILINE)
    return float(found[1]) if found else 0.0


if __name__ == "__main__":
    main()
