"""How long from starting gunicorn to its first page, beside the import of the libraries that it stands on.

    python benchmarks/starting.py [--rounds 7]

In turns, in an order that is drawn anew for each round; printed are medians, with the middle half of the
rounds. Content is read, pages are rendered and compressed before the first worker is forked, so the number of
workers changes nothing.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
PRODUCTION = {"ENVIRONMENT": "production", "SECRET_KEY": "k" * 40, "BASE_URL": "https://127.0.0.1"}
LIBRARIES = "flask, flask_sqlalchemy, flask_migrate, wtforms, markdown, pydantic"
WORKERS = (1, 2, 4)


def imported(environ: dict[str, str]) -> float:
    """Return how long Python takes to start and to import the libraries."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", f"import {LIBRARIES}"], env=environ, check=True)  # noqa: S603 our own line
    return time.perf_counter() - began


def started(workers: int, environ: dict[str, str]) -> float:
    """Return how long the first page takes from the start of gunicorn."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    began = time.perf_counter()
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py"],
        cwd=ROOT,
        env={**environ, "PORT": str(port), "WORKERS": str(workers)},
    )
    try:
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/").close()
            except (OSError, urllib.error.URLError):
                time.sleep(0.005)
            else:
                return time.perf_counter() - began
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def told(times: list[float]) -> str:
    """Return the median and the middle half."""
    ranked = sorted(times)
    low, high = ranked[len(ranked) // 4], ranked[-1 - len(ranked) // 4]
    return f"{statistics.median(ranked):.2f} ({low:.2f}-{high:.2f})"


def main() -> None:
    """Measure and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    with TemporaryDirectory() as folder:
        # What Python compiles is kept, as it is where a site is started a second time.
        environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environ |= {**PRODUCTION, "INSTANCE": folder, "PYTHONPYCACHEPREFIX": f"{folder}/compiled"}
        found: dict[int, list[float]] = {each: [] for each in (0, *WORKERS)}
        for turn in range(rounds + 1):
            for each in random.sample(list(found), len(found)):
                taken = started(each, environ) if each else imported(environ)
                if turn:  # in the first one everything is compiled
                    found[each].append(taken)
    lines = [f"import {LIBRARIES}: {told(found[0])} s"]
    for each in WORKERS:
        ratios = [a / b for a, b in zip(found[each], found[0], strict=True)]
        lines.append(f"first page with {each} workers: {told(found[each])} s, {told(ratios)} of the import")
    print("\n".join(lines))  # noqa: T201 what it is for


if __name__ == "__main__":
    main()
