"""What facilities with systems of their own report, who may report for which, and which of them bill for themselves."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_AN_INSTANT = sa.DateTime(timezone=True)
_REPORTS = ("facility_count_now", "reported_passage", "reported_payment", "reported_tariff")


def upgrade() -> None:
    # A migration that waits behind a long transaction would make everything wait behind itself: give up instead.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("facility", sa.Column("bills_itself_from", _AN_INSTANT, nullable=True))
    op.add_column("facility", sa.Column("bills_itself_to", _AN_INSTANT, nullable=True))
    op.create_check_constraint(
        op.f("ck_facility_bills_itself"),
        "facility",
        "bills_itself_to IS NULL OR (bills_itself_from IS NOT NULL AND bills_itself_to > bills_itself_from)",
    )
    op.add_column("api_key", sa.Column("facility_ids", postgresql.ARRAY(sa.Text()), nullable=True))
    _counts()
    _passages()
    _payments()
    _tariffs()


def _counts() -> None:
    op.create_table(
        "facility_count_now",
        sa.Column("facility_id", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("observed_at", _AN_INSTANT, nullable=False),
        sa.Column("capacity", sa.BigInteger(), nullable=False),
        sa.Column("vacant", sa.BigInteger(), nullable=False),
        sa.Column("written_at", _AN_INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("vacant BETWEEN 0 AND capacity", name=op.f("ck_facility_count_now_vacant")),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.facility_id"], name=op.f("fk_facility_count_now_facility_id_facility")
        ),
        sa.PrimaryKeyConstraint("facility_id", name=op.f("pk_facility_count_now")),
    )
    op.create_index("ix_facility_count_now_written_at", "facility_count_now", ["written_at"])


def _passages() -> None:
    op.create_table(
        "reported_passage",
        sa.Column("facility_id", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("at", _AN_INSTANT, nullable=False),
        sa.Column("visit_id", sa.Text(), nullable=True),
        sa.Column("plate_token", sa.Text(), nullable=True),
        sa.Column("lane", sa.Text(), nullable=True),
        sa.Column("fee", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("reported_at", _AN_INSTANT, nullable=False),
        sa.Column("reported_by", sa.Text(), nullable=False),
        sa.CheckConstraint("direction IN ('entry', 'exit')", name=op.f("ck_reported_passage_direction")),
        sa.CheckConstraint(
            "fee IS NULL OR (fee >= 0 AND direction = 'exit' AND currency IS NOT NULL)",
            name=op.f("ck_reported_passage_fee"),
        ),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.facility_id"], name=op.f("fk_reported_passage_facility_id_facility")
        ),
        sa.PrimaryKeyConstraint("facility_id", "item_id", name=op.f("pk_reported_passage")),
    )
    op.create_index(
        "ux_reported_passage_visit",
        "reported_passage",
        ["facility_id", "visit_id", "direction"],
        unique=True,
        postgresql_where=sa.text("visit_id IS NOT NULL"),
    )
    op.create_index("ix_reported_passage_at", "reported_passage", ["facility_id", "at"])
    op.create_index(
        "ix_reported_passage_plate",
        "reported_passage",
        ["facility_id", "plate_token", "at"],
        postgresql_where=sa.text("plate_token IS NOT NULL"),
    )


def _payments() -> None:
    op.create_table(
        "reported_payment",
        sa.Column("facility_id", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("at", _AN_INSTANT, nullable=False),
        sa.Column("visit_id", sa.Text(), nullable=True),
        sa.Column("plate_token", sa.Text(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("reported_at", _AN_INSTANT, nullable=False),
        sa.Column("reported_by", sa.Text(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_reported_payment_amount")),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.facility_id"], name=op.f("fk_reported_payment_facility_id_facility")
        ),
        sa.PrimaryKeyConstraint("facility_id", "item_id", name=op.f("pk_reported_payment")),
    )
    op.create_index("ix_reported_payment_at", "reported_payment", ["facility_id", "at"])
    for column in ("visit_id", "plate_token"):
        op.create_index(
            f"ix_reported_payment_{column}",
            "reported_payment",
            ["facility_id", column],
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
        )


def _tariffs() -> None:
    op.create_table(
        "reported_tariff",
        sa.Column("facility_id", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("valid_from", _AN_INSTANT, nullable=False),
        sa.Column("stated_at", _AN_INSTANT, nullable=False),
        sa.Column("tariff", postgresql.JSONB(), nullable=False),
        sa.Column("reported_by", sa.Text(), nullable=False),
        sa.Column("written_at", _AN_INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.facility_id"], name=op.f("fk_reported_tariff_facility_id_facility")
        ),
        sa.PrimaryKeyConstraint("facility_id", "item_id", name=op.f("pk_reported_tariff")),
    )
    op.create_index("ix_reported_tariff_written_at", "reported_tariff", ["written_at"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in _REPORTS:
        op.drop_table(table)
    op.drop_column("api_key", "facility_ids")
    op.drop_column("facility", "bills_itself_to")
    op.drop_column("facility", "bills_itself_from")
