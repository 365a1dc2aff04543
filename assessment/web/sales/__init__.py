"""The sales desk: one module for each subject, all behind the one door."""

from __future__ import annotations

from assessment.web.sales import (
    account,
    auditing,
    deliveries,
    diagnosis,
    invitations,
    listing,
    people,
    prepare,
    programs,
    signing,
    taking,
)
from assessment.web.sales.door import bp

__all__ = [
    "account",
    "auditing",
    "bp",
    "deliveries",
    "diagnosis",
    "invitations",
    "listing",
    "people",
    "prepare",
    "programs",
    "signing",
    "taking",
]
