"""What somebody types into a page of a journey: mostly an answer, now and then what has to be refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from random import Random

from assessment.core.instrument import Frame, Indicator
from tests.journeys.fields import fingerprint, is_item, references
from tests.journeys.plain import MARKS, PARTS, Journey, Place

INTERVALS = (0.5, 1.2, 1.8, 3.0, 5.0)  # how old the last occurrence is
FAULTS = {"population": "ten", "reference": "x" * 201, "date": "2999-01-01", "total": "1e3"}


def typed(journey: Journey, place: Place, taste: Random) -> dict[str, str]:
    """Return what is typed into a page, by field: all that a browser sends of what was touched."""
    part, page = place
    if page in journey.instrument.indicators:
        single = _choice if journey.from_memory else _single
        return single(journey, journey.instrument.indicators[page], taste)
    frame = journey.instrument.frames[part]
    if page == "where":
        return _where(journey, frame, taste)
    if page == "belief":
        return _belief(journey, frame, taste)
    if is_item(page):
        opened = journey.opened(frame)
        return _item(journey, frame, opened.index(page) + 1 if page in opened else 1, taste)
    return _counts(journey, frame, taste) if page == "counts" else _recall(journey, frame, taste)


def spoilt(fields: Mapping[str, str], taste: Random) -> dict[str, str]:
    """Return the same with something missing, too long, or of another kind."""
    name = taste.choice(sorted(fields))
    return {**fields, name: FAULTS.get(name, "")}


def understood(fields: Mapping[str, str]) -> dict[str, str]:
    """Return a list as it is sent once more, ticked, after its reading was looked at."""
    names = references(fields)
    table = {"column": "0", "heading": "y"} if fields["list"].startswith("id,") else {"column": "-1"}
    sent = {name: text for name, text in fields.items() if name != "file"}
    return {**sent, **table, "understood": fingerprint(names)}


def words(taste: Random, what: str) -> str:
    """Return a text that nobody else types, with what must be escaped in it."""
    return f"{what} {taste.randrange(1_000_000)} <b>&\"’'"


def _item(journey: Journey, frame: Frame, rank: int, taste: Random) -> dict[str, str]:
    reference = "" if taste.random() < 0.1 else words(taste, "Item")
    return {"reference": reference, **{e.id: taste.choice(MARKS) for e in journey.asked(frame, rank)}}


def _where(journey: Journey, frame: Frame, taste: Random) -> dict[str, str]:
    excuses = journey.reasons(journey.asked(frame))
    latest = () if frame.latest else ("latest",)
    way = taste.choice(["items"] * 6 + ["counts"] * 2 + ["none", *latest, *excuses])
    # One more than the sample: a list that has one other to take the place of what does not apply.
    lists = (0, 1, 2, 2, 2, 3, journey.size(frame) + 1, 40)
    counts = lists if way in ("items", "latest") else (0, 3, 25)
    population = taste.choice(counts)
    # One query of two, so that a list is met again.
    fields = {"way": way, "where": words(taste, "Tracker"), "query": f"newest first {taste.randrange(2)}"}
    fields["population"] = str(population)
    if frame.context:
        fields["context_of"] = str(max(population, 5) + taste.randrange(3))
    if taste.random() < 0.3:
        fields["note"] = words(taste, "Note\nsecond line")
    if taste.random() < 0.6:
        fields["confirm"] = "y"
    if way in ("items", "latest") and taste.random() < 0.3:
        fields |= {**_list(taste), "population": ""}  # a list is counted by the site
    return fields


def _list(taste: Random) -> dict[str, str]:
    """Return a list as it is pasted, or as the file that holds it; few items, of two lists."""
    names = [f"K-{n}" for n in range(1, taste.choice((2, 3, 5)))]
    if taste.random() < 0.5:
        return {"list": "\n".join(names)}
    return {"list": "\n".join(["id,title", *(f"{name},done" for name in names)]), "file": "list.csv"}


def _belief(journey: Journey, frame: Frame, taste: Random) -> dict[str, str]:
    if taste.random() < 0.2:
        return {"skip": "y"}
    fields: dict[str, str] = {}
    for each in journey.asked(frame):
        if each.id in journey.belief:
            continue
        if taste.random() < 0.3:
            fields |= {each.id: "", f"{each.id}-unsaid": "y"}
        else:
            fields[each.id] = str(
                taste.randint(0, min(each.marks[journey.form], journey.population(frame) or 0))
            )
    return fields


def _counts(journey: Journey, frame: Frame, taste: Random) -> dict[str, str]:
    most = min(8, journey.population(frame) or 8)
    fields = _read(taste)
    for each in journey.asked(frame):
        split = sorted(taste.randint(0, most) for _ in range(2))
        numbers = (split[0], split[1] - split[0], most - split[1])
        fields |= {f"{each.id}-{part}": str(k) for part, k in zip(PARTS, numbers, strict=True)}
    return fields


def _recall(journey: Journey, frame: Frame, taste: Random) -> dict[str, str]:
    excuses = journey.reasons(journey.asked(frame))
    if excuses and taste.random() < 0.4:
        return {taste.choice(sorted(excuses)): "y"}
    fields: dict[str, str] = {}
    for each in journey.asked(frame):
        if taste.random() < 0.2:
            fields[f"{each.id}-unknown"] = "y"
        else:
            fields[each.id] = str(taste.randint(0, each.marks[journey.form]))
    return fields


def _choice(journey: Journey, indicator: Indicator, taste: Random) -> dict[str, str]:
    places = map(str, range(len(journey.single(indicator.id).choices)))
    return {"choice": taste.choice([*places, "unverified", *journey.reasons([indicator])])}


def _single(journey: Journey, indicator: Indicator, taste: Random) -> dict[str, str]:
    excuses = list(journey.reasons([indicator]))
    if indicator.type == "spread":
        return _spread(journey, indicator, taste)
    if indicator.type == "date":
        said = taste.choice(["date", "date", "never", "no-record", *excuses])
        day = journey.window_end - timedelta(days=taste.choice(INTERVALS) * (indicator.days or 1))
        fields = {"answer": said, **({"date": day.isoformat()} if said == "date" else {})}
        return fields if said not in ("date", "never") else {**fields, **_known(taste)}
    said = taste.choice([*map(str, range(indicator.marks[journey.form] + 1)), "unverified", *excuses])
    return {"level": said, **(_known(taste) if said.isdigit() else {})}


def _spread(journey: Journey, indicator: Indicator, taste: Random) -> dict[str, str]:
    if journey.is_small(indicator):
        said = taste.choice(MARKS)
        return {"concentrated": said, **({} if said == "unverified" else _read(taste))}
    if taste.random() < 0.2:
        return {"unverified": "y"}
    total = taste.randint(1, 30)
    return {"total": str(total), "others": str(taste.randint(0, total)), **_read(taste)}


def _known(taste: Random) -> dict[str, str]:
    source = taste.choice(("record", "report", "memory"))
    return {"source": source, **({} if source == "memory" else {"reference": words(taste, "Log")})}


def _read(taste: Random) -> dict[str, str]:
    source = taste.choice(("report", "memory"))
    return {"source": source, **({} if source == "memory" else {"place": words(taste, "Report")})}
