"""The site, read anew while it runs: the whole new one, or the last good one.

gunicorn calls this on SIGHUP (gunicorn.conf.py). Content, templates and static files are read again; the
modules are not: other code needs another start.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask

from assessment.app import whole_site
from assessment.content.files.located import ContentError
from assessment.web.mending import Mending

Serving = Flask | Mending


@dataclass(frozen=True, slots=True)
class Reading:
    """What to serve from now on, and what keeps the files as they are now from being served, if anything."""

    serving: Serving
    faults: tuple[str, ...] = ()


def read_again(serving: Serving) -> Reading:
    """Return the site as its files are now; where they are broken, the last good one and their faults.

    In development the faults stand in the place of every page, until they are mended. The settings are those
    of the start: what was set in the environment since is not known to a process that runs.
    """
    good = serving.site if isinstance(serving, Mending) else serving
    settings = good.config["SETTINGS"]
    try:
        site = whole_site(settings)
    except ContentError as error:
        faults = error.faults
    else:
        # Who opened a page a moment ago sends for the sheets and pictures that it names.
        site.extensions["pages"] = good.extensions["static"] | site.extensions["pages"]
        return Reading(site)
    return Reading(good if settings.is_production else Mending(good, faults), tuple(map(str, faults)))
