"""Terminals, their keys and nonces; refunds that are proposed where money was taken twice."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_AN_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "terminal",
        sa.Column("terminal_id", sa.Text(), nullable=False),
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("district_id", sa.Text(), nullable=False),
        sa.Column("zone_ids", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("located", sa.Text(), nullable=False),
        sa.Column("registered_at", _AN_INSTANT, nullable=False),
        sa.Column("revoked_at", _AN_INSTANT, nullable=True),
        sa.Column("heard_at", _AN_INSTANT, nullable=True),
        sa.Column("reported_at", _AN_INSTANT, nullable=True),
        sa.Column("offset_s", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("stock", postgresql.JSONB(), nullable=False),
        sa.Column("faults", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.district_id"], name=op.f("fk_terminal_district_id_district")
        ),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.operator_id"], name=op.f("fk_terminal_operator_id_operator")
        ),
        sa.PrimaryKeyConstraint("terminal_id", name=op.f("pk_terminal")),
    )
    op.create_index(op.f("ix_terminal_district_id"), "terminal", ["district_id"], unique=False)
    op.create_table(
        "terminal_key",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("terminal_id", sa.Text(), nullable=False),
        sa.Column("valid_from", _AN_INSTANT, nullable=False),
        sa.Column("valid_to", _AN_INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["terminal_id"], ["terminal.terminal_id"], name=op.f("fk_terminal_key_terminal_id_terminal")
        ),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_terminal_key")),
    )
    op.create_index(op.f("ix_terminal_key_terminal_id"), "terminal_key", ["terminal_id"], unique=False)
    op.create_table(
        "terminal_nonce",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("at", _AN_INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"], ["terminal_key.key_id"], name=op.f("fk_terminal_nonce_key_id_terminal_key")
        ),
        sa.PrimaryKeyConstraint("key_id", "nonce", name=op.f("pk_terminal_nonce")),
    )
    op.create_index("ix_terminal_nonce_key_id_at", "terminal_nonce", ["key_id", "at"], unique=False)
    _refund_proposals()


def _refund_proposals() -> None:
    op.create_table(
        "refund_proposal",
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("district_id", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("proofs", postgresql.JSONB(), nullable=False),
        sa.Column("proposed_at", _AN_INSTANT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("endorsed_by", sa.Text(), nullable=True),
        sa.Column("endorsed_at", _AN_INSTANT, nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", _AN_INSTANT, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("refund_id", sa.Text(), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refund_proposal_amount")),
        sa.CheckConstraint("endorsed_by <> decided_by", name=op.f("ck_refund_proposal_two_persons")),
        sa.CheckConstraint(
            "state IN ('proposed', 'endorsed', 'refunded', 'rejected')", name=op.f("ck_refund_proposal_state")
        ),
        sa.CheckConstraint(
            "state <> 'refunded' OR num_nonnulls(endorsed_by, decided_by, refund_id) = 3",
            name=op.f("ck_refund_proposal_refunded_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.payment_id"], name=op.f("fk_refund_proposal_payment_id_payment")
        ),
        sa.ForeignKeyConstraint(["refund_id"], ["refund.refund_id"], name=op.f("fk_refund_proposal_refund_id_refund")),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("pk_refund_proposal")),
    )
    op.create_index(
        "ix_refund_proposal_waiting",
        "refund_proposal",
        ["district_id", "proposed_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('proposed', 'endorsed')"),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in ("refund_proposal", "terminal_nonce", "terminal_key", "terminal"):
        op.drop_table(table)
