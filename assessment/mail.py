"""One mail: how it reads, and how it is handed to the mail server that the settings name."""

from __future__ import annotations

import contextlib
import ipaddress
import smtplib
import ssl
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

ANSWERS_WITHIN_S = 10.0  # each answer of the mail server
SILENT = "the mail server did not answer in time"
PORTS = {"smtp": 25, "smtps": 465}


class NotSentError(Exception):
    """A mail that the server has not accepted; its text names no address. `again`: may it be tried again?"""

    def __init__(self, words: str, *, again: bool) -> None:
        super().__init__(words)
        self.again = again


def private_link(
    *, name: str, to: str, link: str, asked_at: datetime, site: str, base_url: str, sender: str
) -> EmailMessage:
    """Return the mail that brings somebody their private link.

    `name` names the mail for good: sent twice, it is the same message, of the same moment. Raises ValueError
    for an address that is none, or would be more than one.
    """
    message = EmailMessage(policy=SMTP)
    try:
        message["From"] = Address(site, addr_spec=sender)
        message["To"] = Address(addr_spec=to)
    except (MessageError, IndexError):
        raise ValueError("this is not one address") from None
    message["Subject"] = f"Your private link: {site}"
    message["Date"] = format_datetime(asked_at)
    message["Message-ID"] = f"<{name}@{urlsplit(base_url).hostname}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(
        "This link opens your diagnosis, and its result once it is finished, in any browser:\n\n"
        f"{link}\n\n"
        "Whoever has it can read the answers, and change them until the diagnosis is finished. Treat it as\n"
        "you would a key. You can end it on the page of the diagnosis.\n\n"
        f"Somebody typed this address at {base_url} to send themselves the link. If that was not you,\n"
        "delete this mail. The site has not kept your address.\n"
    )
    return message


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
