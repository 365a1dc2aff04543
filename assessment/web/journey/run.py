"""One diagnosis as a request sees it: what is asked, what is kept, what comes next.

A `Run` is read once for a request and never changes. It holds no rule of the method: the path, the
progress and the gaps are asked of `core.evidence`, the positions of `core.sampling`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from flask import url_for

from assessment.core import evidence, opening, sampling
from assessment.core.evidence import Facts, Records, Stop, Values
from assessment.core.instrument import Form, Instrument
from assessment.core.listing import Listing
from assessment.store.answering import Entry
from assessment.store.assessments import Held
from assessment.store.following import Followed, followed
from assessment.web import forms
from assessment.web.capability import server_key
from assessment.web.forms import Question
from assessment.web.journey.days import today

_ITEM = re.compile(r"[1-9][0-9]?(-[1-9][0-9]{0,9})?")


@dataclass(frozen=True)
class Run:
    """One assessment with the instrument it is pinned to and everything that is kept of it."""

    held: Held
    instrument: Instrument
    entries: Mapping[tuple[str, str], Entry]

    @cached_property
    def facts(self) -> Facts:
        """What was said at the start.

        A window that had already ended then is a look back, made as of its last day. Otherwise the
        diagnosis is made as of today, whatever day the window was begun on.
        """
        kept = self.held.facts
        window_end = date.fromisoformat(kept["window_end"])
        looks_back = window_end < self.held.started_at.date()
        now = max(window_end, today())
        return Facts(
            form=kept["form"],
            team_size=kept["team_size"],
            window_days=kept["window_days"],
            window_end=window_end,
            as_of=window_end if looks_back else now,
            latest=window_end if looks_back else today() + timedelta(days=1),
            label=kept["label"],
            work=kept["work"],
            belief=kept.get("belief", {}),
        )

    @property
    def work(self) -> str:
        """The kind of work that the team does, in the words in which it was asked; empty when it was not."""
        return dict(forms.WORK).get(self.facts.work, "")

    @cached_property
    def follows(self) -> Followed | None:
        """The diagnosis of the same team that this one was begun as another look after, if it was."""
        return followed(self.held.id)

    @property
    def length(self) -> Form:
        """The form that is answered."""
        return self.instrument.form(self.facts.form)

    @cached_property
    def records(self) -> Records:
        """What is kept, by (part, page), without the answers to items of an earlier draw."""
        return {
            (part, page): entry.values
            for (part, page), entry in self.entries.items()
            if "draw" not in entry.values or entry.values["draw"] == self.where(part).get("draws")
        }

    @property
    def asked(self) -> tuple[Instrument, Facts, Records]:
        """What `core.evidence` wants to know."""
        return self.instrument, self.facts, self.records

    @cached_property
    def path(self) -> tuple[Stop, ...]:
        """The stops that the answers so far lead through."""
        return evidence.stops(*self.asked)

    # --- one stop -----------------------------------------------------------------------------------

    def stop(self, part: str, page: str) -> Stop | None:
        """Return the stop at an address; None when the path does not lead there."""
        return next((stop for stop in self.path if (stop.part, stop.page) == (part, page)), None)

    def knows(self, part: str, page: str) -> bool:
        """Could the path lead to this address, with other answers?"""
        if part in self.instrument.frames and (
            page in ("where", "belief", "counts", "recall") or _ITEM.fullmatch(page)
        ):
            return True
        singles = ((each.id, s.indicator) for each in self.instrument.passes for s in each.singles)
        return (part, page) in singles

    def filled(self, stop: Stop) -> Question:
        """Return the form of a stop with what is kept in it."""
        kept = self.records.get((stop.part, stop.page))
        if kept is None and (reference := self.reference(stop)):
            return self.form(stop)(data={"reference": reference})
        return self.form(stop).of(kept)

    def reference(self, stop: Stop) -> str:
        """Return what an item is called in the list that was given; empty where there was none."""
        if stop.kind != "item":
            return ""
        position = evidence.item_position(self.records, stop.part, stop.page)
        listed = self.where(stop.part).get("listed") or {}
        return str(listed.get("references", {}).get(str(position), ""))

    def opens_at(self, stop: Stop) -> str:
        """Return where an item opens, as the list says that it was drawn from; empty where it does not."""
        position = evidence.item_position(self.records, stop.part, stop.page) if stop.kind == "item" else None
        listed = self.where(stop.part).get("listed") or {}
        return str(listed.get("addresses", {}).get(str(position), ""))

    def form(self, stop: Stop) -> type[Question]:
        """Return the form class of a stop."""
        return forms.question_form(*self.asked, stop)

    def version(self, stop: Stop) -> int:
        """Return the version of what is kept at a stop, 0 for nothing."""
        return self.version_at(stop.part, stop.page)

    def version_at(self, part: str, page: str) -> int:
        """Return the version of what is kept on a page, 0 for nothing."""
        entry = self.entries.get((part, page))
        return entry.version if entry else 0

    def draw(self, stop: Stop) -> int:
        """Return the draw that an item belongs to, 0 for a stop that is no item."""
        return int(self.where(stop.part)["draws"]) if stop.kind == "item" else 0

    def replaced(self, part: str) -> list[Mapping[str, Any]]:
        """Return the log of what was replaced in the sample of a frame (`core.opening`)."""
        return list(self.records.get((part, opening.PAGE), {}).get("log", ()))

    def has_replaced(self, part: str) -> bool:
        """Is a sample opened of which something was replaced?"""
        return self.where(part).get("way") == "items" and bool(self.replaced(part))

    def is_answered(self, stop: Stop) -> bool:
        """Is everything answered that this stop asks?"""
        return evidence.is_answered(*self.asked, stop)

    # --- saving -------------------------------------------------------------------------------------

    def record(self, stop: Stop, form: Question) -> dict[str, Any]:
        """Return what to keep of a valid form: for a list that is opened, with the sample drawn from it."""
        if isinstance(form, forms.Where):
            return self._with_sample(stop.part, form)
        return {**self._set_aside(stop), **form.record()}

    def _set_aside(self, stop: Stop) -> dict[str, Any]:
        """Return what a page has kept of checks that are counted now: it is there when the count is gone.

        Of those it is not said any more what is expected, once the items are shown.
        """
        frame = self.instrument.frames.get(stop.part)
        names = [each.indicator for each in frame.checks] if frame else []
        kept = self.records.get((stop.part, stop.page), {})
        unsaid = "skipped" if stop.kind == "belief" else None
        said = {name: kept.get(name, unsaid) for name in names if evidence.is_counted(*self.asked, name)}
        return {name: value for name, value in said.items() if value is not None}

    def _with_sample(self, part: str, form: forms.Where) -> dict[str, Any]:
        """Draw from the list, or keep the sample while the list is the one that it was drawn from.

        A sample that was seen stays in the record even when the way of looking changes: coming back to
        the list is no way to another sample. Until it is shown, which is after it was said what is expected,
        a changed list changes the first draw: nobody has seen it.
        """
        frame, before, record = self.instrument.frames[part], self.where(part), form.record()
        seen = {
            "draws": before.get("draws", 0),
            "positions": before.get("positions", []),
            "offset": before.get("offset"),
            "drawn": before.get("drawn"),
            "listed": before.get("listed"),
        }
        drawn = form.drawn_from()
        if record["way"] != "items" or seen["drawn"] == drawn:
            return {**record, **seen}
        is_seen = seen["positions"] and (evidence.is_shown(*self.asked, frame) or self._has_opened(part))
        draws = seen["draws"] + 1 if is_seen else max(seen["draws"], 1)
        latest = frame.latest or bool(record.get("latest"))
        start = 0.0 if latest else sampling.offset(server_key("sample"), self.held.id, part, draws)
        n = self.instrument.frame_size(frame, self.facts.form)
        # The latest items are the first of a list that begins with the newest: nothing is drawn.
        among = min(record["population"], n) if latest else record["population"]
        positions = list(sampling.positions(among, n, start))
        sample = {"draws": draws, "positions": positions, "offset": start, "drawn": drawn}
        # Of the same list, described otherwise, what is known of its items stays true.
        same = seen["listed"] if "list" in drawn else None
        listed = _kept_of_list(form.listing, positions) if form.listing else same
        return {**record, **sample, "listed": listed}

    def _has_opened(self, part: str) -> bool:
        """Was an item of this draw answered? Also where its list is counted now, or was for a while."""
        return any(of == part and "draw" in values for (of, _), values in self.records.items())

    def after_saving(self, stop: Stop, record: Mapping[str, Any]) -> Run:
        """Return the run as it would be with this record kept."""
        kept = Entry(dict(record), self.version(stop) + 1)
        return replace(self, entries={**self.entries, (stop.part, stop.page): kept})

    def where(self, part: str) -> Values:
        """Return how a frame is looked at, empty before that is said."""
        entry = self.entries.get((part, "where"))
        return entry.values if entry else {}

    # --- the way ------------------------------------------------------------------------------------

    def items(self, part: str) -> list[Stop]:
        """Return the stops of the items that are opened of a frame, in the order of their positions."""
        return [stop for stop in self.path if stop.part == part and stop.kind == "item"]

    def onward(self, stop: Stop, back: str) -> str:
        """Return the address that follows a stop whose answer is kept."""
        if stop.kind == "where" and (belief := self.stop(stop.part, "belief")):
            if not self.is_answered(belief):
                return self.at(belief)
        if stop.kind in ("where", "belief") and not all(map(self.is_answered, self.items(stop.part))):
            return self.sample_at(stop.part)
        if back == "check":
            return self.address("diagnosis.check")
        following = evidence.next_stop(*self.asked, after=stop)
        return self.at(following) if following else self.address("diagnosis.check")

    def sample_at(self, part: str) -> str:
        """Return the address of the sample of a frame."""
        return self.address("diagnosis.sample", part=part)

    def in_place_of(self, part: str, page: str) -> str:
        """Return the address of what took the place of a replaced item, or of the sample."""
        gone = evidence.sample(self.records, part).replaced
        successor = next((each.successor for each in gone if each.page == page), "")
        stop = self.stop(part, successor)
        return self.at(stop) if stop else self.sample_at(part)

    def before(self, stop: Stop) -> str:
        """Return the address of the page before a stop: the sample, the stop before it, or the tasks."""
        if stop.kind == "item" and stop == self.items(stop.part)[0]:
            return self.sample_at(stop.part)
        place = self.path.index(stop)
        return self.at(self.path[place - 1]) if place else self.address("diagnosis.tasks")

    def at(self, stop: Stop, **options: Any) -> str:
        """Return the address of a stop."""
        return self.address("diagnosis.question", part=stop.part, page=stop.page, **options)

    def address(self, endpoint: str, **options: Any) -> str:
        """Return the address of a page of this assessment."""
        return url_for(endpoint, assessment_id=self.held.id, **options)


def _kept_of_list(listing: Listing, positions: Sequence[int]) -> dict[str, Any]:
    """Return what is kept of a list: its fingerprint, and by position the items drawn and three for each.

    The three are those that would take its place. The others are nobody's business: who wants another
    sample gives the list again.
    """
    n = len(listing.references)
    wanted = set(positions)
    for position in positions:
        spares = set(positions)
        while len(spares) < len(positions) + 3 and (spare := opening.following(position, spares, n)):
            spares.add(spare)
        wanted |= spares
    names = {str(p): listing.references[p - 1] for p in sorted(wanted)}
    return {"sha256": listing.sha256, "count": n, "references": names}
