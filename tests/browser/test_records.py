"""A leader brings an export, sees what was understood, puts it right, chooses what counts, and finishes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import steps
from tests.conftest import Site
from tests.exported import LOOKED_AT

pytestmark = pytest.mark.browser

TABLE = """\
Vorgang;Zustand;Angelegt;Begonnen;Erledigt;Fällig;Bearbeiter;Freigegeben von;Freigegeben am;Ergebnis
K-1;Fertig;2026-02-02;2026-02-03;2026-02-20;2026-02-25;quillon-pike;vesper-lund;2026-02-19;https://git.example/1
K-2;Fertig;2026-02-03;2026-02-04;2026-02-27;2026-02-25;vesper-lund;quillon-pike;2026-02-26;https://git.example/2
K-3;Fertig;2026-02-04;2026-02-05;2026-03-06;2026-03-09;marlo-ortega;;;https://git.example/3
K-4;Geprüft;2026-02-05;2026-02-06;2026-03-13;2026-03-12;quillon-pike;;;
K-5;Geprüft;2026-02-06;2026-02-09;2026-03-20;2026-03-25;vesper-lund;;;
K-6;In Arbeit;2026-02-09;2026-02-10;;2026-03-31;quillon-pike;;;
"""


@pytest.mark.parametrize(
    "scripted",
    [
        pytest.param(False, id="without JavaScript"),
        pytest.param(True, id="with JavaScript", marks=pytest.mark.longer),
    ],
)
def test_an_export_is_brought_put_right_chosen_from_and_found_in_the_report(
    chromium: Browser, site: Site, scripted: bool
) -> None:
    page = chromium.new_context(java_script_enabled=scripted).new_page()
    page.goto(f"{site.url}/diagnosis/?form=quick")
    page.get_by_label("What shall we call the team?").fill("Team Atlas")
    page.get_by_label("How many people are in the team?").fill("8")
    page.locator("#window_days").fill(str(LOOKED_AT["window_days"]))
    page.locator("#window_end").fill(str(LOOKED_AT["window_end"]))
    page.get_by_label("Software or data").check()
    steps.begin(page)

    page.get_by_role("link", name="count it from an export").click()
    file = {"name": "tafel.csv", "mimeType": "text/csv", "buffer": TABLE.encode()}
    page.get_by_label("Choose the exports").set_input_files(files=[file])  # type: ignore[list-item]
    page.get_by_role("button", name="Read and count").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What the export says")
    expect(page.get_by_text("1 file, 6 items, 5 declared done in the window")).to_be_visible()

    page.get_by_text("What the states mean").click()
    page.get_by_label("Geprüft").select_option("In progress")
    page.get_by_text("What the columns hold").click()
    for field, heading in COLUMNS.items():
        page.locator(f"#column-{field}").select_option(heading)
    page.get_by_role("button", name="Read again with these changes").click()
    expect(page.get_by_text("1 file, 6 items, 3 declared done in the window")).to_be_visible()

    for name, answer in CHOSEN.items():
        page.get_by_role("group", name=f"{name}: which stands?").get_by_label(answer).check()
    page.get_by_role("button", name="Keep what is chosen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Team Atlas")
    expect(page.get_by_text("Any table (CSV)").first).to_be_visible()

    page.get_by_role("link", name="Check your answers").first.click()
    page.get_by_role("button", name="Finish and see the result").click()
    told = page.locator("main")
    for name, answer in CHOSEN.items():
        one = page.locator(".indicator", has_text=name)
        expect(one.filter(has_text="E4, counted from an export: Any table (CSV)")).to_have_count(
            1 if answer == "Use it" else 0
        )
    assert not [name for name in ("tafel", "quillon-pike", "K-1") if name in told.inner_text()]


COLUMNS = {"approved_by": "Freigegeben von", "approved_at": "Freigegeben am", "links": "Ergebnis"}
CHOSEN = {
    "The result exists": "Use it",
    "Someone other than the doer accepted it": "Use it",
    "Work is not one person": "Leave out",
    "Promises are kept or renegotiated": "Leave out",
}
