"""The key of each assessment: what teams have written is kept under it, and gone for good with it.

Each assessment has a random key of its own, 256 bits, and all that was typed is kept under that key with
AES-GCM. The key is kept too, but wrapped with a master key that follows from SECRET_KEY and is in no
database: a stolen file or backup tells nothing, and whoever destroys one small row has destroyed every
copy of what was kept under it. A server that runs can read what it keeps, as it must to show it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask, current_app
from sqlalchemy import Connection, select, update

from assessment.store.database import StoreUnavailable, insert, reading, writing
from assessment.store.models import AssessmentKey, DeskKey

NONCE_BYTES = 12
DESK = "desk"
AT_HAND = 1024  # keys that a process has unwrapped and may need again in a moment
# Answers are made as long as the next multiple, or their length would say "yes" or "no".
BLOCK_BYTES = 64

log = logging.getLogger(__name__)


class Unreadable(StoreUnavailable):
    """What is kept was changed by somebody, or its key was wrapped with a SECRET_KEY that is not set."""


class Key:
    """The key of one assessment, unwrapped. What it seals opens for the same place and version only."""

    def __init__(self, assessment_id: str, raw: bytes) -> None:
        self.assessment_id = assessment_id
        self._cipher = AESGCM(raw)
        self._of_digests = hmac.digest(raw, b"digests", "sha256")

    def seal(self, data: bytes, *place: object) -> bytes:
        """Return data encrypted for one place: (part, page, version), or what else names it."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, data, self._name(place))

    def open(self, sealed: bytes, *place: object) -> bytes:
        """Return what was sealed for this place. Raises Unreadable."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], self._name(place))
        except (InvalidTag, ValueError):
            name = self._name(place).decode()
            raise Unreadable(f"{name} was changed, or sealed with another key") from None

    def seal_values(self, values: Mapping[str, Any], *place: object) -> bytes:
        """Return what was entered on a page, encrypted."""
        text = json.dumps(values).encode()
        return self.seal(text + b" " * (-len(text) % BLOCK_BYTES), *place)

    def open_values(self, sealed: bytes, *place: object) -> dict[str, Any]:
        """Return what was entered on a page. Raises Unreadable."""
        values: dict[str, Any] = json.loads(self.open(sealed, *place))
        return values

    def digest(self, text: str) -> str:
        """Return a hash by which texts are known to be equal, and by which nobody else can try texts out."""
        return self.digest_of(hashlib.sha256(text.encode()).hexdigest())

    def digest_of(self, sha256: str) -> str:
        """Return `digest` of the text that has this hash."""
        return hmac.digest(self._of_digests, sha256.encode(), "sha256").hex()

    def _name(self, place: Iterable[object]) -> bytes:
        return "|".join((self.assessment_id, *map(str, place))).encode()


class Keyring:
    """The master keys by which keys are wrapped, the newest first, and the keys unwrapped of late."""

    def __init__(self, secrets_: Iterable[bytes]) -> None:
        secrets_ = list(secrets_)
        self._of_addresses = [_derived(each, b"mail addresses") for each in secrets_]
        masters = [_derived(secret, b"assessment keys") for secret in secrets_]
        self._masters = {hashlib.sha256(b"id" + each).hexdigest()[:16]: AESGCM(each) for each in masters}
        self.current = next(iter(self._masters))
        self._at_hand: OrderedDict[str, tuple[bytes, Key]] = OrderedDict()
        self._lock = threading.Lock()

    def wrap(self, assessment_id: str, raw: bytes) -> bytes:
        """Return a key encrypted with the newest master key."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._masters[self.current].encrypt(nonce, raw, assessment_id.encode())

    def unwrap(self, assessment_id: str, master: str, wrapped: bytes) -> Key:
        """Return the key of an assessment; `master` names what it was wrapped with. Raises Unreadable."""
        with self._lock:
            before, key = self._at_hand.get(assessment_id, (b"", None))
        if key and before == wrapped:
            return key
        key = Key(assessment_id, self.raw(assessment_id, master, wrapped))
        with self._lock:
            self._at_hand[assessment_id] = (wrapped, key)
            self._at_hand.move_to_end(assessment_id)
            if len(self._at_hand) > AT_HAND:
                self._at_hand.popitem(last=False)
        return key

    def raw(self, assessment_id: str, master: str, wrapped: bytes) -> bytes:
        """Return the 32 bytes of a key. Raises Unreadable."""
        if master not in self._masters:
            raise Unreadable(f"assessment {assessment_id} was kept with another SECRET_KEY ({master})")
        try:
            return self._masters[master].decrypt(
                wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], assessment_id.encode()
            )
        except (InvalidTag, ValueError):
            raise Unreadable(f"the key of assessment {assessment_id} was changed") from None

    def digest_of_address(self, address: str) -> str:
        """Return a hash by which mails to one address are counted; capitals make no other address."""
        return self.digests_of_address(address)[0]

    def digests_of_address(self, address: str) -> list[str]:
        """Return `digest_of_address` as it is now, and as it was with each SECRET_KEY before."""
        text = address.lower().encode()
        return [hmac.new(each, text, hashlib.sha256).hexdigest() for each in self._of_addresses]

    def found(self, assessment_id: str) -> Key | None:
        """Return a key that is at hand."""
        with self._lock:
            _, key = self._at_hand.get(assessment_id, (b"", None))
        return key

    def forget(self, assessment_id: str) -> None:
        """Have a key at hand no longer."""
        with self._lock:
            self._at_hand.pop(assessment_id, None)


def _derived(secret: bytes, purpose: bytes) -> bytes:
    """Return the 32 bytes that a secret gives for one purpose."""
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose).derive(secret)


def init_app(app: Flask) -> None:
    """Give an application its keyring, from SECRET_KEY and from those before it (SECRET_KEY_FALLBACKS)."""
    app.extensions["keyring"] = Keyring(
        [app.config["SECRET_KEY"], *(app.config.get("SECRET_KEY_FALLBACKS") or ())]
    )


def keyring() -> Keyring:
    """Return the keyring of this application."""
    ring: Keyring = current_app.extensions["keyring"]
    return ring


def new(assessment_id: str) -> tuple[Key, bytes]:
    """Return a fresh key for an assessment, and its 32 bytes, to be kept."""
    raw = secrets.token_bytes(32)
    return Key(assessment_id, raw), raw


def keep(connection: Connection, key: Key, raw: bytes) -> None:
    """Write down the key of an assessment, wrapped."""
    ring = keyring()
    connection.execute(
        insert(AssessmentKey, connection.dialect.name).values(
            assessment_id=key.assessment_id, master=ring.current, wrapped=ring.wrap(key.assessment_id, raw)
        )
    )


def of_desk(connection: Connection) -> Key:
    """Return what the sales desk seals with where there is no assessment; made when it is first needed.

    Raises Unreadable.
    """
    # Read each time: one that was made by a transaction that came to nothing is none.
    kept = select(DeskKey.master, DeskKey.wrapped).where(DeskKey.name == DESK)
    if connection.execute(kept).one_or_none() is None:
        ring = keyring()
        wrapped = ring.wrap(DESK, secrets.token_bytes(32))
        row = insert(DeskKey, connection.dialect.name).values(name=DESK, master=ring.current, wrapped=wrapped)
        connection.execute(row.on_conflict_do_nothing())  # whoever made it first has made it for all
    row = connection.execute(kept).one()
    return keyring().unwrap(DESK, row.master, row.wrapped)


def unwrap(assessment_id: str, master: str, wrapped: bytes) -> Key:
    """Return the key of an assessment from its row. Raises Unreadable."""
    return keyring().unwrap(assessment_id, master, wrapped)


def wrap_anew() -> int:
    """Wrap with the newest master key what was wrapped with one before it; return how many keys it were.

    Those that no key of this site opens stay as they are.
    """
    return sum(_wrap_anew(table.wrapped, table.master, name) for table, name in _WRAPPED)


_WRAPPED = ((AssessmentKey, AssessmentKey.assessment_id), (DeskKey, DeskKey.name))


def _wrap_anew(wrapped_in: Any, by: Any, named: Any) -> int:
    ring, done = keyring(), 0
    with reading() as connection:
        old = connection.execute(select(named, by, wrapped_in).where(by != ring.current)).all()
    for name, master, wrapped in old:
        try:
            raw = ring.raw(name, master, wrapped)
        except Unreadable as error:
            log.error("%s", error)
            continue
        with writing() as connection:
            done += connection.execute(
                update(named.class_)
                .where(named == name)  # nothing, where it is deleted by now
                .values(master=ring.current, wrapped=ring.wrap(name, raw))
            ).rowcount
    return done


def of(assessment_id: str) -> Key | None:
    """Return the key of an assessment; None where it has none (any more). Raises Unreadable."""
    if key := keyring().found(assessment_id):
        return key
    with reading() as connection:
        return read(connection, assessment_id)


def read(connection: Connection, assessment_id: str) -> Key | None:
    """Return the key of an assessment as it stands in the database, like `of`.

    On PostgreSQL whoever destroys it waits until this transaction ends: what it writes has its assessment.
    """
    row = connection.execute(
        select(AssessmentKey.master, AssessmentKey.wrapped)
        .where(AssessmentKey.assessment_id == assessment_id)
        .with_for_update(read=True, key_share=True)
    ).one_or_none()
    return keyring().unwrap(assessment_id, row.master, row.wrapped) if row else None
