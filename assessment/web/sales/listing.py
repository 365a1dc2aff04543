"""The diagnoses that leaders let the desk see."""

from __future__ import annotations

from werkzeug.wrappers import Response

from assessment.web.sales.door import bp, show


@bp.get("/")
def home() -> Response:
    """List them, the newest first."""
    return show("listing")
