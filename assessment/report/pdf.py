"""HTML in, PDF bytes out, made by a child process that can hurt nothing.

The layout engine reads text that strangers typed, so it runs where a fault stays small: a process of
its own, in its own process group, with limits on time, memory and size, a clean environment, no
network, and no files but the packaged style sheets and fonts. This module is the only one that imports
WeasyPrint, and only in the child: `python -m assessment.report.pdf` reads HTML from standard input and
writes the PDF to standard output.

Every warning of the engine is an error: a report with a missing font or a dropped rule is refused, not
shipped.
"""

from __future__ import annotations

import logging
import os
import resource
import signal
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from weasyprint.urls import URLFetcher

ROOT = Path(__file__).resolve().parent.parent.parent

# The only files a report may load, by exact name below the folder of static files.
PACKAGED = (
    "css/tokens.css",
    "css/paper.css",
    "fonts/paper/Inter-Regular.ttf",
    "fonts/paper/Inter-SemiBold.ttf",
    "fonts/paper/SourceSerif4Subhead-Semibold.ttf",
)

# Relative addresses in the page resolve against this name, which can never resolve to a machine.
BASE = "https://report.invalid/"

SCHEMES = ("https:", "http:", "mailto:")

Reason = Literal["time", "memory", "size", "crash", "refused", "library"]

# Exit codes of the child; the words are the parent's.
_MEMORY, _SIZE, _REFUSED, _LIBRARY = 64, 65, 66, 67
_REASONS: dict[int, Reason] = {_MEMORY: "memory", _SIZE: "size", _REFUSED: "refused", _LIBRARY: "library"}
_SIGNALS: dict[int, Reason] = {signal.SIGXCPU: "time", signal.SIGALRM: "time", signal.SIGXFSZ: "size"}

_WORDS: dict[Reason, str] = {
    "time": "the report took longer than {wall_s:g} s to set and was stopped",
    "memory": "the report needed more than {memory_mib} MiB of memory and was stopped",
    "size": "the report grew beyond {output_mb} MB and was stopped",
    "crash": "the layout program ended unexpectedly",
    "refused": "the report was set with faults and is not issued",
    "library": (
        "Pango, which sets the text of the PDF, is not installed. Debian and Ubuntu: "
        "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0; Fedora: dnf install pango; "
        "Alpine: apk add pango; macOS: brew install pango"
    ),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one report may use: seconds by the clock and of the processor, memory, and size of the file."""

    wall_s: float = 15
    cpu_s: int = 12
    memory_mib: int = 1024
    output_mb: int = 20


class PdfError(Exception):
    """No PDF was made. `reason` names the limit or fault; the words say what can be done, if anything."""

    def __init__(self, reason: Reason, limits: Limits, detail: str = "") -> None:
        self.reason = reason
        self.detail = detail
        words = _WORDS[reason].format(
            wall_s=limits.wall_s, memory_mib=limits.memory_mib, output_mb=limits.output_mb
        )
        super().__init__(f"{words} ({detail})" if detail else words)

    @property
    def worth_retrying(self) -> bool:
        """May the same report succeed later? Not when it was too long, too large, or set with faults."""
        return self.reason in ("crash", "memory", "library")


def make_pdf(
    html: str,
    *,
    assets: Path,
    limits: Limits | None = None,
    program: Sequence[str] = (sys.executable, "-s", "-m", "assessment.report.pdf"),
) -> bytes:
    """Return the PDF of a complete HTML page: tagged (PDF/UA-1), with embedded fonts.

    The same page gives the same bytes, in any process, on any day. `assets` is the folder of static
    files; `program` is the child, which tests replace by one that misbehaves. Raises PdfError.
    """
    limits = limits or Limits()
    with tempfile.TemporaryDirectory(prefix="report-") as name:
        folder = Path(name)
        page, pdf, log = folder / "page.html", folder / "report.pdf", folder / "log"
        page.write_text(html, encoding="utf-8")
        with page.open("rb") as source, pdf.open("wb") as target, log.open("wb") as faults:
            child = subprocess.Popen(  # noqa: S603 - our own program, no shell, nothing of the user's in it
                [*program, str(assets), _spelled(limits)],
                cwd=ROOT,
                env=_environment(folder),
                stdin=source,
                stdout=target,
                stderr=faults,
                process_group=0,
            )
            code = _outcome(child, limits)
        if code:
            raise PdfError(_reason(code), limits, _last_line(log))
        made = pdf.read_bytes()
    if len(made) >= limits.output_mb * 1_000_000:
        raise PdfError("size", limits)
    if not made.startswith(b"%PDF-"):
        raise PdfError("crash", limits, "it wrote no PDF")
    return made


def _outcome(child: subprocess.Popen[bytes], limits: Limits) -> int:
    """Wait for the child and return its exit code (negative: a signal); nothing of its group goes on."""
    try:
        return child.wait(timeout=limits.wall_s)
    except subprocess.TimeoutExpired:
        return -signal.SIGALRM
    finally:
        # The whole group: whatever the child may have started goes with it.
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        child.wait()


def _reason(code: int) -> Reason:
    return _SIGNALS.get(-code, "crash") if code < 0 else _REASONS.get(code, "crash")


def _last_line(log: Path) -> str:
    lines = log.read_bytes()[-2000:].decode("utf-8", "replace").split("\n")
    return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")


def _environment(folder: Path) -> dict[str, str]:
    """Return what the child sees: no secrets, no time zone, no fonts of the machine, a folder of its own."""
    kept = {
        name: os.environ[name]
        for name in ("PATH", "LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH")
        if name in os.environ
    }
    return {
        **kept,
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        # Only packaged fonts: with the machine's own, the bytes would depend on the machine.
        "FONTCONFIG_FILE": str(Path(__file__).with_name("fonts.conf")),
    }


def _spelled(limits: Limits) -> str:
    return f"{limits.wall_s:g},{limits.cpu_s},{limits.memory_mib},{limits.output_mb}"


# --- in the child -------------------------------------------------------------------------------


def confine(limits: Limits) -> None:
    """Give this process its limits, for good, and close its way to the network."""
    mib, mb = 1024 * 1024, 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_mib * mib,) * 2)
    # The hard limit a second later: at the soft one the signal says why the process ended.
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_s, limits.cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.output_mb * mb,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Python ignores this signal by default; a file that grows too large must end the process.
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    # Should the parent be killed, nobody else ends this process.
    signal.alarm(int(limits.wall_s) + 1)
    sys.addaudithook(_refuse_outside)


def _refuse_outside(event: str, arguments: tuple[Any, ...]) -> None:
    if event.startswith(("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork")):
        raise PermissionError(f"a report may not use {event}")


class _Faults(logging.Handler):
    """Collects what the layout engine complains about."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(record.getMessage())


def _render(html: str, assets: Path) -> tuple[bytes, list[str]]:
    """Return the PDF and everything that was wrong with it."""
    import weasyprint

    faults = _Faults()
    logging.getLogger("weasyprint").addHandler(faults)
    document = weasyprint.HTML(string=html, base_url=BASE, url_fetcher=_fetcher(assets))
    for element in document.etree_element.iter():
        href = element.get("href", "#") if element.tag == "a" else "#"
        if not href.startswith(("#", *SCHEMES)):
            faults.found.append(f"a link to {href[:80]!r} is not allowed")
    pdf = document.write_pdf(pdf_variant="pdf/ua-1")
    return pdf, faults.found


def _fetcher(assets: Path) -> URLFetcher:
    """Return a fetcher that knows the packaged files and refuses every other address."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    types = {".css": "text/css", ".ttf": "font/ttf"}
    known = {BASE + name: assets / name for name in PACKAGED}

    class Packaged(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
            file = known.get(url)
            if file is None:
                raise PermissionError("only packaged files may be loaded")
            return URLFetcherResponse(url, file.read_bytes(), {"Content-Type": types[file.suffix]})

    return Packaged()


def main(arguments: Sequence[str]) -> int:
    """Be the child: confine, read, render, write. Returns the exit code; complaints go to standard error."""
    assets, spelled = arguments
    wall_s, cpu_s, memory_mib, output_mb = spelled.split(",")
    limits = Limits(float(wall_s), int(cpu_s), int(memory_mib), int(output_mb))
    confine(limits)
    html = sys.stdin.buffer.read().decode("utf-8")
    # That the machine's fonts are out of reach is meant.
    warnings.filterwarnings("ignore", "No fonts configured")
    try:
        import weasyprint  # noqa: F401 - fails here when a library of the system is missing
    except OSError as fault:
        return _complain(_LIBRARY, str(fault))
    try:
        pdf, faults = _render(html, Path(assets))
    except MemoryError:
        return _complain(_MEMORY, "out of memory")
    if faults:
        return _complain(_REFUSED, faults[0])
    if len(pdf) > limits.output_mb * 1_000_000:
        return _complain(_SIZE, f"{len(pdf)} bytes")
    sys.stdout.buffer.write(pdf)
    sys.stdout.buffer.flush()
    return 0


def _complain(code: int, words: str) -> int:
    # One line: the parent keeps the last one.
    sys.stderr.write(" ".join(words.split()) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
