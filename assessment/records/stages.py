"""What the states of other people's boards mean: a proposal by name, which the leader may change."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

from assessment.records.work import Stage

STAGES: tuple[Stage, ...] = ("to-do", "in-progress", "waiting-for-decision", "done", "abandoned")

# In this order: "won't do" must not be found to be "do", nor "not started" "started".
_CLUES: tuple[tuple[Stage, str], ...] = (
    (
        "abandoned",
        r"won'?t|wont|cancel|abandon|reject|declin|duplicate|invalid|obsolete|discard|withdrawn|removed|not.planned"
        r"|not.a.bug|as.designed|by.design|deferred|^cut$|\bincomplete|cannot.reproduce|not.reproduc|out.of.scope|verworfen|abgelehnt|storniert|annul|rejet|descartad"
        r"|rechazad",
    ),
    (
        "to-do",
        r"not.started|to.?do|backlog|\bopen(ed)?\b|\bnew\b|reopen|triage|planned|ready.for.dev|selected|unstarted"
        r"|proposed|idea|queued?\b|icebox|zu.erledigen|\boffen\b|à.faire|por.hacer|pendiente",
    ),
    (
        "waiting-for-decision",
        r"decision|waiting.for.(approval|customer|sign)|needs.(approval|info|input)|on.?hold",
    ),
    (
        "in-progress",
        r"ready.(to|for)\b|to.be.\w|(awaiting|pending).(release|deploy|merge|review|test)"
        r"|not.(done|released|accepted|finished|fixed)|\bun(resolved|released|finished|delivered|merged|verified)",
    ),
    (
        "done",
        r"\bdone\b|closed?\b|completed?\b|resolved|merged|finish|released?\b|deployed|deliver|fixed|shipped|verified"
        r"|accepted|live\b|erledigt|fertig|abgeschlossen|geschlossen|gelöst|terminée?\b|fermée?\b|résolue?\b"
        r"|\bhech[oa]\b|cerrad|resuelt|finalizad|terminad|conclu[ií]d|complet[oa]d|afgerond|gesloten|\bgereed\b"
        r"|\bchius[oa]\b",
    ),
    (
        "in-progress",
        r"progress|doing|active|started|review|test|develop|implement|\bqa\b|block|wip|committed|build|in.work"
        r"|in.arbeit|in.bearbeitung|en.cours|en.curso",
    ),
)
_COMPILED = tuple((stage, re.compile(clue)) for stage, clue in _CLUES)


@functools.lru_cache(maxsize=1000)  # an export has few states, and asks for each a thousand times
def known(state: str) -> Stage | None:
    """Return what the name of a state tells that it means; None where it tells nothing."""
    name = state.strip().casefold()[:80]
    return next((stage for stage, clue in _COMPILED if clue.search(name)), None)


def guess(state: str) -> Stage:
    """Return what a state is proposed to mean; in progress where its name tells nothing."""
    return known(state) or "in-progress"


def stage_of(state: str, said: Mapping[str, Stage]) -> Stage:
    """Return what a state means: as the leader said, else as it is guessed."""
    return said.get(state.strip()) or guess(state)
