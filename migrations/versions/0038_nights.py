"""What is done by itself for each day that is over, and what came of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_AN_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "night_step",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", _AN_INSTANT, nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("tried_at", _AN_INSTANT, nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("outcome", postgresql.JSONB(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'failed', 'done')", name=op.f("ck_night_step_state")),
        sa.CheckConstraint("(outcome IS NOT NULL) = (state = 'done')", name=op.f("ck_night_step_outcome")),
        sa.CheckConstraint("(code IS NOT NULL) = (state = 'failed')", name=op.f("ck_night_step_code")),
        sa.PrimaryKeyConstraint("day", "step", "subject", name=op.f("pk_night_step")),
    )
    op.create_index("ix_night_step_due", "night_step", ["due_at"], postgresql_where=sa.text("state <> 'done'"))
    # A day's money is looked up by its time; rows arrive nearly in that order, so block ranges cost a payment nothing.
    op.create_index("ix_payment_paid_at", "payment", ["paid_at"], postgresql_using="brin")
    op.create_index("ix_refund_refunded_at", "refund", ["refunded_at"], postgresql_using="brin")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_refund_refunded_at", "refund")
    op.drop_index("ix_payment_paid_at", "payment")
    op.drop_table("night_step")
