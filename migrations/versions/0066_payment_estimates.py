"""Counts by persons, hours that were paid for, what was learnt from the two, and forecasts that say that they come from it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

_KIND = "kind IN ('kerb', 'lot', 'garage')"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "survey_count",
        sa.Column("count_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("zone_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spaces", sa.BigInteger(), nullable=False),
        sa.Column("occupied", sa.BigInteger(), nullable=False),
        sa.Column("told_by", sa.Text(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(_KIND, name=op.f("ck_survey_count_kind")),
        sa.CheckConstraint("spaces > 0 AND occupied BETWEEN 0 AND spaces", name=op.f("ck_survey_count_occupied")),
        sa.CheckConstraint(
            "num_nonnulls(withdrawn_by, withdrawn_at) IN (0, 2)", name=op.f("ck_survey_count_withdrawn_whole")
        ),
        sa.PrimaryKeyConstraint("count_id", name=op.f("pk_survey_count")),
    )
    op.create_index(
        "ux_survey_count_place",
        "survey_count",
        ["zone_id", "kind", "counted_at"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "paid_hour",
        sa.Column("zone_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spaces", sa.BigInteger(), nullable=False),
        sa.Column("paid_s", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(_KIND, name=op.f("ck_paid_hour_kind")),
        sa.CheckConstraint("spaces > 0 AND paid_s >= 0", name=op.f("ck_paid_hour_paid")),
        sa.PrimaryKeyConstraint("zone_id", "kind", "hour", name=op.f("pk_paid_hour")),
    )
    op.create_index("ix_paid_hour_hour", "paid_hour", ["hour"])
    op.create_table(
        "paying_place",
        sa.Column("zone_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("last_paid", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("zone_id", "kind", name=op.f("pk_paying_place")),
    )
    op.create_table(
        "paid_position",
        sa.Column("position_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("counted_until", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("position_id = 1", name=op.f("ck_paid_position_one")),
        sa.PrimaryKeyConstraint("position_id", name=op.f("pk_paid_position")),
    )
    op.create_table(
        "payment_correction",
        sa.Column("learnt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hours", sa.BigInteger(), nullable=False),
        sa.Column("days", sa.BigInteger(), nullable=False),
        sa.Column("places", postgresql.JSONB(), nullable=False),
        sa.Column("coefficients", postgresql.ARRAY(sa.DOUBLE_PRECISION()), nullable=True),
        sa.Column("errors", postgresql.ARRAY(sa.DOUBLE_PRECISION()), nullable=True),
        sa.Column("mean_absolute_error", sa.Float(), nullable=True),
        sa.Column("bias", sa.Float(), nullable=True),
        sa.Column("coverage", sa.Float(), nullable=True),
        sa.Column("paid_error", sa.Float(), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(coefficients, errors, mean_absolute_error, bias, coverage, paid_error) IN (0, 6)",
            name=op.f("ck_payment_correction_whole"),
        ),
        sa.PrimaryKeyConstraint("learnt_at", name=op.f("pk_payment_correction")),
    )
    op.add_column(
        "place_forecast", sa.Column("is_estimated", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("place_forecast", sa.Column("estimate_error", sa.Float(), nullable=True))
    op.add_column("place_forecast", sa.Column("why_not", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_place_forecast_why_not"), "place_forecast", "why_not IS NULL OR (is_estimated AND scores IS NULL)"
    )
    op.create_index(
        "ix_session_declared",
        "session",
        ["zone_id", "started_at"],
        postgresql_where=sa.text("start_source <> 'sensor'"),
    )


def downgrade() -> None:
    op.drop_index("ix_session_declared", table_name="session")
    for column in ("why_not", "estimate_error", "is_estimated"):
        op.drop_column("place_forecast", column)
    for table in ("payment_correction", "paid_position", "paying_place", "paid_hour", "survey_count"):
        op.drop_table(table)
