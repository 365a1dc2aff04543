"""The private link of an assessment: made, and shown to the browser that made it."""

from __future__ import annotations

import re
import uuid

from flask import request, url_for

from assessment.store import assessments
from assessment.web import capability
from assessment.web.current import settings

NAME = re.compile(r"[0-9a-f]{32}")


def make(assessment_id: str, request_id: str) -> str:
    """Make one more link for whoever sends this request; return the name by which they are shown it.

    The same request sent again makes no other link.
    """
    name = capability.request_name(request_id, assessment_id)
    assessments.new_resume(assessment_id, token=capability.resume_token(capability.holder() or "", name))
    return name


def just_made(assessment_id: str) -> str:
    """Return the address of the link that this browser has just made of it; empty when it made none."""
    name, holder = request.args.get("link", ""), capability.holder()
    if not holder or not NAME.fullmatch(name):
        return ""
    token = capability.resume_token(holder, name)
    if assessments.resume_peek(token) != assessment_id:
        return ""
    return settings().base_url + url_for("diagnosis.resume", token=token)


def for_page(assessment_id: str) -> dict[str, str]:
    """Return what `templates/diagnosis/link.html` reads on a page outside the diagnosis."""
    holder = capability.holder()
    return {
        "link": just_made(assessment_id),
        "link_action": url_for("diagnosis.link", assessment_id=assessment_id),
        "csrf_token": capability.csrf_token(holder) if holder else "",
        "request_id": uuid.uuid4().hex,
    }
