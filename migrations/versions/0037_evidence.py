"""Evidence with its sealed content, its chain of custody and who holds it beyond its retention."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_NOT_RELEASED = sa.text("released_at IS NULL")
_TABLES = ("evidence_hold", "evidence_custody", "evidence_content", "evidence")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _create_evidence()
    _create_custody()
    _create_holds()


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in _TABLES:
        op.drop_table(table)


def _create_evidence() -> None:
    op.create_table(
        "evidence",
        sa.Column("evidence_id", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("retention", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=True),
        sa.Column("height", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("received_sha256", sa.Text(), nullable=False),
        sa.Column("captured_at", _INSTANT, nullable=True),
        sa.Column("received_at", _INSTANT, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("brought_by", sa.Text(), nullable=False),
        sa.Column("district_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=True),
        sa.Column("space_id", sa.Text(), nullable=True),
        sa.Column("check_id", sa.BigInteger(), nullable=True),
        sa.Column("erased_at", _INSTANT, nullable=True),
        sa.CheckConstraint("retention IN ('picture', 'document')", name=op.f("ck_evidence_retention")),
        sa.CheckConstraint(
            "(erased_at IS NULL) = (captured_at IS NOT NULL)", name=op.f("ck_evidence_captured_until_erased")
        ),
        sa.CheckConstraint(
            "erased_at IS NULL OR num_nonnulls(session_id, space_id, check_id) = 0",
            name=op.f("ck_evidence_erased_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.district_id"], name=op.f("fk_evidence_district_id_district")
        ),
        sa.PrimaryKeyConstraint("evidence_id", name=op.f("pk_evidence")),
    )
    op.create_index(op.f("ix_evidence_district_id"), "evidence", ["district_id"])
    for column in ("session_id", "space_id"):
        op.create_index(
            f"ix_evidence_{column}", "evidence", [column], postgresql_where=sa.text(f"{column} IS NOT NULL")
        )
    op.create_index("ix_evidence_kept", "evidence", ["received_at"], postgresql_where=sa.text("erased_at IS NULL"))
    op.create_table(
        "evidence_content",
        sa.Column("evidence_id", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.evidence_id"], name=op.f("fk_evidence_content_evidence_id_evidence")
        ),
        sa.PrimaryKeyConstraint("evidence_id", name=op.f("pk_evidence_content")),
    )
    # Sealed bytes do not become smaller; trying to compress them would cost every write.
    op.execute("ALTER TABLE evidence_content ALTER COLUMN sealed SET STORAGE EXTERNAL")


def _create_custody() -> None:
    op.create_table(
        "evidence_custody",
        sa.Column("evidence_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("deed", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.evidence_id"], name=op.f("fk_evidence_custody_evidence_id_evidence")
        ),
        sa.PrimaryKeyConstraint("evidence_id", "number", name=op.f("pk_evidence_custody")),
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON evidence_custody"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def _create_holds() -> None:
    op.create_table(
        "evidence_hold",
        sa.Column("hold_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("evidence_id", sa.Text(), nullable=True),
        sa.Column("session_id", sa.Text(), nullable=True),
        sa.Column("held_at", _INSTANT, nullable=False),
        sa.Column("released_at", _INSTANT, nullable=True),
        sa.CheckConstraint("num_nonnulls(evidence_id, session_id) = 1", name=op.f("ck_evidence_hold_one_subject")),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.evidence_id"], name=op.f("fk_evidence_hold_evidence_id_evidence")
        ),
        sa.PrimaryKeyConstraint("hold_id", name=op.f("pk_evidence_hold")),
    )
    op.create_index(
        "ux_evidence_hold_subject",
        "evidence_hold",
        ["holder", "evidence_id", "session_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    for column in ("evidence_id", "session_id"):
        op.create_index(f"ix_evidence_hold_{column}", "evidence_hold", [column], postgresql_where=_NOT_RELEASED)
