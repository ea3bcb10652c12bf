"""Announced events, and as which of them a forecast took the days ahead."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    texts: postgresql.ARRAY[str] = postgresql.ARRAY(sa.Text())
    op.create_table(
        "announced_event",
        sa.Column("event_id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("end_day", sa.Date(), nullable=False),
        sa.Column("zone_ids", texts, nullable=True),
        sa.Column("announced_by", sa.Text(), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("first_day < end_day", name=op.f("ck_announced_event_days")),
        sa.CheckConstraint(
            "num_nonnulls(withdrawn_by, withdrawn_at) IN (0, 2)", name=op.f("ck_announced_event_withdrawn_whole")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_announced_event")),
    )
    op.create_index("ix_announced_event_end_day", "announced_event", ["end_day"])
    op.add_column("place_forecast", sa.Column("events", texts, nullable=True))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("place_forecast", "events")
    op.drop_table("announced_event")
