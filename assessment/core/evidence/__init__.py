"""From what a leader entered, page by page, to observations; and the path through the pages.

The path is a function of the answers: which pages a frame has depends on how it could be looked at and
how many items were drawn. Only answers on the path count, so what was typed on a page that is no longer
part of it neither helps nor harms.

What is stored is what was entered, one mapping per page (`Records`); the triple sound, failing,
unverified is derived here, so that a later version can derive it again.

    where    {"way": "items" | "counts" | "none" | "not-applicable", "where", "query", "reason": str,
              "population", "context_of": int | None, "draws": int, "positions": [int], "offset": float,
              "latest": True where the newest items were taken in place of a draw}
    belief   {an indicator's id: {"count", "of": int} | "skipped", ...}: what is expected, before any item
             is shown; it opens the item pages and is never scored
    replaced which items of a draw did not apply, and what took their places: see `core.opening`
    1 to n   {"reference": str, an indicator's id: "yes" | "no" | "unverified", ...}, as is the page of an
             item that took the place of another, such as 3-11
    counts   {an indicator's id: {"sound", "failing", "unverified": int}, ...,
              "source": "report" | "memory", "place": str}
    singles  a page named by its indicator: see `marks`; each may be
             {"reason": a closed not-applicable reason} instead

One page more belongs to no part of the instrument. It holds the counts from exports that were accepted:

    records, counted   {"counts": {an indicator's id: {"sound", "failing", "unverified": int,
                       "link_derived": bool, and where it comes from: see `core.counted`}, ...}}

A count stands over what was typed for its indicator, which is no longer asked; taken away, all is as before.

A form from memory opens nothing. It asks each frame on one page and each single question by its choices:

    recall   {an indicator's id: how many were sound, of its marks, or "unverified", ...} or {"reason"}
    choices  {"choice": int, the place among the choices, from 0, or "unverified"} or {"reason"}
"""

from assessment.core.evidence.counts import COUNTED, countable, counted, is_counted, size
from assessment.core.evidence.marks import frame_reasons
from assessment.core.evidence.observed import answers, not_applicable, observations
from assessment.core.evidence.path import (
    PassProgress,
    checks_at,
    is_answered,
    is_belief,
    is_belief_told,
    is_shown,
    item_position,
    next_stop,
    progress,
    sample,
    stops,
    window,
)
from assessment.core.evidence.records import MAX_REPORTED, Facts, Kind, Records, Stop, Values
from assessment.core.evidence.review import Gap, Remark, gaps, self_check
from assessment.core.scoring import Observation

__all__ = [
    "COUNTED",
    "MAX_REPORTED",
    "Facts",
    "Gap",
    "Kind",
    "Observation",
    "PassProgress",
    "Records",
    "Remark",
    "Stop",
    "Values",
    "answers",
    "checks_at",
    "countable",
    "counted",
    "frame_reasons",
    "gaps",
    "is_answered",
    "is_belief",
    "is_belief_told",
    "is_counted",
    "is_shown",
    "item_position",
    "next_stop",
    "not_applicable",
    "observations",
    "progress",
    "sample",
    "self_check",
    "size",
    "stops",
    "window",
]
