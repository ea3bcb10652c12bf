"""History knows which life of the live store its position belongs to, and several changes of a space in one batch"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A migration that waits behind a long transaction would make everything wait behind itself: give up instead.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("history_position", sa.Column("epoch", sa.Text(), nullable=False, server_default=""))
    op.alter_column("history_position", "epoch", server_default=None)
    op.add_column("space_state_change", sa.Column("item", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("space_state_change", "item", server_default=None)
    op.drop_constraint("pk_space_state_change", "space_state_change", type_="primary")
    op.create_primary_key("pk_space_state_change", "space_state_change", ["at", "shard", "change_id", "item"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_constraint("pk_space_state_change", "space_state_change", type_="primary")
    op.create_primary_key("pk_space_state_change", "space_state_change", ["at", "space_id", "change_id"])
    op.drop_column("space_state_change", "item")
    op.drop_column("history_position", "epoch")
