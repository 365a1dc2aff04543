"""What a journey on paper comes to: the tally of what was acknowledged, as it is kept with a pencil."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from assessment.core.instrument import Frame, Indicator
from tests.journeys.fields import Fields, number
from tests.journeys.plain import MARKS, PARTS, Journey

Tally = tuple[int, int, int, str]  # sound, failing, could not verify, grade

SOUND_BY_INTERVALS = ((1.0, 4), (1.5, 3), (2.0, 2), (4.0, 1))


def left_out(journey: Journey) -> dict[str, str]:
    """Return the reason of what was said not to be applicable, by indicator."""
    found: dict[str, str] = {}
    for frame in journey.frames():
        excuses = journey.reasons(journey.asked(frame))
        fields = journey.said(frame.id, "recall" if journey.from_memory else "where")
        given = [name for name in excuses if name in fields or fields.get("way") == name]
        found |= {each.id: excuses[name] for name in given for each in journey.asked(frame)}
    for part, page in journey.path():
        if page in journey.instrument.indicators:
            excuses = journey.reasons([journey.instrument.indicators[page]])
            given = [excuses[said] for said in journey.said(part, page).values() if said in excuses]
            found |= {page: reason for reason in given}  # noqa: B035  # one, or none
    return found


def counted(journey: Journey) -> dict[str, Tally]:
    """Return what was found, by indicator: sound, failing, could not verify, grade."""
    found: dict[str, Tally | None] = {}
    for frame in journey.frames():
        count = _remembered if journey.from_memory else _looked_at
        found |= {each.id: count(journey, frame, each) for each in journey.asked(frame)}
    for part, page in journey.path():
        if page in journey.instrument.indicators and (fields := journey.said(part, page)):
            found[page] = _answered(journey, journey.instrument.indicators[page], fields)
    out = left_out(journey)
    return {name: tally for name, tally in found.items() if tally and name not in out}


def _remembered(journey: Journey, frame: Frame, each: Indicator) -> Tally | None:
    fields, n = journey.said(frame.id, "recall"), each.marks[journey.form]
    if fields.get(f"{each.id}-unknown"):
        return 0, 0, n, "E1"
    sound = number(fields, each.id)
    return (sound, n - sound, 0, "E1") if isinstance(sound, int) and sound <= n else None


def _looked_at(journey: Journey, frame: Frame, each: Indicator) -> Tally | None:
    way, n = journey.way(frame), each.marks[journey.form]
    if way == "none" or (way in ("items", "counts") and journey.population(frame) == 0):
        return 0, 0, n, "E2"
    if way == "counts" and (fields := journey.said(frame.id, "counts")):
        sound, failing, unverified = (int(fields[f"{each.id}-{part}"]) for part in PARTS)
        return sound, failing, unverified, "E1" if fields["source"] == "memory" else "E2"
    if way != "items" or not journey.is_shown(frame):
        return None
    opened = [journey.said(frame.id, page) for page in journey.opened(frame)]
    if not opened:
        return 0, 0, n, "E2"
    marks = [fields.get(each.id) for fields in opened[:n]]
    grade = "E3" if all(fields.get("reference") for fields in opened if fields) else "E2"
    return None if None in marks else (*map(marks.count, MARKS), grade)  # type: ignore[return-value]


def _answered(journey: Journey, indicator: Indicator, fields: Fields) -> Tally | None:
    n = indicator.marks[journey.form]
    if journey.from_memory:
        said = fields["choice"]
        sound = journey.single(indicator.id).choices[int(said)].sound if said.isdigit() else 0
        return (sound, n - sound, 0, "E1") if said.isdigit() else (0, 0, n, "E1")
    source = fields.get("source", "")
    grade = {"record": "E3", "report": "E2", "memory": "E1", "": ""}[source]
    if indicator.type == "spread":
        n = indicator.spread.small_marks if journey.is_small(indicator) and indicator.spread else n
        if fields.get("unverified") or fields.get("concentrated") == "unverified":
            return 0, 0, n, "E2"
        if journey.is_small(indicator):
            return (n, 0, 0, grade) if fields["concentrated"] == "no" else (0, n, 0, grade)
        others = int(fields["others"])
        return others, int(fields["total"]) - others, 0, grade
    said = fields.get("answer") or fields["level"]
    if said in ("no-record", "unverified"):
        return 0, 0, n, "E2"
    if said == "never":
        return 0, n, 0, grade
    if said == "date":
        sound = _sound_by_age(journey, indicator, fields["date"])
    else:
        sound = int(said) if said.isdigit() else 0
    return sound, n - sound, 0, grade


def _sound_by_age(journey: Journey, indicator: Indicator, day: str) -> int:
    age = (journey.window_end - date.fromisoformat(day)).days / (indicator.days or 1)
    return next((sound for limit, sound in SOUND_BY_INTERVALS if age <= limit), 0)


def is_drawn(journey: Journey) -> bool:
    """Was every sample drawn by the site, the first one, or is it the whole of its list?"""
    return not journey.from_memory and all(
        _is_drawn(journey, frame) for frame in journey.frames() if journey.way(frame)
    )


def _is_drawn(journey: Journey, frame: Frame) -> bool:
    way, sample, population = journey.way(frame), journey.sample(frame), journey.population(frame)
    if frame.latest or way in ("none", "not"):
        return True
    if way == "items" and sample.draw == 1 and not sample.is_latest:
        return True
    found = counted(journey)
    most = max((sum(found[e.id][:3]) for e in journey.asked(frame) if e.id in found), default=0)
    return population is not None and population <= max(most, sample.n)


def belief(journey: Journey) -> dict[str, Any]:
    """Return what is expected of each check that is asked for items, and what was said before."""
    found: dict[str, Any] = {}
    for part, page in journey.path():
        if page == "belief":
            asked = {each.id for each in journey.asked(journey.instrument.frames[part])}
            told = {name: said for name, said in journey.told(part).items() if name in asked}
            found |= {n: {"count": t[0], "of": t[1]} for n, t in told.items() if t != "skipped"}
    return {**found, **journey.belief}


def context(journey: Journey) -> dict[str, dict[str, int]]:
    """Return how many a report calls well, of how many, where a list is asked for that."""
    return {
        frame.context.id: {"on_track": int(fields["population"]), "of": int(fields["context_of"])}
        for frame in journey.frames()
        if frame.context and journey.way(frame) in ("items", "counts")
        for fields in [journey.said(frame.id, "where")]
        if int(fields["context_of"])
    }


def looked_at(journey: Journey) -> dict[str, dict[str, Any]]:
    """Return what the report says of each list, but the positions, which are the site's to draw."""
    found = {}
    for frame in journey.frames():
        if journey.from_memory or not journey.way(frame):
            continue
        fields, way, sample = journey.said(frame.id, "where"), journey.way(frame), journey.sample(frame)
        is_open = way == "items" and journey.is_shown(frame)
        last = journey.window_end - timedelta(days=frame.window_shift)
        first = last - timedelta(days=journey.instrument.window_days)
        found[frame.id] = {
            "where": fields.get("where", "").strip(),
            "query": fields.get("query", "").strip(),
            "population": journey.population(frame) if way in ("items", "counts") else None,
            "opened": len(journey.opened(frame)) if is_open else 0,
            "replaced": len(journey.replaced(frame)) if is_open else 0,
            "drawn": is_open and not (frame.latest or sample.is_latest) and sample.draw == 1,
            "covers": [first.isoformat(), last.isoformat()],
        }
    return found


def is_scorable(journey: Journey) -> bool:
    """Is one question answered whole, and is no more left out than this length allows?"""
    most = journey.instrument.form(journey.form).not_applicable_at_most
    return bool(counted(journey)) and len(left_out(journey)) <= most
