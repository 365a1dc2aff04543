"""Who may come through which door: the policy, one line for each, and what enforces its first half.

A door that is not on the list keeps the site from starting. For people of the desk and for programs the list
is enforced here, before anything of a request is read. What a leader or a recipient may see depends on the
object that the address names: that is decided by `policy` and `diagnosis.door`, and a test asks every door as
every role whether the answer is what this list says.
"""

from __future__ import annotations

from enum import Enum

from flask import Flask, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from assessment.store.sales import tokens
from assessment.web import bearer, refusals, signed


class Who(Enum):
    """Whom a door answers. Everybody else gets the answer of an object that does not exist."""

    EVERYONE = "everyone"  # the same for all
    HOLDER = "the browser that holds the assessment which the address names"
    READER = "the browser that opened the link which the address names"
    LINK = "whoever knows the secret in the address"
    SALES = "people of the desk who are signed in"
    ADMIN = "people of the desk who are signed in as admin"
    PROGRAM = "programs with a token of the right scope"


E, H, R, K, S, A, P = Who  # in the order above

SCOPES = {  # what a token must have been made for
    "api.listings_page": tokens.LISTINGS,
    "api.listing": tokens.LISTINGS,
    "api.invitations_page": tokens.INVITATIONS,
    "api.invitation": tokens.INVITATIONS,
    "api.make_invitation": tokens.INVITING,
    "api.deliveries_page": tokens.DELIVERIES,
    "api.delivery": tokens.DELIVERIES,
}
# What stands behind these is read from content, or opened by a setting.
OF_DOORS = {"pages": E, "sso": E}
ACCESS = {
    "health.alive": E,
    "search.find": E,
    "search.description": E,
    "pictures.show": E,
    "sample_report.show": E,
    "sample_report.pdf": E,
    "sample_report.document": E,
    # --- the leader's journey
    "diagnosis.start": E,
    "diagnosis.begin": E,
    "diagnosis.questions": E,
    "diagnosis.any_questions": E,
    "diagnosis.left": E,
    "diagnosis.resume": K,
    "diagnosis.reopen": K,
    "diagnosis.tasks": H,
    "diagnosis.question": H,
    "diagnosis.answer": H,
    "diagnosis.sample": H,
    "diagnosis.replacing": H,
    "diagnosis.replace": H,
    "diagnosis.put_back": H,
    "diagnosis.records": H,
    "diagnosis.read_records": H,
    "diagnosis.keep_records": H,
    "diagnosis.remove_records": H,
    "diagnosis.local_reader": H,
    "diagnosis.check": H,
    "diagnosis.finish": H,
    "diagnosis.lead_on": H,
    "diagnosis.again": H,
    "diagnosis.begin_again": H,
    "diagnosis.link": H,
    "diagnosis.mail": H,
    "diagnosis.paper": H,
    "diagnosis.everything": H,
    "diagnosis.leave": H,
    "diagnosis.delete": H,
    # --- the result, and who it is shown to
    "reports.show": H,
    "reports.pdf": H,
    "reports.document": H,
    "reports.table": H,
    "reports.compare": H,
    "reports.share": H,
    "reports.look": H,
    "reports.make_share": H,
    "reports.end_share": H,
    "reports.consent": H,
    "reports.withdraw": H,
    "shared.link": K,
    "shared.open_link": K,
    "shared.show": R,
    "shared.pdf": R,
    "shared.paper": R,
    "shared.document": R,
    "shared.table": R,
    "shared.logo": R,
    # --- an invitation, for whoever was given its link
    "invited.link": K,
    "invited.open_link": K,
    # --- a code that is printed on paper opens nothing private
    "verify.start": E,
    "verify.show": E,
    "verify.compare": E,
    "verify.compare_with": E,
    "verify.signature_file": E,
    "verify.key": E,
    "verify.former_key": E,
    # --- the sales desk
    "sales.sign_in": E,
    "sales.check_in": E,
    "sales.sign_out": E,  # who is signed in nowhere is so afterwards
    "sales.choose_password": K,
    "sales.set_password": K,
    "sales.account": S,
    "sales.change_password": S,
    "sales.second_factor": S,
    "sales.turn_on": S,
    "sales.turn_off": S,
    "sales.everybody": A,
    "sales.new_person": A,
    "sales.add_person": A,
    "sales.person": A,
    "sales.set_role": A,
    "sales.reset_person": A,
    "sales.end_person": A,
    "sales.show_audit": A,
    "sales.home": S,
    "sales.take_csv": S,
    "sales.take_xlsx": S,
    "sales.diagnosis": S,
    "sales.add_note": S,
    "sales.remove_note": S,
    "sales.set_owner": S,
    "sales.set_next_date": S,
    "sales.prepare": S,
    "sales.make_prepared": S,
    "sales.show_prepared": S,
    "sales.prepared_pdf": S,
    "sales.prepared_logo": S,
    "sales.make_prepared_again": S,
    "sales.remove_prepared": S,
    "sales.invitations_list": S,
    "sales.new_invitation": S,
    "sales.make_invitation": S,
    "sales.invitation": S,
    "sales.mail_invitation": S,
    "sales.pass_on_invitation": S,
    "sales.revoke_invitation": S,
    "sales.send": S,
    "sales.send_to": S,
    "sales.deliveries_list": S,
    "sales.delivery": S,
    "sales.end_delivery": S,
    "sales.programs": S,
    "sales.make_token": S,
    "sales.revoke_token": S,
    "sales.add_webhook": S,
    "sales.webhook": S,
    "sales.test_webhook": S,
    "sales.end_webhook": S,
    # --- other programs
    "api.document": E,
    **dict.fromkeys(SCOPES, P),
}


class Unlisted(Exception):
    """A door is not on the list: nobody has decided who may come through it."""


def init_app(app: Flask) -> None:
    """Keep everybody out of the desk who is not of it."""

    @app.before_request
    def guard() -> Response | None:
        who = of(request.endpoint or "")
        if who is P:
            bearer.prove(SCOPES[request.endpoint or ""])
        if who not in (S, A):
            return None
        person = signed.person()
        if person is None:
            if request.method in ("GET", "HEAD"):
                return redirect(url_for("sales.sign_in", **signed.on_to(request.path)), 303)
            raise refusals.not_signed_in()
        if who is A and not person.is_admin:
            abort(404)
        return None


def of(endpoint: str) -> Who | None:
    """Return whom a door answers; None where the address leads to none."""
    return ACCESS.get(endpoint) or OF_DOORS.get(endpoint.partition(".")[0])


def check(app: Flask) -> None:
    """Raise Unlisted where a door is not on the list. One that content opens may be closed."""
    if unlisted := sorted({each.endpoint for each in app.url_map.iter_rules() if of(each.endpoint) is None}):
        raise Unlisted(f"not in web/access.py: {', '.join(unlisted)}")
