"""Content pages: rendered before the first request, kept as bytes, with a strong ETag and no cookie."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from flask import Blueprint, Flask, Response, abort, current_app, render_template, request
from flask.blueprints import BlueprintSetupState

from assessment.content.library import Library
from assessment.content.pages.page import Page
from assessment.content.sample import URL as SAMPLE
from assessment.report import figures
from assessment.report.exhibit import told_exhibit
from assessment.report.sample import telling
from assessment.web import machines, sample_report
from assessment.web.assets import PREFIX
from assessment.web.current import library, settings
from assessment.web.frozen import PAGE_CACHE, Frozen, answer
from assessment.web.machines.head import head

bp = Blueprint("pages", __name__)


@bp.record
def _open_addresses(state: BlueprintSetupState) -> None:
    """Give each page a rule of its own: an unknown address is no page's, a missing slash is put right.

    The rules are named after the addresses: `pages.home`, `pages.framework`. `freeze` gives the rest theirs.
    """
    state.add_url_rule(f"{PREFIX}<path:file>", "static", show)
    found: Library = state.app.extensions["library"]
    for url in found.pages:
        state.add_url_rule(url, _name(url), show)


def _name(path: str) -> str:
    return path.strip("/").replace("/", "-").replace(".", "-") or "home"


@bp.app_context_processor
def _site() -> dict[str, object]:
    """Give every template the names, the menu and the words of the site, and where its sample report is."""
    sample_report = SAMPLE if library().sample else ""
    return {"site": library().site, "terms": library().terms, "sample_report": sample_report}


def show(file: str = "") -> Response:
    """Answer what is frozen at this address."""
    kept: dict[str, Frozen] = current_app.extensions["pages"]
    return answer(kept[request.path]) if request.path in kept else abort(404)


def freeze(app: Flask) -> None:
    """Render every page, so that whoever starts the site has them before it forks.

    All doors must be open: pages link to them.
    """
    made = rendered(app)
    for path in sorted(made.keys() - {rule.rule for rule in app.url_map.iter_rules()}):
        app.add_url_rule(path, f"pages.{_name(path)}", show)
    app.extensions["pages"] = made | app.extensions["static"]


def rendered(app: Flask) -> dict[str, Frozen]:
    """Return what every source gives, by address."""
    made: dict[str, Frozen] = {}
    with app.app_context():
        for source in SOURCES:
            made |= source()
    return made


def ask_each_time(app: Flask) -> None:
    """Have browsers ask for a page whenever it is opened: whoever writes it sees what it says now."""
    kept: dict[str, Frozen] = app.extensions["pages"]
    kept |= {url: replace(each, cache="no-cache") for url, each in kept.items() if each.cache == PAGE_CACHE}


def _pages() -> Mapping[str, Frozen]:
    return {page.url: Frozen(_rendered(page).encode(), "text/html") for page in library().pages.values()}


def _for_machines() -> Mapping[str, Frozen]:
    return machines.answers(library(), settings())


# What is frozen, by address; what has no rule yet is given one.
SOURCES: tuple[Callable[[], Mapping[str, Frozen]], ...] = (_pages, sample_report.answers, _for_machines)


def _rendered(page: Page) -> str:
    # A request of its own, from the settings: what is kept for all must not depend on who asked first.
    with current_app.test_request_context(page.url, base_url=settings().base_url):
        before, after = library().around(page.url)
        return render_template(
            f"pages/{page.head.layout}.html",
            page=page,
            before=before,
            after=after,
            canonical=settings().base_url + page.url,
            machines=head(library(), settings().base_url, page.url),
            questions=library().faq,
            glossary=library().glossary,
            trail=library().trail(page.url),
            part=library().section(page.url),
            exhibit=told_exhibit(
                library().sample,
                library(),
                page.head.illustration,
                base_address=settings().base_url,
            ),
            opened=[(row, figures.strip(row.sound, row.failing, row.unverified)) for row in page.head.opened],
            marks_legend=figures.MARKS_LEGEND,
            in_sample=_in_sample(page.head.pattern),
        )


def _in_sample(pattern_id: str) -> tuple[str, str, str] | None:
    """Return where the sample report tells of a pattern, in words; None where its report leads nowhere."""
    sample = library().sample
    if not sample or not pattern_id or not library().pattern_page(sample.instrument.key, pattern_id):
        return None
    anchor, leading, following = telling(sample, pattern_id)
    return f"{SAMPLE}#{anchor}", leading, following
