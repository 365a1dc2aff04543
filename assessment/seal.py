"""Seals: an Ed25519 signature under a document, so that a stranger can tell whether it is unchanged.

What is signed are the bytes of a file as it is handed out: the canonical result document, or a PDF. Any
program that knows Ed25519 can check them with the published key; `flask verify` is one.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from assessment.core.interchange import canonical, read_object

FORMAT = 1  # raised when what a name means in a file of signatures changes
PURPOSE = b"report signatures"  # no other key follows from the same secret

Kind = Literal["result", "pdf"]
Verdict = Literal["genuine", "same figures", "changed", "other key"]


class SealError(ValueError):
    """A file of signatures or of keys cannot be used; the message says why, in one line."""


class Signer:
    """Signs with the key that follows from a secret; `public` are its 32 public bytes, `id` names it."""

    def __init__(self, secret: bytes) -> None:
        seed = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=PURPOSE).derive(secret)
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._key.public_key().public_bytes_raw()
        self.id = key_id(self.public)

    def sign(self, data: bytes) -> bytes:
        """Return the signature of these bytes: 64 bytes, always the same."""
        return self._key.sign(data)


def key_id(public: bytes) -> str:
    """Return the name of a public key: the first 16 digits of its SHA-256."""
    return hashlib.sha256(public).hexdigest()[:16]


def is_signed(data: bytes, signature: bytes, public: bytes) -> bool:
    """Is this the signature of these bytes under this key?"""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


# --- the same figures, written otherwise --------------------------------------------------------------


def canonical_of(data: bytes) -> bytes | None:
    """Return the canonical bytes of a result that was written another way; None where it is no document.

    Only how it is written may differ: the order of names, spaces, escapes, zeros at the end of a number. A
    number with more digits than a result has is another figure, and gives None.
    """
    try:
        read_object(data)  # refuses what a parser would choke on, and names that are given twice
        exact = json.loads(data.decode("utf-8-sig"), parse_float=Decimal)
        return canonical(_as_written(exact))
    except (ValueError, InvalidOperation):  # the latter at an exponent that no number here can have
        return None


def _as_written(value: Any) -> Any:
    if isinstance(value, Decimal):
        kept = round(float(value), 6)
        if Decimal(repr(kept)) != value:
            raise ValueError("a digit that no result has")
        return kept
    if isinstance(value, Mapping):
        return {key: _as_written(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_as_written(each) for each in value]
    return value


# --- the file of signatures ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature: of which kind of file, the SHA-256 of that file, and the id of the key."""

    of: Kind
    sha256: str
    key_id: str
    bytes: bytes


def signature_file(code: str, issued: str, address: str, signatures: Iterable[Signature]) -> bytes:
    """Return the file of signatures that is handed out beside a report.

    `issued` is a day (YYYY-MM-DD) and `address` that of the page on this report. Only the signatures prove
    anything; the rest says what they belong to.
    """
    document = {
        "format": FORMAT,
        "algorithm": "Ed25519",
        "code": code,
        "issued": issued,
        "address": address,
        "signatures": [
            {
                "of": each.of,
                "sha256": each.sha256,
                "key": each.key_id,
                "signature": base64.b64encode(each.bytes).decode(),
            }
            for each in signatures
        ],
    }
    return json.dumps(document, indent=1).encode() + b"\n"


def read_signatures(text: bytes) -> list[Signature]:
    """Return what a file of signatures holds. Raises SealError."""
    try:
        document = read_object(text)
        if document["format"] != FORMAT:
            raise SealError(f"is of format {document['format']}, and this program reads format {FORMAT}")
        return [_signature(each) for each in document["signatures"]]
    except SealError:
        raise
    except (KeyError, TypeError, ValueError):
        raise SealError("is no file of signatures; download it again, beside the result") from None


def _signature(entry: Mapping[str, Any]) -> Signature:
    of, sha256, key, signature = (entry[name] for name in ("of", "sha256", "key", "signature"))
    if not isinstance(key, str):
        raise TypeError("the id of a key is a text")
    return Signature(of, sha256, key, base64.b64decode(signature, validate=True))


def check(data: bytes, signatures: Iterable[Signature], keys: Mapping[str, bytes]) -> Verdict:
    """Say whether these bytes were signed with one of the keys, given by id.

    "same figures": the document was, written another way. "other key": none of the signatures is by one of
    these keys, so that nothing can be said.
    """
    trusted = [(each, keys[each.key_id]) for each in signatures if each.key_id in keys]
    if not trusted:
        return "other key"
    if any(is_signed(data, each.bytes, public) for each, public in trusted):
        return "genuine"
    same = canonical_of(data)
    if same and any(is_signed(same, each.bytes, public) for each, public in trusted):
        return "same figures"
    return "changed"


# --- keys as files --------------------------------------------------------------------------------------


def pem(public: bytes) -> bytes:
    """Return a public key as it is published, in PEM."""
    key = Ed25519PublicKey.from_public_bytes(public)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def read_keys(text: bytes) -> dict[str, bytes]:
    """Return every public key in a PEM file, by id. Raises SealError."""
    found = dict(_keys_in(text))
    if not found:
        raise SealError("holds no public key; take the one at /verify/key.pem")
    return found


def _keys_in(text: bytes) -> Iterator[tuple[str, bytes]]:
    for block in re.findall(rb"-----BEGIN PUBLIC KEY-----[^-]*-----END PUBLIC KEY-----", text):
        try:
            key = load_pem_public_key(block)
        except (ValueError, UnsupportedAlgorithm):
            raise SealError("holds a key that cannot be read; take the one at /verify/key.pem") from None
        if not isinstance(key, Ed25519PublicKey):
            raise SealError("holds a key that is not of Ed25519; take the one at /verify/key.pem")
        public = key.public_bytes_raw()
        yield key_id(public), public
