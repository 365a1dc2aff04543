"""Which diagnosis of the same team an assessment follows.

Locks: nothing, the table is new.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "following",
        sa.Column("assessment_id", sa.String(22), nullable=False),
        sa.Column("earlier_id", sa.String(22), nullable=True),
        sa.ForeignKeyConstraint(
            ["assessment_id"],
            ["assessment.id"],
            name="fk_following_assessment_id_assessment",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["earlier_id"], ["assessment.id"], name="fk_following_earlier_id_assessment", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("assessment_id", name="pk_following"),
    )
    op.create_index("ix_following_earlier_id", "following", ["earlier_id"])


def downgrade() -> None:
    op.drop_table("following")
