"""The first tables: assessments and what is answered, reports and what is owed.

Locks: nothing, there is nothing yet.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID, SHA256 = sa.String(22), sa.String(64)


def upgrade() -> None:
    op.create_table(
        "assessment",
        sa.Column("id", ID, nullable=False),
        sa.Column("instrument_key", sa.String(80), nullable=False),
        sa.Column("instrument_sha256", SHA256, nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        _instant("started_at"),
        _instant("finished_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_assessment"),
    )
    op.create_table(
        "holding",
        sa.Column("holder_sha256", SHA256, nullable=False),
        sa.Column("assessment_id", ID, nullable=False),
        _instant("held_at"),
        _belongs_to("assessment", "holding"),
        sa.PrimaryKeyConstraint("holder_sha256", "assessment_id", name="pk_holding"),
    )
    op.create_index("ix_holding_assessment_id", "holding", ["assessment_id"])
    op.create_table(
        "resume_token",
        sa.Column("token_sha256", SHA256, nullable=False),
        sa.Column("assessment_id", ID, nullable=False),
        _instant("made_at"),
        _instant("revoked_at", nullable=True),
        _belongs_to("assessment", "resume_token"),
        sa.PrimaryKeyConstraint("token_sha256", name="pk_resume_token"),
    )
    op.create_index("ix_resume_token_assessment_id", "resume_token", ["assessment_id"])
    op.create_table(
        "answer",
        sa.Column("assessment_id", ID, nullable=False),
        sa.Column("part", sa.String(16), nullable=False),
        sa.Column("page", sa.String(16), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _instant("saved_at"),
        _belongs_to("assessment", "answer"),
        sa.PrimaryKeyConstraint("assessment_id", "part", "page", name="pk_answer"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "receipt",
        sa.Column("assessment_id", ID, nullable=False),
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("content_sha256", SHA256, nullable=False),
        sa.Column("location", sa.String(255), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _instant("made_at"),
        _belongs_to("assessment", "receipt"),
        sa.PrimaryKeyConstraint("assessment_id", "request_id", name="pk_receipt"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "report",
        sa.Column("id", ID, nullable=False),
        sa.Column("assessment_id", ID, nullable=False),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("diagnosis", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", SHA256, nullable=False),
        _instant("created_at"),
        _belongs_to("assessment", "report"),
        sa.PrimaryKeyConstraint("id", name="pk_report"),
        sa.UniqueConstraint("assessment_id", name="uq_report_assessment_id"),
        sa.UniqueConstraint("code", name="uq_report_code"),
    )
    op.create_table(
        "report_file",
        sa.Column("report_id", ID, nullable=False),
        sa.Column("options", sa.String(64), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", SHA256, nullable=False),
        _instant("made_at"),
        _belongs_to("report", "report_file"),
        sa.PrimaryKeyConstraint("report_id", "options", name="pk_report_file"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("report_id", ID, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        _instant("next_at"),
        _instant("lease_until", nullable=True),
        sa.Column("last_error", sa.String(500), nullable=False),
        _instant("made_at"),
        _belongs_to("report", "outbox"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("kind", "report_id", name="uq_outbox_kind_report_id"),
    )
    op.create_index("ix_outbox_report_id", "outbox", ["report_id"])
    op.create_index("ix_outbox_state_next_at", "outbox", ["state", "next_at"])


def downgrade() -> None:
    for table in (
        "outbox",
        "report_file",
        "report",
        "receipt",
        "answer",
        "resume_token",
        "holding",
        "assessment",
    ):
        op.drop_table(table)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _belongs_to(owner: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [f"{owner}_id"], [f"{owner}.id"], name=f"fk_{table}_{owner}_id_{owner}", ondelete="CASCADE"
    )
