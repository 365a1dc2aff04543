"""The tables of the sales desk: people, invitations, consents, what was prepared and sent, and the audit.

Locks: nothing, the tables are new.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(32), nullable=False),
        sa.Column("verb", sa.String(40), nullable=False),
        sa.Column("what", sa.String(64), nullable=False),
        sa.Column("before_sha256", sa.String(64), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit"),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_table(
        "desk_key",
        sa.Column("name", sa.String(22), nullable=False),
        sa.Column("master", sa.String(16), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_desk_key"),
    )
    op.create_table(
        "guess",
        sa.Column("id", sa.String(22), nullable=False),
        sa.Column("account_digest", sa.String(64), nullable=False),
        sa.Column("source_digest", sa.String(64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_guess"),
    )
    op.create_index("ix_guess_account_digest_made_at", "guess", ["account_digest", "made_at"])
    op.create_index("ix_guess_made_at", "guess", ["made_at"])
    op.create_index("ix_guess_source_digest_made_at", "guess", ["source_digest", "made_at"])
    op.create_table(
        "person",
        sa.Column("id", sa.String(22), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("role", sa.String(8), nullable=False),
        sa.Column("password", sa.String(200), nullable=False),
        sa.Column("totp", sa.LargeBinary(), nullable=True),
        sa.Column("totp_step", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(255), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("email", name="uq_person_email"),
        sa.UniqueConstraint("subject", name="uq_person_subject"),
    )
    op.create_table(
        "api_token",
        sa.Column("id", sa.String(22), nullable=False),
        sa.Column("token_sha256", sa.String(64), nullable=False),
        sa.Column("person_id", sa.String(22), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("scopes", sa.String(200), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_api_token_person_id_person", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_api_token"),
        sa.UniqueConstraint("token_sha256", name="uq_api_token_token_sha256"),
    )
    op.create_index("ix_api_token_person_id", "api_token", ["person_id"])
    op.create_table(
        "invitation",
        sa.Column("id", sa.String(22), nullable=False),
        sa.Column("person_id", sa.String(22), nullable=False),
        sa.Column("token_sha256", sa.String(64), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("organisation", sa.String(120), nullable=False),
        sa.Column("language", sa.String(40), nullable=False),
        sa.Column("prospect", sa.LargeBinary(), nullable=False),
        sa.Column("email_digest", sa.String(64), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_invitation_person_id_person", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_invitation"),
        sa.UniqueConstraint("token_sha256", name="uq_invitation_token_sha256"),
    )
    op.create_index("ix_invitation_email_digest", "invitation", ["email_digest"])
    op.create_index("ix_invitation_made_at_id", "invitation", ["made_at", "id"])
    op.create_index("ix_invitation_person_id", "invitation", ["person_id"])
    op.create_table(
        "known_device",
        sa.Column("token_sha256", sa.String(64), nullable=False),
        sa.Column("person_id", sa.String(22), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_known_device_person_id_person", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_sha256", name="pk_known_device"),
    )
    op.create_index("ix_known_device_person_id", "known_device", ["person_id"])
    op.create_table(
        "session",
        sa.Column("token_sha256", sa.String(64), nullable=False),
        sa.Column("person_id", sa.String(22), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_session_person_id_person", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_sha256", name="pk_session"),
    )
    op.create_index("ix_session_person_id", "session", ["person_id"])
    op.create_table(
        "webhook",
        sa.Column("id", sa.String(22), nullable=False),
        sa.Column("person_id", sa.String(22), nullable=False),
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("events", sa.String(200), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_webhook_person_id_person", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_webhook"),
    )
    op.create_index("ix_webhook_person_id", "webhook", ["person_id"])
    op.create_table(
        "consent",
        sa.Column("id", sa.String(22), nullable=False),
        sa.Column("report_id", sa.String(22), nullable=False),
        sa.Column("version", sa.String(16), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("leader", sa.LargeBinary(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name="fk_consent_report_id_report", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_consent"),
    )
    op.create_index("ix_consent_report_id", "consent", ["report_id"])
    op.create_table(
        "invited",
        sa.Column("assessment_id", sa.String(22), nullable=False),
        sa.Column("invitation_id", sa.String(22), nullable=True),
        sa.Column("said", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assessment_id"],
            ["assessment.id"],
            name="fk_invited_assessment_id_assessment",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["invitation_id"],
            ["invitation.id"],
            name="fk_invited_invitation_id_invitation",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("assessment_id", name="pk_invited"),
    )
    op.create_index("ix_invited_invitation_id", "invited", ["invitation_id"])
    op.create_table(
        "notice",
        sa.Column("id", sa.String(22), nullable=False),
        sa.Column("webhook_id", sa.String(22), nullable=False),
        sa.Column("event", sa.String(40), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(200), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhook.id"], name="fk_notice_webhook_id_webhook", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
    )
    op.create_index("ix_notice_state_next_at", "notice", ["state", "next_at"])
    op.create_index("ix_notice_webhook_id", "notice", ["webhook_id"])
    op.create_table(
        "listing",
        sa.Column("report_id", sa.String(22), nullable=False),
        sa.Column("consent_id", sa.String(22), nullable=False),
        sa.Column("invitation_id", sa.String(22), nullable=True),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("organisation", sa.String(120), nullable=False),
        sa.Column("email_digest", sa.String(64), nullable=True),
        sa.Column("form", sa.String(40), nullable=False),
        sa.Column("band", sa.String(16), nullable=False),
        sa.Column("route", sa.String(64), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owner_id", sa.String(22), nullable=True),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["consent.id"], name="fk_listing_consent_id_consent", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["invitation_id"],
            ["invitation.id"],
            name="fk_listing_invitation_id_invitation",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["person.id"], name="fk_listing_owner_id_person", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name="fk_listing_report_id_report", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("report_id", name="pk_listing"),
        sa.UniqueConstraint("consent_id", name="uq_listing_consent_id"),
    )
    op.create_index("ix_listing_band_shared_at_report_id", "listing", ["band", "shared_at", "report_id"])
    op.create_index("ix_listing_email_digest", "listing", ["email_digest"])
    op.create_index("ix_listing_form_shared_at_report_id", "listing", ["form", "shared_at", "report_id"])
    op.create_index("ix_listing_invitation_id", "listing", ["invitation_id"])
    op.create_index("ix_listing_next_on_report_id", "listing", ["next_on", "report_id"])
    op.create_index(
        "ix_listing_owner_id_shared_at_report_id", "listing", ["owner_id", "shared_at", "report_id"]
    )
    op.create_index("ix_listing_route_shared_at_report_id", "listing", ["route", "shared_at", "report_id"])
    op.create_index("ix_listing_shared_at_report_id", "listing", ["shared_at", "report_id"])
    op.create_table(
        "listing_pattern",
        sa.Column("report_id", sa.String(22), nullable=False),
        sa.Column("pattern", sa.String(64), nullable=False),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["listing.report_id"],
            name="fk_listing_pattern_report_id_listing",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("report_id", "pattern", name="pk_listing_pattern"),
    )
    op.create_index(
        "ix_listing_pattern_pattern_shared_at_report_id",
        "listing_pattern",
        ["pattern", "shared_at", "report_id"],
    )
    op.create_table(
        "listing_word",
        sa.Column("report_id", sa.String(22), nullable=False),
        # By code point, so that the words that begin alike stand together in the index.
        sa.Column(
            "word",
            sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["listing.report_id"],
            name="fk_listing_word_report_id_listing",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("report_id", "word", name="pk_listing_word"),
    )
    op.create_index(
        "ix_listing_word_word_shared_at_report_id", "listing_word", ["word", "shared_at", "report_id"]
    )
    op.create_table(
        "note",
        sa.Column("id", sa.String(22), nullable=False),
        sa.Column("report_id", sa.String(22), nullable=False),
        sa.Column("person_id", sa.String(22), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_note_person_id_person", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["listing.report_id"], name="fk_note_report_id_listing", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_note"),
    )
    op.create_index("ix_note_report_id", "note", ["report_id"])
    op.create_table(
        "prepared",
        sa.Column("id", sa.String(22), nullable=False),
        sa.Column("report_id", sa.String(22), nullable=False),
        sa.Column("person_id", sa.String(22), nullable=True),
        sa.Column("cover", sa.LargeBinary(), nullable=False),
        sa.Column("logo", sa.LargeBinary(), nullable=True),
        sa.Column("pages", sa.String(16), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=True),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(500), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_prepared_person_id_person", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["listing.report_id"],
            name="fk_prepared_report_id_listing",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_prepared"),
    )
    op.create_index("ix_prepared_report_id", "prepared", ["report_id"])
    op.create_index("ix_prepared_state_next_at", "prepared", ["state", "next_at"])
    op.create_table(
        "delivery",
        sa.Column("id", sa.String(22), nullable=False),
        sa.Column("report_id", sa.String(22), nullable=False),
        sa.Column("prepared_id", sa.String(22), nullable=True),
        sa.Column("share_id", sa.String(22), nullable=True),
        sa.Column("person_id", sa.String(22), nullable=True),
        sa.Column("recipient", sa.LargeBinary(), nullable=False),
        sa.Column("is_attached", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_delivery_person_id_person", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["prepared_id"],
            ["prepared.id"],
            name="fk_delivery_prepared_id_prepared",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["listing.report_id"],
            name="fk_delivery_report_id_listing",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["share_id"], ["share.id"], name="fk_delivery_share_id_share", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
    )
    op.create_index("ix_delivery_made_at_id", "delivery", ["made_at", "id"])
    op.create_index("ix_delivery_report_id", "delivery", ["report_id"])
    op.create_index("ix_delivery_share_id", "delivery", ["share_id"])
    op.create_table(
        "letter",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("invitation_id", sa.String(22), nullable=True),
        sa.Column("delivery_id", sa.String(22), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(200), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name="fk_letter_delivery_id_delivery", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["invitation_id"],
            ["invitation.id"],
            name="fk_letter_invitation_id_invitation",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_letter"),
    )
    op.create_index("ix_letter_delivery_id", "letter", ["delivery_id"])
    op.create_index("ix_letter_invitation_id", "letter", ["invitation_id"])
    op.create_index("ix_letter_state_next_at", "letter", ["state", "next_at"])


def downgrade() -> None:
    op.drop_table("letter")
    op.drop_table("delivery")
    op.drop_table("prepared")
    op.drop_table("note")
    op.drop_table("listing_word")
    op.drop_table("listing_pattern")
    op.drop_table("listing")
    op.drop_table("notice")
    op.drop_table("invited")
    op.drop_table("consent")
    op.drop_table("webhook")
    op.drop_table("session")
    op.drop_table("known_device")
    op.drop_table("invitation")
    op.drop_table("api_token")
    op.drop_table("person")
    op.drop_table("guess")
    op.drop_table("desk_key")
    op.drop_table("audit")
