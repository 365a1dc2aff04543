"""The back room: makes the papers, sends the mails and tells the notices that are owed, beside the web.

The outbox in the database is the truth; huey is only the alarm clock. A web process that has finished
a diagnosis wakes the back room (`wake`), and should the alarm be lost, with the process that was rung
or with the file of the queue, the sweep finds the row some seconds later. A back room that is killed while it
renders leaves a lease that ends by itself, and whoever sweeps next takes the row again.

`python -m assessment.jobs` starts it: one worker, one report at a time, and beside it one mail (`post`) and
one notice, so that a server that hangs keeps no report waiting. Nobody rings for these: their sweep is soon
enough. SIGTERM and SIGINT let it end what is at hand, and nothing more.
"""

from __future__ import annotations

import argparse
import logging
import math
import os
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from flask import Flask, current_app
from huey import SqliteHuey
from huey.serializer import SignedSerializer

from assessment import papers, store
from assessment.content.files.located import ContentError
from assessment.content.library import Library, read_library
from assessment.notices import NoticeRoom
from assessment.papers import Making, Paper
from assessment.post import PostRoom, piles
from assessment.report import document
from assessment.report.pdf import PdfError, clear_left_folders
from assessment.report.pool import Pool
from assessment.settings import Settings, settings_or_exit
from assessment.store import keys, outbox, removal, reports, verification
from assessment.store.outbox import ATTEMPTS_AT_MOST, Owed

# A render is stopped after 15 s; with the time to start it and to keep its result, one that still runs
# has its lease, and one that was killed is taken again well within a minute.
LEASE_S = 35.0
SWEEP_EVERY_S = 5.0
LOOK_FOR_LOST_EVERY_S = 60.0
PURGE_EVERY_S = 24 * 3600.0
HEAR_ALARM_WITHIN_S = 0.5
# A web process must not wait for the file of the alarm: the sweep makes up for it.
RING_AT_MOST_S = 0.25
LOOK_EVERY_S = 0.2
LOOK_AFTER_HEARER_S = 10

log = logging.getLogger(__name__)


# --- for the web: ring and go on ------------------------------------------------------------------


def wake() -> None:
    """Tell the back room that something is owed. Never fails: it is found without this, only later."""
    try:
        alarm = Alarm(current_app.config["SETTINGS"], within_s=RING_AT_MOST_S)
        try:
            alarm.ring()
        finally:
            alarm.close()
    except Exception as error:
        log.warning("the back room was not woken (%s); its sweep finds the work", error)


class Alarm:
    """The queue by which processes of one machine wake the back room: a file in the instance folder."""

    def __init__(
        self, settings: Settings, *, within_s: float, work: Callable[[], None] | None = None
    ) -> None:
        self.huey = SqliteHuey(
            "back-room",
            filename=str(settings.instance / "jobs.db"),
            timeout=within_s,
            results=False,
            # Messages are pickled: only those that were signed with our key are opened.
            serializer=SignedSerializer(secret=settings.secret_key),
        )
        self.ring = self.huey.task(name="deliver")(work or _nothing)

    def close(self) -> None:
        """Let go of the file."""
        self.huey.storage.close()


def _nothing() -> None:
    """What a nudge does in a process that only rings."""


# --- the back room --------------------------------------------------------------------------------


@dataclass
class BackRoom:
    """Makes what is owed, one at a time. `paper` turns a report into PDF bytes or raises PdfError.

    `letter` does so on the other sheet; without it that is never taken. Each of `besides` takes one thing
    more that is owed, for so many seconds, and says whether there was one.
    `once` is what everyone is shown, such as the sample report: made once, when nothing else is owed.
    """

    app: Flask
    paper: Paper
    lease_s: float = LEASE_S
    once: list[Making] = field(default_factory=list)
    letter: Paper | None = None
    besides: Sequence[Callable[[float], bool]] = ()
    stopping: bool = False
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def deliver(self) -> None:
        """Make everything that is due, one of each kind in turn, unless it is time to stop."""
        with self._one_at_a_time, self.app.app_context():
            while not self.stopping and sum(
                [self._make_one(), *(make(self.lease_s) for make in self.besides)]
            ):
                pass

    def _make_one(self) -> bool:
        kinds = ("render", "letter") if self.letter else ("render",)
        owed = outbox.take(*kinds, lease_s=self.lease_s)
        if owed:
            self._settle(owed)
        return owed is not None

    def _settle(self, owed: Owed) -> None:
        if owed.attempts > ATTEMPTS_AT_MOST:
            self._failed(owed, f"was taken {ATTEMPTS_AT_MOST} times and never brought to an end", again=False)
            return
        try:
            report = reports.load(owed.report_id)
        except LookupError:
            return  # deleted since it was taken, and its row with it
        try:
            pdf = (self.letter if self.letter and owed.kind == "letter" else self.paper)(report)
        except PdfError as error:
            if error.reason == "library":
                # No report of this machine can be set: none of them is to be given up for it.
                outbox.postponed(owed, str(error))
                log.error("report %s waits until its PDF can be made here: %s", owed.report_id, error)
                return
            self._failed(owed, str(error), again=error.worth_retrying)
        except store.StoreUnavailable:
            raise  # the report is not to blame: the row is taken again when its lease ends
        except Exception as error:
            log.debug("report %s", owed.report_id, exc_info=True)
            self._failed(owed, f"{type(error).__name__}: {error}", again=True)
        else:
            outbox.done(owed, pdf)

    def _failed(self, owed: Owed, error: str, *, again: bool) -> None:
        if outbox.failed(owed, error, again=again):
            log.error("report %s has no PDF and is given up for hours: %s", owed.report_id, error)
        else:
            log.warning("report %s has no PDF yet and is tried again: %s", owed.report_id, error)

    def make_once(self) -> None:
        """Make what everyone is shown, unless it has been made or it is time to stop."""
        for making in tuple(self.once):
            with self._one_at_a_time:
                if self.stopping:
                    return
                try:
                    making()
                except (PdfError, OSError) as error:
                    log.warning("what everyone is shown is not whole yet and is tried again: %s", error)
                else:
                    self.once.remove(making)

    def look_for_lost(self) -> None:
        """Owe again what has lost its paper, or was given up long ago."""
        with self.app.app_context():
            if found := outbox.owe_again():
                log.warning("%d of the reports without a PDF are made again", found)

    def purge(self, now: datetime) -> None:
        """Remove what was kept as long as the settings say; wrap and sign what stays, with the newest key."""
        settings: Settings = self.app.config["SETTINGS"]
        with self.app.app_context():
            if removed := removal.purge(now, removal.Periods(*settings.periods)):
                log.warning("kept long enough and removed: %s", removed.told())
            if wrapped := keys.wrap_anew():
                log.warning("%d keys are wrapped with the new SECRET_KEY", wrapped)
            if signed := verification.sign_older():
                log.warning("%d reports of before signatures are signed", signed)

    def sweep(self, every_s: float) -> None:
        """Deliver again and again until it is time to stop, whatever goes wrong in between."""
        looked_at = purged_at = -math.inf

        def once() -> None:
            nonlocal looked_at, purged_at
            if time.monotonic() - purged_at > PURGE_EVERY_S:
                self.purge(datetime.now(UTC))
                purged_at = time.monotonic()
            is_time_to_look = time.monotonic() - looked_at > LOOK_FOR_LOST_EVERY_S
            if is_time_to_look:
                self.look_for_lost()
                looked_at = time.monotonic()
            self.deliver()
            if is_time_to_look:
                self.make_once()

        _again_and_again(once, self, every_s)


def _sweep(room: BackRoom | PostRoom | NoticeRoom, every_s: float) -> None:
    """Deliver again and again until it is time to stop, whatever goes wrong in between."""
    if isinstance(room, BackRoom):
        room.sweep(every_s)
    else:
        _again_and_again(room.deliver, room, every_s)


def _again_and_again(
    once: Callable[[], None], room: BackRoom | PostRoom | NoticeRoom, every_s: float
) -> None:
    while not room.stopping:
        try:
            once()
        except store.StoreUnavailable as error:
            log.warning("the outbox cannot be read now, tried again in %g s: %s", every_s, error)
        except Exception:
            log.exception("the sweep failed and goes on in %g s", every_s)
        end = time.monotonic() + every_s
        while not room.stopping and time.monotonic() < end:
            time.sleep(LOOK_EVERY_S)


def serve(
    room: BackRoom,
    settings: Settings,
    *,
    every_s: float = SWEEP_EVERY_S,
    post: PostRoom | None = None,
    notices: NoticeRoom | None = None,
) -> None:
    """Work until SIGTERM or SIGINT, then end the report, the mail and the notice at hand and return."""
    rooms = [each for each in (room, post, notices) if each]

    def stop(*_: object) -> None:
        # Nothing but assignments: a signal arrives between any two steps, also while a lock is held.
        for each in rooms:
            each.stopping = True

    clear_left_folders()
    for number in (signal.SIGTERM, signal.SIGINT):  # first: the hearer is at work as soon as it is started
        signal.signal(number, stop)
    hearer = _hearer(room, settings)
    sweepers = [
        threading.Thread(target=_sweep, args=(each, every_s), name=type(each).__name__) for each in rooms
    ]
    for sweeper in sweepers:
        sweeper.start()
    looked_at = time.monotonic()
    while not room.stopping:
        time.sleep(LOOK_EVERY_S)
        if hearer and time.monotonic() - looked_at > LOOK_AFTER_HEARER_S:
            looked_at = time.monotonic()
            hearer.check_worker_health()
    if hearer:
        hearer.stop(graceful=True)
    for sweeper in sweepers:
        sweeper.join()


def _hearer(room: BackRoom, settings: Settings) -> Any:
    """Return a running consumer of the alarm; None when its file is of no use, and the sweep is alone."""
    try:
        alarm = Alarm(settings, within_s=5, work=room.deliver)
        # The scheduler has nothing to schedule: it looks as seldom as it can.
        consumer = alarm.huey.create_consumer(
            workers=1, periodic=False, max_delay=HEAR_ALARM_WITHIN_S, scheduler_interval=60
        )
        consumer._set_signal_handlers = lambda: None  # the back room hears them already, and stops it
        consumer.start()
    except sqlite3.Error as error:
        log.warning("the alarm cannot be heard (%s); reports wait for the sweep", error)
        return None
    return consumer


# --- as a process ---------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the papers and send the mails that are owed, until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m assessment.jobs", description=main.__doc__)
    parser.add_argument("--lease", type=float, default=LEASE_S, metavar="S", help="seconds for one report")
    parser.add_argument("--every", type=float, default=SWEEP_EVERY_S, metavar="S", help="between sweeps")
    options = parser.parse_args(arguments)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    settings = settings_or_exit(os.environ)
    document.read_templates()
    app, library = _application(settings), _library_or_exit(settings)
    pool = Pool(document.ASSETS)
    room = BackRoom(
        app,
        papers.paper(library, settings, pool),
        options.lease,
        list(papers.made_once(library, settings)),
        letter=papers.paper(library, settings, pool, "letter"),
        besides=[papers.Covers(papers.covered_paper(library, settings, pool)).make_one],
    )
    post, notices = PostRoom(app, piles(library, settings)), NoticeRoom(app, settings.private_webhooks)
    serve(room, settings, every_s=options.every, post=post, notices=notices)
    pool.close()


def _library_or_exit(settings: Settings) -> Library:
    """Return the content; where it is broken, say so on stderr in plain lines and exit with code 2."""
    try:
        return read_library(settings.content)
    except ContentError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from None


def _application(settings: Settings) -> Flask:
    """Return an application that has the memory and no door."""
    app = Flask(__name__)
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SECRET_KEY_FALLBACKS=settings.former_keys,
        SIGNING_KEY=settings.signing_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
    )
    store.init_app(app)
    return app


if __name__ == "__main__":
    # Under its own name, by which web processes ring: the task is looked up as assessment.jobs.deliver.
    from assessment.jobs import main as serve_under_its_name

    serve_under_its_name()
