"""Lighthouse over five pages of the site, as a phone and as a desk sees them: `make lighthouse`.

It needs node, npm and Chromium. The site is the one that `make serve` opens; nothing else is reached.
ONLY=/faq/ looks at one page; REPORTS=folder keeps the whole reports.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.checkers.packages import installed
from tests.conftest import CHROMIUM, CHROMIUM_ARGUMENTS, start_site, stop_site

PACKAGE = "lighthouse@12.8.2"
PAGES = ("/", "/framework/human-debt/", "/patterns/phantom-done/", "/faq/", "/sample-report/")
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
SCREENS: dict[str, tuple[str, ...]] = {"mobile": (), "desktop": ("--preset=desktop",)}


def report(program: Path, address: str, screen: str) -> dict[str, Any]:
    """Return what Lighthouse says of a page."""
    flags = " ".join(["--headless=new", *CHROMIUM_ARGUMENTS])
    done = subprocess.run(
        [
            "node",
            str(program),
            address,
            *SCREENS[screen],
            "--quiet",
            "--output=json",
            f"--chrome-flags={flags}",
        ],
        env={**os.environ, "CHROME_PATH": str(CHROMIUM)},
        stdout=subprocess.PIPE,
        check=True,
    )
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def lacking(said: dict[str, Any]) -> Iterator[str]:
    """Yield what keeps a page from a hundred."""
    for category in CATEGORIES:
        for part in said["categories"][category]["auditRefs"]:
            audit = said["audits"][part["id"]]
            if part["weight"] and audit["score"] is not None and audit["score"] < 1:
                yield f"  {category}: {audit['id']} {audit['score']:g} {audit.get('displayValue', '')}"


def told(*parts: str) -> None:
    """Print a line at once: the next one takes a while."""
    sys.stdout.write(f"{''.join(parts)}\n")
    sys.stdout.flush()


def main() -> int:
    """Look at every page on both screens; print a line for each. Returns 1 unless all of it is a hundred."""
    pages = os.environ.get("ONLY", "").split() or PAGES
    perfect = True
    with installed(PACKAGE, needs=("node",)) as modules, tempfile.TemporaryDirectory() as folder:
        site = start_site(Path(folder) / "instance")
        try:
            told(f"{'page':28}{'screen':9}", *(f"{each:>16}" for each in CATEGORIES))
            for page in pages:
                for screen in SCREENS:
                    said = report(modules / "lighthouse" / "cli" / "index.js", site.url + page, screen)
                    scores = [round(100 * said["categories"][each]["score"]) for each in CATEGORIES]
                    told(f"{page:28}{screen:9}", *(f"{each:16}" for each in scores))
                    if min(scores) < 100:
                        perfect = False
                        told("\n".join(lacking(said)))
                    if kept := os.environ.get("REPORTS"):
                        name = f"{page.strip('/').replace('/', '-') or 'home'}-{screen}.json"
                        Path(kept, name).write_text(json.dumps(said), encoding="utf-8")
        finally:
            stop_site(site)
    return 0 if perfect else 1


if __name__ == "__main__":
    sys.exit(main())
