"""What scripts add to a question page: each alone, none needed, and never a word that is not true."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Locator, Page, Route, expect

from tests.browser import axe, by_requests, steps
from tests.conftest import Site
from tests.crash.harness import serving
from tests.scale import is_searched_longer

pytestmark = pytest.mark.browser

SAVED = re.compile(r"^Saved \d\d:\d\d\.$")
TRIED_AGAIN_MS = 12_000  # a save that got no answer is sent again after 5 s


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser that holds nothing yet."""
    context = chromium.new_context()
    yield context
    context.close()


def drawn(context: BrowserContext, url: str, form: str = "quick") -> tuple[Page, str]:
    """Return a page and the address of a diagnosis whose first list is drawn."""
    return context.new_page(), url + by_requests.drawn(context, url, form=form).base


def at_first_item(context: BrowserContext, url: str) -> tuple[Page, str]:
    """Return a page that shows the first item of that list, and the address of its diagnosis."""
    page, base = drawn(context, url)
    page.goto(base + "F1/1")
    return page, base


# Playwright never delivers the answer to a request that it intercepts and that may outlive its page.
DIES_WITH_ITS_PAGE = "const send = fetch; window.fetch = (to, how) => send(to, {...how, keepalive: false})"


def with_alone(context: BrowserContext, *scripts: str) -> None:
    """Let these scripts through and no other."""

    def decide(route: Route) -> None:
        is_let_through = any(f"/js/{script}." in route.request.url for script in scripts)
        route.continue_() if is_let_through else route.abort()

    context.add_init_script(DIES_WITH_ITS_PAGE)
    context.route("**/static/js/*", decide)


def status(page: Page) -> Locator:
    return page.locator("form [role=status]").last


def checks(page: Page) -> Locator:
    return page.locator("fieldset.question")


def answer(page: Page, *marks: str) -> None:
    """Choose an answer for each check, in their order, in the tab that is in front by then."""
    page.bring_to_front()
    for place, mark in enumerate(marks):
        checks(page).nth(place).get_by_label(mark, exact=True).check()


def answer_all(page: Page, mark: str = "Yes") -> None:
    answer(page, *[mark] * checks(page).count())


def kept(context: BrowserContext, address: str) -> str:
    """Return the reference that the site holds of an item, as another window sees it."""
    other = context.new_page()
    other.goto(address)
    reference = other.get_by_label("Its reference").input_value()
    other.close()
    return reference


# --- the tally ------------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", ["Yes", "No", "Could not verify"] if is_searched_longer() else ["Yes"])
def test_the_tally_that_a_script_draws_is_the_one_that_the_site_draws(
    context: BrowserContext, site: Site, mark: str
) -> None:
    with_alone(context, "tally")
    page, base = drawn(context, site.url)
    for number, answered in ((1, "No"), (3, "Yes")):
        page.goto(f"{base}F1/{number}")
        answer_all(page, answered)
        steps.save(page)
    page.goto(base + "F1/2")
    strips = page.locator("dd svg")
    expect(strips.first.locator("title")).to_have_text(
        "1 sound, 1 failing, 0 could not be verified, 1 not opened yet"
    )

    answer_all(page, mark)
    titles, seen = strips.locator("title").all_text_contents(), strips.first.screenshot()
    steps.save(page)
    page.goto(base + "F1/2")

    assert "not opened" not in titles[0]
    assert strips.locator("title").all_text_contents() == titles
    assert strips.first.screenshot() == seen


# --- number keys ----------------------------------------------------------------------------------


def test_number_keys_answer_and_lead_to_the_next_open_question(context: BrowserContext, site: Site) -> None:
    with_alone(context, "keys")
    page, base = at_first_item(context, site.url)
    expect(page.get_by_text("the keys 1, 2 and 3 choose Yes, No and Could not verify")).to_be_visible()

    page.locator("#VD1-0").focus()
    for key in "3212":
        page.keyboard.press(key)

    for chosen in ("#VD1-2", "#VD2-1", "#IN1-0", "#FR1-1"):
        expect(page.locator(chosen)).to_be_checked()
    expect(page.locator("#FR1-1")).to_be_focused()
    page.keyboard.press("1")  # a mistake is put right where it was made
    expect(page.locator("#FR1-0")).to_be_checked()
    page.keyboard.press("Enter")
    page.wait_for_url(base + "F1/2")


def test_a_number_key_means_nothing_outside_the_answers(context: BrowserContext, site: Site) -> None:
    page, _ = at_first_item(context, site.url)

    page.get_by_label("Its reference").press_sequentially("123")
    page.get_by_role("button", name="Save and open item 2").focus()
    page.keyboard.press("1")
    page.locator("#VD1-0").focus()
    page.keyboard.press("Control+2")
    page.keyboard.press("4")

    assert page.get_by_label("Its reference").input_value() == "123"
    expect(page.locator("form :checked")).to_have_count(0)


# --- saving by itself -----------------------------------------------------------------------------


def test_a_page_saves_itself_says_so_and_stays_where_it_is(context: BrowserContext, site: Site) -> None:
    with_alone(context, "autosave")
    page, base = at_first_item(context, site.url)
    expect(status(page)).to_have_text("Saved when you send it.")

    page.get_by_label("Its reference").fill("ATLAS-1")
    expect(status(page)).to_have_text("Not saved yet: questions are open.")
    answer_all(page)
    expect(status(page)).to_have_text(SAVED)
    assert (page.url, kept(context, base + "F1/1")) == (base + "F1/1", "ATLAS-1")

    page.get_by_label("Its reference").fill("ATLAS-2")
    expect(status(page)).to_have_text("Not saved yet.")
    expect(status(page)).to_have_text(SAVED)
    assert kept(context, base + "F1/1") == "ATLAS-2"

    steps.save(page)
    page.wait_for_url(base + "F1/2")
    page.goto(base + "F1/1")
    assert page.locator("[name=version]").input_value() == "3"


def test_leaving_a_page_by_a_link_saves_what_is_whole(context: BrowserContext, site: Site) -> None:
    page, base = at_first_item(context, site.url)
    answer_all(page)
    page.get_by_label("Its reference").fill("ATLAS-1")

    page.get_by_role("link", name="All tasks").click()
    page.wait_for_url(base)
    page.goto(base + "F1/1")

    assert page.get_by_label("Its reference").input_value() == "ATLAS-1"


def test_what_is_not_whole_comes_back_in_its_tab(context: BrowserContext, site: Site) -> None:
    with_alone(context, "autosave")
    page, base = at_first_item(context, site.url)
    page.get_by_label("Its reference").fill("ATLAS-1 <&\"' Ω")
    answer(page, "No")

    page.reload()

    expect(status(page)).to_have_text("Not saved yet: what you had typed is back.")
    assert page.get_by_label("Its reference").input_value() == "ATLAS-1 <&\"' Ω"
    expect(page.locator("#VD1-1")).to_be_checked()
    assert kept(context, base + "F1/1") == ""


def test_what_was_sent_into_the_void_comes_back_in_its_tab(context: BrowserContext, site: Site) -> None:
    with_alone(context, "autosave")
    page, base = at_first_item(context, site.url)
    page.get_by_label("Its reference").fill("ATLAS-1")
    context.set_offline(True)

    page.locator("main form [type=submit]").click()
    page.wait_for_url("chrome-error://chromewebdata/")
    context.set_offline(False)
    page.goto(base + "F1/1")

    assert page.get_by_label("Its reference").input_value() == "ATLAS-1"


def test_what_is_saved_does_not_come_back_as_a_draft(context: BrowserContext, site: Site) -> None:
    with_alone(context, "autosave")
    page, base = at_first_item(context, site.url)
    steps.item(page, "ATLAS-1")
    page.goto(base + "F1/1")
    expect(status(page)).to_have_text("Saved when you send it.")

    other = context.new_page()
    other.goto(base + "F1/1")
    steps.item(other, "from another tab")
    page.reload()

    assert page.get_by_label("Its reference").input_value() == "from another tab"
    expect(status(page)).to_have_text("Saved when you send it.")


@pytest.mark.parametrize("ends", ["finish", "leave"])
def test_what_ends_leaves_no_draft_behind_and_others_keep_theirs(
    context: BrowserContext, site: Site, ends: str
) -> None:
    page, base = drawn(context, site.url)
    _, other = drawn(context, site.url)
    page.on("dialog", lambda dialog: dialog.accept())
    for each in (other, base):
        page.goto(f"{each}F1/1")
        page.get_by_label("Its reference").fill("typed and never sent")
        expect(status(page)).to_contain_text("Not saved yet")
    page.goto(f"{base}F8/RC1")
    page.get_by_label("Never", exact=True).check()
    page.get_by_label("From memory or hearsay").check()
    steps.save(page)

    page.goto(f"{base}{'check' if ends == 'finish' else ends}")
    if ends == "leave":
        page.get_by_label("Delete it for good").check()
    page.locator("main form [type=submit]").last.click()
    page.wait_for_url(re.compile(r"/reports/|/left$"))

    drafts = page.evaluate("Object.keys(sessionStorage).map((name) => name.split(' ')[1])")
    assert drafts == [f"{other}F1/1"]


def test_without_a_network_it_says_not_saved_and_saves_when_there_is_one(
    context: BrowserContext, site: Site
) -> None:
    with_alone(context, "autosave")
    page, base = at_first_item(context, site.url)
    answer_all(page)
    context.set_offline(True)
    page.get_by_label("Its reference").fill("ATLAS-1")
    expect(status(page)).to_have_text("Not saved: no answer. It is tried again; your text stays here.")

    context.set_offline(False)

    expect(status(page)).to_have_text(SAVED, timeout=TRIED_AGAIN_MS)
    assert kept(context, base + "F1/1") == "ATLAS-1"


def test_a_save_whose_answer_was_lost_is_sent_again_and_kept_once(
    context: BrowserContext, site: Site
) -> None:
    with_alone(context, "autosave")
    page, base = at_first_item(context, site.url)
    sent: list[str] = []

    def lose_the_first_answer(route: Route) -> None:
        if route.request.method != "POST":
            return route.fallback()
        sent.append(route.request.post_data or "")
        if len(sent) > 1:
            return route.fallback()
        assert route.fetch(max_redirects=0).status == 303
        return route.abort()

    page.route(base + "F1/1", lose_the_first_answer)
    page.get_by_label("Its reference").fill("ATLAS-1")
    answer_all(page)
    expect(status(page)).to_have_text(re.compile("^Not saved: no answer"))
    page.get_by_label("Its reference").fill("ATLAS-2")
    expect(status(page)).to_have_text(SAVED, timeout=TRIED_AGAIN_MS)

    assert sent[0] == sent[1]
    assert kept(context, base + "F1/1") == "ATLAS-2"
    page.reload()
    assert page.locator("[name=version]").input_value() == "2"


def test_the_button_after_a_lost_answer_meets_no_conflict_with_itself(
    context: BrowserContext, site: Site
) -> None:
    with_alone(context, "autosave")
    page, base = at_first_item(context, site.url)
    lost: list[int] = []

    def lose_the_first_answer(route: Route) -> None:
        if route.request.method != "POST" or lost:
            return route.fallback()
        lost.append(route.fetch(max_redirects=0).status)
        return route.abort()

    page.route(base + "F1/1", lose_the_first_answer)
    page.get_by_label("Its reference").fill("ATLAS-1")
    answer_all(page)
    expect(status(page)).to_have_text(re.compile("^Not saved: no answer"))
    page.get_by_label("Its reference").fill("ATLAS-2")
    page.locator("main form [type=submit]").click()
    page.wait_for_url(base + "F1/2")

    assert kept(context, base + "F1/1") == "ATLAS-2"


def test_the_site_dies_and_comes_back_and_the_page_saves_itself(
    context: BrowserContext, tmp_path: Path, migrated: Path
) -> None:
    instance = tmp_path / "instance"
    shutil.copytree(migrated, instance)
    with serving(instance) as web:
        page, base = drawn(context, f"http://127.0.0.1:{web.port}")
        page.goto(base + "F1/1")
        answer_all(page)
        expect(status(page)).to_have_text(SAVED)

        web.kill_everything()
        page.get_by_label("Its reference").fill("typed while it was down")
        expect(status(page)).to_have_text(re.compile("^Not saved: no answer"))
        web.begin()

        expect(status(page)).to_have_text(SAVED, timeout=TRIED_AGAIN_MS)
        assert kept(context, base + "F1/1") == "typed while it was down"


def test_another_tabs_save_is_never_overwritten_and_both_texts_are_shown(
    context: BrowserContext, site: Site
) -> None:
    page, base = at_first_item(context, site.url)
    other = context.new_page()
    other.goto(base + "F1/1")
    other.get_by_label("Its reference").fill("the other tab")
    answer_all(other)
    expect(status(other)).to_have_text(SAVED)

    page.get_by_label("Its reference").fill("this tab")
    answer_all(page)
    expect(status(page)).to_have_text(
        "Not saved: “This page was changed in another window” Press the button to see more."
    )
    page.get_by_label("Its reference").fill("this tab, and more")
    assert kept(context, base + "F1/1") == "the other tab"
    steps.save(page)

    expect(page.get_by_role("cell", name="the other tab", exact=True)).to_be_visible()
    expect(page.get_by_role("cell", name="this tab, and more", exact=True)).to_be_visible()
    assert page.get_by_label("Its reference").input_value() == "this tab, and more"


def test_keeping_what_the_other_tab_saved_brings_no_draft_back(context: BrowserContext, site: Site) -> None:
    page, base = at_first_item(context, site.url)
    other = context.new_page()
    other.goto(base + "F1/1")
    steps.item(other, "the other tab")
    page.get_by_label("Its reference").fill("this tab")
    answer_all(page)
    steps.save(page)
    page.get_by_label("Its reference").fill("this tab, and more")

    page.get_by_role("link", name="Keep what the other window saved").click()

    expect(page.get_by_label("Its reference")).to_have_value("the other tab")
    expect(status(page)).to_have_text("Saved when you send it.")


def test_a_refused_save_says_why_and_the_button_hands_the_text_back(
    context: BrowserContext, site: Site
) -> None:
    page, _ = at_first_item(context, site.url)
    context.clear_cookies()

    page.get_by_label("Its reference").fill("ATLAS-1")
    answer_all(page)
    expect(status(page)).to_have_text(
        re.compile("^Not saved: “This browser holds no key to this diagnosis” Press the button")
    )
    steps.save(page)

    expect(page.get_by_text("ATLAS-1", exact=True)).to_be_visible()


def test_a_page_that_settles_something_waits_for_its_button(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    base = steps.start(page, site.url)
    page.clock.install()
    page.goto(base + "F1/where")
    posts: list[str] = []
    page.on("request", lambda request: request.method == "POST" and posts.append(request.url))

    page.get_by_label("one by one").check()
    page.get_by_label("Where are they recorded?").fill("The tracker")
    page.get_by_label("Which list or query holds them all?").fill("closed, newest first")
    page.locator("#population").fill("2")
    page.clock.run_for(60_000)

    expect(status(page)).to_have_text("Not saved yet: press the button.")
    assert posts == []
    page.reload()
    assert page.locator("#population").input_value() == "2"


# --- before leaving -------------------------------------------------------------------------------


def questions_before_leaving(page: Page) -> list[str]:
    """Close a page as a person does, and return what the browser asked."""
    asked: list[str] = []

    def note(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", note)
    with page.expect_event("close"):
        page.close(run_before_unload=True)
    return asked


@pytest.mark.parametrize("scripts", [("leaving",), ("leaving", "autosave")])
def test_leaving_unsaved_text_is_asked_about(
    context: BrowserContext, site: Site, scripts: tuple[str, ...]
) -> None:
    with_alone(context, *scripts)
    page, _ = at_first_item(context, site.url)
    page.get_by_label("Its reference").press_sequentially("ATLAS-1")

    assert questions_before_leaving(page) == ["beforeunload"]


def test_leaving_a_refused_page_is_asked_about(context: BrowserContext, site: Site) -> None:
    with_alone(context, "leaving")
    page, _ = at_first_item(context, site.url)
    page.get_by_label("Its reference").press_sequentially("ATLAS-1")
    steps.save(page)
    page.get_by_role("heading", level=1).click()  # browsers ask only who has touched the page

    assert questions_before_leaving(page) == ["beforeunload"]


def test_leaving_what_is_saved_is_not_asked_about(context: BrowserContext, site: Site) -> None:
    page, _ = at_first_item(context, site.url)
    page.get_by_label("Its reference").press_sequentially("ATLAS-1")
    answer_all(page)
    expect(status(page)).to_have_text(SAVED)

    assert questions_before_leaving(page) == []


def test_sending_a_page_is_not_asked_about(context: BrowserContext, site: Site) -> None:
    with_alone(context, "leaving")
    page, base = at_first_item(context, site.url)
    asked: list[str] = []
    page.on("dialog", lambda dialog: asked.append(dialog.type) or dialog.accept())

    page.get_by_label("Its reference").press_sequentially("ATLAS-1")
    steps.item(page, "ATLAS-1")
    page.wait_for_url(base + "F1/2")

    assert asked == []


# --- the clock ------------------------------------------------------------------------------------


def test_a_clock_runs_beside_the_check_that_speaks_of_one(context: BrowserContext, site: Site) -> None:
    with_alone(context, "clock")
    page, base = drawn(context, site.url, form="full")
    page.clock.install()
    page.goto(base + "F1/1")
    timer = page.get_by_role("timer")

    page.get_by_role("button", name="Start the clock").press("Enter")
    expect(timer).to_have_text("0:00 of 2:00")
    page.clock.run_for(65_000)
    expect(timer).to_have_text("1:05 of 2:00")
    page.clock.run_for(60_000)
    expect(timer).to_have_text("2:05 of 2:00, over")
    expect(page.get_by_text("The time is over.")).to_be_attached()
    page.get_by_role("button", name="Stop the clock").click()
    page.clock.run_for(10_000)
    expect(timer).to_have_text("2:05 of 2:00, over")
    page.get_by_role("button", name="Start the clock").click()
    expect(timer).to_have_text("0:00 of 2:00")

    assert page.url == base + "F1/1"  # a clock sends nothing


# --- none of it is needed -------------------------------------------------------------------------


def test_without_scripts_nothing_is_offered_that_would_do_nothing(chromium: Browser, site: Site) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page, base = drawn(context, site.url, form="full")
    page.goto(base + "F1/1")

    assert page.get_by_role("button").all_text_contents() == ["Save and open item 2"]
    expect(page.get_by_role("timer")).to_have_count(0)
    expect(page.get_by_text("the keys 1, 2 and 3")).to_have_count(0)
    expect(status(page)).to_have_text("Saved when you send it.")
    context.close()


@pytest.mark.parametrize("script", ["tally", "keys", "clock", "leaving", "autosave"])
def test_each_script_alone_complains_about_nothing(context: BrowserContext, site: Site, script: str) -> None:
    with_alone(context, script)
    page, base = drawn(context, site.url, form="full")
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))

    for path in ("F1/where", "F1/1", "F1/LD1", "F8/RC1", "F7/AI3"):
        page.goto(base + path)
        for box in page.locator("form [type=radio]").all()[:3]:
            box.check()
    page.goto(base + "F1/1")
    steps.item(page, "ATLAS-1")
    page.wait_for_url(base + "F1/2")

    assert faults == []


# --- for everybody --------------------------------------------------------------------------------


def busy(page: Page, base: str) -> None:
    """Open an item with everything on it that scripts add: the hint, a clock that runs, a saved page."""
    page.goto(base + "F1/1")
    page.get_by_role("button", name="Start the clock").click()
    answer_all(page)
    expect(status(page)).to_have_text(SAVED)


def test_axe_finds_nothing_in_light_and_dark_while_scripts_are_at_work(chromium: Browser, site: Site) -> None:
    context = chromium.new_context(reduced_motion="reduce")
    page, base = drawn(context, site.url, form="full")

    busy(page, base)

    assert axe.violations_in_light_and_dark(page) == []
    context.close()


@pytest.mark.parametrize(("width", "scale"), [(320, 1), (320, 4)], ids=["320 px", "1280 px at 400 %"])
def test_what_scripts_add_fits_a_small_screen(chromium: Browser, site: Site, width: int, scale: int) -> None:
    context = chromium.new_context(
        viewport={"width": width, "height": 256 if scale == 4 else 640}, device_scale_factor=scale
    )
    page, base = drawn(context, site.url, form="full")

    busy(page, base)

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for button in page.get_by_role("button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
    context.close()
