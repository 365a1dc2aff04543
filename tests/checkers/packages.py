"""A package of npm by its name, in a folder that goes away: no checker is part of the project."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def installed(package: str, *, needs: tuple[str, ...]) -> Iterator[Path]:
    """Give the folder of a package and its dependencies; `needs` are the programs that must be there."""
    if lacking := [each for each in ("npm", *needs) if shutil.which(each) is None]:
        sys.exit(f"{' and '.join(lacking)} must be installed")
    with tempfile.TemporaryDirectory(prefix="checker-") as folder:
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", package]
        subprocess.run(command, cwd=folder, check=True)
        yield Path(folder) / "node_modules"
