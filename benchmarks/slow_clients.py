"""Does a page come while a hundred clients dribble their headers? Why the site ships with 2 x 128 threads.

    python benchmarks/slow_clients.py

Each number of threads is tried in turns, each time with a site started anew: which of its two processes
takes how many of the slow clients is chance, and a process whose threads are all taken stalls.
"""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SLOW_CLIENTS = 100
THREADS = (8, 64, 128)
ROUNDS = 5
REQUESTS = 4
PATIENCE_S = 2


@contextmanager
def site(threads: int) -> Iterator[int]:
    """Serve the site with this many threads in each of its two processes; give the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as instance:
        process = subprocess.Popen(
            [sys.executable, "-m", "assessment.serve"],
            cwd=ROOT,
            env={**os.environ, "PORT": str(port), "INSTANCE": instance, "THREADS": str(threads)},
            stdout=subprocess.DEVNULL,
        )
        try:
            _wait_for(port)
            yield port
        finally:
            process.terminate()
            process.wait()


def _wait_for(port: int) -> None:
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return


@contextmanager
def slow_clients(port: int, count: int) -> Iterator[None]:
    """Keep connections open that send one byte of a header twice a second, and never the last one."""
    done = threading.Event()
    with ExitStack() as stack:
        clients = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(count)]
        for client in clients:
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")

        def dribble() -> None:
            while not done.wait(0.5):
                for client in clients:
                    try:
                        client.sendall(b"x")
                    except OSError:  # the server has had enough of it, as it should
                        continue

        thread = threading.Thread(target=dribble)
        thread.start()
        try:
            time.sleep(1)
            yield
        finally:
            done.set()
            thread.join()


def seconds(port: int) -> float:
    """Return how long one page takes; PATIENCE_S when it does not come."""
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request("GET", "/healthz")
        connection.getresponse().read()
    except OSError:
        return PATIENCE_S
    finally:
        connection.close()
    return time.perf_counter() - began


def main() -> None:
    """Measure, in turns, and print a line for each number of threads."""
    came = dict.fromkeys(THREADS, 0)
    for _ in range(ROUNDS):
        for threads in THREADS:
            with site(threads) as port, slow_clients(port, SLOW_CLIENTS):
                came[threads] += sum(seconds(port) < PATIENCE_S for _ in range(REQUESTS))
    for threads, count in came.items():
        sys.stdout.write(
            f"{SLOW_CLIENTS} slow clients, 2 x {threads} threads: "
            f"{count} of {ROUNDS * REQUESTS} pages came within {PATIENCE_S} s\n"
        )


if __name__ == "__main__":
    main()
