"""Shares of payments that a provider gives to others: which, of what, and what of it came back."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

_KINDS = (
    "'fee_issued', 'payment', 'refund', 'drawer_closed', 'waived', 'written_off', 'reopened', "
    "'prepaid', 'prepayment_used', 'paid_out'"
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("provider_order", sa.Column("receiver", sa.Text(), nullable=True))
    op.add_column("provider_order", sa.Column("share", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("provider_order", sa.Column("share_state", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_provider_order_share_state"), "provider_order", "share_state IN ('due', 'shared', 'failed')"
    )
    op.create_index(
        "ix_provider_order_share_due", "provider_order", ["ordered_at"], postgresql_where=sa.text("share_state = 'due'")
    )
    op.add_column(
        "provider_refund", sa.Column("returned", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
    )
    _allow(f"{_KINDS}, 'shared', 'share_returned'")


def downgrade() -> None:
    """Refused by the database while a share is booked: the ledger does not lose entries."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _allow(_KINDS)
    op.drop_column("provider_refund", "returned")
    op.drop_index("ix_provider_order_share_due", "provider_order")
    op.drop_constraint(op.f("ck_provider_order_share_state"), "provider_order", type_="check")
    for column in ("share_state", "share", "receiver"):
        op.drop_column("provider_order", column)


def _allow(kinds: str) -> None:
    op.drop_constraint(op.f("ck_journal_entry_kind"), "journal_entry", type_="check")
    op.create_check_constraint(op.f("ck_journal_entry_kind"), "journal_entry", f"kind IN ({kinds})")
