"""Any number of tabs over one assessment, in any order: no acknowledged answer is lost."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from assessment.store import answering, db, finishing, reports
from assessment.store.answering import Conflict, Kept, Replayed
from assessment.store.assessments import Finished
from assessment.store.finishing import Changed
from tests.scale import scaled
from tests.store.conftest import an_assessment, memory_in

PAGES = st.sampled_from(["1", "2"])
VALUES = st.sampled_from(["yes", "no", "unverified"])


@dataclass
class Tab:
    """A page as one tab shows it: the version it was made from, and what was sent with which request id."""

    page: str
    version: int
    request_id: str
    sent: list[tuple[str, int]] = field(default_factory=list)


class Tabs(RuleBasedStateMachine):
    """What a person can do with tabs, beside a model of what must then stand."""

    tabs = Bundle("tabs")
    empty: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        shutil.copytree(self.empty, self.folder / "instance")
        self.context = memory_in(self.folder / "instance").app_context()
        self.context.push()
        self.id = an_assessment().assessment_id
        self.stands: dict[str, tuple[str, int]] = {}
        self.report_id = ""
        self.frozen: bytes = b""
        self.opened = 0

    def teardown(self) -> None:
        db.engine.dispose()
        self.context.pop()
        shutil.rmtree(self.folder)

    @rule(target=tabs, page=PAGES)
    def open(self, page: str) -> Tab:
        self.opened += 1
        entry = answering.entries(self.id).get(("F1", page))
        return Tab(page, entry.version if entry else 0, f"request {self.opened}")

    @rule(tab=tabs, value=VALUES)
    def send(self, tab: Tab, value: str) -> None:
        outcome = answering.keep(
            self.id,
            part="F1",
            page=tab.page,
            values={"D1": value},
            version=tab.version,
            request_id=tab.request_id,
            location=f"/{tab.page}",
        )
        standing, version = self.stands.get(tab.page, ("", 0))
        if any(said == value for said, _ in tab.sent):
            assert outcome == Replayed(f"/{tab.page}")
        elif self.report_id:
            assert outcome == Finished(self.report_id)
        elif version == tab.version:
            assert outcome == Kept(f"/{tab.page}", version + 1)
            self.stands[tab.page] = value, version + 1
            tab.sent.append((value, version + 1))
        elif standing == value:
            assert outcome == Kept(f"/{tab.page}", version)
        else:
            assert isinstance(outcome, Conflict)
            assert (outcome.entry.values, outcome.entry.version) == ({"D1": standing}, version)

    @rule(stale=st.booleans())
    def finish(self, stale: bool) -> None:
        seen = answering.entries(self.id)
        diagnosis = repr(sorted(self.stands.items())).encode()
        if stale and seen:
            seen.popitem()
        outcome = finishing.finish(self.id, diagnosis=diagnosis, seen=seen)
        if self.report_id:
            assert outcome == Finished(self.report_id)
        elif stale and self.stands:
            assert outcome == Changed()
        else:
            assert isinstance(outcome, Finished)
            self.report_id, self.frozen = outcome.report_id, diagnosis

    @invariant()
    def what_was_acknowledged_stands(self) -> None:
        kept = answering.entries(self.id)
        assert {page: (each.values["D1"], each.version) for (_, page), each in kept.items()} == self.stands

    @invariant()
    def what_was_diagnosed_never_changes(self) -> None:
        if self.report_id:
            assert reports.load(self.report_id).diagnosis == self.frozen


@pytest.fixture
def machine(empty: Path) -> type[Tabs]:
    Tabs.empty = empty
    return Tabs


def test_no_order_of_tabs_repetitions_and_finishing_loses_an_acknowledged_answer(machine: type[Tabs]) -> None:
    run_state_machine_as_test(
        machine, settings=settings(max_examples=scaled(40), stateful_step_count=25, deadline=None)
    )
