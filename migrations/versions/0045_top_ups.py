"""Orders at providers for balances, and refunds of them, which are no stay's and no payment's."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

_PURPOSE = "ck_provider_order_purpose"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("provider_order", sa.Column("balance_id", sa.Text(), nullable=True))
    op.alter_column("provider_order", "session_id", nullable=True)
    op.create_check_constraint(op.f(_PURPOSE), "provider_order", "(session_id IS NULL) <> (balance_id IS NULL)")
    op.create_index("ix_provider_order_balance_id", "provider_order", ["balance_id"])
    op.alter_column("provider_refund", "payment_id", nullable=True)
    op.create_index("ix_provider_refund_order_id", "provider_refund", ["order_id"])


def downgrade() -> None:
    """Refused by the database while a balance was topped up by a provider."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_provider_refund_order_id", "provider_refund")
    op.alter_column("provider_refund", "payment_id", nullable=False)
    op.drop_index("ix_provider_order_balance_id", "provider_order")
    op.drop_constraint(op.f(_PURPOSE), "provider_order", type_="check")
    op.alter_column("provider_order", "session_id", nullable=False)
    op.drop_column("provider_order", "balance_id")
