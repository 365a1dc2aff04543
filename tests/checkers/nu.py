"""The Nu HTML checker over every page of the site, as it is answered: `make html`.

It needs java and npm. What is checked is what a browser is sent: every page that is kept, the sample report,
a page of every other template that can be had without a diagnosis, and those of a made-up desk.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.checkers.packages import installed
from tests.demo import made

PACKAGE = "vnu-jar@26"
DOORS = (
    "/sample-report/",
    "/diagnosis/",
    "/diagnosis/questions/quick",
    "/diagnosis/left",
    "/verify/",
    "/verify/?code=AB-7F3K-92QD",
    "/search",
    "/search?q=survey",
    "/search?q=xyzzy",
    "/nothing-here",
)


def pages(instance: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every page of the site with its address."""
    demo = made(instance)
    app, client = demo.app, demo.admin()
    kept = [url for url, frozen in app.extensions["pages"].items() if frozen.mimetype == "text/html"]
    for url in (*kept, *DOORS, *demo.pages(), demo.path("Somebody invited")):
        yield url, client.get(url).data


def main() -> int:
    """Check every page; print what is wrong. Returns 1 when something is."""
    with installed(PACKAGE, needs=("java",)) as modules, tempfile.TemporaryDirectory() as folder:
        files = []
        for url, page in pages(Path(folder) / "instance"):
            name = url.strip("/").replace("/", "--").replace("?", "--") or "home"
            file = Path(folder) / f"{name}.html"
            file.write_bytes(page)
            files.append(str(file))
        jar = modules / "vnu-jar" / "build" / "dist" / "vnu.jar"
        checked = subprocess.run(
            ["java", "-Xss2m", "-jar", str(jar), "--errors-only", "--stdout", "--format", "text", *files],
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        verdict = "errors" if checked.returncode else "no errors"
        sys.stdout.write(f"{checked.stdout}{len(files)} pages, {verdict}\n")
        return checked.returncode


if __name__ == "__main__":
    sys.exit(main())
