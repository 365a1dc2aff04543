"""Names that cannot be guessed, and what is kept of those that open something."""

from __future__ import annotations

import hashlib
import secrets

# Without what is mistaken for something else when it is read aloud or copied by hand:
# no B, I, L, O, S, U, Z, 0 or 1.
LETTERS = "23456789ACDEFGHJKMNPQRTVWXY"
DRAWN = 8  # of them, in a code
INITIALS_AT_MOST = 6  # before them, of the words of an instrument


def new_id() -> str:
    """Return 128 random bits, URL-safe (22 characters)."""
    return secrets.token_urlsafe(16)


def new_token() -> str:
    """Return 256 random bits, URL-safe (43 characters): a secret that opens something."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Return the SHA-256 under which a secret is kept (64 hex digits)."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_code(instrument_key: str) -> str:
    """Return a code to be read from paper, such as GB-7F3K-92QD for `good-bread/1.0.0`.

    What it begins with are letters, six at most: a code that is typed is taken apart by that.
    """
    words = instrument_key.partition("/")[0].split("-")
    initials = "".join(word[0] for word in words if word[:1].isalpha())[:INITIALS_AT_MOST].upper()
    drawn = "".join(secrets.choice(LETTERS) for _ in range(DRAWN))
    return f"{initials}-{drawn[:4]}-{drawn[4:]}"
