"""Somebody who reads a report by a link that they were given, for tests."""

from __future__ import annotations

from dataclasses import dataclass

from flask.testing import FlaskClient

from tests.leader import OUR_PAGE, Seen


@dataclass
class Reader:
    """Somebody who was given a link, in a browser of their own."""

    client: FlaskClient
    at: str = ""  # the address behind the link, with a slash at its end

    def open(self, link: str) -> Seen:
        """Follow a link and press its button."""
        form = Seen(self.client.get(link), link).form()
        sent = Seen(self.client.post(form.action, data=form.fields, headers=OUR_PAGE), form.action)
        self.at = sent.location
        return sent

    def see(self, suffix: str = "") -> Seen:
        path = self.at if not suffix else self.at.rstrip("/") + suffix
        return Seen(self.client.get(path), path)
