"""What axe finds wrong on the page that is open, without all that it found right: that is megabytes."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

RULES: dict[str, Any] = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}
OF_COLOUR: dict[str, Any] = {"runOnly": ["color-contrast", "link-in-text-block"]}

_RUN = """async (rules) => {
  const said = await axe.run({...rules, resultTypes: ["violations"]});
  const wrong = said.violations.map((each) => [each.id, each.nodes.map((node) => node.html)]);
  return [said.passes.length, wrong];
}"""


def violations(page: Page, rules: dict[str, Any] = RULES) -> list[list[Any]]:
    """Return the name of each rule that is broken, with the elements that break it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    looked_at, wrong = page.evaluate(_RUN, rules)
    assert looked_at, "axe did not look"
    return list(wrong)


def violations_in_light_and_dark(page: Page) -> list[list[Any]]:
    """Return what is broken in the light, and of colours in the dark: all else is the same there.

    The context is one of reduced motion, or colours are looked at while they change.
    """
    page.emulate_media(color_scheme="light")
    wrong = violations(page)
    page.emulate_media(color_scheme="dark")
    return wrong + violations(page, OF_COLOUR)
