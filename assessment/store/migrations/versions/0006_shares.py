"""Links by which a report is shared, and the browsers that have opened them.

Locks: nothing, the tables are new.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "share",
        sa.Column("id", sa.String(22), nullable=False),
        sa.Column("report_id", sa.String(22), nullable=False),
        sa.Column("token_sha256", sa.String(64), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("openings", sa.Integer(), nullable=False),
        sa.Column("first_opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name="fk_share_report_id_report", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_share"),
        sa.UniqueConstraint("token_sha256", name="uq_share_token_sha256"),
    )
    op.create_index("ix_share_report_id", "share", ["report_id"])
    op.create_table(
        "share_holding",
        sa.Column("holder_sha256", sa.String(64), nullable=False),
        sa.Column("share_id", sa.String(22), nullable=False),
        sa.Column("request", sa.String(32), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["share_id"], ["share.id"], name="fk_share_holding_share_id_share", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("holder_sha256", "share_id", name="pk_share_holding"),
    )
    op.create_index("ix_share_holding_share_id", "share_holding", ["share_id"])


def downgrade() -> None:
    op.drop_table("share_holding")
    op.drop_table("share")
