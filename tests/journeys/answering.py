"""Answering, in every way in which a leader may come to it: on, anew, otherwise, from an old page, twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from markupsafe import escape

from assessment.web.diagnosis.door import LARGEST_LIST
from tests.journeys.fields import is_item, references
from tests.journeys.plain import Place
from tests.journeys.typed import spoilt, typed, understood, words
from tests.journeys.visit import TEXT, Browser, Tab, Visit

UNDECISIVE = ("item", "counts", "date", "spread", "artefact", "anchors", "recall", "choice")

DEEDS: list[str] = []


def often(times: int) -> Callable[[Callable], Callable]:
    """Have a deed done so often, against the others."""

    def noted(deed: Callable) -> Callable:
        DEEDS.extend([deed.__name__] * times)
        return deed

    return noted


class Answering(Visit):
    """What a leader may do with questions. What makes no sense just now is answering the next one."""

    def answer(self, tab: Tab, chance: Random) -> None:
        """Answer a page as it comes to mind, a list in two sendings."""
        journey, (part, page) = tab.round.journey, tab.place
        self.here = tab.place
        fields = typed(journey, tab.place, chance)
        if (
            is_item(page) and tab.names
        ):  # as it was opened: by now another place of the sample may be asked more
            fields = {name: text for name, text in fields.items() if name in tab.names}
        if is_spoilt := chance.random() < 0.06:
            fields = spoilt(fields, chance)
        stays = journey.kind(tab.place) in UNDECISIVE and chance.random() < 0.2
        before = journey.sample(journey.instrument.frames[part]) if page == "where" else None
        why = self.send(tab, fields, stays=stays)
        if why == "invalid" and references(fields) and not is_spoilt:
            tab.names = frozenset()  # its page has more fields now
            if (why := self.send(tab, understood(fields))) == "kept":
                self.meet("list uploaded" if "file" in fields else "list pasted")
        if before and why == "kept":
            self.meet(f"way: {fields['way'].partition('-applicable')[0]}")
            after = journey.sample(journey.instrument.frames[part])
            if before.draw and after.draw > before.draw:
                self.meet("redrawn")
                self.send_an_old_item(part)

    def send_an_old_item(self, part: str) -> None:
        """Send once more what was answered about an item, of a sample that is another one by now."""
        for tab, sent, stays in reversed(self.sent):
            if tab.round is self.round and sent.place[0] == part and is_item(sent.place[1]):
                self.carry(tab, sent, stays)
                return

    def a_browser(self, chance: Random) -> Browser:
        """Return a browser: the first one, mostly."""
        return self.browsers[chance.random() < 0.1]

    def answer_anew(self, places: list[Place], chance: Random) -> None:
        if places:
            self.answer(self.fresh(self.a_browser(chance), chance.choice(places)), chance)
        else:
            self.go_on(chance)

    @often(18)
    def go_on(self, chance: Random) -> None:
        """Answer the next questions that are open, behind the one before; without a key, mostly fetch it."""
        browser = self.a_browser(chance)
        if self.refusal(browser, self.round) and self.round.links and chance.random() < 0.8:
            self.follow_link(browser)
        for _ in range(chance.randint(1, 3)):
            path = self.journey.path()
            start = path.index(self.here) + 1 if self.here in path else 0
            places = path[start:] + path[:start]
            place = next((each for each in places if not self.journey.is_answered(each)), places[0])
            tab = self.open(browser, place) if chance.random() < 0.2 else self.fresh(browser, place)
            if tab is None or (self.journey.is_finished and chance.random() < 0.5):
                return
            self.answer(tab, chance)

    @often(2)
    def change(self, chance: Random) -> None:
        """Answer a page anew that was answered before."""
        self.answer_anew([place for place in self.journey.path() if place in self.journey.kept], chance)

    @often(4)
    def look_otherwise(self, chance: Random) -> None:
        """Change how a list is looked at, or the list."""
        here = (self.here[0], "where")
        places = [p for p in self.journey.path() if p[1] == "where" and p in self.journey.kept]
        self.answer_anew([here] if here in places and chance.random() < 0.7 else places, chance)

    @often(1)
    def switch_pass(self, chance: Random) -> None:
        """Go on elsewhere."""
        self.here = chance.choice(self.journey.path())
        self.meet("switched")
        self.go_on(chance)

    @often(3)
    def open_tab(self, chance: Random) -> None:
        """Open a page and leave it open: mostly one that is asked, now and then one that was."""
        places = [*self.journey.path(), *self.journey.filled()]
        near = [place for place in places if place[0] == self.here[0]]
        place = chance.choice(near or places if chance.random() < 0.7 else places)
        if tab := self.open(self.a_browser(chance), place):
            self.tabs = [*self.tabs[-5:], tab]
            self.meet("tab opened")

    @often(4)
    def answer_in_tab(self, chance: Random) -> None:
        """Answer a page that was opened some time ago."""
        if not self.tabs:
            return self.open_tab(chance)
        self.meet("tab answered")
        return self.answer(chance.choice(self.tabs), chance)

    @often(3)
    def send_again(self, chance: Random) -> None:
        """Go back in the browser and send the same once more: a double click, or an old page."""
        if self.sent:
            self.carry(*chance.choice(self.sent[-6:]))

    @often(1)
    def say_the_same(self, chance: Random) -> None:
        """Send from an older page what stands by now."""
        places = [place for place in self.journey.filled() if place[1] != "belief"]
        if places:
            place = chance.choice(places)
            tab = self.fresh(self.browsers[0], place)
            tab.version = chance.randint(0, tab.version)
            self.send(tab, {name: str(text) for name, text in self.journey.kept[place].fields.items()})

    @often(3)
    def clear(self, chance: Random) -> None:
        """Blank an answered page again: what a page must have, stands."""
        place = chance.choice(self.journey.filled() or self.journey.path())
        stood = self.journey.said(*place) if place[1] != "belief" else {}
        names = [name for name in stood if name in TEXT] if chance.random() < 0.6 else list(stood)
        why = self.send(self.fresh(self.browsers[0], place), {**stood, **dict.fromkeys(names, "")})
        self.meet(f"cleared, {why}")

    @often(1)
    def damage(self, chance: Random) -> None:
        """Send a form without its hidden parts, or far too much."""
        browser, place = self.browsers[0], chance.choice(self.journey.path())
        fields = typed(self.journey, place, chance)
        fields.pop("file", None)
        data = {**self.carried(browser), "draw": "0", **fields}
        status = self.refusal(browser, self.round) or 400
        if chance.random() < 0.4 and place[1] != "where":
            status, data["reference"] = 413, "x" * (LARGEST_LIST + 1)
        page = self.post(browser, self.round.base + "/".join(place), data, status, changes=False).text
        assert status == 413 or all(str(escape(fields[name])) in page for name in TEXT if name in fields)
        self.meet(f"damaged, {status}")

    @often(4)
    def say_it_does_not_apply(self, chance: Random) -> None:
        """Say that an item does not apply, mostly as it is opened now; now and then put one back."""
        items = [place for place in self.journey.path() if is_item(place[1])]
        places = [place for place in items if place[0] == self.here[0]] or items
        if not places or self.round.is_gone:
            return self.go_on(chance)
        browser, place = self.browsers[0], chance.choice(places)
        if old := [tab for tab in self.tabs if tab.round is self.round and is_item(tab.place[1])]:
            tab = chance.choice([self.fresh(browser, place), *old])
        else:
            tab = self.fresh(browser, place)
        reason = chance.choice(["stray", "repeated", "missing", ""])
        self.say_replaced(replace(tab, browser=browser), reason, words(chance, "Item"))
        if self.journey.replaced(self.journey.instrument.frames[place[0]]) and chance.random() < 0.4:
            self.put_back(chance, place[0])
        return None

    def say_replaced(self, tab: Tab, reason: str, reference: str) -> None:
        journey, frame = self.journey, self.journey.instrument.frames[tab.place[0]]
        refused = self.refusal(tab.browser, self.round)
        status, why = (refused, "not here") if refused else journey.may_replace(tab.place, tab.draw, reason)
        path = "/".join((self.round.base.rstrip("/"), *tab.place, "replace"))
        data = {**self.carried(tab.browser), "version": "0", "draw": str(tab.draw)}
        data |= {"reason": reason, "reference": reference}
        sent = self.post(tab.browser, path, data, status, changes=why == "replaced")
        self.meet(why if why != "not here" else f"not replaced, {status}")
        if status != 303:
            assert str(escape(reference)) in sent.text
            return
        if why == "replaced":
            _, instead = sent.headers["Location"].removeprefix(self.round.base).split("/")
            assert journey.has_another(frame) == (instead != "sample")
            journey.replace(tab.place, instead.replace("sample", ""))
            again = self.post(tab.browser, path, data, 303, changes=False)
            assert again.headers["Location"] == sent.headers["Location"]

    def put_back(self, chance: Random, part: str) -> None:
        """Put an item back, by the form that the list of the items has for it where it may return."""
        journey, browser = self.journey, self.browsers[0]
        frame = journey.instrument.frames[part]
        if self.refusal(browser, self.round) or journey.is_finished or not journey.is_shown(frame):
            return
        page, _ = chance.choice(journey.replaced(frame))
        path = f"{self.round.base}{part}/{page}/back"
        log = journey.replaced(frame)
        may = dict(log)[page] not in dict(log)
        shown = self.get(browser, f"{self.round.base}{part}/sample").text
        assert (path in shown) == may
        data = {**self.carried(browser), "version": "0", "draw": str(journey.draw_of((part, page)))}
        self.post(browser, path, data, 303, changes=True)
        journey.put_back((part, page))
        self.meet("put back" if may else "not put back")
