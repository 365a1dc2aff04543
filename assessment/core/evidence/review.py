"""What is missing from the answers, and what weakens them, before a score is made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assessment.core.contradictions import contradictions
from assessment.core.evidence.counts import size
from assessment.core.evidence.marks import from_recall, text_in
from assessment.core.evidence.observed import not_applicable, observations
from assessment.core.evidence.path import checks_at, is_answered, opened, rank_of, sample, stops
from assessment.core.evidence.records import Facts, Records, Stop, Values
from assessment.core.gates import gate
from assessment.core.instrument import Frame, Instrument
from assessment.core.scoring import score, unverified_of


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that was not answered, or a reason why the score will be refused (then without a stop)."""

    stop: Stop | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Remark:
    """Something worth a second look before the score is made."""

    stop: Stop | None
    sentence: str


def gaps(instrument: Instrument, facts: Facts, records: Records) -> tuple[Gap, ...]:
    """Return what is not answered yet, page by page, then each reason why no score could be made of it."""
    found = [
        Gap(stop, _gap_sentence(instrument, facts, records, stop))
        for stop in stops(instrument, facts, records)
        if not is_answered(instrument, facts, records, stop)
    ]
    form = instrument.form(facts.form)
    left_out = not_applicable(instrument, facts, records)
    if len(left_out) > form.not_applicable_at_most:
        names = ", ".join(instrument.indicators[name].name for name in left_out)
        most = form.not_applicable_at_most
        found.append(
            Gap(None, f"{names}: not applicable, but the {form.name} allows at most {most} of these.")
        )
    closed = gate(instrument, facts.form, observations(instrument, facts, records), left_out)
    return (*found, *(Gap(None, reason) for reason in closed.reasons))


def _gap_sentence(instrument: Instrument, facts: Facts, records: Records, stop: Stop) -> str:
    if stop.part not in instrument.frames or stop.page in instrument.indicators:
        return f"“{instrument.indicators[stop.page].name}”: not answered, so it is left out."
    frame = instrument.frames[stop.part]
    asked = [check.indicator for check in checks_at(instrument, facts, records, stop)]
    if stop.kind == "recall":
        recalled = from_recall(instrument, facts, frame, records.get((stop.part, stop.page), {}))
        asked = [name for name in asked if recalled[name] is None]
    names = [f"“{instrument.indicators[name].name}”" for name in asked]
    left_out = f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} left out"
    if stop.kind == "where":
        return f"{frame.name}: not looked at yet, so {left_out}."
    if stop.kind == "belief":
        return f"{frame.name}: what you expect is not said yet, which opens the items, so {left_out}."
    if stop.kind == "counts":
        return f"{frame.name}: counts are missing, or are more than there are items, so {left_out}."
    if stop.kind == "recall":
        return f"{frame.name}: not answered in full, so {left_out}."
    return f"{frame.name}, item {rank_of(records, stop)}: not answered in full, so {left_out} until it is."


def self_check(instrument: Instrument, facts: Facts, records: Records) -> tuple[Remark, ...]:
    """Return what a careful reader would ask about these answers before a score is made of them."""
    remarks = [*_sample_remarks(instrument, facts, records), *_whole_remarks(instrument, facts, records)]
    return tuple(remarks)


def _sample_remarks(instrument: Instrument, facts: Facts, records: Records) -> Iterator[Remark]:
    for stop in stops(instrument, facts, records):
        if stop.kind == "where" and is_answered(instrument, facts, records, stop):
            frame, where = instrument.frames[stop.part], records[stop.part, stop.page]
            for words in _list_remarks(frame, where, size(instrument, facts, records, frame)):
                yield Remark(stop, f"{frame.name}: {words}")
            if where["way"] == "items":
                yield from _item_remarks(instrument, facts, records, frame, stop)


def _list_remarks(frame: Frame, where: Values, wanted: int) -> Iterator[str]:
    """Yield what weakens a list as a whole, in words."""
    way, population = where["way"], where.get("population")
    if way == "items" and 0 < (population or 0) < wanted:
        yield f"{population} of {wanted} wanted; so few say little, as the intervals show."
    if way in ("items", "counts") and population == 0:
        yield "none found, which counts as could not verify."
    if way == "counts" and population is None and not frame.latest:
        yield "how many there are was not said, so the counts count as a selection."
    if (population or 0) <= wanted:
        return  # where all are opened, there is nothing to draw
    if way == "items" and where.get("latest"):
        yield "the most recent were taken, so it counts as not drawn."
    elif where.get("draws", 1) > 1 and not frame.latest:
        yield f"drawn {where['draws']} times, so it counts as not drawn."


def _item_remarks(
    instrument: Instrument, facts: Facts, records: Records, frame: Frame, stop: Stop
) -> Iterator[Remark]:
    replaced = sample(records, frame.id).replaced
    if replaced:
        yield Remark(
            stop, f"{frame.name}: {len(replaced)} of the sample did not apply; the report says which."
        )
    for each in opened(instrument, facts, records, frame):
        values, item = records.get((frame.id, each.page), {}), Stop(frame.id, each.page, "item")
        if values and not text_in(values, "reference"):
            weaker = "it has no reference, so all of this list is weaker evidence (E2)."
            yield Remark(item, f"{frame.name}, item {rank_of(records, item)}: {weaker}")
            return


def _whole_remarks(instrument: Instrument, facts: Facts, records: Records) -> Iterator[Remark]:
    limits = instrument.constants
    found = observations(instrument, facts, records)
    age = (facts.as_of - facts.window_end).days
    if age > limits.confidence.stale_days.once:
        yield Remark(None, f"The window ended {age} days ago; the team may work differently by now.")
    if not found:
        return
    recalled = sum(seen.grade == "E1" for seen in found.values())
    looks = not instrument.form(facts.form).from_memory  # of a form from memory nothing else is expected
    if looks and recalled == len(found):
        yield Remark(None, "Every answer is from memory: this shows a belief, and nothing else yet.")
    elif looks and recalled > limits.gates.recalled_share * len(found):
        yield Remark(None, f"{recalled} of {len(found)} answers are from memory, so Likely will be withheld.")
    unverified, marks = unverified_of(found)
    if unverified >= limits.gates.unverified_share * marks:
        yield Remark(None, f"{unverified} of {marks} marks could not be verified: too many for a score.")
    # What Likely is too weak to be printed of is too weak to contradict anybody.
    if gate(instrument, facts.form, found, not_applicable(instrument, facts, records)).likely:
        likely = score(instrument, found, facts.team_size).likely.indicators
        yield from (Remark(None, sentence) for sentence in contradictions(instrument, found, likely))
