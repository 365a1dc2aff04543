"""The search over the pages: one address, asked by GET, the same with and without JavaScript.

What somebody types is looked up in memory and kept nowhere.
"""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request, url_for
from flask.blueprints import BlueprintSetupState

from assessment.content.library import Library
from assessment.content.search.asked import LONGEST
from assessment.content.search.index import MOST_HITS
from assessment.web.current import library, settings

bp = Blueprint("search", __name__)

KINDS = {"page": "Page", "pattern": "Pattern", "question": "Question", "term": "Term"}


@bp.record
def _make_index(state: BlueprintSetupState) -> None:
    """Have the index made before the first request, once for all processes."""
    found: Library = state.app.extensions["library"]
    found.index()


@bp.get("/search", strict_slashes=False)
def find() -> str:
    """Answer what is found for `q`, or ask for it."""
    content = library()
    named = [entry.url for entry in content.site.links()]
    return render_template(
        "search/found.html",
        found=content.index().find(request.args.get("q", "")),
        most=MOST_HITS,
        longest=LONGEST,
        kinds=KINDS,
        suggested=[page for page in content.pages.values() if page.url in named],
    )


@bp.get("/search/opensearch.xml")
def description() -> Response:
    """Answer how a browser can search this site from its address bar."""
    address = settings().base_url + url_for(".find")
    return Response(
        render_template("search/opensearch.xml", address=address),
        mimetype="application/opensearchdescription+xml",
    )
