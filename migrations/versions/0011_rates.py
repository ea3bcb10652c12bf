"""Tables of rates."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_AN_INSTANT = sa.DateTime(timezone=True)

_FROZEN = """
    CREATE FUNCTION refuse_change_of_record() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'a record of % never changes', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$
"""
_FEE = (
    "CREATE TRIGGER fee_is_final BEFORE UPDATE OR DELETE ON fee FOR EACH ROW EXECUTE FUNCTION refuse_change_of_record()"
)
_RATE_TABLE = """
    CREATE TRIGGER rate_table_is_final BEFORE UPDATE OR DELETE ON rate_table
    FOR EACH ROW WHEN (OLD.state = 'published') EXECUTE FUNCTION refuse_change_of_record()
"""
# An assignment may only be ended, once: what was in force stays what it was.
_ASSIGNMENT_ENDS = """
    CREATE TRIGGER rate_assignment_only_ends BEFORE UPDATE ON rate_assignment
    FOR EACH ROW WHEN (
        NOT upper_inf(OLD.valid) OR lower(NEW.valid) <> lower(OLD.valid)
        OR (NEW.zone_id, NEW.kind, NEW.rate_table_id, NEW.version)
           <> (OLD.zone_id, OLD.kind, OLD.rate_table_id, OLD.version)
    ) EXECUTE FUNCTION refuse_change_of_record()
"""
_ASSIGNMENT_STAYS = """
    CREATE TRIGGER rate_assignment_stays BEFORE DELETE ON rate_assignment
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_record()
"""


def upgrade() -> None:
    # A migration that waits behind a long transaction would make everything wait behind itself: give up instead.
    op.execute("SET LOCAL lock_timeout = '5s'")
    _create_rates()
    _create_fees()
    for statement in (_FROZEN, _FEE, _RATE_TABLE, _ASSIGNMENT_ENDS, _ASSIGNMENT_STAYS):
        op.execute(statement)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in ("quota_use", "fee", "rate_assignment", "rate_table"):
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_change_of_record()")


def _create_rates() -> None:
    op.create_table(
        "rate_table",
        sa.Column("rate_table_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.Column("price_document_id", sa.Text(), nullable=True),
        sa.Column("zone_ids", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("prepared_by", sa.Text(), nullable=False),
        sa.Column("prepared_at", _AN_INSTANT, nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("published_at", _AN_INSTANT, nullable=True),
        sa.Column("effective_from", _AN_INSTANT, nullable=True),
        sa.CheckConstraint("state IN ('draft', 'published')", name=op.f("ck_rate_table_state")),
        sa.CheckConstraint("version > 0", name=op.f("ck_rate_table_version")),
        sa.CheckConstraint(
            "state = 'draft' OR num_nonnulls(price_document_id, approved_by, published_at, effective_from) = 4",
            name=op.f("ck_rate_table_published_whole"),
        ),
        sa.CheckConstraint("approved_by <> prepared_by", name=op.f("ck_rate_table_two_persons")),
        sa.ForeignKeyConstraint(
            ["price_document_id"],
            ["price_document.price_document_id"],
            name=op.f("fk_rate_table_price_document_id_price_document"),
        ),
        sa.PrimaryKeyConstraint("rate_table_id", "version", name=op.f("pk_rate_table")),
    )
    op.create_table(
        "rate_assignment",
        sa.Column("zone_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("valid", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("rate_table_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("zone_id"), "="),
            (sa.column("kind"), "="),
            (sa.column("valid"), "&&"),
            using="gist",
            name="ex_rate_assignment_overlap",
        ),
        sa.CheckConstraint("kind IN ('kerb', 'lot', 'garage')", name=op.f("ck_rate_assignment_kind")),
        sa.CheckConstraint("NOT isempty(valid) AND NOT lower_inf(valid)", name=op.f("ck_rate_assignment_valid")),
        sa.ForeignKeyConstraint(
            ["rate_table_id", "version"],
            ["rate_table.rate_table_id", "rate_table.version"],
            name=op.f("fk_rate_assignment_rate_table_id_version_rate_table"),
        ),
        sa.ForeignKeyConstraint(["zone_id"], ["zone.zone_id"], name=op.f("fk_rate_assignment_zone_id_zone")),
        sa.PrimaryKeyConstraint("zone_id", "kind", "valid", name=op.f("pk_rate_assignment")),
    )
    op.create_index(
        "ix_rate_assignment_rate_table_id_version", "rate_assignment", ["rate_table_id", "version"], unique=False
    )


def _create_fees() -> None:
    op.create_table(
        "fee",
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("space_id", sa.Text(), nullable=False),
        sa.Column("zone_id", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("lines", postgresql.JSONB(), nullable=False),
        sa.Column("rate_table_id", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=True),
        sa.Column("is_attributed", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("issued_at", _AN_INSTANT, nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_fee_amount")),
        sa.CheckConstraint("reason IS NULL OR amount = 0", name=op.f("ck_fee_reason")),
        sa.ForeignKeyConstraint(["session_id"], ["session.session_id"], name=op.f("fk_fee_session_id_session")),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_fee")),
    )
    op.create_index("ix_fee_zone_id_issued_at", "fee", ["zone_id", "issued_at"], unique=False)
    op.create_table(
        "quota_use",
        sa.Column("plate_token", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("used_s", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("used_s >= 0", name=op.f("ck_quota_use_used_s")),
        sa.PrimaryKeyConstraint("plate_token", "day", name=op.f("pk_quota_use")),
    )
