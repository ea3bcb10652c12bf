"""Money that comes before anything is owed: prepayments of running stays, and balances with what is paid out of them."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

_AN_INSTANT = sa.DateTime(timezone=True)
_BEFORE = "'fee_issued', 'payment', 'refund', 'drawer_closed', 'waived', 'written_off', 'reopened'"
_NEVER_NEGATIVE = """
    CREATE FUNCTION check_prepaid_balance() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (SELECT sum(amount) FROM posting WHERE account_id = NEW.account_id AND currency = NEW.currency) > 0 THEN
            RAISE EXCEPTION 'the balance % would be below zero', NEW.account_id USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    END $$
"""
"""What the city owes is a credit, below zero; the services hold the account, this is for whoever forgets to."""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _allow("'cash', 'test', 'wechat', 'alipay', 'balance'", f"{_BEFORE}, 'prepaid', 'prepayment_used', 'paid_out'")
    op.create_table(
        "prepaid",
        sa.Column("prepaid_id", sa.Text(), nullable=False),
        sa.Column("receipt_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=True),
        sa.Column("balance_id", sa.Text(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("drawer_id", sa.Text(), nullable=True),
        sa.Column("provider_reference", sa.Text(), nullable=True),
        sa.Column("taken_by", sa.Text(), nullable=False),
        sa.Column("paid_at", _AN_INSTANT, nullable=False),
        sa.Column("booked_at", _AN_INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_prepaid_amount")),
        sa.CheckConstraint("(session_id IS NULL) <> (balance_id IS NULL)", name=op.f("ck_prepaid_purpose")),
        sa.CheckConstraint("method <> 'cash' OR drawer_id IS NOT NULL", name=op.f("ck_prepaid_drawer")),
        sa.PrimaryKeyConstraint("prepaid_id", name=op.f("pk_prepaid")),
        sa.UniqueConstraint("receipt_id", name=op.f("uq_prepaid_receipt_id")),
        sa.UniqueConstraint("method", "provider_reference", name="uq_prepaid_provider_reference"),
    )
    op.create_table(
        "balance_payout",
        sa.Column("payout_id", sa.Text(), nullable=False),
        sa.Column("balance_id", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("drawer_id", sa.Text(), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("paid_out_at", _AN_INSTANT, nullable=False),
        sa.Column("booked_at", _AN_INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_balance_payout_amount")),
        sa.PrimaryKeyConstraint("payout_id", name=op.f("pk_balance_payout")),
    )
    for table, columns in (
        ("prepaid", ("session_id", "balance_id", "drawer_id")),
        ("balance_payout", ("balance_id", "drawer_id")),
    ):
        for column in columns:
            op.create_index(f"ix_{table}_{column}", table, [column])
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(_NEVER_NEGATIVE)
    op.execute(
        "CREATE CONSTRAINT TRIGGER never_negative AFTER INSERT ON posting DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
        " WHEN (NEW.account_id LIKE 'balance/%') EXECUTE FUNCTION check_prepaid_balance()"
    )


def downgrade() -> None:
    """Refused by the database while such money is booked: the ledger does not lose entries."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TRIGGER never_negative ON posting")
    op.execute("DROP FUNCTION check_prepaid_balance()")
    op.drop_table("balance_payout")
    op.drop_table("prepaid")
    _allow("'cash', 'test', 'wechat', 'alipay'", _BEFORE)


def _allow(methods: str, kinds: str) -> None:
    for table, column, values in (("payment", "method", methods), ("journal_entry", "kind", kinds)):
        name = op.f(f"ck_{table}_{column}")
        op.drop_constraint(name, table, type_="check")
        op.create_check_constraint(name, table, f"{column} IN ({values})")
