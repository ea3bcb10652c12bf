"""Orders and refunds at payment providers, and the ways of paying that they are."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_AN_INSTANT = sa.DateTime(timezone=True)
_METHOD = "ck_payment_method"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_constraint(op.f(_METHOD), "payment", type_="check")
    op.create_check_constraint(op.f(_METHOD), "payment", "method IN ('cash', 'test', 'wechat', 'alipay')")
    op.create_table(
        "provider_order",
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("payer", sa.Text(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("checkout", postgresql.JSONB(), nullable=True),
        sa.Column("ordered_at", _AN_INSTANT, nullable=False),
        sa.Column("expires_at", _AN_INSTANT, nullable=False),
        sa.Column("asked_at", _AN_INSTANT, nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_provider_order_amount")),
        sa.CheckConstraint("state IN ('open', 'paid', 'closed')", name=op.f("ck_provider_order_state")),
        sa.ForeignKeyConstraint(["session_id"], ["bill.session_id"], name=op.f("fk_provider_order_session_id_bill")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_provider_order")),
        sa.UniqueConstraint("provider", "reference", name="uq_provider_order_reference"),
    )
    op.create_index("ix_provider_order_session_id", "provider_order", ["session_id"])
    op.create_index(
        "ix_provider_order_open", "provider_order", ["ordered_at"], postgresql_where=sa.text("state = 'open'")
    )
    op.create_table(
        "provider_refund",
        sa.Column("refund_id", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("wished_at", _AN_INSTANT, nullable=False),
        sa.Column("asked_at", _AN_INSTANT, nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_provider_refund_amount")),
        sa.CheckConstraint("state IN ('asked', 'given', 'failed')", name=op.f("ck_provider_refund_state")),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.payment_id"], name=op.f("fk_provider_refund_payment_id_payment")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["provider_order.order_id"], name=op.f("fk_provider_refund_order_id_provider_order")
        ),
        sa.PrimaryKeyConstraint("refund_id", name=op.f("pk_provider_refund")),
    )
    op.create_index("ix_provider_refund_payment_id", "provider_refund", ["payment_id"])
    op.create_index(
        "ix_provider_refund_asked", "provider_refund", ["wished_at"], postgresql_where=sa.text("state = 'asked'")
    )


def downgrade() -> None:
    """Refused by the database while a payment of a provider is booked: the ledger does not lose entries."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("provider_refund")
    op.drop_table("provider_order")
    op.drop_constraint(op.f(_METHOD), "payment", type_="check")
    op.create_check_constraint(op.f(_METHOD), "payment", "method IN ('cash', 'test')")
