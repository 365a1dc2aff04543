"""The door of the sales desk: what every page of it begins with, and how it answers.

Who may come through is decided by `web/access.py`, before a view is called.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from assessment.web import guard, signed

bp = Blueprint("sales", __name__, url_prefix="/sales")

# What the desk consists of, in the order of its menu: the door, its name, and whether only admins see it.
MENU: tuple[tuple[str, str, bool], ...] = (
    ("sales.home", "Diagnoses", False),
    ("sales.invitations_list", "Invitations", False),
    ("sales.deliveries_list", "Deliveries", False),
    ("sales.programs", "Programs", False),
    ("sales.everybody", "People", True),
    ("sales.show_audit", "Audit", True),
)


def show(name: str, status: int = 200, **context: Any) -> Response:
    """Answer with a page of the desk: `templates/sales/<name>.html`."""
    person = signed.person()
    page = render_template(
        f"sales/{name}.html",
        person=person,
        menu=[
            (url_for(door), words)
            for door, words, is_admins in MENU
            if person and (person.is_admin or not is_admins)
        ],
        **{**guard.carried(signed.token), **context},
    )
    return make_response(page, status)


# Before the guard below, which reads the form.
@bp.before_request
def _make_room() -> None:
    """Let whoever is signed in send more than fits: it is refused beside its field, and still there."""
    if signed.person():
        request.max_content_length = request.max_form_memory_size = guard.LARGEST_TEXT


guard.protect(
    bp,
    lambda: (url_for("sales.home"), "To the desk"),
    without_token=("sales.check_in", "sales.sign_out", "sales.set_password"),
    secret=signed.token,
)
