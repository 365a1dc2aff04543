"""What came back: reads the notice by which another server says that a mail was not delivered (RFC 3464)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes, message_from_string
from email.message import Message
from typing import Any

LARGEST = 25_000_000  # bytes of a notice, with the mail that it returns

# What a status says, by how it begins (RFC 3463). The words of the server itself may name the address.
STATUSES = {
    "5.1": "there is no such address",
    "5.2.2": "the mailbox is full",
    "5.2": "the mailbox takes no mail",
    "5.3.4": "the mail is too large there",
    "5.3": "the mail server there does not take it",
    "5.4": "the mail server there was not reached",
    "5.7": "it was refused there",
    "4": "the mail server there never took it",
}
CAME_BACK = "it came back"

_NAME = re.compile(r"\s*<([0-9a-f]{32})@[^<>\s]+>\s*")  # what we call a letter
_STATUS = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mail that came back: what its Message-ID began with, and why, in words that name no address."""

    name: str
    reason: str


def bounce(raw: bytes) -> Bounce | None:
    """Return which mail of ours a message returns for good; None where it returns none.

    A notice that a mail is late, was delivered or passed on says nothing of the kind.
    """
    message = message_from_bytes(raw)
    failed = [each for each in _recipients(message) if _field(each, "Action").strip().lower() == "failed"]
    name = next((found[1] for each in _returned(message) if (found := _NAME.fullmatch(each))), "")
    return Bounce(name, _reason(_field(failed[0], "Status"))) if failed and name else None


def _recipients(message: Message) -> list[Message]:
    """Return what a notice says of each recipient."""
    parts = [part for part in message.walk() if part.get_content_type() == "message/delivery-status"]
    blocks = [block for part in parts for block in part.walk() if block is not part]
    return [block for block in blocks if "Action" in block]


def _returned(message: Message) -> list[str]:
    """Return the Message-IDs of what a notice returns, be it whole or only its head."""
    found = []
    for part in message.walk():
        inner: Any = part.get_payload()
        if part.get_content_type() == "message/rfc822" and isinstance(inner, list):
            found += [_field(each, "Message-ID") for each in inner]
        if part.get_content_type() == "text/rfc822-headers":
            text = part.get_payload(decode=True) or b""
            head = text.decode("latin-1") if isinstance(text, bytes) else ""
            found.append(_field(message_from_string(head), "Message-ID"))
    return found


def _field(message: Message, name: str) -> str:
    return str(message.get(name, ""))


def _reason(status: str) -> str:
    found = _STATUS.match(status)
    if found is None:
        return CAME_BACK
    beginning = max((each for each in STATUSES if f"{found[1]}.".startswith(f"{each}.")), key=len, default="")
    return f"{STATUSES.get(beginning, CAME_BACK)} ({found[1]})"
