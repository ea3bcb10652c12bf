"""Hours say what was not known, what was not believed and how long stays lasted; history that comes late is counted again."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

_TABLE = "occupancy_hour"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column(_TABLE, sa.Column("unknown_s", sa.BigInteger(), nullable=True))
    op.add_column(_TABLE, sa.Column("disbelieved_s", sa.BigInteger(), nullable=True))
    op.add_column(_TABLE, sa.Column("stay_lengths", postgresql.ARRAY(sa.BigInteger()), nullable=True))
    op.drop_constraint(op.f("ck_occupancy_hour_known"), _TABLE)
    op.create_check_constraint(
        op.f("ck_occupancy_hour_known"), _TABLE, "spaces > 0 AND known_s BETWEEN 0 AND spaces * 3600"
    )
    op.create_check_constraint(
        op.f("ck_occupancy_hour_unknown"), _TABLE, "unknown_s BETWEEN 0 AND spaces * 3600 - known_s"
    )
    op.create_check_constraint(op.f("ck_occupancy_hour_disbelieved"), _TABLE, "disbelieved_s BETWEEN 0 AND unknown_s")
    op.create_table(
        "occupancy_recount",
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hour", name=op.f("pk_occupancy_recount")),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("occupancy_recount")
    op.execute("DELETE FROM occupancy_hour WHERE known_s = 0")
    op.drop_constraint(op.f("ck_occupancy_hour_disbelieved"), _TABLE)
    op.drop_constraint(op.f("ck_occupancy_hour_unknown"), _TABLE)
    op.drop_constraint(op.f("ck_occupancy_hour_known"), _TABLE)
    op.create_check_constraint(
        op.f("ck_occupancy_hour_known"), _TABLE, "spaces > 0 AND known_s > 0 AND known_s <= spaces * 3600"
    )
    for name in ("stay_lengths", "disbelieved_s", "unknown_s"):
        op.drop_column(_TABLE, name)
