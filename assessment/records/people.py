"""Who did what, as a code that means nothing outside one reading: a keyed hash whose key is thrown away."""

from __future__ import annotations

import hashlib
import re
import secrets

_PROGRAM = re.compile(
    r"(?:\[bot\]|[-_ ](?:ro)?bot)$"
    r"|^(?:bot|app/.*|dependabot.*|renovate.*|github-actions.*|gitlab-ci.*|jenkins|automation.*"
    r"|(?:project|group)_\d+_bot.*|web-flow|travis-ci|circleci|azure-pipelines|greenkeeper|mergify|bors"
    r"|allcontributors|cla-?assistant|pre-commit-ci|codecov.*|coveralls|codeclimate|codacy.*|sonar(?:qube)?cloud"
    r"|deepsource.*|snyk.*|netlify|vercel|copilot(?:-.*)?|coderabbitai|sourcery-ai|qodo-.*|greptile-apps"
    r"|gemini-code-assist|graphite-app|sentry-io|changeset-bot.*|microsoft-github-policy-service"
    r"|chatgpt-codex-connector|devin-ai-integration|ellipsis-dev|korbit-ai|amazon-q-developer|google-labs-jules"
    r"|github-advanced-security|gitguardian|socket-security|kodiakhq|googlebot|rustbot|imgbot"
    # An account that is no more has everybody's name who left.
    r"|ghost|ghost user|former user)$"
)


class People:
    """The codes of one reading. Nothing keeps the salt: with this object it is gone."""

    __slots__ = ("_codes", "_salt")

    def __init__(self) -> None:
        self._salt = secrets.token_bytes(32)
        self._codes: dict[str, str | None] = {}

    def code(self, name: str | None) -> str | None:
        """Return the code of a person, whatever the case of their name; None for nobody and for a program."""
        if not name:
            return None
        if name not in self._codes:
            if len(self._codes) >= 100_000:
                self._codes.clear()  # they are only kept to be quicker: the same code comes again
            self._codes[name] = self._made(name.strip().casefold())
        return self._codes[name]

    def _made(self, known: str) -> str | None:
        if not known or _PROGRAM.search(known):
            return None
        return hashlib.blake2b(
            known.encode("utf-8", "surrogatepass"), key=self._salt, digest_size=8
        ).hexdigest()
