"""The quick form walked whole, from the start to the result, by people who do not use it as most do.

Each walk looks at every page that it passes; what it looks at is said by its person.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from assessment.content.library import read_library
from assessment.settings import ROOT
from tests import scale
from tests.conftest import Site

pytestmark = pytest.mark.browser

# The shortest form that looks at records, of whatever instrument the site ships.
FORM = min(
    (each for each in read_library(ROOT / "content").current.forms if not each.from_memory),
    key=lambda each: each.minutes,
)

# --- what is looked at on a page --------------------------------------------------------------------

# Runs before every page: what the looks below share.
EYES = """
window.seen = element => element.checkVisibility({visibilityProperty: true})
  && !element.closest('.visually-hidden, .skip')
window.named = element => element.tagName + '#' + element.id + '.' + element.className + ' '
  + (element.textContent || element.name || '').trim().slice(0, 40)
window.boxes = () => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const found = []
  for (let node; (node = texts.nextNode()); ) {
    const around = node.parentElement
    if (!node.data.trim() || around.closest('svg, script, template, .stacks thead') || !seen(around)) continue
    const range = document.createRange()
    range.selectNodeContents(node)
    for (const box of range.getClientRects()) found.push([around, box])
  }
  const controls = 'input:not([type=hidden]), textarea, select, button, svg, progress'
  for (const control of document.querySelectorAll(controls))
    if (seen(control)) found.push([control, control.getBoundingClientRect()])
  return found
}
"""

SIDEWAYS = """() => [...document.querySelectorAll('*')].filter(each =>
  each.scrollWidth > each.clientWidth + 1 && each.clientWidth && seen(each)
  && (each === document.documentElement || /auto|scroll/.test(getComputedStyle(each).overflowX))
  && !each.matches('textarea, input')).map(named)"""

BEYOND = """() => boxes().filter(([each, box]) => !each.closest('.scroll, textarea, input')
  && box.width && (box.right > innerWidth + 1 || box.left < -1)).map(([each]) => named(each))"""

OVERLAPPING = """() => {
  const all = boxes(), found = []
  for (let i = 0; i < all.length; i++)
    for (let j = i + 1; j < all.length; j++) {
      const [a, p] = all[i], [b, q] = all[j]
      if (a.contains(b) || b.contains(a)) continue
      const across = Math.min(p.right, q.right) - Math.max(p.left, q.left)
      const down = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top)
      if (across > 2 && down > 4) found.push(named(a) + ' / ' + named(b))
    }
  return found
}"""

MOVING = """() => [
  ...document.getAnimations().map(each => 'runs: ' + each.constructor.name),
  ...[...document.querySelectorAll('*')].filter(each => {
    const style = getComputedStyle(each)
    return /[1-9]/.test(style.transitionDuration + style.animationDuration)
      || style.scrollBehavior === 'smooth'
  }).map(named),
]"""

# Where colours are forced: what has no edge of its own, or one in the colour of what lies behind it.
UNSEEN = """() => {
  const behind = getComputedStyle(document.body).backgroundColor, canvas = /rgba\\(0, 0, 0, 0\\)/.test(behind)
    ? getComputedStyle(document.documentElement).backgroundColor : behind
  const drawn = (style, name) => parseFloat(style[name + 'Width']) >= 1 && style[name + 'Style'] !== 'none'
    && style[name + 'Color'] !== canvas
  const found = []
  for (const each of document.querySelectorAll('.input, .choice, .button, progress, .error-summary'))
    if (seen(each) && !drawn(getComputedStyle(each), 'borderTop')) found.push('no edge: ' + named(each))
  for (const each of document.querySelectorAll('.choice:has(:checked)'))
    if (parseFloat(getComputedStyle(each).borderTopWidth) < 3) found.push('not seen as chosen ' + named(each))
  for (const each of document.querySelectorAll('.strip path')) {
    const style = getComputedStyle(each)
    const inks = [style.fill, style.stroke].filter(ink => ink !== 'none' && ink !== canvas)
    if (seen(each) && !inks.length) found.push('mark without ink: ' + each.getAttribute('class'))
  }
  const bar = document.querySelector('progress')
  if (bar && getComputedStyle(bar, '::-webkit-progress-value').backgroundColor === canvas)
    found.push('what is done of the bar')
  return found
}"""

# The element with the focus, as it is met: what it is, and whether it can be seen.
FOCUS = """() => {
  const each = document.activeElement
  if (!each || each === document.body) return null
  const ringed = [each, each.closest('.choice')].find(one => {
    const {outlineStyle, outlineWidth} = one ? getComputedStyle(one) : {}
    return outlineStyle === 'auto' || outlineStyle === 'solid' && parseFloat(outlineWidth) >= 2
  })
  const shown = ringed || each, box = each.getBoundingClientRect()
  const needed = each.matches('textarea, .scroll, .error-summary') ? 60 : Infinity
  const x = Math.max(0, box.left) + Math.min(box.width, 20) / 2
  const y = (Math.max(0, box.top) + Math.min(innerHeight, box.bottom)) / 2
  const top = document.elementFromPoint(x, y)
  return {
    tag: each.tagName.toLowerCase(), type: each.type || '', id: each.id, name: each.name || '',
    value: each.value || '', number: each.inputMode === 'numeric', main: !!each.closest('main'),
    text: each.textContent.trim(), answer: each.closest('label')?.textContent.trim() || '',
    ringed: !!ringed,
    // Of what may be taller than the screen, a few lines are enough.
    whole: box.left >= -1 && box.right <= innerWidth + 1
      && Math.min(innerHeight, box.bottom) - Math.max(0, box.top) >= Math.min(box.height, needed) - 1,
    covered: !(top && (shown.contains(top) || top.contains(shown))), label: named(each),
  }
}"""

LAYOUT = {"scrolls sideways": SIDEWAYS, "beyond the edge": BEYOND, "overlapping": OVERLAPPING}

# --- who walks --------------------------------------------------------------------------------------

TYPED = {
    "label": "Team Atlas",
    "team_size": "8",
    "population": "3",
    "context_of": "4",
    "total": "10",
    "others": "7",
}
DAY = "12122025"  # the same day, whichever part of it a date field asks for first
Focus = dict[str, Any]


@dataclass
class Typist:
    """Somebody with a keyboard and nothing else, whose focus must be seen wherever it goes."""

    page: Page
    looks: dict[str, str] = field(default_factory=dict)  # what is looked at on every page that is passed
    is_bare: bool = False  # without style sheets the ring is the browser's own
    refused: set[str] = field(default_factory=set)  # the kinds of pages that were sent empty once
    numbered: int = 0  # how many answers were given by a number key
    lists: int = 0  # how many lists were described so far

    def walk(self, url: str) -> None:
        """Go from the start page to the result."""
        self.page.goto(f"{url}/diagnosis/")
        self.look()
        self.answer("start")
        for _ in range(80):
            self.look()
            kind = self.kind()
            if kind == "result":
                return
            if kind in ("tasks", "sample", "check"):
                self.follow(re.compile(r"^(Begin with the first|Open item \d+|Finish and see the result)$"))
            else:
                self.answer(kind)
        raise AssertionError("the journey does not end")

    def kind(self) -> str:
        """Return what kind of page is open, from its address."""
        if "/reports/" in self.page.url:
            return "result"
        last = self.page.url.partition("?")[0].rpartition("/")[2]
        return "item" if last.isdigit() else last or "tasks"

    def look(self) -> None:
        """Look at the page that is open."""
        for name, look in self.looks.items():
            assert self.page.evaluate(look) == [], f"{name}: {self.page.url}"

    # --- keys ---------------------------------------------------------------------------------------

    def press(self, key: str) -> Focus:
        """Press a key and return what has the focus then, which must be seen."""
        self.page.keyboard.press(key)
        now = self.page.evaluate(FOCUS) or {"tag": "", "main": False, "text": "", "type": ""}
        if now["tag"] not in ("", "main"):
            assert now["ringed"] or self.is_bare, f"no ring around {now['label']} at {self.page.url}"
            assert now["whole"], f"out of view: {now['label']} at {self.page.url}"
            assert not now["covered"], f"covered: {now['label']} at {self.page.url}"
        return now

    def until(self, wanted: Callable[[Focus], Any], key: str = "Tab") -> Focus:
        """Press a key until what is wanted has the focus."""
        for _ in range(120):
            if wanted(now := self.press(key)):
                return now
        raise AssertionError(f"never reached at {self.page.url}")

    def into(self) -> None:
        """Skip to the content."""
        assert self.press("Tab")["text"] == "Skip to the content"
        self.page.keyboard.press("Enter")
        expect(self.page.locator("main")).to_be_focused()  # given when the page is drawn next

    def enter(self) -> None:
        """Press Enter and wait for the page that it leads to."""
        with self.page.expect_navigation(wait_until="load"):
            self.page.keyboard.press("Enter")

    def follow(self, name: re.Pattern[str]) -> None:
        """Press a link or a button of this name."""
        self.into()
        self.until(lambda now: name.match(now["text"]))
        self.enter()

    # --- a page of questions ------------------------------------------------------------------------

    def answer(self, kind: str) -> None:
        """Answer the page that is open; send it empty first where its kind is met for the first time."""
        self.into()
        now = self.press("Tab")
        if kind not in self.refused:
            self.refused.add(kind)
            now = self.send_empty()
        if kind == "where":
            self.lists += 1
        done: set[str] = set()
        for _ in range(120):
            if now["type"] == "submit":
                return self.enter()
            key = now["name"] if now["type"] == "radio" else now["id"]
            if key and key not in done and now["main"]:
                done.add(key)
                if self.fill(now, kind):
                    self.numbered += 1
                    now = self.press("1")  # which leads to the next open question
                    continue
            now = self.press("Tab")
        raise AssertionError(f"no button at {self.page.url}")

    def send_empty(self) -> Focus:
        """Send the page as it is, be led to what is wrong, and follow the first link there."""
        self.until(lambda now: now["type"] == "submit")
        self.enter()
        self.look()
        # The browser gives a page its focus when it first draws it, which may be after the page has loaded.
        expect(self.page.locator(".error-summary")).to_be_focused()
        link = self.press("Tab")
        assert link["tag"] == "a", link
        now = self.press("Enter")
        assert now["tag"] in ("input", "textarea"), now
        return now

    def fill(self, now: Focus, kind: str) -> bool:
        """Enter something where the focus is; return whether its number key is to be pressed still."""
        if now["type"] == "radio":
            if kind == "item" and self.page.url.partition("#")[0].endswith("2"):
                return True
            self.choose(now, kind)
        elif now["type"] == "date" and not now["value"]:
            self.page.keyboard.type(DAY)
        elif now["type"] in ("text", "textarea") and not now["value"] and now["name"] not in ("list", "note"):
            self.page.keyboard.type(TYPED.get(now["name"], "1" if now["number"] else "Log 7, newest first"))
        return False

    def choose(self, now: Focus, kind: str) -> None:
        """Choose an answer with the arrow keys; of the ways to look at a list, each in its turn."""
        wanted = ""
        if now["name"] == "form":
            wanted = FORM.name
        elif now["name"] == "way":
            wanted = ("one by one", "counts that already exist", "the most recent", "Nobody can look")[
                min(self.lists, 4) - 1
            ]
        if wanted in now["answer"]:
            self.page.keyboard.press("Space")
        else:
            self.until(lambda now: wanted in now["answer"], "ArrowDown")


# --- the walks --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Screen:
    """How the pages are shown to somebody, and what is looked at on each."""

    options: dict[str, Any] = field(default_factory=dict)
    looks: dict[str, str] = field(default_factory=dict)
    is_bare: bool = False  # without style sheets


SCREENS = {
    "at a desk": Screen(),
    "on a small phone, without motion": Screen(
        {"viewport": {"width": 320, "height": 640}, "reduced_motion": "reduce"}, {**LAYOUT, "moving": MOVING}
    ),
    "at 400 %": Screen({"viewport": {"width": 320, "height": 256}, "device_scale_factor": 4}, LAYOUT),
    "in forced colours": Screen({"forced_colors": "active"}, {"unseen": UNSEEN}),
    "without style sheets": Screen(is_bare=True),
}


# `make test` walks those in which most can go wrong, `make test-all` every one.
SOME = ("on a small phone, without motion", "without style sheets")


@pytest.mark.parametrize("name", SCREENS if scale.is_searched_longer() else SOME)
def test_the_form_is_walked_by_keyboard_from_the_start_to_the_result(
    chromium: Browser, site: Site, name: str
) -> None:
    screen = SCREENS[name]
    context = chromium.new_context(locale="en-GB", **screen.options)
    context.add_init_script(EYES)
    if screen.is_bare:
        context.route("**/*.css", lambda route: route.abort())
    typist = Typist(context.new_page(), screen.looks, screen.is_bare)

    typist.walk(site.url)

    expect(typist.page.get_by_role("heading", level=1)).to_contain_text("held up")
    assert typist.numbered > 3
    assert {"start", "where", "belief", "item", "counts"} <= typist.refused
    context.close()


def test_a_form_is_printed_with_boxes_to_tick(chromium: Browser, site: Site) -> None:
    page = chromium.new_page()
    page.goto(f"{site.url}/diagnosis/questions/{FORM.id}")
    rows = page.locator("table.boxes tbody tr")
    assert rows.count() >= 3
    assert rows.count() % 3 == 0  # yes, no, could not verify
    assert page.locator("table.boxes:visible, .blank:visible").count() == 0

    page.emulate_media(media="print")

    assert page.locator("table.boxes tbody tr:visible").count() == rows.count()
    assert page.locator(".blank:visible").count() == page.locator(".blank").count() > 0
    edge = "getComputedStyle(document.querySelector('.boxes td'), '::before').borderTopStyle"
    assert page.evaluate(edge) == "solid"
    page.close()
