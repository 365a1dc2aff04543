"""The post room: hands the mails that are owed to the mail server, one at a time.

There are two piles: private links that leaders asked for, and the letters of the desk. The rows in the
database are the truth, so whoever is killed while it sends leaves a lease that ends by itself, and the mail
is sent by whoever comes next. Sent twice, it is the same message.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from flask import Flask

from assessment import mail, store
from assessment.content.library import Library
from assessment.settings import Settings
from assessment.store import mails
from assessment.store.sales import deliveries, letters

# A dozen answers of the mail server, each within ten seconds, and the time to note the outcome.
MAIL_LEASE_S = 150.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pile:
    """Mails of one kind that are owed: `take` leases one, `post` hands it over or raises mail.NotSentError.

    What became of it is told to `sent` or `failed`.
    """

    take: Callable[..., Any]
    post: Callable[[Any], None]
    sent: Callable[[Any], None]
    failed: Callable[..., bool]


@dataclass
class PostRoom:
    """Sends the mails that are owed, one at a time, of each pile in turn."""

    app: Flask
    piles: Sequence[Pile]
    lease_s: float = MAIL_LEASE_S
    stopping: bool = False

    def deliver(self) -> None:
        """Send every mail that is due, unless it is time to stop."""
        with self.app.app_context():
            while sum(self._send_one(pile) for pile in self.piles):
                pass

    def _send_one(self, pile: Pile) -> bool:
        if self.stopping or not (owed := pile.take(lease_s=self.lease_s)):
            return False
        try:
            pile.post(owed)
        except mail.NotSentError as error:
            self._failed(pile, owed, str(error), again=error.again)
        except store.StoreUnavailable:
            raise
        except Exception as error:
            # Only its kind: what it says may name the address.
            self._failed(pile, owed, f"this site could not make it ({type(error).__name__})", again=False)
        else:
            pile.sent(owed)
        return True

    def _failed(self, pile: Pile, owed: Any, error: str, *, again: bool) -> None:
        if pile.failed(owed, error, again=again):
            log.error("mail %s is not sent and given up: %s", owed.id, error)
        else:
            log.warning("mail %s is not sent yet and tried again: %s", owed.id, error)


def piles(library: Library, settings: Settings) -> list[Pile]:
    """Return the mails that a site owes: private links to leaders, and the letters of its desk."""
    of = mail.Sender(library.site.name, library.site.owner, settings.base_url, settings.mail_from)

    def hand_over(message: Callable[[], EmailMessage]) -> None:
        if not settings.smtp_url:
            raise mail.NotSentError("this site sends no mail any more", again=False)
        mail.send(settings.smtp_url, message())

    def post_link(owed: mails.Letter) -> None:
        link = f"{settings.base_url}/diagnosis/resume/{owed.token}"
        hand_over(
            lambda: mail.private_link(name=owed.id, to=owed.to, link=link, asked_at=owed.made_at, sender=of)
        )

    def post_letter(owed: letters.Owed) -> None:
        attached = _attached(owed)
        hand_over(
            lambda: mail.of_desk(
                owed.kind, owed.values, name=owed.id, owed_at=owed.made_at, sender=of, attached=attached
            )
        )

    return [
        Pile(mails.take, post_link, mails.sent, mails.failed),
        Pile(letters.take, post_letter, letters.sent, letters.failed),
    ]


def _attached(owed: letters.Owed) -> tuple[str, bytes] | None:
    """Return the PDF that a letter brings, and what it is called there."""
    try:
        found = deliveries.attached(owed.delivery_id) if owed.delivery_id else None
    except deliveries.NotSendable:
        raise mail.NotSentError("what it brings is not there any more", again=False) from None
    return (f"report-{found[0]}.pdf", found[1]) if found else None
