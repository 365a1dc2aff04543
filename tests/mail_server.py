"""A mail server on this machine that does as it is told, and keeps what it accepted."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, TypeVar

import pytest
from aiosmtpd.controller import Controller
from flask import Flask

from assessment import mail, post
from assessment.post import Pile, PostRoom
from tests.conftest import free_port, some_settings


@dataclass
class MailServer:
    """What it answers to a recipient and to a mail, first come first served; then it accepts."""

    port: int = field(default_factory=free_port)
    to_recipient: list[str] = field(default_factory=list)
    to_data: list[str] = field(default_factory=list)  # "" closes the connection without a word
    accepted: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    was_private: list[bool] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_RCPT(  # the name is aiosmtpd's
        self, server: Any, session: Any, envelope: Any, address: str, rcpt_options: list[str]
    ) -> str:
        if self.to_recipient:
            return self.to_recipient.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = self.to_data.pop(0) if self.to_data else "250 OK"
        if answer[:1] in ("", "2"):
            message = message_from_bytes(envelope.content, policy=default)
            assert isinstance(message, EmailMessage)
            self.accepted.append(message)
            self.recipients.append(envelope.rcpt_tos)
            self.was_private.append(session.ssl is not None)
        if not answer:
            server.transport.abort()
        return answer or "250 OK"


Server = TypeVar("Server", bound=MailServer)


@contextmanager
def mail_server(tls: ssl.SSLContext | None = None, **answers: Any) -> Iterator[MailServer]:
    """Run a mail server on the loopback interface; with `tls` it offers STARTTLS."""
    with running(MailServer(**answers), tls) as server:
        yield server


@contextmanager
def running(server: Server, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Run this mail server, which may answer in its own way."""
    controller = Controller(server, hostname="127.0.0.1", port=server.port, tls_context=tls)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()


def post_room(app: Flask, url: str, *, within_s: float = 5) -> PostRoom:
    """Return the post room of a site that has this mail server."""
    settings = some_settings(app.config["SETTINGS"].instance, SMTP_URL=url, MAIL_FROM="a@site.test")
    hand_over = mail.send

    def patient(url: str, message: Any) -> None:
        hand_over(url, message, within_s=within_s)

    def quick(pile: Pile) -> Pile:
        def patiently(owed: Any) -> None:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(mail, "send", patient)
                pile.post(owed)

        return replace(pile, post=patiently)

    return PostRoom(app, [quick(pile) for pile in post.piles(app.extensions["library"], settings)])
