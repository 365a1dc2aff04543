"""Which report supersedes another follows from which diagnosis follows which, and is not noted beside it.

Locks: the report table, for as long as it takes to forget a column.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("report", "superseded_by")


def downgrade() -> None:
    op.add_column("report", sa.Column("superseded_by", sa.String(22), nullable=True))
    op.execute(
        "UPDATE report SET superseded_by = (SELECT later.id FROM report AS later"
        " JOIN following ON following.assessment_id = later.assessment_id"
        " WHERE following.earlier_id = report.assessment_id ORDER BY later.created_at DESC, later.id LIMIT 1)"
    )
