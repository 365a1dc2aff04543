"""One mail: how it reads, and how it is handed to the mail server that the settings name.

What somebody typed stands in a header only where it must, and there as one line of characters that print.
"""

from __future__ import annotations

import contextlib
import ipaddress
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

ANSWERS_WITHIN_S = 10.0  # each answer of the mail server
SILENT = "the mail server did not answer in time"
PORTS = {"smtp": 25, "smtps": 465}
TEMPLATES = Path(__file__).resolve().parent.parent / "templates" / "mail"
IN_HEADER = 80  # characters of what somebody typed
# What the links in letters of the desk lead to, and what the letters are called.
LINKS = {"invitation": "invited", "reminder": "invited", "delivery": "shared"}
SUBJECTS = {
    "invitation": "{sender} invites you to look at how a team’s work is done",
    "reminder": "A reminder from {sender}: look at how a team’s work is done",
    "delivery": "{sender} sends you a report",
}


class NotSentError(Exception):
    """A mail that the server has not accepted; its text names no address. `again`: may it be tried again?"""

    def __init__(self, words: str, *, again: bool) -> None:
        super().__init__(words)
        self.again = again


@dataclass(frozen=True, slots=True)
class Sender:
    """The site that a mail comes from: its name, its owner, its address, and what stands behind "From"."""

    site: str
    owner: str
    base_url: str
    address: str


def private_link(*, name: str, to: str, link: str, asked_at: datetime, sender: Sender) -> EmailMessage:
    """Return the mail that brings somebody their private link. Raises ValueError, see `_begun`."""
    message = _begun(name, to, "", f"Your private link: {sender.site}", asked_at, sender)
    message.set_content(
        "This link opens your diagnosis, and its result once it is finished, in any browser:\n\n"
        f"{link}\n\n"
        "Whoever has it can read the answers, and change them until the diagnosis is finished. Treat it as\n"
        "you would a key. You can end it on the page of the diagnosis.\n\n"
        f"Somebody typed this address at {sender.base_url} to send themselves the link. If that was not\n"
        "you, delete this mail. The site has not kept your address.\n"
    )
    return message


def of_desk(
    kind: str,
    values: Mapping[str, str],
    *,
    name: str,
    owed_at: datetime,
    sender: Sender,
    attached: tuple[str, bytes] | None = None,
) -> EmailMessage:
    """Return a letter of the desk, as text and as HTML: an invitation, a reminder or a delivery.

    `values` are those of `letters.owe`; `attached` is the name and the bytes of a PDF. Nothing in the letter
    is fetched from anywhere when it is read. Raises ValueError, see `_begun`.
    """
    said = {key: _printing(value) if key == "message" else one_line(value) for key, value in values.items()}
    said = dict.fromkeys(("organisation", "message"), "") | said
    writer = said["sender"][:IN_HEADER]
    message = _begun(name, values["to"], said["name"], SUBJECTS[kind].format(sender=writer), owed_at, sender)
    message["Reply-To"] = _one_address(writer, values["answer_to"])
    until = date.fromisoformat(said["until"])
    said |= {
        "link": f"{sender.base_url}/{LINKS[kind]}/{said['token']}",
        "until": f"{until.day} {until:%B %Y}",
        "is_attached": "yes" if attached else "",
    }
    plain, marked_up = (
        _environment().get_template(f"{kind}.{form}").render(**said, site=sender) for form in ("txt", "html")
    )
    message.set_content(plain)
    message.add_alternative(marked_up, subtype="html")
    if attached:
        called, pdf = attached
        message.add_attachment(pdf, maintype="application", subtype="pdf", filename=called)
    # Sent twice, it has the same bytes: boundaries are drawn by lot otherwise.
    for number, part in enumerate(each for each in message.walk() if each.is_multipart()):
        part.set_boundary(f"{name}-{number}")
    return message


def one_line(text: str) -> str:
    """Return what somebody typed as one line of characters that print."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def _printing(text: str) -> str:
    return "\n".join(one_line(line) for line in text.splitlines()).strip()


def _begun(name: str, to: str, called: str, subject: str, asked_at: datetime, sender: Sender) -> EmailMessage:
    """Return a mail that has its headers. `name` names it for good: sent twice, it is the same message, of
    the same moment. Raises ValueError for an address that is none, or would be more than one.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = _one_address(sender.site, sender.address)
    message["To"] = _one_address(called[:IN_HEADER], to)
    message["Subject"] = subject
    message["Date"] = format_datetime(asked_at)
    message["Message-ID"] = f"<{name}@{urlsplit(sender.base_url).hostname}>"
    message["Auto-Submitted"] = "auto-generated"
    return message


def _one_address(called: str, address: str) -> Address:
    try:
        return Address(called, addr_spec=address)
    except (MessageError, IndexError):
        raise ValueError("this is not one address") from None


@lru_cache(maxsize=1)
def _environment() -> Environment:
    """Return the templates of mails. A name that one misspells is an error, not a gap."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def send(url: str, message: EmailMessage, *, within_s: float = ANSWERS_WITHIN_S) -> None:
    """Hand a mail to the server of an address such as smtp://user:password@mail.example.org:587.

    TLS is used from the first byte for smtps, and as soon as it is offered for smtp; a certificate that is
    not trusted is not talked to. Raises NotSentError.
    """
    try:
        server = _connected(url, message, within_s)
        try:
            server.send_message(message)
        finally:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                server.quit()  # accepted is accepted, however the server takes its leave
            server.close()
    except smtplib.SMTPRecipientsRefused as error:
        [(code, _)] = error.recipients.values()
        raise NotSentError(f"the mail server refused the address ({code})", again=code < 500) from error
    except smtplib.SMTPDataError as error:
        code = error.smtp_code
        raise NotSentError(f"the mail server refused the mail ({code})", again=code < 500) from error
    except smtplib.SMTPResponseException as error:
        # Greeting, log-in or sender: not this mail is at fault, but what the operator has set.
        raise NotSentError(f"the mail server refused this site ({error.smtp_code})", again=True) from error
    except smtplib.SMTPServerDisconnected as error:
        if isinstance(error.__context__, TimeoutError):  # which smtplib does not tell from the other
            raise NotSentError(SILENT, again=True) from error
        raise NotSentError("the mail server ended the connection", again=True) from error
    except ssl.SSLCertVerificationError as error:
        raise NotSentError("the certificate of the mail server is not trusted", again=True) from error
    except TimeoutError as error:
        raise NotSentError(SILENT, again=True) from error
    except OSError as error:  # SMTPException is one, too
        raise NotSentError("the mail server cannot be reached", again=True) from error


def _connected(url: str, message: EmailMessage, within_s: float) -> smtplib.SMTP:
    """Return a connection that a mail can be sent through."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    context = ssl.create_default_context()
    ourselves = message["Message-ID"].strip("<>").rpartition("@")[2]
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, ourselves, timeout=within_s, context=context)
    else:
        server = smtplib.SMTP(host, port, ourselves, timeout=within_s)
    try:
        server.ehlo_or_helo_if_needed()
        is_private = parts.scheme == "smtps" or _is_here(host)
        if parts.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls(context=context)
            is_private = True
        if parts.username:
            if not is_private:
                raise NotSentError("the mail server offers no TLS, and no password goes without", again=True)
            server.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        server.close()
        raise
    return server


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
