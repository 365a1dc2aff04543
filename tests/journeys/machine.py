"""A machine that plays a leader at the real site: whatever may be done, in any order."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from assessment.store import answering, assessments, removal
from assessment.store.removal import Periods
from tests.journeys.answering import DEEDS, Answering, often
from tests.journeys.compared import hold_everything, hold_result
from tests.journeys.plain import Journey
from tests.journeys.tally import counted, is_scorable
from tests.journeys.visit import Browser, Round, hidden, link_on
from tests.leader import OUR_PAGE

PERIODS = Periods(drafts=timedelta(days=90), finished=timedelta(days=365), papers=timedelta(days=1))


class Deeds(Answering):
    """Everything a leader may do, and what else may happen."""

    # --- keys ----------------------------------------------------------------------------------------

    @often(2)
    def lose_cookie(self, chance: Random) -> None:
        """Lose the cookie, where there is a way back, and mostly take it: with pages open from before."""
        place = chance.choice([0, 0, 1])
        browser, other = self.browsers[place], self.browsers[not place]
        if not browser.token or not (self.round.links or self.round.id in other.held):
            return
        browser.client.delete_cookie("holder")
        browser.token, browser.held = "", set()
        self.meet("cookie lost")
        if chance.random() < 0.7:
            self.follow_link(browser)
            self.answer_in_tab(chance)

    @often(1)
    def open_link(self, chance: Random) -> None:
        """Open the private link, in another browser or in one that holds it already."""
        self.follow_link(chance.choice(self.browsers))

    @often(1)
    def end_links(self, chance: Random) -> None:
        """End all links, and mostly make another one."""
        browser, one = chance.choice(self.browsers), self.round
        data = {**self.carried(browser), "end": "1"}
        refused = self.refusal(browser, one)
        self.post(browser, f"{one.base}link", data, refused or 303, changes=not refused and bool(one.links))
        if refused:
            return
        for link in one.links:
            assert self.get(browser, link).status_code == 404
            self.post(browser, link, {"request_id": self.request_id()}, 404, changes=False)
        one.links = []
        self.meet("links ended")
        if chance.random() < 0.8:
            sent = self.post(browser, f"{one.base}link", self.carried(browser), 303, changes=True)
            one.links = [link_on(self.get(browser, sent.headers["Location"]).text)]

    # --- around --------------------------------------------------------------------------------------

    @often(2)
    def look_around(self, chance: Random) -> None:
        """Read the other pages, which change nothing."""
        one, browser = self.round, chance.choice([self.browsers[0], *self.browsers])
        frame = next(self.journey.frames()).id
        page = chance.choice(("", "everything", "everything", "leave", f"{frame}/sample", "check"))
        response = self.get(browser, one.base + page)
        if self.refusal(browser, one):
            assert response.status_code == 404
        elif page == "everything":
            hold_everything(self.journey, json.loads(response.data))
            self.meet("compared")
        else:
            assert response.status_code in (200, 303)

    @often(1)
    def publish(self, chance: Random) -> None:
        """Publish a version and start the site anew: what was begun goes on with its own."""
        if not self.is_published and self.asked > 20:
            self.is_published = True
            for browser in self.browsers:
                browser.client.application = self.site.after
            self.meet("published")
        self.go_on(chance)

    # --- the end -------------------------------------------------------------------------------------

    @often(3)
    def finish(self, chance: Random) -> None:
        """Finish, and once more from another window; the less is answered, the less often."""
        if not self.journey.is_finished and len(self.journey.kept) < chance.randint(3, 20):
            return self.go_on(chance)
        for browser in (self.a_browser(chance), self.browsers[0]):
            self.finish_in(browser)
        return None

    def finish_in(self, browser: Browser) -> None:
        """Finish in a browser: there is one report, and it is a pure score of what was acknowledged."""
        one, was = self.round, self.journey.is_finished
        expected = self.refusal(browser, one) or (303 if was or is_scorable(one.journey) else 422)
        is_new = expected == 303 and not was
        sent = self.post(browser, f"{one.base}finish", self.carried(browser), expected, changes=is_new)
        self.meet(f"finish, {expected}{' again' * was}")
        if expected != 303:
            return
        if is_new:
            one.journey.is_finished, one.report = True, sent.headers["Location"]
        assert sent.headers["Location"] == one.report
        count = "SELECT count(*) FROM report WHERE assessment_id = ?"
        assert self.site.database.execute(count, (one.id,)).fetchone() == (1,)
        document = self.get(browser, f"{one.report.rstrip('/')}.json").data
        if is_new:
            one.document = document
            hold_result(one.journey, document)
            self.meet("scored")
        assert document == one.document

    @often(1)
    def lead_on(self, chance: Random) -> None:
        """Carry the counts of a form from memory into the one that looks, by a click or two."""
        one, browser = self.round, self.browsers[0]
        leads = one.journey.is_finished and one.journey.from_memory
        expected = self.refusal(browser, one) or (303 if leads else 409)
        data = self.carried(browser)
        sent = self.post(browser, f"{one.base}onward", data, expected, changes=expected == 303)
        self.meet(f"led on, {expected}")
        if expected != 303:
            return
        again = browser.client.post(f"{one.base}onward", data=data, headers=OUR_PAGE)
        assert again.headers["Location"] == sent.headers["Location"]
        into = self.instruments[self.is_published]
        form = next(each for each in into.forms if not each.from_memory).id
        belief = carried_over(one.journey, set(into.asked(form)))
        kept = self.get(browser, f"/diagnosis/{sent.headers['Location'].split('/')[2]}/everything")
        today = date.fromisoformat(json.loads(kept.data)["facts"]["window_end"])
        journey = Journey(into, form, one.journey.team_size, today, one.journey.label, belief)
        self.came_to(browser, sent.headers["Location"], journey)
        self.go_on(chance)

    @often(2)
    def delete(self, chance: Random) -> None:
        """Delete everything, late, and send the form once more; then begin again, or go on all the same."""
        one, browser = self.round, self.a_browser(chance)
        if self.refusal(browser, one) or self.asked < 25:
            return self.go_on(chance)
        data = {**self.carried(browser), "proof": hidden(self.get(browser, f"{one.base}leave").text, "proof")}
        self.post(browser, f"{one.base}leave", data, 422, changes=False)
        data["sure"] = "y"
        sent = self.post(browser, f"{one.base}leave", data, 303, changes=True)
        assert sent.headers["Location"] == "/diagnosis/left"
        self.gone(one)
        if browser.client.get_cookie("holder"):
            self.post(browser, f"{one.base}leave", data, 303, changes=False)
        else:
            browser.token = ""
        self.meet("deleted")
        return self.after_the_end(chance)

    @often(2)
    def wait(self, chance: Random) -> None:
        """Leave everything alone for so long that what is kept long enough is removed; late."""
        if self.asked < 25:
            return self.go_on(chance)
        days = chance.choice([29, 91, 91])
        with self.site.after.app_context():
            removal.purge(datetime.now(UTC) + timedelta(days=days), PERIODS)
        for one in self.rounds:
            if days > 30:
                one.journey.receipts.clear()
            if days > 90 and not one.journey.is_finished and not one.is_gone:
                self.gone(one)
                self.meet("draft removed")
        return self.after_the_end(chance)

    def gone(self, one: Round) -> None:
        one.is_gone = True
        for browser in self.browsers:
            browser.held.discard(one.id)

    @often(3)
    def begin_again(self, chance: Random) -> None:
        """Begin another one, where one has come to its end."""
        if self.journey.is_finished and self.journey.from_memory and chance.random() < 0.6:
            return self.lead_on(chance)
        if self.round.is_gone or self.journey.is_finished:
            self.begin(chance)
        return self.go_on(chance)

    def after_the_end(self, chance: Random) -> None:
        """Send what is open all the same, then mostly begin again."""
        self.send_again(chance)
        if self.tabs:
            self.answer_in_tab(chance)
        if chance.random() < 0.7:
            self.begin_again(chance)

    def answer_the_rest(self, browser: Browser, chance: Random) -> None:
        """Answer every page that is open, as a page of the site asks it, and finish."""
        for _ in range(400):
            place = next((p for p in self.journey.path() if not self.journey.is_answered(p)), None)
            if place is None:
                break
            tab = self.open(browser, place)
            assert tab
            self.answer(tab, chance)
        assert "Not answered" not in self.get(browser, f"{self.round.base}check").text
        self.finish_in(browser)
        self.meet("answered whole")


def carried_over(before: Journey, asked: set[str]) -> dict[str, dict[str, Any]]:
    """Return what was said from memory as beliefs: how many of how many, in words where it was a choice."""
    singles = {single.indicator for each in before.instrument.passes for single in each.singles}
    found: dict[str, dict[str, Any]] = {}
    for name, (sound, failing, _, _) in counted(before).items():
        if name in asked and sound + failing:
            found[name] = {"count": sound, "of": sound + failing}
            if name in singles:
                words = [each.text for each in before.single(name).choices if each.sound == sound]
                found[name]["words"] = words[0]
    return found


class Play(Deeds, RuleBasedStateMachine):
    """A leader who does any of it.

    One rule does them all, and chance says which: of several rules a run leaves out half, and what is drawn
    in one run comes back in many others, so that some deeds would hardly ever be done.
    """

    @initialize(taste=st.integers(0, 2**16), is_thorough=st.sampled_from([*[False] * 7, True]))
    def arrive(self, taste: int, is_thorough: bool) -> None:
        self.is_thorough, self.is_sound = is_thorough, False
        self.begin(self.chance(taste))
        self.is_sound = True

    @rule(taste=st.integers(0, 2**32))
    def do(self, taste: int) -> None:
        chance = self.chance(taste)
        deed = chance.choice(DEEDS)
        note(f"# {deed}")
        self.is_sound = False
        getattr(self, deed)(chance)
        self.is_sound = True

    def teardown(self) -> None:
        try:
            if self.is_sound:
                self.come_to_an_end()
        finally:
            for each in self.rounds:
                with self.site.after.app_context():
                    assessments.delete(each.id)

    def come_to_an_end(self) -> None:
        """Finish what was chosen to be answered whole, and hold everything that is kept against paper."""
        browser, chance = self.browsers[0], self.chance(0)
        if self.is_thorough:
            if self.journey.is_finished or self.refusal(browser, self.round):
                self.begin(chance)
            self.answer_the_rest(browser, chance)
        elif not self.refusal(browser, self.round):
            kept = self.get(browser, f"{self.round.base}everything").data
            hold_everything(self.journey, json.loads(kept))
            self.meet("compared")
        for each in self.rounds:
            with self.site.after.app_context():
                found = {place: entry.version for place, entry in answering.entries(each.id).items()}
            kept = {} if each.is_gone else each.journey.kept
            assert found == {place: entry.version for place, entry in kept.items()}
