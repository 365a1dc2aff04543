"""What guards every door: who may be addressed, how much may be sent, and the headers of every answer."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, abort, request
from werkzeug.middleware.proxy_fix import ProxyFix

from assessment.settings import Settings
from assessment.web import moved

LARGEST_REQUEST = 256 * 1024  # bytes; the longest answer page is far below it
MOST_FORM_PARTS = 500
# Doors behind which everyone finds the same, which may be kept.
SAME_FOR_ALL = frozenset({"pages", "sample_report", "pictures"})
LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")
HSTS_LIFE_S = 2 * 365 * 86_400

# Nothing is allowed that the site does not use: no inline script or style, no other origin, no frame.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "manifest-src 'self'",
        "object-src 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
PUBLIC_REFERRER = "strict-origin-when-cross-origin"
# Doors behind which an address is private: it must not travel to another site, nor into an index or a cache.
PRIVATE_DOORS = frozenset({"diagnosis", "reports", "shared", "verify", "sales", "invited", "api"})


def init_app(app: Flask) -> None:
    """Limit what is taken in and complete the headers of what goes out."""
    settings: Settings = app.config["SETTINGS"]
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=LARGEST_REQUEST,
        MAX_FORM_PARTS=MOST_FORM_PARTS,
        TRUSTED_HOSTS=trusted_hosts(settings),
    )
    if settings.proxy_count:
        hops = settings.proxy_count
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # how Flask documents it
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )
    always = headers_of_every_answer(settings)

    @app.before_request
    def refuse_nul() -> None:
        # No name of ours holds one, and PostgreSQL takes a question with one for a fault. A code is typed by
        # hand: its door reads it letter by letter, and helps.
        if any("\0" in str(each) for name, each in (request.view_args or {}).items() if name != "code"):
            abort(404)

    @app.after_request
    def complete(response: Response) -> Response:
        for name, value in always.items():
            response.headers.setdefault(name, value)
        door = request.path.split("/", 2)[1] if "/" in request.path else ""
        if door in PRIVATE_DOORS:
            # Not no-referrer for pages: browsers would send their forms with "Origin: null", and over plain
            # http nothing else says that a form is ours.
            is_page = response.mimetype == "text/html"
            response.headers.setdefault("Referrer-Policy", "same-origin" if is_page else "no-referrer")
            response.headers["X-Robots-Tag"] = "noindex, nofollow"
        response.headers.setdefault("Referrer-Policy", PUBLIC_REFERRER)
        if not _is_same_for_all(response):
            response.headers["Cache-Control"] = "private, no-store"
        return response


def _is_same_for_all(response: Response) -> bool:
    """Is it what everyone gets, who may keep it: a content page, or the way to one that was renamed?"""
    if request.blueprint in SAME_FOR_ALL:
        return response.status_code in (200, 304)
    return response.status_code == moved.FOR_GOOD and bool(moved.address_of(request.path))


def headers_for_everyone(settings: Settings) -> dict[str, str]:
    """Return the headers, beside its own, of an answer that is the same for everyone."""
    return headers_of_every_answer(settings) | {"Referrer-Policy": PUBLIC_REFERRER}


def headers_of_every_answer(settings: Settings) -> dict[str, str]:
    """Return the headers that nothing goes out without."""
    if not settings.is_https:
        return HEADERS
    return HEADERS | {"Strict-Transport-Security": f"max-age={HSTS_LIFE_S}; includeSubDomains"}


def trusted_hosts(settings: Settings) -> list[str]:
    """Return the names under which the site answers: its own, and this machine's in development."""
    own = urlsplit(settings.base_url).hostname or ""
    return [own] if settings.is_production else [own, *LOOPBACK_HOSTS]
