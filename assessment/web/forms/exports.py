"""What somebody chooses of an export: the files, what is said of them, and which of the counts stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, MultipleFileField
from wtforms.validators import StopValidation

from assessment.records.source import Options
from assessment.records.stages import STAGES
from assessment.records.work import Kind
from assessment.web.forms.fields import Chosen, OneOf, Pairs
from assessment.web.forms.filled import Filled, made

USE, KEEP = "use", "keep"
MOST_STATES = 200  # that are said anew; of more, the rest is taken as it was guessed
LONGEST_STATE = 200
WORDS: Mapping[str, str] = {
    "to-do": "Not begun",
    "in-progress": "In progress",
    "waiting-for-decision": "Waiting for a decision",
    "done": "Done",
    "abandoned": "Given up, never done",
}
KINDS: Mapping[str, str] = {"task": "Tasks: what was asked for", "change": "Changes: what was made"}
# How far times without a zone are ahead of UTC, in minutes: as clocks really stand.
ZONES = tuple(sorted({*range(-720, 841, 60), -570, -210, -150, 210, 270, 330, 345, 390, 570, 630, 765}))
DAYS = (("", "as the file shows"), ("yes", "the second of March"), ("no", "the third of February"))


class Export(Filled):
    """The form of an export. `offered` are the indicators whose counts may be chosen."""

    offered: ClassVar[tuple[str, ...]]
    listed: ClassVar[tuple[str, ...]]  # the frames whose list the files may be
    states: ClassVar[tuple[str, ...]]  # as the export calls them: those of `stage-0`, `stage-1` and so on
    columns: ClassVar[tuple[str, ...]]  # fields of a work item: those of `column-<field>`

    def using(self) -> list[str]:
        """Return the indicators whose counts shall stand."""
        return [name for name in self.offered if self[f"take-{name}"].data == USE]

    def lists(self) -> list[str]:
        """Return the frames whose items are to be opened from the files."""
        return [name for name in self.listed if self[f"open-{name}"].data]


class _Stage(Chosen):
    def pre_validate(self, form: Any) -> None:
        if self.data not in STAGES:
            raise StopValidation("Choose one of the list.")


def said(sent: MultiDict[str, str]) -> Options:
    """Return what a form says of its files; what no list of ours offers is as if it were not said."""
    stages = {}
    for place in range(MOST_STATES):
        state, stage = sent.get(f"state-{place}", ""), sent.get(f"stage-{place}")
        if state and stage in STAGES:
            stages[state[:LONGEST_STATE]] = stage
    prefix = "column-"
    columns = {
        name.removeprefix(prefix): heading for name, heading in sent.items() if name.startswith(prefix)
    }
    zone = sent.get("zone", "")
    return Options(
        stages=stages,
        columns=columns,
        done=_kind(sent.get("done")),
        zone_minutes=int(zone) if zone in map(str, ZONES) else 0,
        day_first={"yes": True, "no": False}.get(sent.get("day_first", "")),
    )


def _kind(text: str | None) -> Kind | None:
    return {"task": "task", "change": "change"}.get(text or "")  # type: ignore[return-value]


def export_form(
    presets: Pairs,
    *,
    choices: Mapping[str, tuple[str, str]] | None = None,
    lists: Mapping[str, str] | None = None,
    states: Sequence[tuple[str, str]] = (),
    columns: Mapping[str, str] | None = None,
    headings: Sequence[str] = (),
    kinds: Sequence[str] = (),
) -> type[Export]:
    """Return the form for what was read, or for nothing yet.

    `choices` maps an indicator to its name and to what is chosen, "" where that is still to be said;
    `lists` a frame to the label of its tick; `states` are the states that were met, with their labels;
    `columns` maps a field of a work item to its label; `kinds` are those that may count as declared done.
    """
    choices, lists, columns = choices or {}, lists or {}, columns or {}
    fields: dict[str, Any] = {
        "files": MultipleFileField("Choose the exports"),
        "preset": Chosen("Which system are they from?", choices=[("", "The site recognises it"), *presets]),
        "zone": Chosen("Times without a zone are", choices=[(str(each), _zone(each)) for each in ZONES]),
        "day_first": Chosen("A day such as 02/03/2026 is", choices=DAYS),
        "references": BooleanField("Keep the references of the items that were counted"),
    }
    if len(kinds) > 1:
        offered = [(each, KINDS[each]) for each in kinds]
        fields["done"] = OneOf("What counts as declared done?", choices=offered)
    for name, (called, chosen) in choices.items():
        fields[f"take-{name}"] = _take(called, chosen)
    for name, label in lists.items():
        fields[f"open-{name}"] = BooleanField(label)
    for place, (_, label) in enumerate(states[:MOST_STATES]):
        fields[f"stage-{place}"] = _Stage(label, choices=tuple(WORDS.items()))
    names = [("", "Not in this file"), *((each, each) for each in headings)]
    for name, label in columns.items():
        fields[f"column-{name}"] = Chosen(label[:1].upper() + label[1:], choices=names)
    return made(
        Export,
        fields,
        offered=tuple(choices),
        listed=tuple(lists),
        states=tuple(state for state, _ in states[:MOST_STATES]),
        columns=tuple(columns),
    )


def _take(called: str, chosen: str) -> OneOf:
    return OneOf(
        "Which of them stands?",
        choices=((USE, "Use the count"), (KEEP, "Keep mine")),
        need=f"{called}: choose the count, or what stands now.",
        default=chosen or None,
    )


def _zone(minutes: int) -> str:
    hours, rest = divmod(abs(minutes), 60)
    sign = "+" if minutes > 0 else "\N{MINUS SIGN}"
    return f"UTC{sign}{hours}{f':{rest:02}' if rest else ''}" if minutes else "UTC"
