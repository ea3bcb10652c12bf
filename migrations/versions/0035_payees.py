"""Several accounts at one payment provider: which one an order and a payment went to."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("payment", sa.Column("account", sa.Text(), nullable=True))
    op.add_column("provider_order", sa.Column("merchant", sa.Text(), nullable=True))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("provider_order", "merchant")
    op.drop_column("payment", "account")
