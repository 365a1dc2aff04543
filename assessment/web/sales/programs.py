"""Other programs: tokens by which they ask, and webhooks by which they are told.

Everybody of the desk sees all of them and may end any: whoever notices that one is in wrong hands need not
look for its owner. What is secret of one is shown for a few minutes to the browser that made it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from assessment.notices import LONGEST_URL, NOT_HTTPS, fault_of, shown_secret
from assessment.store.sales import hooks, tokens
from assessment.store.sales.models import SHORT
from assessment.store.secret import digest
from assessment.web import capability, guard, refusals, signed
from assessment.web.current import settings
from assessment.web.forms import Filled
from assessment.web.forms.fields import OneOf, Several, Words
from assessment.web.private_link import NAME
from assessment.web.sales.door import bp, show

SHOWN_FOR = timedelta(minutes=5)
DAYS = (30, 90, 365)

SCOPES = (
    (tokens.LISTINGS, "Read the diagnoses that leaders let the desk see"),
    (tokens.INVITATIONS, "Read invitations"),
    (tokens.INVITING, "Make invitations"),
    (tokens.DELIVERIES, "Read deliveries"),
)
EVENTS = (
    (hooks.FINISHED, "A diagnosis that was begun by an invitation is finished"),
    (hooks.SHARED, "A leader let the desk see a diagnosis"),
    (hooks.DELIVERED, "A mail server took a delivery"),
    (hooks.OPENED, "A recipient opened a delivery"),
)


class TokenForm(Filled):
    """What a token is asked for with."""

    called = Words(
        "What is the program called?",
        description="So that you know later which token to end.",
        limit=SHORT,
        need="Write what the program is called.",
    )
    scopes = Several(
        "What may it do?", choices=SCOPES, need="Choose at least one thing that the program may do."
    )
    days = OneOf(
        "How long shall the token work?",
        choices=[(str(n), f"{n} days") for n in DAYS],
        need="Choose how long the token shall work.",
        default="90",
    )


class WebhookForm(Filled):
    """What a webhook is added with."""

    url = Words(
        "Which address shall be told?",
        description="An https address that everybody reaches. No redirect is followed.",
        limit=LONGEST_URL,
        need=NOT_HTTPS,
    )
    events = Several("Of what?", choices=EVENTS, need="Choose at least one event.")

    def validate(self, *given: object) -> bool:
        """Is it an address that may be told, with something to tell it?"""
        fine = super().validate()
        url = (self["url"].data or "").strip()
        if self["url"].errors:
            return False
        fault = fault_of(url, may_be_private=settings().private_webhooks)
        return self.refuse("url", fault) if fault else fine


@bp.get("/programs/")
def programs() -> Response:
    """List the tokens and the webhooks, and ask for what another one needs."""
    return _page()


@bp.post("/programs/tokens")
def make_token() -> Response:
    """Make a token, once for a form, and show it to the browser that made it."""
    form, request_id = TokenForm(request.form), guard.request_name()
    if not form.validate():
        return _page(tokens_=form, status=422)
    called, scopes, days = form["called"].data.strip(), form["scopes"].data, int(form["days"].data)
    name = capability.request_name(request_id, [called, scopes, days])
    secret = capability.api_token(signed.token() or "", name)
    try:
        tokens.make(secret, person_id=signed.here().id, name=called, scopes=scopes, days=days)
    except tokens.TooMany:
        raise refusals.too_many("tokens", tokens.LIVE_AT_MOST) from None
    return redirect(url_for(".programs", made=name), 303)


@bp.post("/programs/tokens/<token_id>/revoke")
def revoke_token(token_id: str) -> Response:
    """Have a token open nothing any more, at once."""
    guard.request_name()
    if tokens.find(token_id) is None:
        abort(404)
    tokens.revoke(token_id, by=signed.here().id)
    return redirect(url_for(".programs"), 303)


@bp.post("/programs/webhooks")
def add_webhook() -> Response:
    """Add a webhook, once for a form, and show its secret to the browser that added it."""
    form, request_id = WebhookForm(request.form), guard.request_name()
    if not form.validate():
        return _page(webhooks=form, status=422)
    url, events = form["url"].data.strip(), form["events"].data
    name = capability.request_name(request_id, [url, events])
    webhook_id = _webhook_id(name)
    try:
        hooks.add(
            webhook_id,
            person_id=signed.here().id,
            url=url,
            events=events,
            secret=capability.webhook_secret(signed.token() or "", name),
        )
    except hooks.TooMany:
        raise refusals.too_many("webhooks", hooks.LIVE_AT_MOST) from None
    return redirect(url_for(".webhook", webhook_id=webhook_id, made=name), 303)


@bp.get("/programs/webhooks/<webhook_id>")
def webhook(webhook_id: str) -> Response:
    """Show a webhook, what it was told, and what became of that."""
    hook = _found(webhook_id)
    name = request.args.get("made", "")
    is_new = datetime.now(UTC) - hook.made_at <= SHOWN_FOR and hook.is_live
    secret = b""
    if is_new and NAME.fullmatch(name) and _webhook_id(name) == webhook_id:
        secret = capability.webhook_secret(signed.token() or "", name)
    return show(
        "webhook",
        hook=hook,
        log=hooks.log_of(webhook_id),
        events=dict(EVENTS),
        secret=shown_secret(secret) if secret else "",
        kept_days=hooks.LOG_FOR.days,
    )


@bp.post("/programs/webhooks/<webhook_id>/test")
def test_webhook(webhook_id: str) -> Response:
    """Tell a webhook something that means nothing, once for a form."""
    request_id = guard.request_name()
    hook = _found(webhook_id)
    if hook.is_live:
        hooks.test(webhook_id, name=digest(f"{webhook_id}:{request_id}")[:22], by=signed.here().id)
    return redirect(url_for(".webhook", webhook_id=webhook_id), 303)


@bp.post("/programs/webhooks/<webhook_id>/end")
def end_webhook(webhook_id: str) -> Response:
    """Tell a webhook nothing any more."""
    guard.request_name()
    hooks.end(_found(webhook_id).id, by=signed.here().id)
    return redirect(url_for(".webhook", webhook_id=webhook_id), 303)


def _page(
    *, tokens_: TokenForm | None = None, webhooks: WebhookForm | None = None, status: int = 200
) -> Response:
    return show(
        "programs",
        status,
        tokens=tokens.all_of(),
        webhooks=hooks.all_of(),
        scopes=dict(SCOPES),
        events=dict(EVENTS),
        secret=_just_made(),
        token_form=tokens_ or TokenForm(),
        webhook_form=webhooks or WebhookForm(),
    )


def _just_made() -> str:
    """Return the token that this browser has just made; "" when it made none."""
    name = request.args.get("made", "")
    if not NAME.fullmatch(name):
        return ""
    secret = capability.api_token(signed.token() or "", name)
    return secret if tokens.peek(secret, within=SHOWN_FOR) else ""


def _webhook_id(name: str) -> str:
    """Return the id of the webhook that a request of this name adds in this browser."""
    return digest(f"{signed.token()}:{name}")[:22]


def _found(webhook_id: str) -> hooks.Hook:
    return hooks.find(webhook_id) or abort(404)
