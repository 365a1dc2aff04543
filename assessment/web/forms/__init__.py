"""The instrument's questions as forms: what may be typed, in which words it is refused, what is kept.

A form is built from the instrument for one stop of the path. It is filled from the record that was kept
there, and gives the record to keep. Texts pass one gate and are then kept exactly as typed.
"""

from __future__ import annotations

from assessment.core import evidence
from assessment.core.evidence import Facts, Records, Stop
from assessment.core.instrument import Instrument, Single
from assessment.web.forms.belief import Belief, belief_form
from assessment.web.forms.fields import WORK, YES_NO
from assessment.web.forms.filled import Filled, Question, again_form, start_form
from assessment.web.forms.frames import Where, counted_behind, noted, where_form
from assessment.web.forms.items import counts_form, item_form, recall_form, replacing_form
from assessment.web.forms.singles import single_form

__all__ = [
    "WORK",
    "YES_NO",
    "Belief",
    "Filled",
    "Question",
    "Where",
    "again_form",
    "noted",
    "question_form",
    "replacing_form",
    "single",
    "start_form",
]


def question_form(instrument: Instrument, facts: Facts, records: Records, stop: Stop) -> type[Question]:
    """Return the form class for a stop."""
    if stop.page in instrument.indicators:
        return single_form(single(instrument, stop), instrument.indicators[stop.page], facts, stop.kind)
    frame, where = instrument.frames[stop.part], records.get((stop.part, "where"), {})
    if stop.kind == "where":
        counts = records.get((stop.part, "counts"), {})
        # A sample that nobody has seen binds nobody to its list.
        seen = where if evidence.is_shown(instrument, facts, records, frame) else {}
        n, listed = evidence.size(instrument, facts, records, frame), where.get("listed") or {}
        return where_form(instrument, facts, frame, n, seen, counted_behind(counts), listed)
    asked = evidence.checks_at(instrument, facts, records, stop)
    names = {check.indicator: instrument.indicators[check.indicator].name for check in asked}
    if stop.kind == "recall":
        n = instrument.frame_size(frame, facts.form)
        return recall_form(asked, names, n, evidence.frame_reasons(instrument, facts, frame))
    if stop.kind == "belief":
        told = {**records.get((frame.id, "belief"), {}), **facts.belief}
        told = {name: told[name] for name in names if name in told}
        marks = {name: instrument.indicators[name].marks[facts.form] for name in names}
        sizes = {name: min(n, where["population"]) for name, n in marks.items()}
        return belief_form(asked, names, sizes, told)
    if stop.kind == "item":
        return item_form(asked, names, where["draws"])
    return counts_form(asked, names, where)


def single(instrument: Instrument, stop: Stop) -> Single:
    """Return the question of a stop that is not about an opened item."""
    return next(s for each in instrument.passes for s in each.singles if s.indicator == stop.page)
