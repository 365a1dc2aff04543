"""Signing in and out."""

from __future__ import annotations

from werkzeug.wrappers import Response

from assessment.web.sales.door import bp, show


@bp.get("/sign-in")
def sign_in() -> Response:
    """Ask who it is."""
    return show("sign_in")
