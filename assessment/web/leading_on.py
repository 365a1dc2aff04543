"""From a result that came from memory to the form that looks: the same team, and its counts as belief."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from assessment.core.belief import carried, looking
from assessment.core.instrument import Form, Instrument
from assessment.store.reports import StoredReport
from assessment.web.current import library
from assessment.web.journey.days import today


@dataclass(frozen=True, slots=True)
class Onward:
    """The form that a result leads on to, and the facts that it is begun with."""

    instrument: Instrument
    form: Form
    facts: dict[str, Any]


def onward(stored: StoredReport) -> Onward | None:
    """Return what a finished form from memory leads on to; None for any other form, and where nothing looks.

    It is begun with the version that is offered now, and with the usual window up to today.
    """
    answers = json.loads(stored.diagnosis)["answers"]
    remembered = library().instruments.get(stored.instrument_key)
    offered = library().offered.get(stored.instrument_key.partition("/")[0])
    if remembered is None or offered is None or answers["form"] not in {f.id for f in remembered.forms}:
        return None
    form = looking(offered)
    if form is None or not remembered.form(answers["form"]).from_memory:
        return None
    facts = {
        "form": form.id,
        "label": answers.get("label", ""),
        "team_size": answers["team_size"],
        "window_days": offered.window_days,
        "window_end": today().isoformat(),
        "work": "",
        "belief": carried(remembered, answers, offered, form.id),
    }
    return Onward(offered, form, facts)
