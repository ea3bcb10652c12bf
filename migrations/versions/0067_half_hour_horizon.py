"""Forecasts know half an hour as a horizon of its own; those made before are made anew within minutes."""

from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DELETE FROM place_forecast")


def downgrade() -> None:
    op.execute("DELETE FROM place_forecast")
