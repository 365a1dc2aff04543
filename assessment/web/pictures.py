"""The pictures of pages, drawn by the back room: what others show beside a link to a page of this site."""

from __future__ import annotations

from flask import Blueprint, Response, abort

from assessment import pictures
from assessment.settings import ROOT
from assessment.web.current import library, settings
from assessment.web.frozen import PAGE_CACHE, Frozen, answer

bp = Blueprint("pictures", __name__)

# The marks and what they mean, without the words of any page.
STAND_IN = (ROOT / "static" / "img" / "picture.png").read_bytes()
DRAWN_CACHE = f"public, max-age={30 * 24 * 3600}"  # its name follows from what is on it


@bp.get(f"/{pictures.FOLDER}/<picture>")
def show(picture: str) -> Response:
    """Answer the picture of a page; while it has not been drawn, the one without words."""
    if picture not in {card.name for card in pictures.cards(library()).values()}:
        abort(404)
    drawn = pictures.kept(settings().instance, picture)
    cache = DRAWN_CACHE if drawn else PAGE_CACHE
    # It is made to be shown on other sites, which browsers would refuse.
    headers = {"Cross-Origin-Resource-Policy": "cross-origin"}
    return answer(Frozen(drawn or STAND_IN, "image/png", cache, headers))
