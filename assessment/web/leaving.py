"""Leaving: everything that is kept of a diagnosis as one file, and the form that deletes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from flask import Response
from wtforms import BooleanField, Form
from wtforms.validators import InputRequired

from assessment.core import evidence
from assessment.core.instrument import Instrument
from assessment.store import answering, assessments, following, shares, verification
from assessment.store.assessments import Held
from assessment.store.sales import consents, invited
from assessment.store.sales.consents import Given
from assessment.store.shares import Shared
from assessment.web.journey.run import Run
from assessment.web.policy import own

SAMPLE = frozenset({"positions", "offset", "listed"})  # what a draw adds to how a list is looked at
FORMAT = 1  # raised when what a name means in the file changes


class Leaving(Form):
    """The form that deletes a diagnosis."""

    sure = BooleanField(
        "Delete it for good", validators=[InputRequired("Tick the box if it is to be deleted.")]
    )


def file(held: Held, instrument: Instrument | None) -> Response:
    """Answer everything that is kept of a diagnosis as a file to be downloaded."""
    text = json.dumps(everything(held, instrument), ensure_ascii=False, indent=1)
    # What is typed may hold halves of characters, which UTF-8 cannot: JSON spells them out.
    response = Response(text.encode("utf-8", "backslashreplace"), mimetype="application/json")
    # Nothing that was typed gets into a header.
    name = f"{held.instrument_key.partition('/')[0]}-{held.started_at:%Y-%m-%d}-everything.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def everything(held: Held, instrument: Instrument | None) -> dict[str, Any]:
    """Return what is kept: facts, pages as they were entered, the answers made of them, result and times.

    `instrument` reads the pages as answers; where its version has changed since, there are none.
    """
    entries, times = answering.entries(held.id), assessments.times(held.id)
    stored = own(held.report_id) if held.report_id else None
    followed, said = following.followed(held.id), invited.said(held.id)
    answers, hidden = None, frozenset(part for part, page in entries if page == "where")
    if instrument is not None and instrument.sha256 == held.instrument_sha256:
        run = Run(held, instrument, entries)
        answers = evidence.answers(*run.asked)
        hidden = frozenset(
            part for part in hidden if not evidence.is_shown(*run.asked, instrument.frames[part])
        )
    return {
        "format": FORMAT,
        "assessment": {
            "id": held.id,
            "instrument": {"key": held.instrument_key, "sha256": held.instrument_sha256},
            "started_at": _at(held.started_at),
            "finished_at": _at(held.finished_at),
            "opened_in_a_browser_at": [_at(each) for each in times.opened],
            "links": [{"made_at": _at(made), "ended_at": _at(ended)} for made, ended in times.links],
            "follows": followed and {"code": followed.code},
        },
        "facts": held.facts,
        "invited": said and asdict(said.proposed),
        "pages": [
            {
                "part": part,
                "page": page,
                "values": _without_sample(entry.values)
                if page == "where" and part in hidden
                else entry.values,
                "version": entry.version,
                "saved_at": _at(times.saved.get((part, page))),
            }
            for (part, page), entry in sorted(entries.items())
        ],
        "answers": answers,
        "consents": [_consented(each) for each in consents.of(stored.id)] if stored else [],
        "shared": [_shared(each) for each in shares.of(stored.id)] if stored else [],
        "report": stored
        and {
            "id": stored.id,
            "code": stored.code,
            "sha256": stored.sha256,
            "created_at": _at(stored.created_at),
            "signatures": [
                {"of": each.of, "sha256": each.sha256, "key": each.key_id, "signature": each.bytes.hex()}
                for each in verification.signatures_of(stored.code)
            ],
            "result": json.loads(stored.diagnosis),
        },
    }


def _shared(each: Shared) -> dict[str, Any]:
    return {
        "label": each.label,
        "shows": list(each.evidence),
        "made_at": _at(each.made_at),
        "ends_at": _at(each.expires_at),
        "ended_at": _at(each.ended_at),
        "openings": each.openings,
        "first_opened_at": _at(each.first_opened_at),
        "last_opened_at": _at(each.last_opened_at),
    }


def _consented(each: Given) -> dict[str, Any]:
    return {
        "version": each.version,
        "words": each.words,
        "name": each.name,
        "email": each.email,
        "organisation": each.organisation,
        "given_at": _at(each.given_at),
        "withdrawn_at": _at(each.withdrawn_at),
    }


def _without_sample(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return how a list is looked at without the items drawn from it: a page shows them first."""
    return {name: value for name, value in values.items() if name not in SAMPLE}


def _at(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
