"""Passwords: how they are kept, what one must be, and that only a few are tried at once."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from assessment.store.database import StoreBusy

SHORTEST, LONGEST = 12, 200  # characters
AT_ONCE = 2  # hashes that a process works on: each takes a core and 19 MiB
WAIT_S = 10.0

# 19 MiB and two passes, what OWASP asks for at least: some 20 ms, and little enough memory for many at once.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# The hash of no password, tried where there is no account: that takes as long as where there is one.
NOBODYS = f"$argon2id$v=19$m=19456,t=2,p=1${'A' * 22}${'A' * 43}"
_places = threading.BoundedSemaphore(AT_ONCE)

# What is left of many a password once the digits and signs around it are taken off.
WORN = frozenset(
    "abc abcd admin administrator asdf asdfgh baseball charlie dragon football iloveyou letmein login "
    "master michael monkey pass passphrase password passwort princess qwerty qwertyuiop qwertz secret "
    "shadow sunshine superman test trustno welcome zxcvbnm".split()
)
_AROUND = re.compile(r"^[\W\d_]+|[\W\d_]+$")


def fault(password: str, *, about: Iterable[str] = ()) -> str:
    """Return what is wrong with a password as a sentence, "" where nothing is.

    `about` is what others know of whose it is: name and address.
    """
    plain = _plain(password)
    if len(plain) < SHORTEST:
        return f"Choose a longer one: {SHORTEST} characters at least. A short sentence will do."
    if len(plain) > LONGEST:
        return f"Choose a shorter one: {LONGEST} characters at most."
    core = _AROUND.sub("", plain.lower())
    known = {part for text in about for part in (text.lower(), *re.split(r"[@.\s]+", text.lower()))}
    if len(set(plain.lower())) < 5 or core in WORN or not core or core in known:
        return "Choose one that is harder to guess: a short sentence of your own will do."
    return ""


def hashed(password: str) -> str:
    """Return what is kept of a password. Raises StoreBusy."""
    with _place():
        return _HASHER.hash(_plain(password))


def is_right(password: str, kept: str) -> bool:
    """Is this the password of which `kept` was kept? What is no hash takes as long. Raises StoreBusy."""
    with _place():
        try:
            return _HASHER.verify(kept if is_hash(kept) else NOBODYS, _plain(password)) and is_hash(kept)
        except (VerificationError, InvalidHashError):
            return False


def is_hash(kept: str) -> bool:
    """Is there a password? Who comes by single sign-on, or has yet to choose one, has none."""
    return kept.startswith("$argon2")


def is_outdated(kept: str) -> bool:
    """Was it hashed with less effort than is taken today?"""
    return _HASHER.check_needs_rehash(kept)


def _plain(password: str) -> str:
    """Return a password as one and the same text, however a keyboard composes its letters."""
    return unicodedata.normalize("NFKC", password)


@contextmanager
def _place() -> Iterator[None]:
    if not _places.acquire(timeout=WAIT_S):
        raise StoreBusy("too many passwords are being tried")
    try:
        yield
    finally:
        _places.release()
