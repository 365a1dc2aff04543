"""What the back room makes: the papers of reports, those with a cover, and what everyone is shown."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from assessment import pictures, store
from assessment.content.library import Library
from assessment.content.sample import Sample
from assessment.report import document, sample
from assessment.report.cover import Cover
from assessment.report.pdf import PdfError
from assessment.report.pool import Pool
from assessment.settings import Settings
from assessment.store import reports
from assessment.store.reports import StoredReport
from assessment.store.sales import prepared
from assessment.store.sales.prepared import Owed

log = logging.getLogger(__name__)

Paper = Callable[[StoredReport], bytes]
CoveredPaper = Callable[[StoredReport, Cover], bytes]
Making = Callable[[], None]


def paper(library: Library, settings: Settings, pool: Pool, size: document.Size = "") -> Paper:
    """Return what turns a stored report into its PDF, by a child that has waited for it."""
    return lambda report: _set(report, library, settings, pool, size)


def covered_paper(library: Library, settings: Settings, pool: Pool) -> CoveredPaper:
    """Return what turns a stored report and a cover into one PDF."""
    return lambda report, cover: _set(report, library, settings, pool, cover=cover)


def _set(
    report: StoredReport,
    library: Library,
    settings: Settings,
    pool: Pool,
    size: document.Size = "",
    cover: Cover | None = None,
) -> bytes:
    return document.paper(
        json.loads(report.diagnosis),
        library.instrument(report.instrument_key),
        library,
        base_address=settings.base_url,
        code=report.code,
        size=size,
        cover=cover,
        pool=pool,
    )


@dataclass(frozen=True, slots=True)
class Covers:
    """Makes the prepared reports that are owed. `paper` raises PdfError where it cannot."""

    paper: CoveredPaper

    def make_one(self, lease_s: float) -> bool:
        """Make what has waited longest; return whether anything was owed."""
        owed = prepared.take(lease_s=lease_s)
        if owed is None:
            return False
        try:
            report = reports.load(owed.report_id)
        except LookupError:
            return True  # deleted since it was taken, and its row with it
        try:
            pdf = self.paper(report, cover(owed))
        except PdfError as error:
            self._failed(owed, str(error), again=error.worth_retrying)
        except store.StoreUnavailable:
            raise  # nothing is wrong with it: it is taken again when its lease ends
        except Exception as error:
            log.debug("prepared report %s", owed.taken.id, exc_info=True)
            self._failed(owed, f"{type(error).__name__}: {error}", again=True)
        else:
            prepared.done(owed, pdf)
        return True

    def _failed(self, owed: Owed, error: str, *, again: bool) -> None:
        if prepared.failed(owed, error, again=again):
            log.error("prepared report %s has no PDF and is given up: %s", owed.taken.id, error)
        else:
            log.warning("prepared report %s has no PDF yet and is tried again: %s", owed.taken.id, error)


def cover(owed: Owed) -> Cover:
    """Return the cover that was asked for."""
    return Cover(
        **owed.cover,
        prepared_on=owed.made_at.date(),
        logo=owed.logo or b"",
        first_alone=owed.pages == "glance",
    )


def made_once(library: Library, settings: Settings) -> Iterator[Making]:
    """Yield what makes and keeps what everyone is shown: the sample report's PDF, each page's picture."""
    if library.sample:
        yield partial(_sample_report, library.sample, library, settings)
    wanted = pictures.cards(library)
    for card in wanted.values():
        yield partial(pictures.keep, settings.instance, card)
    yield partial(pictures.keep_only, settings.instance, wanted)


def _sample_report(made_up: Sample, library: Library, settings: Settings) -> None:
    sample.keep(settings.instance, made_up, sample.paper(made_up, library, base_address=settings.base_url))
