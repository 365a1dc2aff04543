"""What differs between two versions of an instrument, part by part, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from assessment.core.instrument import Instrument
from assessment.core.reassessment import unlike

Weight = Literal["scores", "route", "words"]

HEADINGS: dict[Weight, str] = {
    "scores": "What is counted or scored:",
    "route": "What finds patterns or picks the next step:",
    "words": "Words and the rest, which move neither:",
}

# Lists of tables: the kind of part that each entry is, and the key that names it.
_KINDS = {
    "forms": ("form", "id"),
    "grades": ("grade", "id"),
    "layers": ("layer", "id"),
    "dimensions": ("dimension", "id"),
    "indicators": ("indicator", "id"),
    "passes": ("pass", "id"),
    "frames": ("frame", "id"),
    "checks": ("question", "indicator"),
    "singles": ("question", "indicator"),
    "patterns": ("pattern", "id"),
    "rules": ("rule", "number"),
    "destinations": ("destination", "id"),
    "bands": ("band", "id"),
}
_ROUTING = {"pattern", "rule", "destination"}
# What is only read or drawn. A field that is not named here is taken to move something.
_WORDS = frozenset(
    """action anchors disclosure find first_move fix hint item items limit meaning measured name practice
    published purpose question reason role sentence signal site_setting small_failing small_question
    small_sound target_source term text title undrawn url verify weak withheld word
    draft language lineage minutes provisional timer_s""".split()
)


@dataclass(frozen=True, slots=True)
class Edit:
    """One difference, and what it can move."""

    weight: Weight
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Two versions beside each other; `comparable` says whether their results are, over what, or why not."""

    edits: tuple[Edit, ...]
    comparable: str
    same_files: bool

    def lines(self) -> Iterator[str]:
        """Yield it as lines to print, what moves scores first."""
        if not self.edits:
            rest = "" if self.same_files else " Only comments, spacing or names of files differ."
            yield f"They ask, score and say the same.{rest}"
        for weight, heading in HEADINGS.items():
            own = [each.text for each in self.edits if each.weight == weight]
            yield from (heading, *(f"  {text}" for text in own)) if own else ()
        yield self.comparable


def difference(before: Instrument, after: Instrument) -> Difference:
    """Return what became of each part of one version in the other, in the order of the parts."""
    old, new = _parts(before), _parts(after)
    edits: list[Edit] = []
    for name in dict.fromkeys([*old, *new]):
        if name not in new:
            edits.append(Edit(old[name].weight, f"{name} removed: {old[name].title}"))
        elif name not in old:
            edits.append(Edit(new[name].weight, f"{name} added: {new[name].title}"))
        else:
            edits += _edited(name, old[name], new[name])
    common = tuple(name for name in before.indicators if name in after.indicators)
    comparable = _comparable(before, after, common, edits)
    return Difference(tuple(edits), comparable, before.sha256 == after.sha256)


@dataclass(slots=True)
class _Part:
    """One named part: its plain values by name, the order of what it holds, and what a change of it moves."""

    weight: Weight
    title: str
    values: dict[str, Any] = field(default_factory=dict)
    order: dict[str, list[str]] = field(default_factory=dict)


def _parts(instrument: Instrument) -> dict[str, _Part]:
    data = instrument.model_dump(mode="json", exclude={"key", "sha256", "constants_sha256"})
    parts: dict[str, _Part] = {}
    _walk(data, "the instrument", _Part("scores", instrument.name), parts)
    return parts


def _walk(data: Mapping[str, Any], name: str, part: _Part, parts: dict[str, _Part]) -> None:
    """Note a part, and below it every part that it holds."""
    parts[name] = part
    for key, value in data.items():
        if key not in _KINDS or not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            part.values |= _leaves(key, value)
            continue
        kind, named_by = _KINDS[key]
        part.order[key] = [str(each[named_by]) for each in value]
        for each in value:
            inner = _Part("route" if kind in _ROUTING else "scores", _title(each))
            if name != "the instrument":
                inner.values["place"] = name
            _walk(each, f"{kind} {each[named_by]}", inner, parts)


def _title(data: Mapping[str, Any]) -> str:
    """Return what a part is called."""
    told = next((data[key] for key in ("name", "question", "word", "to") if data.get(key)), "")
    return f"“{told}”"


def _leaves(name: str, value: Any) -> dict[str, Any]:
    """Return the plain values inside a value by dotted name; a list of plain values is one of them."""
    if isinstance(value, dict):
        return {key: leaf for each in value for key, leaf in _leaves(f"{name}.{each}", value[each]).items()}
    if isinstance(value, list) and any(isinstance(each, dict) for each in value):
        return {
            key: leaf
            for number, each in enumerate(value, 1)
            for key, leaf in _leaves(f"{_singular(name)} {each.get('id', number)}", each).items()
        }
    return {name: value}


def _singular(name: str) -> str:
    return "condition" if name == "any" else name.removesuffix("s")


def _edited(name: str, old: _Part, new: _Part) -> Iterator[Edit]:
    for key in dict.fromkeys([*old.values, *new.values]):
        before, after = old.values.get(key), new.values.get(key)
        if before != after:
            short = key.removeprefix("constants.")
            lead = f"constant {short}" if short != key else f"{name}: {key}"
            yield Edit(_weight(old, key), f"{lead}: {_told(before)} → {_told(after)}")
    for key in dict.fromkeys([*old.order, *new.order]):
        was, now = old.order.get(key, []), new.order.get(key, [])
        both = [each for each in was if each in now]
        again = [each for each in now if each in was]
        if both != again:
            # Rules are tried in their order.
            weight: Weight = "route" if key == "rules" else "words"
            yield Edit(weight, f"{name}: order of {key}: {', '.join(both)} → {', '.join(again)}")


def _weight(part: _Part, key: str) -> Weight:
    """Return what a changed value can move."""
    last = key.rpartition(".")[2]
    if last in _WORDS or last.rpartition(" ")[0] in _WORDS or key.startswith("minutes."):
        return "words"
    if key.startswith(("constants.patterns.", "constants.drivers.", "constants.claim_gap.")):
        return "route"
    return part.weight


def _told(value: object) -> str:
    match value:
        case None | "" | []:
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case str():
            return f"“{value}”"
        case list():
            return ", ".join(_told(each) for each in value)
        case float():
            return f"{value:g}"
        case _:
            return str(value)


def _comparable(before: Instrument, after: Instrument, common: tuple[str, ...], edits: list[Edit]) -> str:
    """Return whether results of the two may be compared, and over what."""
    if fault := unlike(before, after):
        return f"Results cannot be compared: {fault}."
    if not common:
        return "Results cannot be compared: no indicator is in both."
    alone = [name for name in (*before.indicators, *after.indicators) if name not in common]
    moved = [name for name in common if any(c.weight == "scores" and _is_of(name, c.text) for c in edits)]
    told = f"Results can be compared over the {len(common)} indicators of both, scored as the later one does"
    told += f", without {', '.join(alone)}" if alone else ""
    told += f"; counted or scored differently: {', '.join(moved)}" if moved else ""
    return f"{told}."


def _is_of(name: str, text: str) -> bool:
    return text.startswith((f"indicator {name}: ", f"question {name}: "))
