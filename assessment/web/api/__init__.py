"""The API: what the desk may see, for other programs; a module for each subject, all behind the one door."""

from __future__ import annotations

from assessment.web.api import deliveries, document, invitations, listings
from assessment.web.api.door import bp

__all__ = ["bp", "deliveries", "document", "invitations", "listings"]
