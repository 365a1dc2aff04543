"""Reports are signed, and the hash of every PDF is kept beyond the PDF.

Locks: the report table, for as long as it takes to add empty columns and two indexes. Reports of before are
signed by the back room at its next start. The hash of a PDF that was removed before this is not known.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID, SHA256, KEY = sa.String(22), sa.String(64), sa.String(16)


def upgrade() -> None:
    op.add_column("report", sa.Column("signature", sa.LargeBinary(), nullable=True))
    op.add_column("report", sa.Column("signing_key", KEY, nullable=True))
    op.add_column("report", sa.Column("superseded_by", ID, nullable=True))
    op.create_index("ix_report_sha256", "report", ["sha256"])
    op.create_index("ix_report_withdrawn_sha256", "report_withdrawn", ["sha256"])
    op.create_table(
        "signing_key",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("first_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_signing_key"),
    )
    op.create_table(
        "issued_pdf",
        sa.Column("report_id", ID, nullable=False),
        sa.Column("sha256", SHA256, nullable=False),
        sa.Column("options", sa.String(64), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=True),
        sa.Column("signing_key", KEY, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name="fk_issued_pdf_report_id_report", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("report_id", "sha256", name="pk_issued_pdf"),
    )
    op.create_index("ix_issued_pdf_sha256", "issued_pdf", ["sha256"])
    op.execute(
        "INSERT INTO issued_pdf (report_id, sha256, options, made_at) "
        "SELECT report_id, sha256, options, made_at FROM report_file"
    )


def downgrade() -> None:
    op.drop_table("issued_pdf")
    op.drop_table("signing_key")
    op.drop_index("ix_report_withdrawn_sha256", "report_withdrawn")
    op.drop_index("ix_report_sha256", "report")
    with op.batch_alter_table("report") as table:
        table.drop_column("superseded_by")
        table.drop_column("signing_key")
        table.drop_column("signature")
