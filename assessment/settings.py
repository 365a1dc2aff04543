"""Every setting: its name, unit, default and meaning; all faults are reported in one error.

Settings come from the environment. In development nothing needs to be set: the key is made in the
instance folder. In production a missing or weak value refuses to start, and names the variable.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
SHORTEST_KEY = 32  # bytes: the strength of the SHA-256 that the key is used with


class SettingsError(Exception):
    """The environment cannot be used as it is: one line for each fault, naming the variable."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says, checked. Every field is the setting of the same name in `TABLE`."""

    environment: str
    secret_key: bytes = field(repr=False)
    secret_key_before: bytes = field(repr=False)
    signing_key: bytes = field(repr=False)
    base_url: str
    host: str
    port: int
    database_url: str = field(repr=False)  # may hold a password
    instance: Path
    content: Path
    workers: int
    threads: int
    proxy_count: int
    keep_drafts_days: int
    keep_finished_days: int
    keep_pdfs_hours: int
    smtp_url: str = field(repr=False)  # may hold a password
    mail_from: str
    oidc_issuer: str
    oidc_client_id: str
    oidc_client_secret: str = field(repr=False)
    oidc_name: str
    private_webhooks: bool
    api_calls_a_minute: int

    @property
    def is_production(self) -> bool:
        return self.environment == "production"

    @property
    def former_keys(self) -> tuple[bytes, ...]:
        """Return the keys that were set before this one and still open what was kept with them."""
        return (self.secret_key_before,) if self.secret_key_before else ()

    @property
    def periods(self) -> tuple[timedelta, timedelta, timedelta]:
        """Return how long drafts, finished diagnoses and PDFs are kept."""
        return (
            timedelta(days=self.keep_drafts_days),
            timedelta(days=self.keep_finished_days),
            timedelta(hours=self.keep_pdfs_hours),
        )

    @property
    def kept(self) -> dict[str, str]:
        """Return the same in words, by the names under which pages print them."""
        return {
            "keep.drafts": _so_many(self.keep_drafts_days, "day"),
            "keep.finished": _so_many(self.keep_finished_days, "day"),
            "keep.pdfs": _so_many(self.keep_pdfs_hours, "hour"),
        }

    @property
    def listens_on(self) -> str:
        """Return interface and port as an address is written: "127.0.0.1:8000", "[::1]:8000"."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_https(self) -> bool:
        """Is the site reached over https, so that cookies are Secure and HSTS is sent?"""
        return self.base_url.startswith("https://")


def _so_many(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def read_settings(environ: Mapping[str, str], instance: Path | None = None) -> Settings:
    """Return the settings that an environment describes.

    `instance` is the folder used where INSTANCE is not set. A development key is made there when none
    is given. Raises SettingsError naming every fault at once.
    """
    texts: dict[str, str] = {"INSTANCE": str(instance)} if instance else {}
    values: dict[str, Any] = {}
    faults: list[str] = []
    production = environ.get("ENVIRONMENT") == "production"
    for setting in TABLE:
        if production and setting.named_in_production and not environ.get(setting.name, "").strip():
            faults.append(f"{setting.name} is not set; production needs {setting.meaning}")
            continue
        texts[setting.name] = _spelled(setting, environ, texts)
        try:
            values[setting.name.lower()] = value = setting.parse(texts[setting.name])
        except ValueError as fault:
            faults.append(f"{setting.name} {fault}")
            continue
        if isinstance(value, Path):
            texts[setting.name] = str(
                value
            )  # whole, so that what is named after it does not depend on a folder
    if production and values.get("base_url", "https:").startswith("http:"):
        faults.append(
            "BASE_URL is http; production needs an https address, or cookies could be read on the way"
        )
    faults += _faults_of_sso(values, production)
    if values.get("smtp_url") and values.get("mail_from") == "":
        faults.append("MAIL_FROM is not set; SMTP_URL needs the address that mail comes from")
    if production and values.get("private_webhooks"):
        faults.append("PRIVATE_WEBHOOKS is yes; in production webhooks lead to public addresses only")
    if faults:
        raise SettingsError(tuple(faults))
    values["secret_key"] = values["secret_key"] or kept_key(values["instance"] / "secret_key")
    return Settings(**values)


def _faults_of_sso(values: Mapping[str, Any], production: bool) -> list[str]:
    """Return what is wrong with single sign-on as a whole; nothing where it is off."""
    issuer = values.get("oidc_issuer", "")
    others = ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
    missing = [name for name in others if values.get(name.lower()) == ""] if issuer else []
    faults = [
        f"{name} is not set; OIDC_ISSUER needs what its provider has given this site" for name in missing
    ]
    if production and issuer.startswith("http:"):
        faults.append(
            "OIDC_ISSUER is http; production needs an https address, or anybody could answer for it"
        )
    return faults


def read_one(environ: Mapping[str, str], name: str) -> Any:
    """Return the value of one setting, for commands that need no other. Raises SettingsError, KeyError."""
    texts: dict[str, str] = {}
    for setting in TABLE:
        texts[setting.name] = _spelled(setting, environ, texts)
        try:
            value = setting.parse(texts[setting.name])
        except ValueError as fault:
            if setting.name == name:
                raise SettingsError((f"{name} {fault}",)) from None
            continue
        if setting.name == name:
            return value
        if isinstance(value, Path):
            texts[setting.name] = str(value)  # whole, as above
    raise KeyError(name)


def settings_or_exit(environ: Mapping[str, str]) -> Settings:
    """Return the settings; where they are wrong, say so on stderr in plain lines and exit with code 2."""
    try:
        settings = read_settings(environ)
        _check_extras(settings)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from None
    return settings


def _check_extras(settings: Settings) -> None:
    """Raise SettingsError where a setting needs a library that is not installed."""
    if settings.oidc_issuer and not (find_spec("authlib") and find_spec("requests")):
        fault = "names a provider, but authlib or requests is not installed; install the extra sso"
        raise SettingsError((f"OIDC_ISSUER {fault}",))
    driver = "psycopg" if settings.database_url.startswith("postgresql+psycopg") else "psycopg2"
    if settings.database_url.startswith("postgresql") and find_spec(driver) is None:
        fault = f"names PostgreSQL, whose driver {driver} is not installed; leave it out for SQLite"
        raise SettingsError((f"DATABASE_URL {fault}",))


def kept_key(path: Path) -> bytes:
    """Return the key kept in a file, made when it is not there, readable by its owner alone.

    Two processes that start together agree: the file appears whole or not at all, and whoever comes
    second reads what the first one wrote. Raises SettingsError when the folder cannot be used.
    """
    try:
        if not path.exists():
            _make_key(path)
        key = path.read_bytes().strip()
    except OSError as error:
        raise SettingsError((f"INSTANCE cannot be used: {error.strerror}: {error.filename}",)) from error
    if len(key) < SHORTEST_KEY:
        fault = f"has {len(key)} bytes; it needs at least {SHORTEST_KEY}: delete it and a new one is made"
        raise SettingsError((f"INSTANCE: {path} {fault}",))
    return key


def _make_key(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())  # a power cut must not leave an empty key behind
        with contextlib.suppress(FileExistsError):  # another process was first: its key holds
            os.link(draft, path)
    finally:
        draft.unlink()


def _spelled(setting: Setting, environ: Mapping[str, str], before: Mapping[str, str]) -> str:
    """Return how a setting is spelled: as set, as given before, or as its default."""
    given = environ.get(setting.name, "").strip()
    return given or before.get(setting.name) or setting.default.format_map(before)


# --- what a value must look like ------------------------------------------------------------------


def _text(text: str) -> str:
    return text


def _environment(text: str) -> str:
    if text not in ("development", "production"):
        raise ValueError(f"is '{text}'; it must be development or production")
    return text


def _key(text: str) -> bytes:
    key = text.encode()
    if key and len(key) < SHORTEST_KEY:
        raise ValueError(f"has {len(key)} bytes; it needs at least {SHORTEST_KEY} random ones")
    return key


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError(f"is '{text}'; it must be like https://diagnosis.example.org, without a path")
    return text.rstrip("/")


def _database(text: str) -> str:
    # Hosting services hand out the old spelling, which SQLAlchemy no longer reads.
    text = text.replace("postgres://", "postgresql://", 1) if text.startswith("postgres://") else text
    if not text.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        raise ValueError("must begin with sqlite:/// or postgresql://")
    return text


def _mail_server(text: str) -> str:
    # Never with the value: it may hold a password.
    fault = "must be like smtp://user:password@mail.example.org:587 or smtps://mail.example.org"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError(fault) from None
    whole = parts.scheme in ("smtp", "smtps") and parts.hostname and port != 0
    if text and not (whole and not parts.path.strip("/") and not parts.query and not parts.fragment):
        raise ValueError(fault)
    return text


def _mail_address(text: str) -> str:
    if text and not re.fullmatch(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", text):
        raise ValueError(f"is '{text}'; it must be one address, such as diagnosis@example.org")
    return text


def _yes_or_no(text: str) -> bool:
    if text not in ("yes", "no"):
        raise ValueError(f"is '{text}'; it must be yes or no")
    return text == "yes"


def _issuer(text: str) -> str:
    parts = urlsplit(text)
    if text and not (
        (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")))
        and parts.hostname
        and not parts.query
        and not parts.fragment
    ):
        raise ValueError(f"is '{text}'; it must be like https://login.example.org, as the provider says it")
    return text


def _folder(text: str) -> Path:
    return (ROOT / text).absolute()  # a relative folder is looked for beside wsgi.py


def _number(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
            raise ValueError(f"is '{text}'; it must be a whole number from {low} to {high}")
        return int(text)

    return parse


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of the table. In `default`, the name of an earlier setting in braces stands for its value."""

    name: str
    unit: str
    default: str
    meaning: str
    parse: Callable[[str], Any]
    named_in_production: bool = False


TABLE = (
    Setting("ENVIRONMENT", "word", "development", "development or production", _environment),
    Setting("HOST", "address", "127.0.0.1", "the interface on which the site listens", _text),
    Setting("PORT", "number", "8000", "the port on which the site listens", _number(1, 65535)),
    Setting(
        "BASE_URL", "address", "http://127.0.0.1:{PORT}", "the https address of the site", _address, True
    ),
    Setting("INSTANCE", "folder", "instance", "where database, key and job queue are kept", _folder),
    Setting("SECRET_KEY", "text", "", f"a secret of {SHORTEST_KEY} random bytes or more", _key, True),
    Setting(
        "SECRET_KEY_BEFORE", "text", "", "the SECRET_KEY before this one, which opens what it kept", _key
    ),
    Setting("SIGNING_KEY", "text", "", "a secret from which the key that signs reports follows", _key),
    Setting("DATABASE_URL", "address", "sqlite:///{INSTANCE}/site.db", "the database", _database),
    Setting("CONTENT", "folder", "content", "pages, terms and instruments, read at start", _folder),
    Setting("WORKERS", "processes", "2", "web processes", _number(1, 64)),
    Setting("THREADS", "threads", "128", "threads of each web process", _number(1, 1024)),
    Setting("PROXY_COUNT", "proxies", "0", "proxies whose X-Forwarded headers are believed", _number(0, 10)),
    Setting("KEEP_DRAFTS_DAYS", "days", "90", "how long an unfinished diagnosis may lie", _number(1, 3650)),
    Setting("KEEP_FINISHED_DAYS", "days", "365", "how long a finished diagnosis is kept", _number(1, 3650)),
    Setting("KEEP_PDFS_HOURS", "hours", "24", "how long a PDF is kept before it is remade", _number(1, 8760)),
    Setting("SMTP_URL", "address", "", "the mail server; without it the site sends no mail", _mail_server),
    Setting("MAIL_FROM", "address", "", "the address that mail of the site comes from", _mail_address),
    Setting("OIDC_ISSUER", "address", "", "the provider by which people of the desk sign in, too", _issuer),
    Setting("OIDC_CLIENT_ID", "text", "", "the name under which that provider knows this site", _text),
    Setting("OIDC_CLIENT_SECRET", "text", "", "what proves to it that it is this site", _text),
    Setting("OIDC_NAME", "text", "single sign-on", "how the provider is called on the page", _text),
    Setting(
        "PRIVATE_WEBHOOKS",
        "yes or no",
        "no",
        "whether webhooks may lead to this machine and its network, also over http",
        _yes_or_no,
    ),
    Setting(
        "API_CALLS_A_MINUTE",
        "calls",
        "300",
        "how often one token may ask the API, in each web process",
        _number(1, 1_000_000),
    ),
)
