"""How many spaces were known and occupied at each hour and half past."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    moments: postgresql.ARRAY[int] = postgresql.ARRAY(sa.BigInteger())
    op.add_column("occupancy_hour", sa.Column("moments", moments, nullable=True))
    op.create_check_constraint(op.f("ck_occupancy_hour_moments"), "occupancy_hour", "cardinality(moments) = 4")


def downgrade() -> None:
    op.drop_column("occupancy_hour", "moments")
