"""For operators: is the process alive?"""

from __future__ import annotations

from flask import Blueprint, Response

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def alive() -> Response:
    """Answer without touching anything: the process is up and takes requests."""
    return Response("ok\n", mimetype="text/plain")
