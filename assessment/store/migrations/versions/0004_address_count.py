"""How many mails went to an address within a day, known by a keyed hash.

Locks: nothing, the table is new.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "address_count",
        sa.Column("mail_id", sa.String(32), nullable=False),
        sa.Column("address_digest", sa.String(64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("mail_id", name="pk_address_count"),
    )
    op.create_index("ix_address_count_address_digest", "address_count", ["address_digest"])


def downgrade() -> None:
    op.drop_table("address_count")
