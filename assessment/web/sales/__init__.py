"""The sales desk: one module for each subject, all behind the one door."""

from __future__ import annotations

from assessment.web.sales import account, invitations, listing, programs
from assessment.web.sales.door import bp

__all__ = ["account", "bp", "invitations", "listing", "programs"]
