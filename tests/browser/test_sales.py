"""From an admin's first click to a report in the right hands, and back, each at a browser of their own."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from assessment.settings import ROOT
from assessment.store.database import db
from tests import scale
from tests.browser import axe, by_requests, steps
from tests.browser.prepared import served
from tests.conftest import Site, free_port, start_site, stop_site, wait_until
from tests.demo import copied
from tests.mail_server import MailServer, mail_server

pytestmark = pytest.mark.browser

PASSWORD = "a long sentence that nobody says"  # noqa: S105 of accounts in tests
SECONDS = 60  # within which the back room has sent a mail or set a paper


@dataclass
class Stage:
    """A site with a mail server beside it, and a browser for each of those who meet there."""

    site: Site
    mails: MailServer
    chromium: Browser
    contexts: list[BrowserContext] = field(default_factory=list)

    def enters(self) -> Page:
        """Return the page of somebody who has not been here before."""
        context = self.chromium.new_context()
        self.contexts.append(context)
        return context.new_page()

    def command(self, *words: str, typed: str) -> str:
        """Run `flask` as whoever has the machine does."""
        environ = {"INSTANCE": str(self.site.instance), "PATH": "/usr/bin:/bin"}
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *words],
            cwd=ROOT,
            env=environ,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def mailed(self, to: str) -> str:
        """Wait for the mail that somebody gets, and return the link in it."""
        wait_until(lambda: [to] in self.mails.recipients, seconds=SECONDS)
        mail = self.mails.accepted[self.mails.recipients.index([to])]
        part = mail.get_body(("plain",))
        assert part
        found = re.search(rf"{self.site.url}/\S+", part.get_content())
        assert found, part.get_content()
        return found[0]


@pytest.fixture
def stage(chromium: Browser, tmp_path: Path, bare_content: Path) -> Iterator[Stage]:
    port = str(free_port())
    with mail_server() as mails:
        site = start_site(
            tmp_path / "instance",
            PORT=port,
            BASE_URL=f"http://127.0.0.1:{port}",
            CONTENT=str(bare_content),
            SMTP_URL=mails.url,
            MAIL_FROM="desk@site.test",
        )
        stage = Stage(site, mails, chromium)
        try:
            yield stage
        finally:
            for context in stage.contexts:
                context.close()
            stop_site(site)


def test_a_report_goes_from_an_invitation_to_its_reader_and_is_taken_back(stage: Stage) -> None:
    admin_adds_a_seller = stage.enters()
    told = stage.command("people", "add", "root@desk.test", "--name", "Ada Admin", typed=f"{PASSWORD}\n")
    assert "admin" in told
    link = added(admin_adds_a_seller, stage.site.url)

    seller = stage.enters()
    chosen(seller, link)
    invited(seller)

    leader = stage.enters()
    result = finished(leader, stage.mailed("kim@alder.test"), stage.site.url)
    seller.goto(f"{stage.site.url}/sales/")
    expect(seller.get_by_text("Nothing is shared with the desk yet")).to_be_visible()
    consented(leader, result)

    prepared(seller, stage.site.url)
    delivery = sent(seller)

    reader = stage.enters()
    opened(reader, stage.mailed("chair@board.test"))
    seller.goto(delivery)
    expect(seller.locator("main")).to_contain_text("Opened")

    listed = seller.locator("main")
    diagnosis = re.sub("/reports/", "/sales/diagnoses/", result)
    assert status(seller, diagnosis) == 200
    withdrawn(leader, result)
    for path in ("/sales/", "/sales/deliveries/"):
        seller.goto(stage.site.url + path)
        expect(listed).not_to_contain_text("Alder")
        expect(listed).not_to_contain_text("chair@board.test")
    assert [status(seller, each) for each in (delivery, diagnosis)] == [404, 404]
    reader.reload()
    expect(reader.locator("h1")).to_contain_text("ended")


# What stands out over the edge of a narrow screen, but in a region that is scrolled by itself.
BEYOND = """() => [...document.querySelectorAll('main *')]
  .filter(each => !each.closest('.scroll, .visually-hidden, thead') && each.getBoundingClientRect().width
    && each.getBoundingClientRect().right > innerWidth + 1)
  .map(each => each.outerHTML.slice(0, 80))"""


@pytest.mark.longer
def test_axe_finds_nothing_at_the_desk_and_nothing_stands_out_over_a_narrow_screen(
    chromium: Browser, tmp_path: Path, demonstrated: Path
) -> None:
    demo = copied(demonstrated, tmp_path)
    addresses, wrong = demo.pages(4 if scale.is_searched_longer() else 1), []
    cookie = demo.admin().get_cookie("person")
    assert cookie
    assert len(addresses) > 8

    with served(demo.app) as url:
        context = chromium.new_context(reduced_motion="reduce")
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": url}])
        page = context.new_page()
        for path in addresses:
            page.set_viewport_size({"width": 1280, "height": 800})
            page.goto(url + path)
            wrong += [(path, each) for each in axe.violations_in_light_and_dark(page)]
            page.set_viewport_size({"width": 320, "height": 800})
            wrong += [(path, each) for each in page.evaluate(BEYOND)]
            wrong += [(path, "several lines in a field of one")] * page.locator("input[rows]").count()
        context.close()
    with demo.app.app_context():
        db.engine.dispose()

    assert wrong == []


def status(page: Page, address: str) -> int:
    """Return with what an address is answered to somebody."""
    answer = page.goto(address)
    assert answer
    return answer.status


def signs_in(page: Page, url: str, email: str) -> None:
    page.goto(f"{url}/sales/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("navigation", name="Sales desk")).to_be_visible()


def added(page: Page, url: str) -> str:
    """As the admin, add a seller; return the link by which they choose a password."""
    signs_in(page, url, "root@desk.test")
    page.get_by_role("link", name="People").click()
    page.get_by_role("link", name="Add somebody").click()
    page.get_by_label("Name").fill("Sam Seller")
    page.get_by_label("E-mail address").fill("sam@desk.test")
    page.get_by_label("Sales:").check()
    page.get_by_role("button", name="Add this person").click()
    return page.get_by_label("The link").input_value()


def chosen(page: Page, link: str) -> None:
    """As the seller, choose a password by the link, which signs in."""
    page.goto(link)
    page.get_by_label("Your new password").fill(PASSWORD)
    page.get_by_label("The same once more").fill(PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_role("navigation", name="Sales desk")).to_contain_text("Sam Seller")
    expect(page.get_by_role("link", name="People")).to_have_count(0)


def invited(page: Page) -> None:
    """As the seller, invite a leader by mail."""
    page.get_by_role("link", name="Invitations").click()
    page.get_by_role("link", name="Invite somebody").click()
    page.get_by_label("What shall the invitation be called?").fill("Alder, autumn")
    page.get_by_label("Their organisation").fill("Alder Freight")
    page.get_by_label("Their name").fill("Kim Marsh")
    page.get_by_label("Their e-mail address").fill("kim@alder.test")
    page.get_by_label("This site mails it").check()
    page.get_by_role("button", name="Invite", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Alder, autumn")


def finished(page: Page, link: str, url: str) -> str:
    """As the leader, open the invitation and finish; return the address of the result."""
    page.goto(link)
    expect(page.locator("main")).to_contain_text("Sam Seller")
    page.get_by_role("button", name="Open the invitation").click()
    expect(page.get_by_label("organisation", exact=False).first).to_have_value("Alder Freight")
    page.locator("input[name=form][value=quick]").check()
    page.get_by_label("What shall we call the team?").fill("Team Wren")
    page.get_by_label("How many people are in the team?").fill("8")
    if (work := page.get_by_label("Software or data")).is_visible():
        work.check()
    steps.begin(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Team Wren")
    leader = by_requests.leader(page.context, url)
    leader.base = page.url.removeprefix(url).partition("?")[0]
    leader.walk()
    page.goto(f"{url}{leader.base}check")
    page.get_by_role("button", name="Finish").click()
    page.wait_for_url("**/reports/**")
    return page.url


def consented(page: Page, result: str) -> None:
    """As the leader, let the desk see the result: the box is not ticked before."""
    page.goto(result)
    box = page.get_by_label("I let the sales desk")
    expect(box).not_to_be_checked()
    box.check()
    page.get_by_role("button", name="Show it to the desk").click()
    expect(page.get_by_role("button", name="Take it back now")).to_be_visible()


def withdrawn(page: Page, result: str) -> None:
    """As the leader, take the consent back."""
    page.goto(result)
    page.get_by_role("button", name="Take it back now").click()
    expect(page.get_by_role("button", name="Show it to the desk")).to_be_visible()


def prepared(page: Page, url: str) -> None:
    """As the seller, find what was shared, write a cover, and look at it beside the report."""
    page.goto(f"{url}/sales/")
    page.get_by_role("link", name="Alder Freight").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Alder Freight")
    page.get_by_role("link", name="Prepare").click()
    page.get_by_label("Prepared for").fill("The board of Alder Freight")
    page.get_by_label("A message").fill("This is what the team found when it opened its work.")
    page.get_by_role("button", name="Prepare it").click()
    expect(page.locator("main")).to_contain_text("The board of Alder Freight")


def sent(page: Page) -> str:
    """As the seller, wait for the paper, send it by mail; return the address of the delivery."""
    for _ in range(SECONDS):
        if page.get_by_role("link", name="Send it").count():
            break
        page.reload()
        page.wait_for_timeout(1000)
    page.get_by_role("link", name="Send it").click()
    page.get_by_label("Their name").fill("The chair")
    page.get_by_label("This site mails a link", exact=True).check()
    page.get_by_label("Their e-mail address").fill("chair@board.test")
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("The chair")
    return page.url.partition("?")[0]


def opened(page: Page, link: str) -> None:
    """As the recipient, open what was mailed, take its PDF away, and ask whether it is genuine."""
    page.goto(link)
    expect(page.locator("main")).to_contain_text("Sam Seller")
    page.get_by_role("button", name="Open the report").click()
    expect(page.get_by_role("region", name="Cover of the sender")).to_contain_text(
        "The board of Alder Freight"
    )
    with page.expect_download() as taken:
        page.get_by_role("link", name="Download the PDF").first.click()
    here = page.url
    page.locator("main a[href*='/verify/']").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("genuine")
    page.locator("input[type=file]").set_input_files(taken.value.path())
    page.get_by_role("button", name="Compare it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Genuine figures, with a cover that is not part of them"
    )
    page.goto(here)
