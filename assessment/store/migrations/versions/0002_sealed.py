"""What was typed, and what was made of it, is sealed with a key of its own for each assessment.

Locks: every assessment, answer, receipt, report and PDF is written once. Code of before cannot run beside it.
Going down leaves the digests of receipts as they are: a request that is sent again is then compared with what
stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from assessment.store import keys
from assessment.store.keys import Key

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID, SHA256 = sa.String(22), sa.String(64)
LABEL, DIAGNOSIS, PAPER = ("facts", "label", 1), ("report", "diagnosis", 1), ("report", "pdf", 1)

KEY = sa.table(
    "assessment_key", sa.column("assessment_id"), sa.column("master"), sa.column("wrapped", sa.LargeBinary)
)
ASSESSMENT = sa.table(
    "assessment", sa.column("id"), sa.column("facts", sa.JSON), sa.column("label", sa.LargeBinary)
)


def _answer(values: Any, other: sa.ColumnClause[Any]) -> Any:
    place: list[Any] = [sa.column(name) for name in ("assessment_id", "part", "page", "version")]
    return sa.table("answer", *place, sa.column("values", values), other)


BEFORE = _answer(sa.JSON, sa.column("sealed", sa.LargeBinary))
AFTER = _answer(sa.LargeBinary, sa.column("plain", sa.JSON))
RECEIPT = sa.table(
    "receipt", *[sa.column(name) for name in ("assessment_id", "request_id", "content_digest")]
)
REPORT = sa.table(
    "report", sa.column("id"), sa.column("assessment_id"), sa.column("diagnosis", sa.LargeBinary)
)
FILE = sa.table("report_file", sa.column("report_id"), sa.column("options"), sa.column("pdf", sa.LargeBinary))


def upgrade() -> None:
    op.create_table(
        "assessment_key",
        sa.Column("assessment_id", ID, nullable=False),
        sa.Column("master", sa.String(16), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assessment_id"],
            ["assessment.id"],
            name="fk_assessment_key_assessment_id_assessment",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("assessment_id", name="pk_assessment_key"),
    )
    op.create_table(
        "report_withdrawn",
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("sha256", SHA256, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_report_withdrawn"),
    )
    op.add_column("assessment", sa.Column("label", sa.LargeBinary(), nullable=True))
    op.add_column("answer", sa.Column("sealed", sa.LargeBinary(), nullable=True))
    with op.batch_alter_table("receipt", table_kwargs={"sqlite_with_rowid": False}) as table:
        table.alter_column("content_sha256", new_column_name="content_digest", existing_type=SHA256)
    for assessment_id in _assessments():
        _seal(assessment_id)
    with op.batch_alter_table("answer", table_kwargs={"sqlite_with_rowid": False}) as table:
        table.drop_column("values")
        table.alter_column("sealed", new_column_name="values", existing_type=sa.LargeBinary(), nullable=False)


def downgrade() -> None:
    op.add_column("answer", sa.Column("plain", sa.JSON(), nullable=True))
    for assessment_id in _assessments():
        _open(assessment_id)
    with op.batch_alter_table("answer", table_kwargs={"sqlite_with_rowid": False}) as table:
        table.drop_column("values")
        table.alter_column("plain", new_column_name="values", existing_type=sa.JSON(), nullable=False)
    with op.batch_alter_table("receipt", table_kwargs={"sqlite_with_rowid": False}) as table:
        table.alter_column("content_digest", new_column_name="content_sha256", existing_type=SHA256)
    with op.batch_alter_table("assessment") as table:
        table.drop_column("label")
    op.drop_table("report_withdrawn")
    op.drop_table("assessment_key")


def _assessments() -> list[str]:
    return list(op.get_bind().execute(sa.select(ASSESSMENT.c.id)).scalars())


def _seal(assessment_id: str) -> None:
    connection = op.get_bind()
    key, raw = keys.new(assessment_id)
    ring = keys.keyring()
    connection.execute(
        KEY.insert().values(
            assessment_id=assessment_id, master=ring.current, wrapped=ring.wrap(assessment_id, raw)
        )
    )
    facts = connection.execute(
        sa.select(ASSESSMENT.c.facts).where(ASSESSMENT.c.id == assessment_id)
    ).scalar_one()
    if "label" in facts:
        label = key.seal(facts.pop("label").encode("utf-8", "surrogatepass"), *LABEL)
        _write(ASSESSMENT, {"id": assessment_id}, facts=facts, label=label)
    for place, row in _answers(BEFORE, assessment_id):
        _write(BEFORE, place, sealed=key.seal_values(row.values, row.part, row.page, row.version))
    of_receipts = RECEIPT.c.assessment_id == assessment_id
    for row in connection.execute(sa.select(RECEIPT).where(of_receipts)).all():
        place = {"assessment_id": assessment_id, "request_id": row.request_id}
        _write(RECEIPT, place, content_digest=key.digest_of(row.content_digest))
    _rewrite_reports(assessment_id, key.seal)


def _open(assessment_id: str) -> None:
    connection = op.get_bind()
    row = connection.execute(sa.select(KEY).where(KEY.c.assessment_id == assessment_id)).one_or_none()
    if row is None:  # deleted, its rows about to go
        connection.execute(ASSESSMENT.delete().where(ASSESSMENT.c.id == assessment_id))
        return
    key = Key(assessment_id, keys.keyring().raw(assessment_id, row.master, row.wrapped))
    facts, label = connection.execute(
        sa.select(ASSESSMENT.c.facts, ASSESSMENT.c.label).where(ASSESSMENT.c.id == assessment_id)
    ).one()
    if label is not None:
        called = key.open(label, *LABEL).decode("utf-8", "surrogatepass")
        _write(ASSESSMENT, {"id": assessment_id}, facts={**facts, "label": called})
    for place, row in _answers(AFTER, assessment_id):
        _write(AFTER, place, plain=key.open_values(row.values, row.part, row.page, row.version))
    _rewrite_reports(assessment_id, key.open)


def _rewrite_reports(assessment_id: str, change: Callable[..., bytes]) -> None:
    connection = op.get_bind()
    reports = sa.select(REPORT).where(REPORT.c.assessment_id == assessment_id)
    for report in connection.execute(reports).all():
        _write(REPORT, {"id": report.id}, diagnosis=change(report.diagnosis, *DIAGNOSIS))
        for file in connection.execute(sa.select(FILE).where(FILE.c.report_id == report.id)).all():
            place = {"report_id": report.id, "options": file.options}
            _write(FILE, place, pdf=change(file.pdf, *PAPER))


def _answers(table: Any, assessment_id: str) -> Iterator[tuple[dict[str, Any], Any]]:
    found = op.get_bind().execute(sa.select(table).where(table.c.assessment_id == assessment_id)).all()
    for row in found:
        yield {"assessment_id": assessment_id, "part": row.part, "page": row.page}, row


def _write(table: Any, place: Mapping[str, Any], **values: Any) -> None:
    condition = sa.and_(*(table.c[name] == value for name, value in place.items()))
    op.get_bind().execute(table.update().where(condition).values(**values))
