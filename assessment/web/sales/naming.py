"""What the desk calls what a diagnosis is listed by: the words of the instruments for their ids."""

from __future__ import annotations

from dataclasses import dataclass, field

from assessment.store.sales.listings import Listed
from assessment.web.current import library

NO_BAND = "none awarded"


@dataclass(frozen=True, slots=True)
class Names:
    """Names by id, of all instruments; what one has changed since is called as it is offered now."""

    forms: dict[str, str] = field(default_factory=dict)
    bands: dict[str, str] = field(default_factory=dict)
    patterns: dict[str, str] = field(default_factory=dict)
    routes: dict[str, str] = field(default_factory=dict)

    def form(self, listed: Listed) -> str:
        return self.forms.get(listed.form, listed.form)

    def band(self, listed: Listed) -> str:
        return self.bands.get(listed.band, listed.band) if listed.band else NO_BAND

    def route(self, listed: Listed) -> str:
        return self.routes.get(listed.route, listed.route)

    def present(self, listed: Listed) -> list[str]:
        return [self.patterns.get(each, each) for each in listed.patterns]


def names() -> Names:
    """Return the names of everything that a diagnosis may be listed by."""
    found = Names()
    for each in (*library().instruments.values(), *library().offered.values()):
        found.forms.update({form.id: form.name for form in each.forms})
        found.bands.update({band.id: band.word for band in each.constants.bands})
        found.patterns.update({pattern.id: pattern.name for pattern in each.patterns})
        found.routes.update({place.id: place.name for place in each.destinations})
    return found
