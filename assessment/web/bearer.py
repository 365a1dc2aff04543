"""Programs: each shows a token with every request, which opens what it was made for and not too often."""

from __future__ import annotations

import math
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from flask import Flask, current_app, g, request

from assessment.store.sales import tokens
from assessment.store.sales.tokens import Caller
from assessment.web.current import settings
from assessment.web.problems import Problem

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="api"'}
MINUTE_S = 60.0

_TOKEN = re.compile(r"bearer +([A-Za-z0-9_-]{43}) *", re.IGNORECASE)


@dataclass
class Throttle:
    """Lets each name through so often a minute, at once or spread: what is not used comes back by and by."""

    a_minute: int
    now: Callable[[], float] = field(default=time.monotonic, repr=False)
    _left: dict[str, tuple[float, float]] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def wait_s(self, name: str) -> float:
        """Count a request; return 0 where it may pass, else after how many seconds the next one may."""
        a_second = self.a_minute / MINUTE_S
        with self._lock:
            now = self.now()
            left, at = self._left.get(name, (float(self.a_minute), now))
            left = min(float(self.a_minute), left + (now - at) * a_second)
            passes = left >= 1
            self._left[name] = (left - passes, now)
        return 0.0 if passes else (1 - left) / a_second


def init_app(app: Flask) -> None:
    """Give an application the throttle of its programs."""
    app.extensions["api_throttle"] = Throttle(app.config["SETTINGS"].api_calls_a_minute)


def prove(scope: str) -> None:
    """Have a request show a token of this scope. Raises Problem."""
    found = _TOKEN.fullmatch(request.headers.get("Authorization", ""))
    caller = tokens.caller(found[1]) if found else None
    if caller is None:
        raise Problem(401, "Show a token that works: Authorization: Bearer <token>.", headers=CHALLENGE)
    throttle = cast(Throttle, current_app.extensions["api_throttle"])
    if wait_s := throttle.wait_s(caller.token_id):
        words = f"This token asks more often than {settings().api_calls_a_minute} times a minute."
        raise Problem(429, words, headers={"Retry-After": str(math.ceil(wait_s))})
    if scope not in caller.scopes:
        needed = {"WWW-Authenticate": f'Bearer realm="api", error="insufficient_scope", scope="{scope}"'}
        raise Problem(403, f"This token was not made for {scope}.", headers=needed)
    g.caller = caller


def may(scope: str) -> bool:
    """Has this request shown a token of this scope?"""
    shown = cast("Caller | None", g.get("caller"))
    return shown is not None and scope in shown.scopes


def caller() -> Caller:
    """Return who asks, behind a door that is only for programs (`access`)."""
    return cast(Caller, g.caller)
