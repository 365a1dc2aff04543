"""axe finds nothing against WCAG 2.2 AA on any page in any state: light, dark and in forced colours."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Response

from assessment.app import create_app
from assessment.store.mails import A_DAY_AT_MOST
from assessment.web.diagnosis.door import LARGEST_LIST
from tests import scale
from tests.browser import steps
from tests.browser.axe import OF_COLOUR, RULES, violations
from tests.browser.prepared import hand_over, served
from tests.conftest import some_settings
from tests.exported import LOOKED_AT, bring, changes, keep, table
from tests.leader import OUR_PAGE, Leader
from tests.web.finished import finished, id_of

pytestmark = pytest.mark.browser

LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "forced_colors": "none"},
    "dark": {"color_scheme": "dark", "forced_colors": "none"},
    "forced": {"color_scheme": "dark", "forced_colors": "active"},
}


@dataclass(frozen=True)
class Visit:
    """A browser that holds diagnoses in every state, on a site that sends mail."""

    page: Page
    url: str
    database: Path
    new: Leader  # nothing answered yet
    quick: Leader  # three items opened, a list that is counted, a date
    full: Leader  # a list, and everything that can be asked
    small: Leader  # a small team
    memory: Leader  # answered from memory
    whole: Leader  # every question answered
    export: Leader  # counts that were entered, to stand beside those of an export
    counted: Leader  # counts of an export
    link: str
    result: str
    recalled: str  # the result of what was answered from memory
    looks: list[Leader]  # at a team: 120 days ago, 40 days ago, yesterday; finished
    looked: list[str]  # their results
    followed: str  # the result of one that followed the first of them
    shared: dict[str, str]  # links by which the result is shared, "open" and "ended"

    def to(self, path: str) -> None:
        """Open a page of the site."""
        self.page.goto(self.url + path)


MARKED = ("-sound", "-failing", "-unverified")
HELD = ("new", "quick", "full", "small", "memory", "whole", "export", "counted")  # as in a visit
FACTS: dict[str, dict[str, Any]] = {
    "full": {"form": "full"},
    "small": {"team_size": 2},
    "memory": {"form": "pre-scan"},
    "said": {"form": "pre-scan"},
    "export": LOOKED_AT,
    "counted": LOOKED_AT,
}


@pytest.fixture(scope="module")
def visit(chromium: Browser, migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    """Diagnoses in every state, in one browser."""
    instance = tmp_path_factory.mktemp("states") / "instance"
    shutil.copytree(migrated, instance)
    app = create_app(some_settings(instance, SMTP_URL="smtp://127.0.0.1:9", MAIL_FROM="a@site.test"))
    with served(app) as url:
        client = app.test_client()
        leaders = {name: Leader(client) for name in (*HELD, "done", "said")}
        begun = {name: leader.start(**FACTS.get(name, {})) for name, leader in leaders.items()}
        quick = leaders["quick"]
        quick.draw("F1", 8)
        for number, mark in enumerate(("yes", "no", "unverified"), start=1):
            quick.check_item("F1", number, mark)
        quick.answer("F2/where", way="counts", population="40")
        quick.answer("F8/RC1", answer="date", date="2025-12-31", source="record", reference="Log 7")
        quick.answer("F4a/where", way="items", where="Minutes", query="all", population="6")
        leaders["full"].draw("F1", 12)
        asked = leaders["full"].open("F1/2/replace")
        reason = asked.form().choices["reason"][0]
        assert leaders["full"].send(asked, reason=reason, reference="A-2").status == 303
        leaders["full"].draw("F4b", 6)
        leaders["export"].answer("F1/where", way="counts")
        asked = leaders["export"].open("F1/counts")
        marks = dict.fromkeys((each for each in asked.form("/counts").names if each.endswith(MARKED)), 2)
        assert leaders["export"].send(asked, **marks, source="report", place="Board").status == 303
        keep(leaders["counted"], bring(leaders["counted"], {"changes.json": changes()}))
        for name in ("whole", "done", "said"):
            leaders[name].walk()
        results = {name: leaders[name].finish().location for name in ("done", "said")}
        shared = {name: a_share(leaders["done"], results["done"]) for name in ("open", "ended")}
        newest = leaders["done"].open(f"{results['done']}share")
        assert leaders["done"].send(newest, to="/end").status == 303
        looks = [Leader(client) for _ in range(3)]
        looked = [finished(each, ended=days) for each, days in zip(looks, (120, 40, 1), strict=True)]
        another = Leader(client, looks[0].send(looks[0].open("again")).location.partition("?")[0])
        another.walk()
        followed = another.finish().location
        context = chromium.new_context(reduced_motion="reduce")
        hand_over(quick, context, url)
        yield Visit(
            context.new_page(),
            url,
            instance / "site.db",
            *(leaders[name] for name in HELD),
            link=begun["quick"].private_link.partition("8000")[2],
            result=results["done"],
            recalled=results["said"],
            looks=looks,
            looked=looked,
            followed=followed,
            shared=shared,
        )
        context.close()
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()


def a_share(leader: Leader, result: str) -> str:
    """Make a link by which a result is read with the notes on one list; return its address on the site."""
    look = leader.open(f"{result}share/look?days=30&with=F1")
    made = leader.open(leader.send(look, to="/share", called="The board").location)
    found = re.search(r'id="share-link"[^>]*>(.*?)</textarea>', made.text)
    assert found
    return found[1].partition("8000")[2]


Way = Callable[[Visit], object]


def at(path: str) -> Way:
    """Return how to open a page of the site."""
    return lambda visit: visit.to(path)


def of(name: str, path: str) -> Way:
    """Return how to open a page of one of the diagnoses."""
    return lambda visit: visit.to(getattr(visit, name).base + path)


def sent(name: str, path: str, **typed: str) -> Way:
    """Return how to have a page of a diagnosis refused: with these texts and ticks, and nothing else."""

    def way(visit: Visit) -> None:
        visit.to(getattr(visit, name).base + path)
        for id, text in typed.items():
            field = visit.page.locator(f"#{id.replace('__', '-')}")
            field.check() if text == "tick" else field.fill(text)
        steps.save(visit.page)

    return way


def press(name: str, then: Way) -> Way:
    """Return how to open a page and press a button on it."""

    def way(visit: Visit) -> None:
        then(visit)
        visit.page.get_by_role("button", name=name).click()
        visit.page.wait_for_load_state()

    return way


def with_list(text: str) -> Way:
    """Return how to have a list looked at that was pasted."""

    def way(visit: Visit) -> None:
        visit.to(visit.quick.base + "F3a/where")
        visit.page.locator("summary").click()
        visit.page.locator("#list").fill(text)
        visit.page.locator("#way-0").check()
        steps.save(visit.page)

    return way


def uploaded(visit: Visit) -> None:
    visit.to(visit.quick.base + "F3a/where")
    visit.page.locator("summary").click()
    table = b"Key,Summary,State\nA-1,First,Done\nA-2,Second,Done\nA-3,Third,Done\n"
    visit.page.locator("#file").set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": table})
    visit.page.locator("#way-0").check()
    steps.save(visit.page)


def brought(name: str, data: bytes) -> Way:
    """Choose an export on its page, have it read, and open everything that is folded."""

    def way(visit: Visit) -> None:
        visit.to(visit.export.base + "records/")
        file = {"name": name, "mimeType": "text/plain", "buffer": data}
        visit.page.locator("#files").set_input_files(files=[file])  # type: ignore[list-item]
        visit.page.get_by_role("button", name="Read and count").click()
        visit.page.wait_for_load_state()
        visit.page.evaluate("document.querySelectorAll('main details').forEach(each => each.open = true)")

    return way


def conflict(visit: Visit) -> None:
    visit.to(visit.quick.base + "F1/1")
    visit.page.get_by_label("Its reference").fill("typed in this window")
    # Never the same twice: equal answers are no conflict.
    saved = visit.quick.open("F1/1").form("/F1/1").fields["reference"]
    visit.quick.answer("F1/1", reference=saved + "+")
    steps.save(visit.page)


def handed_back(visit: Visit) -> None:
    visit.to(visit.quick.base + "F1/1")
    visit.page.evaluate("document.querySelector('[name=csrf_token]').value = 'of another day'")
    steps.save(visit.page)


def too_much(visit: Visit) -> None:
    visit.to(visit.quick.base + "F1/4")
    visit.page.evaluate(f"document.querySelector('#reference').value = 'x'.repeat({LARGEST_LIST})")
    steps.save(visit.page)


def without_store(visit: Visit) -> None:
    visit.to(visit.quick.base + "F1/4")
    visit.page.get_by_label("Its reference").fill("ATLAS-4")
    for check in visit.page.locator("fieldset.question").all():
        check.get_by_label("Yes", exact=True).check()
    lock = sqlite3.connect(visit.database, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    steps.save(visit.page)
    lock.execute("ROLLBACK")
    lock.close()


def finished_elsewhere(visit: Visit) -> None:
    late = Leader(visit.quick.client)
    late.start(form="pre-scan")
    late.walk()
    visit.to(late.base + "F1/recall")
    late.finish()
    steps.save(visit.page)


def seen_twice(visit: Visit) -> None:
    visit.to(visit.looks[0].base + "again")
    visit.page.get_by_label("How many days are looked at?").fill("366")
    visit.page.get_by_role("button", name="Start").click()


def compared(visit: Visit) -> None:
    visit.to(f"{visit.looked[2]}compare?with={id_of(visit.looked[0])}")


def mailed_too_often(visit: Visit) -> None:
    for _ in range(A_DAY_AT_MOST):
        form = visit.small.open("").form("/mail")
        letter = {**form.fields, "to": "me@example.org"}
        assert visit.small.client.post(form.action, data=letter, headers=OUR_PAGE).status_code == 303
    visit.to(visit.small.base)
    visit.page.get_by_label("Your own address").fill("me@example.org")
    visit.page.get_by_role("button", name="Send a link").click()


def at_look(visit: Visit) -> None:
    visit.to(f"{visit.result}share/look?days=7")


def misnamed(visit: Visit) -> None:
    at_look(visit)
    visit.page.locator("#called").fill("x" * 81)
    visit.page.get_by_role("button", name="Make the link").click()


# The state of a page -> how to get there, and the status that it is answered with.
PAGES: dict[str, tuple[Way, int]] = {
    "home": (at("/"), 200),
    "framework": (at("/framework/"), 200),
    "questions and answers": (at("/faq/"), 200),
    "method": (at("/method/"), 200),
    "glossary": (at("/glossary/"), 200),
    "privacy": (at("/privacy/"), 200),
    "start": (at("/diagnosis/"), 200),
    "refused start": (press("Start", at("/diagnosis/")), 422),
    "every question, quick": (at("/diagnosis/questions/quick"), 200),
    "every question, full": (at("/diagnosis/questions/full"), 200),
    "every question, memory": (at("/diagnosis/questions/pre-scan"), 200),
    "tasks, nothing answered": (of("new", ""), 200),
    "tasks, some answered": (of("quick", ""), 200),
    "tasks, all answered": (of("whole", ""), 200),
    "tasks with a fresh link": (press("Make another link", of("new", "")), 200),
    "mail without an address": (press("Send a link", of("new", "")), 422),
    "mail too often": (mailed_too_often, 429),
    "list": (of("new", "F3a/where"), 200),
    "list with a context": (of("new", "F6a/where"), 200),
    "list that may not apply": (of("new", "F7a/where"), 200),
    "answered list": (of("quick", "F1/where"), 200),
    "refused list": (sent("new", "F1/where", way__0="tick"), 422),
    "changed list": (sent("quick", "F1/where", population="9"), 422),
    "pasted list": (with_list("A-1\nA-2\nA-3\n\nA-2"), 422),
    "pasted list that cannot be read": (with_list("\x00"), 422),
    "uploaded list, its column chosen": (uploaded, 422),
    "belief": (of("quick", "F4a/belief"), 200),
    "refused belief": (sent("quick", "F4a/belief"), 422),
    "locked belief": (of("quick", "F1/belief"), 200),
    "sample": (of("quick", "F1/sample"), 200),
    "item": (of("quick", "F1/4"), 200),
    "answered item": (of("quick", "F1/2"), 200),
    "refused item": (sent("quick", "F1/5"), 422),
    "item with a clock": (of("full", "F1/1"), 200),
    "item with durations": (of("full", "F4b/1"), 200),
    "replacing": (of("quick", "F1/4/replace"), 200),
    "refused replacing": (sent("quick", "F1/4/replace"), 422),
    "sample with one replaced": (of("full", "F1/sample"), 200),
    "counts": (of("quick", "F2/counts"), 200),
    "refused counts": (sent("quick", "F2/counts"), 422),
    "date": (of("new", "F8/RC1"), 200),
    "answered date": (of("quick", "F8/RC1"), 200),
    "refused date": (sent("new", "F8/RC1"), 422),
    "anchors": (of("full", "F8/VS4"), 200),
    "refused anchors": (sent("full", "F8/VS4"), 422),
    "artefact": (of("full", "F7/AI3"), 200),
    "spread": (of("new", "F1/LD1"), 200),
    "refused spread": (sent("new", "F1/LD1"), 422),
    "spread of a small team": (of("small", "F1/LD1"), 200),
    "recall": (of("memory", "F7a/recall"), 200),
    "refused recall": (sent("memory", "F1/recall"), 422),
    "choice": (of("memory", "F8/RC1"), 200),
    "refused choice": (sent("memory", "F8/RC1"), 422),
    "export to be chosen": (of("export", "records/"), 200),
    "no export chosen": (press("Read and count", of("export", "records/")), 422),
    "export that cannot be read": (brought("a.csv", b"PK"), 422),
    "what an export says, beside an answer": (brought("changes.json", changes()), 200),
    "what a table says, with its columns": (brought("a.csv", table()), 200),
    "counts still to be chosen": (press("Keep what is chosen", brought("a.json", changes())), 422),
    "counts that stand": (of("counted", "records/"), 200),
    "tasks, some counted": (of("counted", ""), 200),
    "check, some counted": (of("counted", "check"), 200),
    "check, nothing answered": (of("new", "check"), 200),
    "check, some answered": (of("quick", "check"), 200),
    "check, all answered": (of("whole", "check"), 200),
    "finish of nothing": (lambda visit: post(visit, visit.new.base + "finish"), 422),
    "leave": (of("quick", "leave"), 200),
    "refused leave": (press("Delete this diagnosis", of("quick", "leave")), 422),
    "left": (at("/diagnosis/left"), 200),
    "conflict": (conflict, 409),
    "handed back": (handed_back, 403),
    "finished elsewhere": (finished_elsewhere, 409),
    "too much": (too_much, 413),
    "store locked": (without_store, 503),
    "not found": (at("/diagnosis/AAAAAAAAAAAAAAAAAAAAAA/"), 404),
    "no such page": (at("/nothing"), 404),
    "private link": (lambda visit: visit.to(visit.link), 200),
    "unknown link": (at("/diagnosis/resume/nothing"), 404),
    "result": (lambda visit: visit.to(visit.result), 200),
    "result that follows another": (lambda visit: visit.to(visit.followed), 200),
    "measure again": (lambda visit: visit.to(visit.looks[0].base + "again"), 200),
    "measure again, for fewer days": (lambda visit: visit.to(visit.looks[1].base + "again"), 200),
    "measure again, too early": (lambda visit: visit.to(visit.looks[2].base + "again"), 200),
    "refused measuring again": (seen_twice, 422),
    "what can be compared": (lambda visit: visit.to(f"{visit.looked[0]}compare"), 200),
    "two compared": (compared, 200),
    "leave what another follows": (lambda visit: visit.to(visit.looks[0].base + "leave"), 200),
    "result from memory": (lambda visit: visit.to(visit.recalled), 200),
    "result with a link": (press("Make another link", lambda visit: visit.to(visit.result)), 200),
    "links of a result": (lambda visit: visit.to(f"{visit.result}share"), 200),
    "no links yet, and no notes": (lambda visit: visit.to(f"{visit.recalled}share"), 200),
    "what a reader will see": (lambda visit: visit.to(f"{visit.result}share/look?with=F1"), 200),
    "refused link": (misnamed, 422),
    "result with a new link": (press("Make the link", at_look), 200),
    "link to a result": (lambda visit: visit.to(visit.shared["open"]), 200),
    "shared result": (press("Open the result", lambda visit: visit.to(visit.shared["open"])), 200),
    "link that has ended": (lambda visit: visit.to(visit.shared["ended"]), 410),
    "link that opens nothing": (at("/shared/nothing"), 404),
    "paper on its way": (lambda visit: visit.to(f"{visit.result.rstrip('/')}.pdf"), 202),
}


def post(visit: Visit, path: str) -> None:
    """Send the form that the check page shows once something is answered."""
    visit.to(visit.whole.base + "check")
    visit.page.evaluate("to => document.querySelector('main form').action = to", path)
    steps.save(visit.page)


def test_axe_sees_what_stands_out_too_little_also_in_forced_colours(visit: Visit) -> None:
    visit.to("/diagnosis/left")
    visit.page.evaluate(
        "Object.assign(document.querySelector('main p').style,"
        " {forcedColorAdjust: 'none', color: '#777', background: '#888'})"
    )

    for media in LOOKS.values():
        visit.page.emulate_media(**media)
        assert [rule for rule, _ in violations(visit.page, OF_COLOUR)] == ["color-contrast"]


@pytest.mark.parametrize("name", list(PAGES) if scale.is_searched_longer() else list(PAGES)[::2])
def test_axe_finds_nothing(visit: Visit, name: str) -> None:
    way, status = PAGES[name]
    statuses: list[int] = []

    def note(answer: Response) -> None:
        if answer.request.is_navigation_request():
            statuses.append(answer.status)

    visit.page.emulate_media(**LOOKS["light"])
    visit.page.on("response", note)
    way(visit)
    visit.page.wait_for_load_state()
    visit.page.remove_listener("response", note)
    assert statuses[-1] == status

    for look, media in LOOKS.items():
        visit.page.emulate_media(**media)
        assert violations(visit.page, RULES if look == "light" else OF_COLOUR) == [], look
