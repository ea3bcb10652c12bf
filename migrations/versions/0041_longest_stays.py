"""How long a vehicle may stand in a place, and which stays were suspected to be longer."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

_PLACES = ("zone", "segment", "facility", "space")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for place in _PLACES:
        op.add_column(place, sa.Column("longest_stay_minutes", sa.BigInteger(), nullable=True))
    op.create_table(
        "overstay",
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("longest_minutes", sa.BigInteger(), nullable=False),
        sa.Column("suspected_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("longest_minutes >= 1", name=op.f("ck_overstay_longest_minutes")),
        sa.ForeignKeyConstraint(["session_id"], ["session.session_id"], name=op.f("fk_overstay_session_id_session")),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_overstay")),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("overstay")
    for place in _PLACES:
        op.drop_column(place, "longest_stay_minutes")
