"""A leader's journey on paper: what was acknowledged, which page is asked, and what it comes to.

Written from the rules of the journey, and ignorant of how the site keeps them: of the product, only the words
and numbers of an instrument are read here. A machine that plays at the site holds every answer against it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from assessment.core.instrument import Frame, Indicator, Instrument, Single
from tests.journeys.fields import Fields, fingerprint, is_item, is_read_somewhere, number, references

Place = tuple[str, str]

MARKS = ("yes", "no", "unverified")
PARTS = ("sound", "failing", "unverified")
MOST_COUNTED, LONGEST_REFERENCE = 200, 200
# What belongs to one sending and is no answer.
PASSING = frozenset({"list", "file", "column", "heading", "understood", "confirm", "skip"})


@dataclass(frozen=True)
class Sample:
    """What was drawn of a list: by which draw, how many items, of what, and the list where it was given."""

    draw: int = 0
    n: int = 0
    of: tuple[Any, ...] | None = None  # query, population, taken as the latest, fingerprint of the list
    listed: tuple[int, str] | None = None  # its length and its fingerprint

    @property
    def is_latest(self) -> bool:
        return bool(self.of and self.of[2])


@dataclass(frozen=True)
class Kept:
    """What stands on a page, by field, and its version; for a list, with the sample drawn from it."""

    fields: Fields
    version: int
    sample: Sample = Sample()
    draw: int = 0  # the one that an item belongs to

    def says(self, other: Kept) -> bool:
        """Do both say the same, whatever their versions?"""
        return (self.fields, self.sample, self.draw) == (other.fields, other.sample, other.draw)


@dataclass(frozen=True)
class Sent:
    """A form as it goes to the site: typed fields, and what the page that it was made from carried."""

    place: Place
    fields: Fields
    version: int
    draw: int
    request_id: str


@dataclass
class Journey:
    """One assessment: its facts, and what was acknowledged page by page."""

    instrument: Instrument
    form: str
    team_size: int
    window_end: date
    label: str
    belief: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # said before it was begun
    kept: dict[Place, Kept] = field(default_factory=dict)
    receipts: dict[str, tuple[Place, Kept]] = field(default_factory=dict)
    is_finished: bool = False

    # --- what an instrument says ---------------------------------------------------------------------

    @property
    def from_memory(self) -> bool:
        return self.instrument.form(self.form).from_memory

    def asked(self, frame: Frame, rank: int = 1) -> list[Indicator]:
        """Return what is asked of the item of this number in a frame."""
        found = [self.instrument.indicators[check.indicator] for check in frame.checks]
        return [each for each in found if each.marks.get(self.form, 0) >= rank]

    def size(self, frame: Frame) -> int:
        return max(each.marks[self.form] for each in self.asked(frame))

    def reasons(self, asked: list[Indicator]) -> dict[str, str]:
        """Return the reasons that all of these share, by the name that they are sent under."""
        shared = [r for r in asked[0].not_applicable if all(r in each.not_applicable for each in asked)]
        return {f"not-applicable-{i}": reason for i, reason in enumerate(shared)}

    def frames(self) -> Iterator[Frame]:
        return (each for each in self.instrument.frames.values() if self.asked(each))

    def single(self, name: str) -> Single:
        return next(s for each in self.instrument.passes for s in each.singles if s.indicator == name)

    def is_small(self, indicator: Indicator) -> bool:
        return bool(indicator.spread) and indicator.is_small_team(self.team_size)

    def kind(self, place: Place) -> str:
        """Return what a page is: its name, "item", or what a single question asks."""
        _, page = place
        if page in self.instrument.indicators:
            return "choice" if self.from_memory else self.instrument.indicators[page].type
        return "item" if is_item(page) else page

    # --- the path ------------------------------------------------------------------------------------

    def path(self) -> list[Place]:
        """Return the pages that are asked now, in their order."""
        found: list[Place] = []
        for each in self.instrument.passes:
            for frame in each.frames:
                found += self._pages_of(frame) if self.asked(frame) else []
            names = (single.indicator for single in each.singles)
            found += [
                (each.id, name) for name in names if self.form in self.instrument.indicators[name].marks
            ]
        return found

    def _pages_of(self, frame: Frame) -> list[Place]:
        if self.from_memory:
            return [(frame.id, "recall")]
        pages, way, sample = [(frame.id, "where")], self.way(frame), self.sample(frame)
        if self.population(frame) == 0:
            return pages
        if way == "items":
            pages += [] if frame.latest or sample.is_latest else [(frame.id, "belief")]
            pages += [(frame.id, page) for page in self.opened(frame) if self.is_shown(frame)]
        return [*pages, (frame.id, "counts")] if way == "counts" else pages

    def way(self, frame: Frame) -> str:
        """Return how a frame is looked at: items, counts, none, not-applicable, or nothing yet."""
        said = self.said(frame.id, "where").get("way", "")
        return "items" if said == "latest" else said.partition("-applicable")[0]

    def population(self, frame: Frame) -> int | None:
        said = self.said(frame.id, "where").get("population")
        return int(said) if said else None

    def sample(self, frame: Frame) -> Sample:
        where = self.kept.get((frame.id, "where"))
        return where.sample if where else Sample()

    def opened(self, frame: Frame) -> list[str]:
        """Return the pages of the items that are opened: those drawn, and what took the place of others."""
        found = [str(i + 1) for i in range(self.sample(frame).n)]
        for gone, instead in self.replaced(frame):
            found[found.index(gone)] = instead
            found = [page for page in found if page]  # where the list had no other
        return found

    def replaced(self, frame: Frame) -> list[tuple[str, str]]:
        """Return the items that were replaced, each with the page of what took its place, or none."""
        return list(self.said(frame.id, "replaced").get("log", ()))

    def is_shown(self, frame: Frame) -> bool:
        """Has somebody seen which items the sample holds? The newest are known to everybody."""
        return frame.latest or self.sample(frame).is_latest or self.is_told(frame)

    def is_told(self, frame: Frame) -> bool:
        """Is it said of every check what is expected?"""
        return all(each.id in self.told(frame.id) for each in self.asked(frame))

    def told(self, part: str) -> dict[str, Any]:
        """Return what is expected, by indicator: (count, of), or "skipped"."""
        before = {name: (said["count"], said["of"]) for name, said in self.belief.items()}
        return {**self.said(part, "belief"), **before}

    def said(self, part: str, page: str) -> dict[str, Any]:
        """Return what stands on a page, by field; of an item of another draw nothing."""
        kept = self.kept.get((part, page))
        if kept is None or (
            (is_item(page) or page == "replaced") and kept.draw != self.draw_of((part, page))
        ):
            return {}
        return dict(kept.fields)

    def draw_of(self, place: Place) -> int:
        """Return the draw that a page belongs to now, 0 for what is no item."""
        part, page = place
        is_drawn = is_item(page) or page == "replaced"
        return self.sample(self.instrument.frames[part]).draw if is_drawn else 0

    def filled(self) -> list[Place]:
        """Return the pages on which something stands, asked or not."""
        return [place for place in self.kept if place[1] != "replaced"]

    def version_of(self, place: Place) -> int:
        return self.kept[place].version if place in self.kept else 0

    def is_answered(self, place: Place) -> bool:
        """Is there anything on a page that counts now?"""
        part, page = place
        if page == "belief":
            return self.is_told(self.instrument.frames[part])
        return bool(self.said(part, page))

    # --- what the site has to answer -----------------------------------------------------------------

    def receive(self, sent: Sent) -> tuple[int, str]:
        """Return the status that a form gets and why, and note what it changes."""
        if sent.place not in self.path():
            return 409, "no longer asked"
        if sent.draw != self.draw_of(sent.place):
            return 409, "drawn anew"
        if sent.place[1] == "belief" and self._is_other_than_told(sent):
            return 409, "belief is locked"
        entry = self._read(sent)
        if entry is None:
            return (409, "finished") if self.is_finished else (422, "invalid")
        version = self.version_of(sent.place)
        if not self.is_finished and sent.version == version:
            self.kept[sent.place] = entry
            self.receipts.setdefault(sent.request_id, (sent.place, entry))
            return 303, "kept"
        place, before = self.receipts.get(sent.request_id, (("", ""), entry))
        if place == sent.place and before.says(entry):
            return 303, "replayed"
        if self.is_finished:
            return 409, "finished"
        return (303, "the same") if self.kept[sent.place].says(entry) else (409, "conflict")

    def _read(self, sent: Sent) -> Kept | None:
        """Return what would be kept of a form, None where it has to be refused."""
        fields = {name: text for name, text in sent.fields.items() if text and name not in PASSING}
        version = self.version_of(sent.place) + 1
        part, page = sent.place
        if len(fields.get("reference", "")) > LONGEST_REFERENCE:
            return None
        if page in self.instrument.indicators:
            is_valid = self._is_choice_valid if self.from_memory else self._is_single_valid
            return Kept(fields, version) if is_valid(self.instrument.indicators[page], fields) else None
        frame = self.instrument.frames[part]
        if page == "where":
            return self._read_where(frame, sent, fields, version)
        if page == "belief":
            said = self._read_belief(frame, sent.fields)
            return None if said is None else Kept(said, version)
        if is_item(page):
            names = [each.id for each in self.asked(frame, self.opened(frame).index(page) + 1)]
            is_valid = all(fields.get(name) in MARKS for name in names)
            return Kept(fields, version, draw=self.draw_of(sent.place)) if is_valid else None
        if page == "counts":
            return Kept(fields, version) if self._are_counts_valid(frame, fields) else None
        return Kept(fields, version) if self._is_recall_valid(frame, fields) else None

    # --- items that do not apply ---------------------------------------------------------------------

    def may_replace(self, place: Place, draw: int, reason: str) -> tuple[int, str]:
        """Return the status that is got by saying that an item does not apply, and why."""
        frame, (_, page) = self.instrument.frames[place[0]], place
        gone = [each for each, _ in self.replaced(frame)]
        if self.is_finished:
            return 409, "finished"
        if place not in self.path() and page not in gone:
            return 409, "no longer asked"
        if draw != self.draw_of(place):
            return 409, "drawn anew"
        if page in gone:
            return 303, "replaced before"
        is_right = bool(reason) and len(gone) < (self.sample(frame).n + 1) // 2
        return (303, "replaced") if is_right else (422, "not replaced")

    def has_another(self, frame: Frame) -> bool:
        """Does the list hold an item that is not in the sample yet?"""
        taken = self.sample(frame).n + sum(bool(instead) for _, instead in self.replaced(frame))
        return taken < (self.population(frame) or 0)

    def replace(self, place: Place, instead: str) -> None:
        """Note that an item was replaced."""
        frame = self.instrument.frames[place[0]]
        self._note(frame, [*self.replaced(frame), (place[1], instead)])

    def put_back(self, place: Place) -> None:
        """Note that an item was put back, if what took its place is still there or there was nothing.

        What took its place is free then, for the first item that found nothing.
        """
        frame = self.instrument.frames[place[0]]
        log = self.replaced(frame)
        instead = dict(log)[place[1]]
        if instead not in dict(log):
            log.remove((place[1], instead))
            short = next((i for i, (_, other) in enumerate(log) if not other), None)
            if instead and short is not None:
                gone = log[short][0]
                log[short] = (gone, f"{gone.partition('-')[0]}-{instead.partition('-')[2]}")
        self._note(frame, log)

    def _note(self, frame: Frame, log: list[tuple[str, str]]) -> None:
        place = (frame.id, "replaced")
        self.kept[place] = Kept({"log": log}, self.version_of(place) + 1, draw=self.draw_of(place))

    # --- lists ---------------------------------------------------------------------------------------

    def _read_where(self, frame: Frame, sent: Sent, fields: dict[str, str], version: int) -> Kept | None:
        way, before = fields.get("way", ""), self.sample(frame)
        how = "items" if way == "latest" else way
        excuses = self.reasons(self.asked(frame))
        offered = {"items", "counts", "none", *excuses} | ({"latest"} if not frame.latest else set())
        names = references(sent.fields) if how == "items" else ()
        if names:
            fields["population"] = str(len(names))
        population, whole = number(fields, "population"), number(fields, "context_of")
        if way not in offered or "bad" in (population, whole):
            return None
        if names and sent.fields.get("understood") != fingerprint(names):
            return None
        if how == "items" and (not fields.get("where") or not fields.get("query") or population is None):
            return None
        if frame.context and how in ("items", "counts"):
            if population is None or whole is None or population > whole:
                return None
        counted = self._counted(frame)
        if how == "counts" and (population or counted) < counted:
            return None
        if how != "items":
            return Kept(fields, version, before)
        again = before.listed[1] if before.listed and before.listed[0] == population else ""
        mark = fingerprint(names) if names else again
        of = (fields["query"], population, way == "latest", mark)
        if before.of == of:
            return Kept(fields, version, before)
        is_seen = bool(before.n) and self.is_shown(frame)
        if is_seen and not sent.fields.get("confirm"):
            return None
        draw = before.draw + 1 if is_seen else max(before.draw, 1)
        listed = (population, mark) if mark else None
        return Kept(fields, version, Sample(draw, min(self.size(frame), population), of, listed))

    def _counted(self, frame: Frame) -> int:
        """Return the most items that counts were entered of."""
        fields = self.said(frame.id, "counts")
        return max(
            (sum(int(fields[f"{each.id}-{part}"]) for part in PARTS) for each in self.asked(frame) if fields),
            default=0,
        )

    # --- beliefs -------------------------------------------------------------------------------------

    def _is_other_than_told(self, sent: Sent) -> bool:
        """Would this change what was said before? What is not on the page says nothing."""
        frame = self.instrument.frames[sent.place[0]]
        told, is_told = self.told(frame.id), self.is_told(frame)
        if is_told and sent.fields.get("skip"):
            return "skipped" not in (told[each.id] for each in self.asked(frame))
        locked = [each for each in self.asked(frame) if (is_told or each.id in self.belief)]
        return any(
            self._expected(frame, each, sent.fields) != told[each.id]
            for each in locked
            if each.id in sent.fields
        )

    def _expected(self, frame: Frame, each: Indicator, fields: Fields) -> Any:
        if fields.get("skip") or fields.get(f"{each.id}-unsaid"):
            return "skipped"
        of = min(each.marks[self.form], self.population(frame) or 0)
        return (number(fields, each.id), of)

    def _read_belief(self, frame: Frame, fields: Fields) -> dict[str, Any] | None:
        told = self.told(frame.id)
        open_ = [each for each in self.asked(frame) if not (self.is_told(frame) or each.id in self.belief)]
        if not fields.get("skip"):
            for each in open_:
                of, said = min(each.marks[self.form], self.population(frame) or 0), number(fields, each.id)
                if said == "bad" or (said is None) != bool(fields.get(f"{each.id}-unsaid")):
                    return None
                if said is not None and said > of:
                    return None
        now = {each.id: self._expected(frame, each, fields) for each in open_}
        return {each.id: now.get(each.id, told.get(each.id)) for each in self.asked(frame)}

    # --- other pages ---------------------------------------------------------------------------------

    def _are_counts_valid(self, frame: Frame, fields: Fields) -> bool:
        most = min(MOST_COUNTED, self.population(frame) or MOST_COUNTED)
        for each in self.asked(frame):
            counts = [number(fields, f"{each.id}-{part}") for part in PARTS]
            if None in counts or "bad" in counts or not 1 <= sum(counts) <= most:
                return False
        return is_read_somewhere(fields)

    def _is_recall_valid(self, frame: Frame, fields: Fields) -> bool:
        excuses = [name for name in self.reasons(self.asked(frame)) if fields.get(name)]
        said = [(number(fields, e.id), bool(fields.get(f"{e.id}-unknown"))) for e in self.asked(frame)]
        if len(excuses) > 1:
            return False
        if excuses:
            return all(pair == (None, False) for pair in said)
        return all(
            count != "bad" and (count is None) == unknown and (count or 0) <= self.size(frame)
            for count, unknown in said
        )

    def _is_choice_valid(self, indicator: Indicator, fields: Fields) -> bool:
        places = map(str, range(len(self.single(indicator.id).choices)))
        return fields.get("choice") in {*places, "unverified", *self.reasons([indicator])}

    def _is_single_valid(self, indicator: Indicator, fields: Fields) -> bool:
        excuses = self.reasons([indicator])
        if indicator.type == "spread" and self.is_small(indicator):
            said = fields.get("concentrated")
            return said == "unverified" or (said in ("yes", "no") and is_read_somewhere(fields))
        if indicator.type == "spread":
            total, others = number(fields, "total"), number(fields, "others")
            if fields.get("unverified"):
                return "bad" not in (total, others)
            is_number = isinstance(total, int) and isinstance(others, int)
            return (
                is_number
                and 0 <= others <= total
                and 1 <= total <= MOST_COUNTED
                and is_read_somewhere(fields)
            )
        said = fields.get("answer" if indicator.type == "date" else "level", "")
        if said in excuses or said in ("no-record", "unverified"):
            return True
        if indicator.type == "date":
            is_said = said == "never" or (said == "date" and fields.get("date", "9") <= str(self.window_end))
        else:
            is_said = said.isdigit() and int(said) <= indicator.marks[self.form]
        return is_said and (
            fields.get("source") == "memory"
            or (fields.get("source") in ("record", "report") and bool(fields.get("reference")))
        )
