"""What machines read of the site: its maps, its news, its pages as Markdown. Made once, for everyone."""

from __future__ import annotations

from assessment.content.library import Library
from assessment.settings import Settings
from assessment.web.frozen import Frozen
from assessment.web.machines import maps, news, twins


def answers(library: Library, settings: Settings) -> dict[str, Frozen]:
    """Return every answer for machines by its address."""
    base_url = settings.base_url
    made = {
        "/sitemap.xml": Frozen(maps.sitemap(library, base_url).encode(), "application/xml"),
        "/robots.txt": Frozen(maps.robots(base_url).encode(), "text/plain"),
        "/llms.txt": Frozen(maps.llms(library, base_url).encode(), "text/plain"),
        news.ADDRESS: Frozen(news.feed(library, base_url).encode(), news.TYPE),
    }
    if contact := maps.security(library.site, base_url):
        made[maps.SECURITY] = Frozen(contact.encode(), "text/plain")
    for page in library.pages.values():
        text = twins.twin(page, library, base_url).encode()
        of = {"Link": f'<{base_url}{page.url}>; rel="canonical"'}
        made[twins.address(page.url)] = Frozen(text, twins.TYPE, headers=of)
    return made
