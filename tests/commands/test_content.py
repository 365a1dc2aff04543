"""`content check` and `content links`: sound content is counted, what is wrong is told by file and line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import Result

from assessment.settings import ROOT
from tests.commands.conftest import flask, refused, run
from tests.conftest import free_port

SITE = """
name = "Bread"
description = "How good bread comes about."
owner = "The Bakers"
owner_url = "https://bakers.example"
attribution = "The idea is that of Ann Baker."
disclosure = "Everything here is baked here."
instrument = "tiny"
contact_url = "mailto:ann@bakers.example"
menu = [{ name = "Home", url = "/" }]

[addresses]
flour = "https://flour.example/white"
"""

TERM = """
[[term]]
id = "{id}"
name = "{id}"
definition = "Everything in its place."
origin = "Ann Baker"
canonical_url = "https://bakers.example/{id}"
"""

PAGE = """+++
title = "{title}"
description = "{title}: how bread is made and kept."
changed = 2026-11-22
order = {order}
+++

{body}
"""


@pytest.fixture
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small content folder without a fault, which is that of the settings."""
    root = tmp_path / "content"
    (root / "pages").mkdir(parents=True)
    (root / "faq").mkdir()
    shutil.copytree(ROOT / "tests" / "instruments" / "tiny", root / "instruments" / "tiny")
    (root / "site.toml").write_text(SITE)
    (root / "terms.toml").write_text(TERM.format(id="craft") + TERM.format(id="order"))
    page(root, "index", "[[craft]], [flour]({{ address.flour }}) and [salt](https://salt.example/#sea).")
    monkeypatch.setenv("CONTENT", str(root))
    return root


def page(content: Path, name: str, body: str, title: str = "", order: int = 0) -> None:
    said = PAGE.format(title=title or name.title(), body=body, order=order)
    (content / "pages" / f"{name}.md").write_text(said, "utf-8")


def warned(result: Result) -> list[str]:
    """Return the warnings of a check that found no fault, each from the folder on."""
    assert result.exit_code == 0
    assert result.stdout.startswith("Content is sound: ")
    assert all(line.startswith("warning: ") for line in result.stderr.splitlines())
    return [line.partition("/content/")[2] for line in result.stderr.splitlines()]


# --- content check ----------------------------------------------------------------------------------


def test_what_ships_is_sound() -> None:
    result = run("content", "check")

    assert result.exit_code == 0
    assert result.stdout.startswith("Content is sound: ")


def test_broken_content_is_told_by_file_and_line(tmp_path: Path) -> None:
    pages = tmp_path / "content" / "pages"
    pages.mkdir(parents=True)
    (pages / "index.md").write_text("+++\ntitle = \n+++\nWelcome.\n", encoding="utf-8")

    done = flask("content", "check", CONTENT=str(tmp_path / "content"))

    assert done.returncode == 2
    assert f"{pages / 'index.md'}:2: " in done.stderr.decode()
    assert all("; " in line for line in done.stderr.decode().splitlines())


def test_content_without_a_slip_gets_no_warning(content: Path) -> None:
    assert warned(run("content", "check")) == []


def test_a_picture_that_is_not_there_is_a_fault(content: Path) -> None:
    page(content, "bread", "![A mark](/static/img/favicon.svg)\n\n![A loaf](/static/img/loaf.svg)")

    line = refused(run("content", "check"))

    assert f"{content}/pages/bread.md:10: '/static/img/loaf.svg' is not there; put the file into " in line


def test_a_term_that_no_page_uses_is_a_warning(content: Path) -> None:
    with (content / "terms.toml").open("a") as file:
        file.write(TERM.format(id="yeast"))

    [line] = warned(run("content", "check"))

    assert line == "terms.toml:17: term 'yeast' is used by no page; write [[yeast]] or remove it"


def test_a_page_to_which_nothing_leads_is_a_warning(content: Path) -> None:
    page(content, "bread", "Bread.", order=1)

    assert warned(run("content", "check")) == [
        "pages/bread.md:1: no page, menu or footer leads here; link to it where it helps"
    ]


def test_pages_that_cannot_be_told_apart_are_warnings(content: Path) -> None:
    page(content, "bread", "[Home](/)", title="Index")
    page(content, "index", "[[craft]], [bread](/bread/)")

    assert warned(run("content", "check")) == [
        f"pages/index.md:{line}: {key} is that of {content}/pages/bread.md; say what sets this page apart"
        for line, key in ((2, "title"), (3, "description"), (5, "order"))
    ]


def test_a_question_without_a_page_of_questions_is_a_warning(content: Path) -> None:
    (content / "faq" / "why.md").write_text('+++\ntitle = "Why?"\nchanged = 2026-11-22\norder = 1\n+++\nSo.')

    assert warned(run("content", "check")) == [
        'faq/why.md:1: is shown on no page; add a page with layout = "faq"'
    ]


def test_a_page_that_changes_in_the_future_is_a_warning(content: Path) -> None:
    path = content / "pages" / "index.md"
    path.write_text(path.read_text().replace("2026-11-22", "2999-11-22"))

    assert warned(run("content", "check")) == ["pages/index.md:4: changed is in the future; correct it"]


def test_headings_of_one_name_and_a_page_without_text_are_warnings(content: Path) -> None:
    page(content, "index", "[[craft]], [bread](/bread/)\n\n## Heat\n\nx\n\n## Heat")
    page(content, "bread", "", order=1)

    assert warned(run("content", "check")) == [
        "pages/bread.md:1: has no text; write it, or remove the page",
        "pages/index.md:10: heading 'Heat' stands there 2 times: a link can hardly mean one of them; "
        "let each say what is below it",
    ]


# --- content links ----------------------------------------------------------------------------------


def leading_to(content: Path, *hosts: str) -> None:
    """Let every outgoing address of the folder lead to one of these hosts, in turn."""
    files = [content / "site.toml", content / "terms.toml", content / "pages" / "index.md"]
    names = ("bakers.example", "flour.example", "salt.example")
    for path in files:
        text = path.read_text()
        for at, name in enumerate(names):
            text = text.replace(f"https://{name}", f"https://{hosts[at % len(hosts)]}")
        path.write_text(text)


def test_without_a_network_the_links_are_not_judged(content: Path) -> None:
    leading_to(content, f"127.0.0.1:{free_port()}", f"localhost:{free_port()}")

    line = refused(run("content", "links", "--timeout", "1"))

    assert line == "none of 5 addresses can be reached; run it again where there is a network"


def test_a_broken_link_is_told_with_every_file_that_uses_it(content: Path, web: str) -> None:
    leading_to(content, web, f"127.0.0.1:{free_port()}")

    result = run("content", "links", "--timeout", "5")

    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    site, terms, index = (content / name for name in ("site.toml", "terms.toml", "pages/index.md"))
    assert f"broken: https://{web} does not speak TLS as it should; used in {site}:5" in lines
    assert f"broken: https://{web}/craft does not speak TLS as it should; used in {terms}:7" in lines
    assert any(line.endswith(f"; used in {site}:13, {index}") for line in lines)
    assert f"broken: https://{web}/ does not speak TLS as it should; used in {index}:8" in lines
    assert lines[-1] == "5 addresses, 5 of them broken."
