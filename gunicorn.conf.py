"""How gunicorn serves the site; what an operator may change comes from the settings."""

import ctypes
import gc
import os
import signal
from pathlib import Path

from assessment.settings import settings_or_exit
from assessment.web import frozen

settings = settings_or_exit(os.environ)

wsgi_app = "wsgi:app"
bind = settings.listens_on
# Enough threads that a hundred clients who dribble their headers stall neither process, even when they all
# land on one (benchmarks/slow_clients.py); they are made when needed and cost little while they wait.
worker_class = "gthread"
workers = settings.workers
threads = settings.threads
# Content is read once, before the fork, and shared by all workers.
preload_app = True
# Off: it would open a socket in the home folder, and nothing here uses it.
control_socket_disable = True
# What goes well is not told: the parent prints the address.
loglevel = "warning"
timeout = 30
graceful_timeout = 20
keepalive = 5
max_requests = 20_000
max_requests_jitter = 2_000
limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190
forwarded_allow_ips = "*" if settings.proxy_count else "127.0.0.1"
# The heartbeat file must not wait for a disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 a memory file system, no secrets


M_MMAP_THRESHOLD = -3  # mallopt(3)
STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


def when_ready(server):
    """Before the workers are forked: what was loaded stays shared, untouched by their collectors."""
    _return_what_is_large()
    _compress(server.app.callable)
    _share()
    os.register_at_fork(
        before=_wait_with_signals, after_in_parent=_hear_signals, after_in_child=_stop_at_once
    )


def on_reload(server):
    """On SIGHUP, before new workers are forked: they get what the files hold now, or the last good of it.

    gunicorn itself loads a preloaded application only once. The workers of before end what they hold.
    """
    from assessment.reloading import read_again

    try:
        reading = read_again(server.app.callable)
        _compress(reading.serving)
    except Exception:  # nothing that is read may end what is served
        server.log.exception("the site could not be read again; the last good one is served")
        return
    server.app.callable = reading.serving
    _share()
    for fault in reading.faults:
        server.log.error("not served: %s", fault)
    parent = os.environ.get("SERVED_BY")
    if not reading.faults and parent == str(os.getppid()):
        os.kill(int(parent), signal.SIGUSR1)  # the back room follows


def _compress(serving):
    """Compress every answer once for all workers; in development each when it is first asked for.

    Whoever saves a file does not wait for what nobody may ask for.
    """
    if settings.is_production:
        frozen.compress(serving)


def _return_what_is_large():
    """What is large goes back to the system when it is freed: pages that carry a file would leave 300 MB.

    By itself glibc keeps ever larger blocks, for each of its threads, once some were freed.
    """
    if set_option := getattr(ctypes.CDLL(None), "mallopt", None):  # not everywhere is glibc
        set_option(M_MMAP_THRESHOLD, 256 * 1024)


def _share():
    """What was loaded is not looked through for garbage again, but what is served no more is given back."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


# A worker that is told to stop between its fork and its own handlers would put the signal into a queue that
# only its parent reads, and be waited for in vain until the graceful timeout is over.


def _wait_with_signals():
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)


def _hear_signals():
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)


def _stop_at_once():
    for number in STOPPING:
        signal.signal(number, signal.SIG_DFL)
    _hear_signals()
