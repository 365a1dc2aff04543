"""Content: what a page may say, how terms and values get into it, and what is told when it is wrong."""

import re
import shutil
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest

from assessment.content.files.located import ContentError
from assessment.content.instruments import read_instrument
from assessment.content.library import Library, offered, read_library
from assessment.content.pages import markup
from assessment.content.pages.markup import render
from assessment.content.pages.page import LARGEST_PAGE, address
from assessment.content.pages.terms import Term
from assessment.core.instrument import Instrument
from assessment.core.reach import pattern_states
from assessment.settings import ROOT

SHIPPED = ROOT / "content"
TINY = ROOT / "tests" / "instruments" / "tiny"

SITE = """
name = "Bread"
description = "How good bread comes about."
owner = "The Bakers"
owner_url = "https://bakers.example"
attribution = "The idea is that of Ann Baker."
disclosure = "Everything here is baked here."
instrument = "tiny"
contact_url = "mailto:ann@bakers.example"
doors = ["/diagnosis/"]
menu = [{ name = "Home", url = "/" }]

[addresses]
flour = "https://flour.example/white"
"""

TERMS = """
[[term]]
id = "craft"
name = "Craft"
mark = "™"
definition = "Knowing when it is done."
origin = "Ann Baker"
canonical_url = "https://bakers.example/craft"
see = ["order"]

[[term]]
id = "order"
name = "kitchen order"
definition = "Everything in its place."
origin = "Ann Baker"
canonical_url = "https://bakers.example/order"
"""


def text(body: str, **head: object) -> str:
    """Return a page with a complete head; the body begins on line 8."""
    values = {
        "title": '"Bread"',
        "description": '"How bread is made and kept, in a few words."',
        "changed": "2026-11-22",
        "order": 1,
        **head,
    }
    lines = [f"{key} = {value}" for key, value in values.items() if value is not None]
    return "\n".join(["+++", *lines, "+++", "", body])


def question(body: str, title: str = '"Is it done?"') -> str:
    return f"+++\ntitle = {title}\nchanged = 2026-11-22\norder = 1\n+++\n\n{body}"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A small content folder without a fault."""
    root = tmp_path / "content"
    (root / "pages").mkdir(parents=True)
    (root / "faq").mkdir()
    shutil.copytree(TINY, root / "instruments" / "tiny")
    (root / "site.toml").write_text(SITE)
    (root / "terms.toml").write_text(TERMS)
    (root / "pages" / "index.md").write_text(text("Home.", order=0))
    return root


def with_page(content: Path, body: str, name: str = "bread", **head: object) -> Library:
    """Return the library after one more page was written."""
    file = content / "pages" / f"{name}.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text(body, **head))
    return read_library(content)


def told(content: Path) -> list[str]:
    """Return the faults of a folder, each as the line that a person reads, from "content/" on."""
    with pytest.raises(ContentError) as error:
        read_library(content)
    return [str(fault).partition("/content/")[2] for fault in error.value.faults]


# --- which version is current ---------------------------------------------------------------------


def versions(*keys: str, closed: tuple[str, ...] = ()) -> dict[str, Instrument]:
    """Return an instrument in these versions, all of them drafts but those that are closed."""
    tiny = read_instrument(TINY / "1.0.0")
    return {key: tiny.model_copy(update={"key": key, "draft": key not in closed}) for key in keys}


def test_a_new_diagnosis_gets_the_newest_version_by_number():
    known = versions("tiny/1.0.9", "tiny/1.0.10", "tiny/1.0.2")

    assert offered(known, "tiny")["tiny"].key == "tiny/1.0.10"


def test_a_draft_beside_a_closed_version_is_not_current():
    known = versions("tiny/1.0.0", "tiny/1.1.0", "tiny/1.2.0", closed=("tiny/1.0.0", "tiny/1.1.0"))

    assert offered(known, "tiny")["tiny"].key == "tiny/1.1.0"


def test_each_instrument_is_offered_and_the_site_s_own_comes_first():
    known = versions("attic/3.0.0", "tiny/1.0.0", "zeal/1.0.0", "zeal/2.0.0", closed=("zeal/1.0.0",))

    assert [each.key for each in offered(known, "tiny").values()] == [
        "tiny/1.0.0",
        "attic/3.0.0",
        "zeal/1.0.0",
    ]


def test_every_version_stays_readable_beside_the_current_one(content: Path):
    shutil.copytree(TINY / "1.0.0", content / "instruments" / "tiny" / "1.0.1")

    library = read_library(content)

    assert library.current.key == "tiny/1.0.1"
    assert [library.instrument(f"tiny/{version}").version for version in ("1.0.0", "1.0.1")] == [
        "1.0.0",
        "1.0.1",
    ]


# --- what ships -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped() -> Library:
    """The content of the site itself."""
    return read_library(SHIPPED)


def test_the_shipped_content_has_no_fault_and_one_open_setting(shipped: Library):
    assert [warning.fault for warning in shipped.warnings] == ["contact_url is empty"]


def test_a_page_that_names_a_marked_word_carries_its_mark_and_definition(shipped: Library):
    for page in shipped.pages.values():
        words = re.sub(r"<[^>]+>", " ", page.html)
        if page.head.layout == "faq":
            words += " ".join(re.sub(r"<[^>]+>", " ", question.html) for question in shipped.faq)
        for term in shipped.terms.values():
            if term.mark and re.search(rf"\b{term.name}\b(?! Score| Pre-Scan)", words):
                assert term in page.terms, f"{page.file} says {term.name} and never [[{term.id}]]"


def test_every_definition_has_an_origin_and_a_canonical_address(shipped: Library):
    for term in shipped.terms.values():
        assert term.origin
        assert term.canonical_url.startswith("https://")
        assert term.definition.endswith(".")


def test_the_three_layers_lead_to_the_addresses_of_their_owner(shipped: Library):
    layers = {layer.term: shipped.terms[layer.term] for layer in shipped.current.layers}

    assert {term.id: term.canonical_url for term in layers.values()} == {
        "human-debt": "https://duenablomstrom.com/concepts/framework",
        "execution-debt": "https://duenablomstrom.com/what-is-execution-debt",
        "execution-integrity": "https://duenablomstrom.com/what-is-execution-integrity",
    }
    assert all(term.mark for term in layers.values())


# --- terms ----------------------------------------------------------------------------------------


def test_the_first_use_of_a_term_shows_its_mark_and_opens_its_definition(content: Path):
    page = with_page(content, "[[craft]] takes time. More [[craft]] takes more.").pages["/bread/"]

    assert page.html == (
        '<p><button class="term" popovertarget="term-craft" type="button">Craft™</button>'
        " takes time. More Craft takes more.</p>"
    )
    assert [term.id for term in page.terms] == ["craft"]


def test_a_term_begins_a_sentence_and_stands_in_the_plural(content: Path):
    page = with_page(content, "[[Order]]s differ. We have two [[order]]s.").pages["/bread/"]

    assert ">Kitchen orders</button> differ. We have two kitchen orders." in page.html


def test_a_term_in_a_heading_or_a_link_is_its_name_and_no_first_use(content: Path):
    page = with_page(content, "## On [[craft]]\n\nSee [our [[craft]]](/) and [[craft]].").pages["/bread/"]

    assert '<h2 id="on-craft">On Craft</h2>' in page.html
    assert '<a href="/">our Craft</a> and <button' in page.html
    assert page.html.count("™") == 1


def test_questions_on_one_page_explain_a_term_once(content: Path):
    (content / "faq" / "one.md").write_text(question("[[craft]]."))
    (content / "faq" / "two.md").write_text(question("[[craft]] and [[order]]."))
    library = with_page(content, "Ask.", name="faq", layout='"faq"')

    assert [term.id for term in library.pages["/faq/"].terms] == ["craft", "order"]
    assert "™" in library.faq[0].html
    assert "™" not in library.faq[1].html


# --- values ---------------------------------------------------------------------------------------


def test_a_value_on_a_page_is_the_one_of_the_instrument(content: Path):
    constants = content / "instruments" / "tiny" / "1.0.0" / "constants.toml"
    constants.write_text(constants.read_text().replace("award_probability = 0.90", "award_probability = 0.8"))

    page = with_page(content, "At {{ method.award-probability }} or above.").pages["/bread/"]

    assert "At 80\N{NO-BREAK SPACE}% or above." in page.html


def test_the_limits_of_the_gap_are_those_of_the_instrument(content: Path):
    constants = content / "instruments" / "tiny" / "1.0.0" / "constants.toml"
    constants.write_text(constants.read_text().replace("small = 10\nlarge = 25", "small = 12.5\nlarge = 30"))

    page = with_page(content, "From {{ gap.small }} to {{ gap.large }}.").pages["/bread/"]

    assert "From 12.5 to 30." in page.html


def test_a_table_of_the_instrument_can_be_read_aloud_and_needs_no_style(content: Path):
    page = with_page(content, "{{ layers.table }}").pages["/bread/"]

    assert '<th scope="col">Layer</th>' in page.html
    assert '<th scope="row"><button class="term"' in page.html
    assert 'class="numeric"' in page.html
    assert "style=" not in page.html


def test_targets_of_one_source_share_a_line(content: Path):
    page = with_page(content, "{{ targets.table }}").pages["/bread/"]

    sources = [each.target_source for each in read_library(content).current.indicators.values()]
    assert page.html.count("<tr>") == 1 + len(set(sources)) < 1 + len(sources)


def test_words_of_the_instrument_are_text_and_no_markdown(content: Path):
    layer = content / "instruments" / "tiny" / "1.0.0" / "layers" / "2-order.toml"
    layer.write_text(layer.read_text().replace('name = "Ovens"', 'name = "*Ovens* | [here](/nowhere/) <b>"'))

    page = with_page(content, "{{ crosswalk.table }}").pages["/bread/"]

    assert "*Ovens* | [here](/nowhere/) &lt;b&gt;" in page.html


def leading_to(content: Path, setting: str) -> None:
    """Let a destination of the instrument lead to a setting of the site."""
    routes = content / "instruments" / "tiny" / "1.0.0" / "routes.toml"
    routes.write_text(
        routes.read_text().replace('id = "nothing"', f'id = "nothing"\nsite_setting = "{setting}"')
    )


@pytest.mark.parametrize(
    ("setting", "url"),
    [
        ("flour", "https://flour.example/white"),
        ("owner_url", "https://bakers.example"),
        ("contact_url", "mailto:ann@bakers.example"),
    ],
)
def test_a_destination_leads_to_any_address_of_the_site(content: Path, setting: str, url: str):
    leading_to(content, setting)

    assert read_library(content).site.address(setting) == url


@pytest.mark.parametrize("setting", ["name", "menu", "addresses", "butter"])
def test_a_destination_leads_to_nothing_that_is_no_address(content: Path, setting: str):
    leading_to(content, setting)

    assert told(content) == [
        f"site.toml:1: '{setting}' is no address: destination nothing leads there; "
        "add it to [addresses], or name one of: contact_url, flour, owner_url"
    ]


def test_an_address_of_the_site_is_written_once(content: Path):
    page = with_page(content, "[Flour]({{ address.flour }})").pages["/bread/"]

    assert '<a href="https://flour.example/white">Flour</a>' in page.html


# --- pages ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "url"),
    [("index", "/"), ("bread", "/bread/"), ("bread/index", "/bread/"), ("bread/white", "/bread/white/")],
)
def test_the_path_of_a_file_is_its_address(name: str, url: str):
    assert address(name) == url


def test_pages_stand_in_reading_order_with_the_ones_around_them(content: Path):
    (content / "pages" / "last.md").write_text(text("Last.", order=9))
    library = with_page(content, "Bread.", order=5)

    before, after = library.around("/bread/")

    assert list(library.pages) == ["/", "/bread/", "/last/"]
    assert (before and before.url, after and after.url) == ("/", "/last/")
    assert library.around("/")[0] is None
    assert library.around("/last/")[1] is None


def test_a_page_of_questions_is_as_new_as_its_newest_answer(content: Path):
    (content / "faq" / "one.md").write_text(question("Yes.").replace("2026-11-22", "2026-12-01"))

    library = with_page(content, "Ask.", name="faq", layout='"faq"')

    assert library.pages["/faq/"].changed == date(2026, 12, 1)


def test_html_in_a_text_is_shown_as_text():
    rendered = render("A <script>alert(1)</script> tag.\n\n<div>x</div>", terms={}, values={}, used=set())

    assert "<script" not in rendered.html
    assert "<div" not in rendered.html


# --- faults ---------------------------------------------------------------------------------------

FAULTS = {
    "unknown term": (
        "Good [[kraft]].",
        "pages/bread.md:8: term 'kraft' is not in terms.toml; add it there; known: craft, order",
    ),
    "typed mark": ("Our Craft™ holds.", "pages/bread.md:8: the mark '™' is typed by hand; write [[craft]]"),
    "mark in brackets": (
        "Craft (TM).",
        "pages/bread.md:8: the mark '(TM)' is typed by hand; write [[craft]]",
    ),
    "mark as an entity": ("Bun&reg;.", "pages/bread.md:8: the mark '®' is typed by hand; write [[term]]"),
    "half a term": ("See [[craft].", "pages/bread.md:8: '[[' without a term; write [[term-id]]"),
    "unknown value": ("It is {{ size }}.", "pages/bread.md:8: value 'size' is not known; use one of: "),
    "half a value": ("It is {{ a b }}.", "pages/bread.md:8: '{{' without a value; write {{ name }}"),
    "dead link": (
        "One.\n\n[There](/there/).",
        "pages/bread.md:10: link '/there/' leads to no page; use one of: /, /bread/, /diagnosis/",
    ),
    "link without its slash": (
        "[Here](/bread).",
        "pages/bread.md:8: link '/bread' leads to no page; write /bread/",
    ),
    "dead anchor": (
        "## Heat\n\n[Cold](#cold).",
        "pages/bread.md:10: link '#cold' leads to no heading of /bread/; use one of: heat",
    ),
    "dead anchor elsewhere": (
        "[x](/#y).",
        "pages/bread.md:8: link '/#y' leads to no heading of /; use one of: none",
    ),
    "relative link": ("[x](white).", "pages/bread.md:8: link 'white' is none that a page may have; begin it"),
    "script as a link": (
        "[x](javascript:alert).",
        "pages/bread.md:8: link 'javascript:alert' is none that a page",
    ),
    "unsafe link": (
        "[x](http://a.example).",
        "pages/bread.md:8: link 'http://a.example' is none that a page",
    ),
    "protocol-relative link": (
        "[x](//a.example/).",
        "pages/bread.md:8: link '//a.example/' leads to no page",
    ),
    "raw HTML": ("A <b>bold</b> word.", "pages/bread.md:8: raw HTML ('<b>bold</b> '); write it in Markdown"),
    "second title": ("# Bread", "pages/bread.md:8: a heading of level 1; the title is it: begin with ##"),
    "skipped level": ("## One\n\n#### Two", "pages/bread.md:10: heading skips from level 2 to 4; use ###"),
    "skipped first level": ("### One", "pages/bread.md:8: heading skips from level 1 to 3; use ##"),
    "underlined heading": (
        "One\n---\n\nTwo",
        "pages/bread.md:9: a heading made by underlining; write it with ##",
    ),
    "picture without words": (
        "![](/static/a.png)",
        "pages/bread.md:8: a picture without an alternative text; ",
    ),
    "picture of another site": (
        "![Loaf](https://a.example/loaf.png)",
        "pages/bread.md:8: the picture 'https://a.example/loaf.png' is not of this site; put it into stat",
    ),
    "link without words": ("[](/).", "pages/bread.md:8: a link without words; write [what is there](...)"),
    "skipped level in a quotation": (
        "## One\n\n> #### Two",
        "pages/bread.md:10: heading skips from level 2 to 4; use ###",
    ),
    "second title in a list": ("- # Two", "pages/bread.md:8: a heading of level 1; use ##"),
    "control character": ("A\x07b", "pages/bread.md:8: holds the character U+0007; remove it"),
    "control character of the second set": (
        "A\x9bb",
        "pages/bread.md:8: holds the character U+009B; remove it",
    ),
    "brackets without end": ("[ " * 300, "pages/bread.md:8: more than 200 '[' in one block; divide it"),
    "nested without end": ("- a\n" + " " * 40 + "- b", "pages/bread.md:9: nested too deeply; indent by 24"),
}


@pytest.mark.parametrize(("body", "line"), FAULTS.values(), ids=FAULTS)
def test_a_fault_of_a_text_names_file_line_fault_and_remedy(content: Path, body: str, line: str):
    (content / "pages" / "bread.md").write_text(text(body))

    faults = told(content)

    assert len(faults) == 1
    assert faults[0].startswith(line)


HEADS = {
    "missing title": ({"title": None}, "pages/bread.md:1: 'title' is missing; add it: title = ..."),
    "unknown key": (
        {"autor": '"Ann"'},
        "pages/bread.md:6: 'autor' is not a known key; remove it, or use one of: ",
    ),
    "wrong type": ({"order": '"first"'}, "pages/bread.md:5: 'order': input should be a valid integer"),
    "wrong layout": ({"layout": '"poster"'}, "pages/bread.md:6: 'layout': input should be 'page', 'home'"),
    "short description": ({"description": '"Bread."'}, "pages/bread.md:3: 'description': string should have"),
    "not TOML": ({"title": "Bread"}, "pages/bread.md:2: not TOML: "),
    "mark in the title": (
        {"title": '"Craft™"'},
        "pages/bread.md:2: the mark '™' is typed by hand; write the name",
    ),
    "term in the title": (
        {"title": '"On [[craft]]"'},
        "pages/bread.md:2: '[[' is shown as it is typed here; write the name or the figure itself",
    ),
    "value in the lede": (
        {"lede": '"In {{ window.days }} days."'},
        "pages/bread.md:6: '{{' is shown as it is",
    ),
    "dead button": (
        {"action": '{ label = "Go", url = "/there/" }'},
        "pages/bread.md:6: link '/there/' leads to no page; use one of: /, /bread/, /diagnosis/",
    ),
}


@pytest.mark.parametrize(("head", "line"), HEADS.values(), ids=HEADS)
def test_a_fault_of_a_head_names_the_line_of_its_key(content: Path, head: dict[str, object], line: str):
    (content / "pages" / "bread.md").write_text(text("Bread.", **head))

    faults = told(content)

    assert len(faults) == 1
    assert faults[0].startswith(line)


OTHER_FILES = {
    "no head": ("pages/bread.md", "Bread.", "pages/bread.md:1: has no head; begin with +++"),
    "untidy name": (
        "pages/White Bread.md",
        text("x"),
        "pages/White Bread.md:1: its name would make an untidy",
    ),
    "not a page": ("pages/notes.txt", "x", "pages/notes.txt:1: is not read by anything; remove it"),
    "too large": (
        "pages/bread.md",
        text("word " * (LARGEST_PAGE // 5)),
        f"pages/bread.md:1: has more than {LARGEST_PAGE} bytes; divide it into two pages",
    ),
    "no question": (
        "faq/is-it.md",
        question("Yes.", '"It is"'),
        "faq/is-it.md:2: 'title': string should match",
    ),
    "answer with a heading of its question's level": (
        "faq/is-it.md",
        question("Yes.\n\n## Why"),
        "faq/is-it.md:9: a heading of level 2; the title is it: begin with ###",
    ),
    "one address twice": (
        "pages/bread/index.md",
        text("Again."),
        "pages/bread/index.md:1: its address /bread/ is that of ",
    ),
    "term twice": (
        "terms.toml",
        TERMS + TERMS[: TERMS.index('see = ["order"]')],
        "terms.toml:19: term 'craft' is defined twice; keep one",
    ),
    "unknown other term": (
        "terms.toml",
        TERMS.replace('see = ["order"]', 'see = ["odour"]'),
        "terms.toml:9: term 'odour' is not defined; define it",
    ),
    "mark in a definition": (
        "terms.toml",
        TERMS.replace("Knowing when", "Craft® is knowing when"),
        "terms.toml:6: the mark '®' is typed by hand; write the name alone",
    ),
    "term in a definition": (
        "terms.toml",
        TERMS.replace("Everything in", "[[craft]] in"),
        "terms.toml:14: '[[' is shown as it is typed here; write the name alone",
    ),
    "unsafe canonical address": (
        "terms.toml",
        TERMS.replace("https://bakers.example/craft", "http://bakers.example/craft"),
        "terms.toml:8: 'canonical_url': string should match",
    ),
    "layer without its term": (
        "terms.toml",
        TERMS.replace('"order"', '"disorder"'),
        "instruments/tiny/1.0.0:1: layer OR: term 'order' is not in terms.toml; add it there",
    ),
    "terms that are no terms": (
        "terms.toml",
        "craft = 1",
        "terms.toml:1: 'craft' is not known; write each entry",
    ),
    "dead menu": (
        "site.toml",
        SITE.replace('url = "/"', 'url = "/shop/"'),
        "site.toml:11: link '/shop/' leads to no page; use one of: /",
    ),
    "unknown instrument": (
        "site.toml",
        SITE.replace('"tiny"', '"tiny/1.0.0"'),
        "site.toml:8: instrument 'tiny/1.0.0' is not there; use one of: tiny; without a version",
    ),
    "contact that is no address": (
        "site.toml",
        SITE.replace("mailto:ann@bakers.example", "ann"),
        "site.toml:9: 'contact_url': string should match",
    ),
    "value in a setting": (
        "site.toml",
        SITE.replace("The idea is", "{{ name }} is"),
        "site.toml:6: '{{' is shown as it is typed here; write the name alone",
    ),
    "mark in a setting": (
        "site.toml",
        SITE.replace("The idea is", "Craft™ is"),
        "site.toml:6: the mark '™' is typed by hand; write the name alone",
    ),
}


@pytest.mark.parametrize(("name", "written", "line"), OTHER_FILES.values(), ids=OTHER_FILES)
def test_a_fault_of_a_file_names_file_line_fault_and_remedy(
    content: Path, name: str, written: str, line: str
):
    (content / "pages" / "bread.md").write_text(text("Bread."))
    (content / name).parent.mkdir(exist_ok=True)
    (content / name).write_text(written)

    assert [fault for fault in told(content) if fault.startswith(line)]


def test_a_file_that_is_not_utf_8_is_told_with_its_line(content: Path):
    (content / "pages" / "bread.md").write_bytes(text("Caf").encode() + b"\xe9")

    assert told(content) == ["pages/bread.md:8: is not UTF-8 text; save the file as UTF-8"]


def test_a_link_out_of_the_folder_is_not_followed(content: Path, tmp_path: Path):
    (tmp_path / "secret.md").write_text(text("Secret."))
    (content / "pages" / "bread.md").symlink_to(tmp_path / "secret.md")

    assert told(content) == [
        "pages/bread.md:1: is a link that leads out of the content folder; put the file itself there"
    ]


def test_a_site_without_a_home_page_does_not_start(content: Path):
    (content / "pages" / "index.md").unlink()

    assert "pages:1: there is no home page; add pages/index.md" in told(content)


def test_a_missing_file_of_settings_is_told(content: Path):
    (content / "site.toml").unlink()

    assert any(fault.startswith("site.toml:1: ") for fault in told(content))


def test_the_faults_of_several_files_are_told_at_once_in_order(content: Path):
    (content / "pages" / "bread.md").write_text(text("[[kraft]]™\n\n#### Deep"))
    (content / "faq" / "one.md").write_text(question("<b>"))
    (content / "terms.toml").write_text(TERMS)

    faults = told(content)

    assert [fault.split(": ")[0] for fault in faults] == [
        "faq/one.md:7",
        "pages/bread.md:8",
        "pages/bread.md:8",
        "pages/bread.md:10",
    ]


def test_a_registry_that_cannot_be_read_does_not_make_every_term_unknown(content: Path):
    (content / "terms.toml").write_text("[[term]\n")
    (content / "pages" / "bread.md").write_text(text("[[craft]]"))

    assert [fault.split(":")[0] for fault in told(content)] == ["terms.toml"]


def test_an_empty_contact_address_warns_and_leads_to_the_owner(content: Path):
    (content / "site.toml").write_text(SITE.replace("mailto:ann@bakers.example", ""))

    library = read_library(content)

    assert [(w.line, w.fault) for w in library.warnings] == [(9, "contact_url is empty")]
    assert library.site.contact == library.site.address("contact_url") == "https://bakers.example"


@pytest.mark.parametrize(("days", "warns"), [(20, True), (40, False)])
def test_a_day_that_runs_out_soon_is_warned_of(content: Path, days: int, warns: bool):
    expires = datetime.now(UTC).date() + timedelta(days=days)
    (content / "site.toml").write_text(SITE.replace("\ndoors", f"\nsecurity_expires = {expires}\ndoors"))

    library = read_library(content)

    assert [w.line for w in library.warnings if str(expires) in w.fault] == ([10] if warns else [])


def test_a_text_is_there_as_plain_markdown_too(content: Path):
    library = with_page(
        content, "A [link to [[craft]]](/).\n\n## [[Craft]]\n\n[[Craft]]s, [[craft]], `[[craft]]`."
    )

    assert library.pages["/bread/"].text == (
        "A [link to Craft](/).\n\n## Craft\n\nCrafts™, Craft, `[[craft]]`."
    )


def test_a_hostile_page_is_refused_before_it_is_rendered(content: Path, monkeypatch: pytest.MonkeyPatch):
    def rendered(body: str, **_: object) -> None:
        raise AssertionError(f"{len(body)} characters were rendered")

    monkeypatch.setattr(markup, "render", rendered)
    (content / "pages" / "bread.md").write_text(text("[" * 20_000))

    assert "pages/bread.md:8: more than 200 '[' in one block" in [
        fault.split("; ")[0] for fault in told(content)
    ]


def test_the_largest_page_that_is_allowed_is_rendered_whole():
    block = "[a](/b) *c* `d` " * 12 + "\n\n"
    terms = {"t": Term(id="t", name="t", definition="t", origin="t", canonical_url="https://t.example")}
    blocks = LARGEST_PAGE // len(block)

    rendered = render(block * blocks, terms=terms, values={}, used=set())

    assert len(rendered.links) == 12 * blocks
    assert rendered.html.count("<p>") == blocks


# --- renamed pages ----------------------------------------------------------------------------------


def with_redirects(content: Path, *lines: str) -> Path:
    """Write which pages were renamed, beside a page /bread/; the first line of them is line 2."""
    (content / "pages" / "bread.md").write_text(text("## Crust"))
    (content / "redirects.toml").write_text("\n".join(["[moved]", *lines, ""]))
    return content


def test_a_renamed_page_is_known_by_its_old_address(content: Path):
    library = read_library(with_redirects(content, '"/loaf.html" = "/bread/"', '"/a/b/" = "/bread/#crust"'))

    assert library.redirects == {"/loaf.html": "/bread/", "/a/b/": "/bread/#crust"}


def test_a_site_without_renamed_pages_needs_no_file(content: Path):
    assert read_library(content).redirects == {}


@pytest.mark.parametrize(
    ("link", "now"), [("/loaf/", "/bread/"), ("/loaf/#heat", "/bread/#heat"), ("/loaf", "/bread/")]
)
def test_a_link_to_a_renamed_page_is_told_where_the_page_is_now(content: Path, link: str, now: str):
    (content / "redirects.toml").write_text('[moved]\n"/loaf/" = "/bread/"\n')
    (content / "pages" / "index.md").write_text(text(f"A [loaf]({link}).", order=0))
    (content / "pages" / "bread.md").write_text(text("## Heat", order=2))

    (fault,) = told(content)

    assert fault.endswith(f"link '{link}' leads to no page; it was renamed: write {now}")


def test_of_many_names_those_that_come_nearest_are_told(content: Path):
    (content / "pages" / "bread.md").write_text(text("In {{ window.dais }}.", order=2))

    (fault,) = told(content)

    assert "use one of: window.days, " in fault
    assert re.search(r"\(the nearest of \d+\)$", fault)


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        (['"/bread/" = "/"'], "2: '/bread/' is a page"),
        (['"/bread" = "/"'], "2: '/bread' is a page"),
        (['"/bread/index.md" = "/"'], "2: '/bread/index.md' is a page"),
        (['"/diagnosis/old/" = "/"'], "2: '/diagnosis/old/' is answered by /diagnosis/"),
        (['"/static/a.css" = "/"'], "2: '/static/a.css' is answered by /static/"),
        (['"/a/" = "/bread/"', '"/b/" = "/no/"'], "3: link '/no/' leads to no page"),
        (['"/a/" = "/bread/#crumb"'], "2: link '/bread/#crumb' leads to no heading of /bread/"),
        (['"/a/" = "/b/"', '"/b/" = "/bread/"'], "2: '/a/' leads to '/b/', which was renamed itself"),
        (['"/a/" = "/a/"'], "2: '/a/' leads back to itself"),
        (['"/b/" = "/bread/"', '"/a/" = "/c/"', '"/c/" = "/a/"'], "3: '/a/' leads back to itself"),
        (['"/a" = "/"', '"/a/" = "/"'], "2: '/a' and '/a/' are one address"),
        (['"/a/" = "https://elsewhere.example/"'], "2: '/a/' leads to no address of this site"),
        (['"/a/" = 1'], "2: '/a/' leads to no address of this site"),
        (['"a" = "/"'], "2: 'a' is no address that a page had"),
        (['"/a/?b" = "/"'], "2: '/a/?b' is no address that a page had"),
        (['"/a/" = "/"', '"/a/" = "/bread/"'], "3: not TOML: cannot overwrite a value"),
        (["[other]"], "2: 'other' is not known"),
    ],
)
def test_a_renaming_that_leads_nowhere_is_told_with_its_line(content: Path, lines: list[str], fault: str):
    found = told(with_redirects(content, *lines))

    assert found[0].startswith(f"redirects.toml:{fault}")
    assert "; " in found[0]


# --- where a page stands ----------------------------------------------------------------------------


def test_the_way_to_a_page_leads_past_the_pages_whose_address_it_continues(content: Path):
    with_page(content, "Bread.", "bread/index", order=2)
    library = with_page(content, "Rye.", "bread/dark/rye", order=1)

    assert [each.url for each in library.trail("/bread/dark/rye/")] == ["/", "/bread/", "/bread/dark/rye/"]
    assert [each.url for each in library.trail("/")] == ["/"]


def test_a_section_is_what_shares_the_first_part_of_an_address(content: Path):
    with_page(content, "Bread.", "bread/index", order=2)
    with_page(content, "Breadth.", "breadth", order=3)
    library = with_page(content, "Rye.", "bread/rye", order=4)

    assert [each.url for each in library.section("/bread/rye/")] == ["/bread/", "/bread/rye/"]
    assert library.section("/breadth/") == library.section("/") == ()


def test_a_text_is_divided_before_its_headings(content: Path):
    library = with_page(content, "First.\n\n## Rye\n\n### Dark\n\n## Wheat\n\nLast.")

    assert [part.split(">")[0] for part in library.pages["/bread/"].parts] == [
        "<p",
        '<h2 id="rye"',
        '<h2 id="wheat"',
    ]
    assert "".join(library.pages["/bread/"].parts) == library.pages["/bread/"].html


# --- pages about patterns ---------------------------------------------------------------------------

ABOUT = {"layout": '"pattern"', "pattern": '"blind-baking"'}


def seen(html: str) -> str:
    """Return what a page shows, with plain quotation marks."""
    shown = unescape(re.sub(r"<[^>]+>", "", html))
    return re.sub("[“”]", '"', shown.replace("’", "'"))


def test_every_pattern_has_a_page_that_says_what_the_instrument_says(shipped: Library):
    current = shipped.current

    for pattern in current.patterns:
        page = shipped.pages[shipped.pattern_page(current.key, pattern.id)]
        members = [current.indicators[each] for each in (*pattern.required, *pattern.any_of)]
        said = [pattern.meaning, pattern.first_move, pattern.practice[1:]]
        said += [f"{each.name} ({each.id}). {each.verify}" for each in members]
        if pattern.unverified_at_least is not None:
            said.append(f"At least {100 * pattern.unverified_at_least:g}\N{NO-BREAK SPACE}% of all checks")
        if pattern.context:
            said.append(f"at least {100 * pattern.context.share:g}\N{NO-BREAK SPACE}% of all")

        assert page.url == f"/patterns/{pattern.id}/"
        assert page.head.title == pattern.name
        assert page.head.opened
        for each in said:
            assert seen(each) in seen(page.html), (page.url, each)


def test_the_rule_of_a_pattern_says_how_much_of_it_must_be_low(shipped: Library):
    for pattern in shipped.current.patterns:
        rule = seen(shipped.pages[f"/patterns/{pattern.id}/"].html)

        assert ("This must be low:" in rule) == (len(pattern.required) == 1)
        assert ("All of these must be low:" in rule) == (len(pattern.required) > 1)
        assert ("And so must" in rule) == bool(pattern.any_of)


def test_a_page_about_a_pattern_says_what_each_form_makes_of_it(shipped: Library):
    current = shipped.current
    for pattern in current.patterns:
        html = seen(shipped.pages[f"/patterns/{pattern.id}/"].html)
        for form in current.forms:
            state = pattern_states(current, form.id).get(pattern.id, "not asked")
            sentence = next(
                each
                for each in re.findall(r"[^.]*\.", html)
                if form.name.lower() in each.lower() and "it" in each
            )

            assert ("not look for it" in sentence) == (state == "not asked"), (pattern.id, form.id)
            assert ("present" in sentence) == (state == "present"), (pattern.id, form.id)


def test_the_index_and_the_method_lead_to_every_pattern(shipped: Library):
    for url in ("/patterns/", "/method/"):
        for pattern in shipped.current.patterns:
            link = f'<a href="/patterns/{pattern.id}/">{pattern.name}</a>'
            assert link in shipped.pages[url].html


def test_patterns_that_count_the_same_name_each_other(shipped: Library):
    members = {each.id: {*each.required, *each.any_of} for each in shipped.current.patterns}

    for one, its in members.items():
        named = {other for other in members if f"/patterns/{other}/" in related_of(shipped, one)}
        assert named == {other for other in members if other != one and its & members[other]}


def related_of(shipped: Library, pattern_id: str) -> str:
    """Return the sentence of a page that names the patterns with which it shares an indicator."""
    html = shipped.pages[f"/patterns/{pattern_id}/"].html
    return next((each for each in re.findall(r"It shares an indicator.*?\.(?=\s|<)", html)), "")


def test_pages_are_about_the_patterns_of_the_site_s_own_instrument_in_any_version(shipped: Library):
    assert shipped.pattern_page("execution-integrity/0.9.0", "ai-drift") == "/patterns/ai-drift/"
    assert shipped.pattern_page("harbour-lights/1.0.0", "ai-drift") == ""
    assert shipped.pattern_page("execution-integrity/1.0.0", "long-forgotten") == ""


def test_a_page_about_an_unknown_pattern_is_told_with_its_line_and_nothing_else_is(content: Path):
    head = {**ABOUT, "pattern": '"burnt-crust"'}
    (content / "pages" / "bread.md").write_text(text("{{ pattern.rule }}", **head))

    assert told(content) == [
        "pages/bread.md:7: pattern 'burnt-crust' is not one of tiny/1.0.0; use one of: blind-baking"
    ]


@pytest.mark.parametrize(
    ("head", "line"),
    [({"layout": ABOUT["layout"]}, 6), ({"pattern": ABOUT["pattern"]}, 6)],
    ids=["the layout alone", "the pattern alone"],
)
def test_a_pattern_and_its_layout_go_together(content: Path, head: dict[str, str], line: int):
    (content / "pages" / "bread.md").write_text(text("Bread.", **head))

    assert [each.split("; ")[0] for each in told(content)] == [
        f"pages/bread.md:{line}: a page about a pattern needs 'pattern' and its layout"
    ]


def test_a_pattern_has_one_page(content: Path):
    for name in ("bread", "rolls"):
        (content / "pages" / f"{name}.md").write_text(text("{{ pattern.meaning }}", **ABOUT))

    (fault,) = told(content)
    assert fault.startswith("pages/rolls.md:7: pattern 'blind-baking' is that of ")
    assert fault.endswith("/pages/bread.md; keep one of them")


def test_what_a_pattern_says_is_known_on_its_own_page_alone(content: Path):
    (content / "pages" / "rolls.md").write_text(text("{{ pattern.meaning }}"))
    (content / "pages" / "bread.md").write_text(text("{{ pattern.meaning }}", **ABOUT))

    assert [each.split("; ")[0] for each in told(content)] == [
        "pages/rolls.md:8: value 'pattern.meaning' is not known"
    ]


def test_a_pattern_without_a_page_is_warned_of_where_others_have_one(content: Path):
    file = content / "instruments" / "tiny" / "1.0.0" / "patterns.toml"
    first = file.read_text()
    assert read_library(content).warnings == ()  # a site may do without such pages

    file.write_text(first + first.replace("blind-baking", "cold-oven").replace("Blind baking", "Cold oven"))
    library = with_page(content, "{{ patterns.table }}", **ABOUT)

    assert [each.fault for each in library.warnings] == ["pattern 'cold-oven' of tiny/1.0.0 has no page"]
    assert '<a href="/bread/">Blind baking</a>' in library.pages["/bread/"].html
    assert ">Cold oven<" in library.pages["/bread/"].html


# --- the simulation -------------------------------------------------------------------------------

SIMULATED = """\
instrument = "tiny/1.0.0"
truth = "52.4 ± 0.7"
[teams]
loaves = "600"
[tables.loaves]
head = ["Form", "90 % interval"]
rows = [["quick", "−0.9 ± 0.3"], ["full", "1.0 ± 0.2"]]
"""


def test_a_page_prints_a_table_of_the_simulation(content: Path):
    (content / "simulation.toml").write_text(SIMULATED)

    html = (
        with_page(content, "{{ simulation.loaves }}\n\nOf {{ simulation.loaves.teams }}.")
        .pages["/bread/"]
        .html
    )

    assert '<th class="numeric" scope="col">90\u00a0% interval</th>' in html
    assert ">−0.9 ± 0.3<" in html
    assert "Of 600." in html


@pytest.mark.parametrize(
    ("was", "is_now", "fault"),
    [
        ('truth = "52.4 ± 0.7"\n', "", "simulation.toml:1: 'truth' is missing"),
        (
            '"90 % interval"]',
            "]",
            "simulation.toml:6: 'tables.loaves.head': tuple should have at least 2 items",
        ),
    ],
)
def test_the_tables_of_the_simulation_are_checked(content: Path, was: str, is_now: str, fault: str):
    (content / "simulation.toml").write_text(SIMULATED.replace(was, is_now))

    assert [each for each in told(content) if each.startswith(fault)]


# --- the search -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        (
            '[[door]]\nurl = "/nowhere/"\ntitle = "A"\ndescription = "B"\n',
            "search.toml:2: '/nowhere/' is no door; use one of: /diagnosis/",
        ),
        ('same = [["alone"]]\n', "search.toml:1: 'same.0': tuple should have at least 2 items"),
        ('[[door]]\nurl = "/diagnosis/"\nname = "A"\n', "search.toml:1: 'door.0.title' is missing"),
    ],
)
def test_what_the_search_is_told_is_checked(content: Path, said: str, fault: str):
    (content / "search.toml").write_text(said)

    assert [each for each in told(content) if each.startswith(fault)]


def test_pages_questions_terms_and_doors_are_found(content: Path):
    (content / "faq" / "done.md").write_text(question("When it sounds hollow."))
    (content / "search.toml").write_text(
        'same = [["loaf", "bread"]]\n'
        '[[door]]\nurl = "/diagnosis/"\ntitle = "Tasting"\ndescription = "Try it."\n'
    )
    (content / "pages" / "faq.md").write_text(text("Asked.", layout='"faq"', order=8))
    (content / "pages" / "words.md").write_text(text("Words.", layout='"glossary"', title='"Words"', order=9))

    index = with_page(content, "## In the oven\n\n| a | b |\n|---|---|\n| heat | stone |\n").index()

    def first(typed: str) -> str:
        return index.find(typed).hits[0].url

    assert first("heat on stone") == "/bread/#in-the-oven"
    assert first("hollow sound") == "/faq/#done"
    assert first("knowing") == "/words/#craft"
    assert first("tasting") == "/diagnosis/"
    assert "Bread" in {hit.title for hit in index.find("loaf").hits}
    assert "".join(each.text for each in index.find("stone").hits[0].excerpt) == "heat · stone"
