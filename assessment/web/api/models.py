"""What the API says and what it is sent, as models: answers are made from them, and its document is, too."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from assessment.web.forms.fields import LANGUAGE, LONGEST_ADDRESS, NAME

ID = r"^[A-Za-z0-9_-]{22}$"
PLACE = r"^[A-Za-z0-9._-]+$"
WORD = r"^[A-Za-z0-9_-]*$"  # of content
# In one line, as `core.text` has it; and with something in it that is seen.
_IN_LINE = r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]"
_SEEN = r"[^\x00-\x20\x7f-\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]"
LINE_OR_NONE = rf"^{_IN_LINE}*$"
LINE = rf"^{_IN_LINE}*{_SEEN}{_IN_LINE}*$"
ADDRESS_OR_NONE = (
    r"^([A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?\.){1,4}"
    r"[A-Za-z]([A-Za-z0-9-]{0,30}[A-Za-z0-9]))?$"
)

Id = Annotated[str, Field(pattern=ID)]


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


# --- what is answered --------------------------------------------------------------------------------


class Estimate(_Said):
    """One reading of the whole, from 0 to 100, with its interval; null where there is none."""

    mean: float | None
    low: float | None
    high: float | None


class Readings(_Said):
    """The three readings of a result: what was claimed, what is likely, and what was shown."""

    claimed: Estimate
    likely: Estimate
    shown: Estimate


class Listing(_Said):
    """A diagnosis that its leader lets the desk see."""

    report_id: Id
    code: str = Field(description="What is printed on the report, and asked for at /verify/.")
    organisation: str = Field(description="As the leader or the invitation named it; may be empty.")
    form: str
    band: str | None = Field(description="The band that was awarded; null where none was.")
    route: str = Field(description="Where the first next step leads.")
    patterns: list[str] = Field(description="The patterns that are present.")
    finished_at: datetime
    shared_at: datetime
    owner: str | None = Field(description="Who of the desk looks after it.")
    next_on: date | None = Field(description="The day on which something is to be done about it.")
    invitation_id: Id | None
    url: str = Field(
        description="Its page at the desk, for a person who is signed in.",
        json_schema_extra={"format": "uri"},
    )


class WholeListing(Listing):
    """The same with the readings of its result."""

    readings: Readings


class Listings(_Said):
    """A page of the list, the newest first. It may be short, or empty, and not be the last."""

    items: list[Listing]
    next: str | None = Field(description="Ask with this as `after` for what follows; null at the end.")


class Invitation(_Said):
    """A link for one prospect, and how far they have come with it."""

    id: Id
    called: str = Field(description="What the desk calls it.")
    organisation: str
    name: str
    email: str
    language: str
    person: str = Field(description="Who invites.")
    state: Literal["made", "sent", "opened", "started", "finished", "shared"]
    letter: Literal["", "waiting", "sent", "failed", "bounced"] = Field(
        description="What became of the newest mail about it; empty where none was owed."
    )
    is_live: bool = Field(description="Does the link still open?")
    made_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    sent_at: datetime | None
    reminded_at: datetime | None
    opened_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    shared_at: datetime | None


class NewlyInvited(Invitation):
    """The same with the link, which is a secret: it is answered to whoever makes the invitation alone."""

    link: str = Field(json_schema_extra={"format": "uri"})


class Invitations(_Said):
    """A page of the invitations, the newest first."""

    items: list[Invitation]
    next: str | None = Field(description="Ask with this as `after` for what follows; null at the end.")


class Recipient(_Said):
    """To whom a report was sent; without an address the link was passed on by hand."""

    name: str
    address: str


class Delivery(_Said):
    """One sending of a report to one recipient, and what became of it."""

    id: Id
    report_id: Id
    code: str
    organisation: str
    recipient: Recipient
    is_attached: bool = Field(description="Did the PDF come along with the mail?")
    person: str = Field(description="Who sent it; empty once their account is gone.")
    state: Literal["copied", "waiting", "sent", "failed", "bounced", "opened"]
    error: str = Field(description="Why the mail is not there (yet); empty where nothing is wrong.")
    is_live: bool = Field(description="Does the link still open the report?")
    made_at: datetime
    expires_at: datetime | None
    ended_at: datetime | None
    openings: int = Field(ge=0)
    first_opened_at: datetime | None
    last_opened_at: datetime | None


class Deliveries(_Said):
    """A page of the deliveries, the newest first."""

    items: list[Delivery]
    next: str | None = Field(description="Ask with this as `after` for what follows; null at the end.")


class Fault(_Said):
    """What is wrong at one place of a request."""

    at: str
    fault: str


class ProblemDetails(_Said):
    """Why a request was not carried out (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Fault]


# --- what is sent ------------------------------------------------------------------------------------


def _digits(text: Any) -> Any:
    """A query is text: a number in it is written in digits, without a sign, a space or a leading nought."""
    return (
        int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and text[0] != "0" else text
    )


def _whole(number: Any) -> Any:
    """To JSON Schema, 40.0 is a whole number."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


_DAYS = {"type": "integer", "minimum": 1, "maximum": 90}
MOST = 100
Limit = Annotated[
    int,
    BeforeValidator(_digits),
    Field(ge=1, le=MOST),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST}),
]


class PageAsked(_Asked):
    """A page of a list: how many, and from where on."""

    limit: Limit = Field(default=50, description="How many at most.")
    after: str | None = Field(
        default=None,
        max_length=100,
        pattern=PLACE,
        description="`next` of the page before; without it the list begins.",
    )


class ListingsAsked(PageAsked):
    """The same, narrowed."""

    q: str | None = Field(
        default=None,
        max_length=200,
        pattern=LINE_OR_NONE,
        description="Words, as they are searched at the desk, or one whole e-mail address.",
    )
    band: str | None = Field(default=None, max_length=16, pattern=WORD, description="Empty for none awarded.")
    route: str | None = Field(default=None, max_length=64, pattern=WORD)
    form: str | None = Field(default=None, max_length=40, pattern=WORD)
    pattern: str | None = Field(default=None, max_length=64, pattern=WORD)
    invitation_id: Id | None = None


class NothingAsked(_Asked):
    """No query at all."""


class NewInvitation(_Asked):
    """An invitation to be made. What it proposes is shown to the leader, who may change it."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"mail": {"const": True}}, "required": ["mail"]},
            "then": {"properties": {"email": {"minLength": 3}}, "required": ["email"]},
        }
    )

    called: str = Field(max_length=NAME, pattern=LINE, description="What the desk calls it.")
    organisation: str = Field(default="", max_length=NAME, pattern=LINE_OR_NONE)
    name: str = Field(default="", max_length=NAME, pattern=LINE_OR_NONE)
    email: str = Field(default="", max_length=LONGEST_ADDRESS, pattern=ADDRESS_OR_NONE)
    language: str = Field(
        default="", max_length=LANGUAGE, pattern=LINE_OR_NONE, description="In which the team works."
    )
    days: Annotated[int, BeforeValidator(_whole), Field(ge=1, le=90), WithJsonSchema(_DAYS)] = Field(
        default=30, description="How long the link works."
    )
    mail: bool = Field(default=False, description="Shall this site mail it to the e-mail address?")
