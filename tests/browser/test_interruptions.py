"""Twelve interruptions, with scripts and without: every typed character is kept, or stands on the page."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from playwright.sync_api import Browser, expect

from tests import scale
from tests.browser.desk import DATE, ITEM, LIST, Desk, Tab
from tests.browser.hindering import QUESTION, Hindered

pytestmark = pytest.mark.browser

A_DAY_S = 24 * 3600


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, migrated: object) -> Iterator[Hindered]:
    """A site that may be hindered; nothing of it is left running."""
    instance = tmp_path_factory.mktemp("hindered") / "instance"
    shutil.copytree(str(migrated), instance)
    site = Hindered(instance)
    try:
        yield site
    finally:
        try:
            site.end()
        finally:
            site.kill_everything()


# --- the twelve -----------------------------------------------------------------------------------
# Each types, is interrupted, and goes on as the page says, until the site has said that it is saved.


def cookie_gone(desk: Desk) -> None:
    desk.open(ITEM, LIST)
    desk.in_all(Tab.type)
    desk.context.clear_cookies()
    desk.in_all(Tab.choose)
    for tab in desk.tabs:
        tab.says_not_saved("“This browser holds no key")
        assert tab.send().status == 403
        tab.hands_back()

    desk.follow_link()
    for tab in desk.tabs:
        tab.open()
        if not desk.has_scripts:  # it is copied from the page that handed it back
            tab.type()
            tab.choose()
        tab.holds()
        tab.send()


def token_a_day_old(desk: Desk) -> None:
    desk.open(DATE, ITEM, LIST)
    desk.in_all(Tab.type)
    with desk.site.clock_wrong_by(A_DAY_S + 7200):
        kept, *refused = desk.tabs
        kept.choose()
        kept.says_saved()
        assert kept.send().url != kept.address  # age alone is no reason to refuse a form

        desk.site.change_key()
        for tab in refused:
            tab.choose()
            tab.says_not_saved("“This page was made with an older key”")
            assert tab.send().status == 403
            tab.hands_back()
            tab.send("Send it again")


def link_revoked(desk: Desk) -> None:
    desk.take_another_device()
    desk.open(ITEM, LIST)
    desk.in_all(Tab.type)
    desk.leader.send(desk.leader.open(""), to="/link", end="yes")
    ended = desk.context.request.get(desk.link)
    assert ended.status == 404

    desk.in_all(Tab.choose)
    for tab in desk.tabs:
        tab.says_saved()
        tab.send()


def stale_version(desk: Desk) -> None:
    texts = {"where": "there", "query": "\ntheir\nquery ", "population": "7", "note": "\n no"}
    theirs = {
        ITEM.path: {"reference": "theirs", **dict.fromkeys(ITEM.chosen, "yes")},
        LIST.path: {**texts, **LIST.chosen},
    }
    desk.open(ITEM, LIST)
    desk.in_all(Tab.type)
    for tab in desk.tabs:
        assert desk.leader.answer(tab.question.path, **theirs[tab.question.path]).status == 303
        tab.saved_elsewhere = 1
    desk.in_all(Tab.choose)
    for tab in desk.tabs:
        tab.says_not_saved("“This page was changed in another window”")
        assert tab.send().status == 409
        shown = tab.page.locator(".error-summary td").all_inner_texts()
        assert {*tab.question.texts.values()} <= {*shown}
        assert {theirs[tab.question.path][name] for name in tab.question.texts} <= {*shown}
        tab.holds()
        tab.send()


def double_click(desk: Desk) -> None:
    desk.open(ITEM, LIST)
    for tab in desk.tabs:
        tab.type()
        tab.choose()
        tab.says_saved()
        click = tab.hand_on_button()
        with desk.site.holding("after"):  # or a browser sends the two clicks of a fast hand as one
            click()
            desk.site.wait_until_held()
            click()
            expect(tab.page).not_to_have_url(tab.address)
        assert max(desk.sent[tab.address].values()) == 2


def back_and_send_again(desk: Desk) -> None:
    desk.open(ITEM, LIST)
    for tab in desk.tabs:
        tab.type()
        tab.choose()
        tab.send()
        tab.page.go_back()
        tab.holds()
        tab.send()


def network_dropped(desk: Desk) -> None:
    cable = desk.lay_cable()
    desk.open(ITEM, LIST)
    for tab in desk.tabs:
        tab.type()
        cable.cut()
        tab.choose()
        tab.says_not_saved("no answer")
        tab.press()
        tab.sees_no_answer()
        assert desk.kept(tab) is None

        cable.mend()
        with desk.site.holding("after"):  # it reaches the site, but the answer does not reach the browser
            tab.send_again()
            desk.site.wait_until_held()
            cable.cut()
        assert desk.kept(tab) is not None
        assert not desk.told_of(tab)

        tab.sees_no_answer()
        cable.mend()
        tab.gets_through()


def worker_killed(desk: Desk) -> None:
    desk.open(ITEM, LIST)
    desk.in_all(Tab.type)
    for tab, when in zip(desk.tabs, ("after", "before"), strict=True):
        with desk.site.holding(when):
            tab.choose()
            if not tab.saves_itself:
                tab.press()
            desk.site.wait_until_held()
            desk.site.kill_workers()
        if tab.saves_itself:
            tab.press()
        tab.gets_through()


def until_it_may_be_written(desk: Desk, hindered: AbstractContextManager[None]) -> None:
    desk.open(ITEM, LIST)
    desk.in_all(Tab.type)
    with hindered:
        desk.in_all(Tab.choose)
        for tab in desk.tabs:
            tab.says_not_saved("no answer")
            answer = tab.send()
            assert answer.status == 503
            assert answer.headers["retry-after"]
            tab.hands_back()
            assert desk.kept(tab) is None
            assert desk.leader.open(tab.question.path).status == 200  # what is kept can be read
    for tab in desk.tabs:
        tab.send("Send it again")


def database_locked(desk: Desk) -> None:
    until_it_may_be_written(desk, desk.site.locked())


def disk_full(desk: Desk) -> None:
    until_it_may_be_written(desk, desk.site.disk_full())


def next_version_published(desk: Desk) -> None:
    desk.open(ITEM, LIST)
    desk.in_all(Tab.type)
    words = desk.site.publish_next()
    desk.in_all(Tab.choose)
    for tab in desk.tabs:
        tab.says_saved()
        tab.send()

    asked = desk.leader.open(ITEM.path).text
    assert QUESTION in asked
    assert words not in asked
    assert words in desk.leader.open("/diagnosis/questions/quick").text  # a new diagnosis asks otherwise


def clock_moved(desk: Desk) -> None:
    desk.open(ITEM, LIST, DATE)
    desk.in_all(Tab.choose)
    desk.in_all(Tab.type)
    for tab, days in zip(desk.tabs, (1, -1, -1), strict=True):
        with desk.site.clock_wrong_by(days * A_DAY_S):
            tab.send()


INTERRUPTIONS: tuple[Callable[[Desk], None], ...] = (
    cookie_gone,
    token_a_day_old,
    link_revoked,
    stale_version,
    double_click,
    back_and_send_again,
    network_dropped,
    worker_killed,
    database_locked,
    disk_full,
    next_version_published,
    clock_moved,
)


# --- the one promise ------------------------------------------------------------------------------


@pytest.fixture
def desk(chromium: Browser, site: Hindered, has_scripts: bool) -> Iterator[Desk]:
    """A leader in the midst of a diagnosis."""
    desk = Desk(site, chromium, has_scripts)
    yield desk
    desk.close()


@pytest.mark.parametrize(
    "has_scripts",
    [True, False] if scale.is_searched_longer() else [True],
    ids=["script", "plain"] if scale.is_searched_longer() else ["script"],
)
@pytest.mark.parametrize("interruption", INTERRUPTIONS, ids=lambda each: each.__name__.replace("_", "-"))
def test_every_typed_character_is_kept_once_and_handed_back_until_then(
    desk: Desk, interruption: Callable[[Desk], None]
) -> None:
    interruption(desk)

    assert desk.tabs
    for tab in desk.tabs:
        kept = desk.kept(tab)
        assert kept is not None
        assert {name: str(kept.values[name]) for name in tab.question.entered} == tab.question.entered
        # Each version comes of a request that the browser knows to be kept, and each such made one.
        assert kept.requests == desk.told_of(tab)
        assert kept.version == len(kept.requests) + tab.saved_elsewhere
        tab.open()
        tab.holds()
        if desk.has_scripts:
            expect(tab.status).to_have_text("Saved when you send it.")
