"""The sample report: what a finished diagnosis looks like, for whoever asks, before anything is given away.

The team is made up, so nothing is private: no cookie, and the same bytes for everyone. The page is rendered
with all others; the PDF is made by the back room, when it starts.
"""

from __future__ import annotations

from flask import Blueprint, Response, current_app, make_response, render_template, request, url_for
from flask.blueprints import BlueprintSetupState

from assessment.content.library import Library
from assessment.content.sample import DESCRIPTION, TITLE, URL, Sample
from assessment.report import sample as report
from assessment.web.current import library, settings
from assessment.web.frozen import Frozen, answer
from assessment.web.machines.head import head
from assessment.web.showing import theirs

bp = Blueprint("sample_report", __name__, url_prefix=URL.rstrip("/"))

NAME = "sample-report"
RETRY_AFTER_S = 5


@bp.record
def _open_addresses(state: BlueprintSetupState) -> None:
    """Open the door where there is a made-up team to tell of."""
    found: Library = state.app.extensions["library"]
    if found.sample:
        state.add_url_rule("/", "show", show)
        state.add_url_rule("/report.pdf", "pdf", pdf)
        state.add_url_rule("/report.json", "document", show)


def answers() -> dict[str, Frozen]:
    """Return, by address, the result as its leader would see it, and the document as it would be stored.

    Nothing where there is no sample.
    """
    sample = library().sample
    if sample is None:
        return {}
    return {
        URL: Frozen(_rendered(sample).encode(), "text/html"),
        f"{URL}report.json": _file(sample.document, "application/json", f"{NAME}.json"),
    }


def show() -> Response:
    """Answer the page or the document."""
    kept: dict[str, Frozen] = current_app.extensions["pages"]
    return answer(kept[request.path])


def pdf() -> Response:
    """Answer the paper; a page that says so while the back room has not made it."""
    made = report.kept(settings().instance, _sample())
    if made is None:
        response = make_response(render_template("sample_report/waiting.html"), 202)
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
        return response
    return answer(_file(made, "application/pdf", f"{NAME}.pdf"))


def _sample() -> Sample:
    found = library().sample
    if found is None:
        raise LookupError("the door of the sample report is open, and there is none")
    return found


def _rendered(sample: Sample) -> str:
    # A request of its own, from the settings: what is kept for all must not depend on who asked first.
    with current_app.test_request_context(URL, base_url=settings().base_url):
        return render_template(
            "sample_report/result.html",
            title=TITLE,
            description=DESCRIPTION,
            told=report.told_sample(sample, library(), base_address=settings().base_url),
            theirs=theirs,
            paper=False,
            pdf_state="ready",
            canonical=settings().base_url + URL,
            machines=head(library(), settings().base_url, URL),
            pdf=url_for("sample_report.pdf"),
            document=url_for("sample_report.document"),
        )


def _file(body: bytes, mimetype: str, name: str) -> Frozen:
    return Frozen(body, mimetype, headers={"Content-Disposition": f'attachment; filename="{name}"'})
