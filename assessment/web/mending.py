"""What an editor sees while a file is broken: where, what and what to do, in the place of every page."""

from __future__ import annotations

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask, Response, render_template

from assessment.content.files.located import Fault
from assessment.web.assets import PREFIX
from assessment.web.security import headers_of_every_answer

ANSWERED = ("GET", "HEAD")
HEALTH = "/healthz"


class Mending:
    """The last good site, behind a page that tells what has to be mended. Only for development.

    Static files are still answered, and so is what a form sends: nobody loses what was typed.
    """

    def __init__(self, site: Flask, faults: Iterable[Fault]) -> None:
        self.site = site
        settings = site.config["SETTINGS"]
        # From the last good templates, which are in memory: those on disk may be what is broken.
        with site.test_request_context("/", base_url=settings.base_url):
            self._page = render_template("errors/mending.html", faults=list(faults)).encode()
        self._headers = {**headers_of_every_answer(settings), "Cache-Control": "no-store"}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a page with the faults, and anything else as the last good site does."""
        path = environ.get("PATH_INFO", "")
        if environ["REQUEST_METHOD"] not in ANSWERED or path.startswith(PREFIX) or path == HEALTH:
            return self.site(environ, start_response)
        answer = Response(self._page, 503, headers=self._headers, mimetype="text/html")
        return answer(environ, start_response)
