"""How fast a content page is given, beside a bare WSGI hello, plain Flask, Flask-FlatPages and nginx.

    python benchmarks/content.py [--seconds 1] [--rounds 7] [--clients 16] [--page /framework/]

Each way is served all the time by a gunicorn under the settings of the site (gunicorn.conf.py), on one core;
wrk asks from another. They take turns in an order that is drawn anew for each round, so what the machine does
beside this falls on all of them. What counts is the ratio within a round: of the rates, and of the time that
the processor spent on an answer, which what else runs disturbs less. Printed are the median of the rounds and
their middle half. Needs wrk (apt-get install wrk); nginx, and Flask-FlatPages, which pip puts into
a temporary folder, are left out in words where they are not to be had.

hello    a WSGI function that returns "hello" under two headers: the floor of the server
guarded  the same, under the headers that every answer of the site carries: gunicorn checks each of them
site     the page, as a browser that takes no coding gets it; `site br`, as one that takes Brotli
site 304 the page, for a browser that has it
flask    a Flask view that returns the same bytes from a constant: the floor of Flask
flat     Flask-FlatPages as documented, the page's own text in the page's own frame
nginx    the same bytes, written by `flask content export`, with the settings that it wrote
nginx gz the same, as gzip

Then what goes over the wire for the first page, and what each process takes of the memory.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import runpy
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from flask import Flask

from assessment.settings import read_settings
from assessment.web.security import headers_for_everyone

ROOT = Path(__file__).resolve().parent.parent
PLAIN = {"Accept-Encoding": "identity"}  # whoever asks for another coding sends a header, too
BROWSER = "gzip, deflate, br, zstd"
GUARDS = list(headers_for_everyone(read_settings({"SECRET_KEY": "k" * 32})).items())
SETTINGS = (
    "worker_class workers threads preload_app keepalive max_requests max_requests_jitter worker_tmp_dir"
)
SERVERS_CORE, CLIENTS_CORE = {0}, {max(os.sched_getaffinity(0))}


# --- what is served -------------------------------------------------------------------------------


def hello(_environ: dict[str, object], start_response: Callable[..., object]) -> Iterable[bytes]:
    """Answer as little as there is."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"hello"]


def guarded(_environ: dict[str, object], start_response: Callable[..., object]) -> Iterable[bytes]:
    """Answer as little, under the headers of the site."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5"), *GUARDS])
    return [b"hello"]


def constant() -> Flask:
    """Return a Flask application whose one view returns the page."""
    app, body = Flask("constant"), Path(os.environ["FOLDER"], "page.html").read_bytes()
    app.add_url_rule("/<path:path>", "page", lambda path: body)
    return app


def flat() -> Flask:
    """Return Flask-FlatPages as its quickstart has it."""
    from flask import render_template
    from flask_flatpages import FlatPages

    app = Flask("flat", root_path=os.environ["FOLDER"])
    app.config["FLATPAGES_EXTENSION"] = ".md"
    pages = FlatPages(app)

    @app.route("/<path:path>/")
    def page(path: str) -> str:
        return render_template("page.html", page=pages.get_or_404(path))

    return app


def write_flat(folder: Path, page: str, html: str) -> None:
    """Write the page as one of Flask-FlatPages: what stands in <main> is its text, the rest its template."""
    before, text, after = re.split(r"(?<=<main)(.*)(?=</main>)", html, maxsplit=1, flags=re.DOTALL)
    rest, text = text.split(">", 1)
    source = folder / "pages" / f"{page.strip('/') or 'index'}.md"
    source.parent.mkdir(parents=True)
    source.write_text(f"title: A page\n\n<div>\n{text}\n</div>\n", "utf-8")
    (folder / "templates").mkdir()
    frame = f"{before}{rest}>{{{{ page.html|safe }}}}{after}"
    (folder / "templates" / "page.html").write_text(frame, "utf-8")


# --- who serves it --------------------------------------------------------------------------------


@contextmanager
def gunicorn(program: str, folder: Path, **environ: str) -> Iterator[tuple[int, int]]:
    """Give port and process id of a gunicorn under the settings of the site."""
    port = free_port()
    config = ROOT / "gunicorn.conf.py"
    if program != "wsgi:app":
        told = runpy.run_path(str(config))
        config = folder / f"{program.rpartition(':')[2]}.conf.py"
        lines = [f"{name} = {told[name]!r}" for name in SETTINGS.split()]
        config.write_text("\n".join([*lines, "control_socket_disable = True", 'loglevel = "warning"']))
    server = subprocess.Popen(  # noqa: S603 our own program
        [
            *(sys.executable, "-m", "gunicorn", "--config", str(config)),
            *("--bind", f"127.0.0.1:{port}", program),
        ],
        cwd=ROOT,
        env={**os.environ, "PORT": str(port), "FOLDER": str(folder), "INSTANCE": str(folder), **environ},
        preexec_fn=lambda: os.sched_setaffinity(0, SERVERS_CORE),
    )
    try:
        wait_for(port)
        yield port, server.pid
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


@contextmanager
def nginx(folder: Path) -> Iterator[tuple[int, int]]:
    """Give port and process id of an nginx that gives what was exported."""
    out = folder / "exported"
    subprocess.run(  # noqa: S603 our own program
        [sys.executable, "-m", "flask", "--app", "wsgi", "content", "export", str(out)],
        cwd=ROOT,
        env={**os.environ, "INSTANCE": str(folder)},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    port, config = free_port(), folder / "nginx.conf"
    places = "".join(
        f"{each}_temp_path {folder}/{each};" for each in "client_body proxy fastcgi uwsgi scgi".split()
    )
    config.write_text(
        f"worker_processes 2; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;"
        + ("user root;" if os.getuid() == 0 else "")
        + "events { worker_connections 512; } http { access_log off; keepalive_requests 1000000;"
        f"open_file_cache max=1000; {places} "
        f"server {{ listen 127.0.0.1:{port}; include {out}/nginx.conf; }} }}"
    )
    server = subprocess.Popen(  # noqa: S603 by its name, as an operator starts it
        ["nginx", "-c", str(config)],  # noqa: S607
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: os.sched_setaffinity(0, SERVERS_CORE),
    )
    try:
        wait_for(port)
        yield port, server.pid
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    """Return when somebody listens. Raises TimeoutError."""
    for _ in range(400):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("the server did not start")


@dataclass(frozen=True)
class Way:
    """Where a way is served, by which process and its children, and under which headers it is asked."""

    port: int
    parent: int
    headers: Mapping[str, str] = field(default_factory=lambda: PLAIN)


@dataclass(frozen=True)
class Turn:
    """What one turn came to: answers a second, and seconds of the processor for each."""

    rate: float
    spent: float


# --- who asks -------------------------------------------------------------------------------------


def ask(way: Way, page: str, clients: int, seconds: float) -> Turn:
    """Ask for a page as often as it comes. Raises ValueError where it was refused."""
    asked = [part for name, value in way.headers.items() for part in ("-H", f"{name}: {value}")]
    url, before = f"http://127.0.0.1:{way.port}{page}", spent(way.parent)
    done = subprocess.run(  # noqa: S603 by its name, as it is installed
        ["wrk", "-t1", f"-c{clients}", f"-d{seconds:g}s", *asked, url],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: os.sched_setaffinity(0, CLIENTS_CORE),
    )
    if "Non-2xx" in done.stdout:
        raise ValueError(f"{url} was refused:\n{done.stdout}")
    answers = int(re.findall(r"(\d+) requests in", done.stdout)[0])
    rate = float(re.findall(r"Requests/sec:\s+([\d.]+)", done.stdout)[0])
    return Turn(rate, (spent(way.parent) - before) / answers)


def spent(parent: int) -> float:
    """Return the seconds of the processor that a process and its children have had, also those that ended."""
    ticks = 0
    for pid in (parent, *children(parent)):
        user, system, ended_user, ended_system = map(int, stat(pid)[11:15])
        ticks += user + system + (ended_user + ended_system if pid == parent else 0)
    return ticks / os.sysconf("SC_CLK_TCK")


def children(parent: int) -> list[int]:
    """Return the process ids of the children of a process."""
    found = [int(each.name) for each in Path("/proc").glob("[0-9]*")]
    return [pid for pid in found if int((stat(pid) or [0, 0])[1]) == parent]


def stat(pid: int) -> list[str]:
    """Return what the system knows of a process, from its state on; nothing where it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def get(port: int, page: str, **headers: str) -> tuple[Mapping[str, str], bytes]:
    """Return headers and body of an answer."""
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{page}", headers=headers)
    with urllib.request.urlopen(asked) as answer:  # noqa: S310 http, of our own
        return answer.headers, answer.read()


# --- what is printed ------------------------------------------------------------------------------


def table(found: dict[str, list[Turn]]) -> Iterator[str]:
    """Yield two lines for each way: of its rate, and of the time of the processor."""
    others = [each for each in ("hello", "guarded", "flask", "flat", "nginx") if each in found]
    for way, turns in found.items():
        rates = {other: ratio([t.rate for t in turns], [t.rate for t in found[other]]) for other in others}
        times = {other: ratio([t.spent for t in found[other]], [t.spent for t in turns]) for other in others}
        yield f"  {way:<9}{statistics.median(t.rate for t in turns):7.0f}/s " + _beside(rates)
        yield f"  {'':<9}{1e6 * statistics.median(t.spent for t in turns):7.1f} µs" + _beside(times)


def _beside(ratios: Mapping[str, str]) -> str:
    return "".join(f"  {other} {each}" for other, each in ratios.items())


def ratio(ours: list[float], theirs: list[float]) -> str:
    """Return the median of the ratios of each round, and their middle half."""
    ratios = sorted(a / b for a, b in zip(ours, theirs, strict=True))
    low, high = ratios[len(ratios) // 4], ratios[-1 - len(ratios) // 4]
    return f"{statistics.median(ratios):.2f} ({low:.2f}-{high:.2f})"


def wire(port: int) -> Iterator[str]:
    """Yield what the first page takes with all that it loads, and what all pages take of their bytes."""
    home = get(port, "/")[1].decode()
    raw = len(home.encode())
    loaded = sorted(set(re.findall(r'(?:href|src)="(/static/[^"]+)"', home)))
    for sheet in [each for each in loaded if each.endswith(".css")]:
        named = re.findall(r"url\(\"?\.\./([^)\"]+\.woff2)", get(port, sheet)[1].decode())
        loaded += [f"/static/{each}" for each in named if f"/static/{each}" not in loaded]
    sizes = {each: len(get(port, each, **{"Accept-Encoding": BROWSER})[1]) for each in ("/", *loaded)}
    fonts = sum(size for each, size in sizes.items() if each.endswith(".woff2"))
    yield (
        f"  the first page: {raw:,} bytes, {sizes['/']:,} as Brotli ({sizes['/'] / raw:.2f}); "
        f"with {len(loaded)} files that it loads {sum(sizes.values()):,}, of which fonts {fonts:,}"
    )


def memory(parent: int) -> Iterator[str]:
    """Yield what the parent and its workers take: all of it (RSS), and what is their own (private)."""
    workers = children(parent)
    taken = {pid: _taken(pid) for pid in (parent, *workers)}
    for pid, each in taken.items():
        yield (
            f"  {'parent' if pid == parent else 'worker'}  RSS {each['Rss'] / 1024:.0f} MB, "
            f"PSS {each['Pss'] / 1024:.0f} MB, private {each['Private'] / 1024:.0f} MB"
        )
    further = statistics.mean(taken[pid]["Private"] for pid in workers)
    first = sum(each["Pss"] for each in taken.values()) - further * (len(workers) - 1)
    yield f"  a further worker takes {further / first:.2f} of what the first takes with its parent"


def _taken(pid: int) -> dict[str, int]:
    told = dict(
        re.findall(r"^(\w+):\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    )
    return {
        "Rss": int(told["Rss"]),
        "Pss": int(told["Pss"]),
        "Private": int(told["Private_Clean"]) + int(told["Private_Dirty"]),
    }


# --- all of it ------------------------------------------------------------------------------------


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=1, help="of each turn")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--page", default="/framework/")
    options = parser.parse_args()
    with TemporaryDirectory() as name, ExitStack() as servers:
        folder = Path(name)
        site, parent = servers.enter_context(gunicorn("wsgi:app", folder))
        headers, body = get(site, options.page, **{"Accept-Encoding": BROWSER})
        html = get(site, options.page)[1]
        (folder / "page.html").write_bytes(html)
        known = {"Accept-Encoding": BROWSER, "If-None-Match": headers["ETag"]}
        ways = {
            "hello": Way(*servers.enter_context(gunicorn("benchmarks.content:hello", folder))),
            "guarded": Way(*servers.enter_context(gunicorn("benchmarks.content:guarded", folder))),
            "site": Way(site, parent),
            "site br": Way(site, parent, {"Accept-Encoding": BROWSER}),
            "site 304": Way(site, parent, known),
            "flask": Way(*servers.enter_context(gunicorn("benchmarks.content:constant()", folder))),
        }
        left_out = []
        if library := flat_pages(folder):
            write_flat(folder, options.page, html.decode())
            path = os.pathsep.join([str(library), str(ROOT)])
            running = servers.enter_context(gunicorn("benchmarks.content:flat()", folder, PYTHONPATH=path))
            ways["flat"] = Way(*running)
        else:
            left_out.append("Flask-FlatPages (pip could not fetch it)")
        if shutil.which("nginx"):
            running = servers.enter_context(nginx(folder))
            ways["nginx"] = Way(*running)
            ways["nginx gz"] = Way(*running, {"Accept-Encoding": BROWSER})
        else:
            left_out.append("nginx (apt-get install nginx-light)")
        if not shutil.which("wrk"):
            left_out, ways = ["every rate (apt-get install wrk)"], {}
        print(  # noqa: T201 what it is for
            f"{options.page}, {len(html):,} bytes, {len(body):,} as {headers['Content-Encoding']}; "
            f"{options.clients} clients, load {os.getloadavg()[0]:.1f}; "
            f"left out: {'; '.join(left_out) or 'nothing'}\n" + "\n".join(table(measure(ways, options))),
            flush=True,
        )
        print("\n".join([*wire(site), *memory(parent)]))  # noqa: T201 the same


def measure(ways: Mapping[str, Way], options: argparse.Namespace) -> dict[str, list[Turn]]:
    """Return what each way came to, round by round."""
    found: dict[str, list[Turn]] = {way: [] for way in ways}
    for way in ways.values():  # the first requests begin threads
        ask(way, options.page, options.clients, 1)
    for _ in range(options.rounds):
        for name in random.sample(list(ways), len(ways)):
            found[name].append(ask(ways[name], options.page, options.clients, options.seconds))
    return found


def flat_pages(folder: Path) -> Path | None:
    """Put Flask-FlatPages into a folder of its own, for the Flask that is there; None where it is not had."""
    library = folder / "library"
    done = subprocess.run(  # noqa: S603 our own pip
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(library)),
            *("flask-flatpages", "pyyaml"),
        ],
        check=False,
        capture_output=True,
    )
    return library if done.returncode == 0 else None


if __name__ == "__main__":
    main()
