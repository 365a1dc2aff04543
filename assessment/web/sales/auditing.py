"""The audit, for the admins of the desk: who did what to what, and when, the newest first."""

from __future__ import annotations

from flask import abort, request, url_for
from werkzeug.wrappers import Response

from assessment.store.sales import audit, people
from assessment.web.sales.door import bp, show

SIZE = 50
WHO = {audit.COMMAND: "Somebody at the machine", audit.LEADER: "A leader", audit.SITE: "The site"}


@bp.get("/audit/")
def show_audit() -> Response:
    """Show a page of it; `?before=` a number leads on to what came before."""
    text = request.args.get("before", "")
    before = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
    if text and before is None:
        abort(404)
    rows = audit.page(before=before, size=SIZE + 1)
    return show(
        "audit",
        rows=rows[:SIZE],
        names=WHO | {each.id: each.name for each in people.everybody()},
        newest=url_for("sales.show_audit") if before else "",
        older=url_for("sales.show_audit", before=rows[SIZE - 1].number) if len(rows) > SIZE else "",
    )
