"""Tables of accounts, logins, tries, the audit, and attendants' shifts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    # A migration that waits behind a long transaction would make everything wait behind itself: give up instead.
    op.execute("SET LOCAL lock_timeout = '5s'")
    _create_accounts()
    op.create_table(
        "counted_try",
        sa.Column("try_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.PrimaryKeyConstraint("try_id", name=op.f("pk_counted_try")),
    )
    op.create_index("ix_counted_try_scope_subject_at", "counted_try", ["scope", "subject", "at"], unique=False)
    _create_audit()
    _create_shift()


def _create_accounts() -> None:
    op.create_table(
        "account",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("district_id", sa.Text(), nullable=True),
        sa.Column("created_at", AT, server_default=sa.text("now()"), nullable=False),
        sa.Column("closed_at", AT, nullable=True),
        sa.CheckConstraint(
            "role IN ('operator', 'approver', 'attendant', 'enforcement', 'admin')", name=op.f("ck_account_role")
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.district_id"], name=op.f("fk_account_district_id_district")
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_account")),
    )
    op.create_table(
        "account_login",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_name", sa.Text(), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("expires_at", AT, nullable=False),
        sa.ForeignKeyConstraint(["account_name"], ["account.name"], name=op.f("fk_account_login_account_name_account")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_account_login")),
    )
    op.create_index(op.f("ix_account_login_account_name"), "account_login", ["account_name"], unique=False)
    op.create_index(op.f("ix_account_login_expires_at"), "account_login", ["expires_at"], unique=False)


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("audit_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("district_id", sa.Text(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("audit_id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_district_id_audit_id", "audit", ["district_id", "audit_id"], unique=False)
    op.execute(
        """
        CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'the audit is append only'; END $$
        """
    )
    op.execute(
        "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit"
        " FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()"
    )


def _create_shift() -> None:
    op.create_table(
        "shift",
        sa.Column("shift_id", sa.Text(), nullable=False),
        sa.Column("account_name", sa.Text(), nullable=False),
        sa.Column("district_id", sa.Text(), nullable=False),
        sa.Column("opened_at", AT, nullable=False),
        sa.Column("float_amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("closed_at", AT, nullable=True),
        sa.Column("close_id", sa.Text(), nullable=True),
        sa.CheckConstraint("float_amount >= 0", name=op.f("ck_shift_float_amount")),
        sa.CheckConstraint("(closed_at IS NULL) = (close_id IS NULL)", name=op.f("ck_shift_closed_whole")),
        sa.ForeignKeyConstraint(["account_name"], ["account.name"], name=op.f("fk_shift_account_name_account")),
        sa.ForeignKeyConstraint(["district_id"], ["district.district_id"], name=op.f("fk_shift_district_id_district")),
        sa.ForeignKeyConstraint(["close_id"], ["drawer_close.close_id"], name=op.f("fk_shift_close_id_drawer_close")),
        sa.PrimaryKeyConstraint("shift_id", name=op.f("pk_shift")),
    )
    is_open = sa.text("closed_at IS NULL")
    op.create_index("ux_shift_open_account", "shift", ["account_name"], unique=True, postgresql_where=is_open)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in ("shift", "audit", "counted_try", "account_login", "account"):
        op.drop_table(table)
    op.execute("DROP FUNCTION audit_refuse_change()")
