"""The doubt of a forecast is that of a place so full; forecasts made before are made anew within minutes."""

from alembic import op

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DELETE FROM place_forecast")


def downgrade() -> None:
    op.execute("DELETE FROM place_forecast")
