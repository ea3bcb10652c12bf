"""The newest forecast of each kind of place in each zone."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    reals: postgresql.ARRAY[float] = postgresql.ARRAY(sa.REAL())
    op.create_table(
        "place_forecast",
        sa.Column("zone_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("within", sa.Text(), nullable=True),
        sa.Column("beyond", sa.Text(), nullable=True),
        sa.Column("curve_within", reals, nullable=True),
        sa.Column("curve_beyond", reals, nullable=True),
        sa.Column("follow", reals, nullable=True),
        sa.Column("errors", reals, nullable=True),
        sa.Column("scores", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint("kind IN ('kerb', 'lot', 'garage')", name=op.f("ck_place_forecast_kind")),
        sa.CheckConstraint(
            "num_nonnulls(within, beyond, curve_within, curve_beyond, follow, errors, scores) IN (0, 7)",
            name=op.f("ck_place_forecast_whole"),
        ),
        sa.PrimaryKeyConstraint("zone_id", "kind", name=op.f("pk_place_forecast")),
    )
    op.create_index("ix_place_forecast_made_at", "place_forecast", ["made_at"])


def downgrade() -> None:
    op.drop_table("place_forecast")
