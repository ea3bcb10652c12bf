"""Whom each account and key works for: the city, an operating company, or nobody has said.

Registrations of companies' staff stay what they were. Every other account and key has to be said anew (`parking accounts
employ`, `parking keys employ`): that nobody had registered it never proved that it was the city's.
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_EMPLOYED = """
    (employer IS NULL AND operator_id IS NULL)
    OR (employer = 'city' AND operator_id IS NULL)
    OR (employer = 'company' AND operator_id IS NOT NULL)
"""
_TABLES = ("account", "api_key")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in _TABLES:
        op.add_column(table, sa.Column("employer", sa.Text(), nullable=True))
        op.add_column(table, sa.Column("operator_id", sa.Text(), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_{table}_operator_id_operator"), table, "operator", ["operator_id"], ["operator_id"]
        )
        op.create_check_constraint(op.f(f"ck_{table}_employer"), table, _EMPLOYED)
    op.execute(
        "UPDATE account SET employer = 'company', operator_id = staff.operator_id FROM operator_staff AS staff "
        "WHERE staff.actor = 'account:' || account.name"
    )
    op.execute(
        "UPDATE api_key SET employer = 'company', operator_id = staff.operator_id FROM operator_staff AS staff "
        "WHERE staff.actor = 'key:' || api_key.key_id"
    )
    op.drop_table("operator_staff")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "operator_staff",
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.operator_id"], name=op.f("fk_operator_staff_operator_id_operator")
        ),
        sa.PrimaryKeyConstraint("actor", name=op.f("pk_operator_staff")),
    )
    op.execute(
        "INSERT INTO operator_staff (actor, operator_id) "
        "SELECT 'account:' || name, operator_id FROM account WHERE operator_id IS NOT NULL "
        "UNION ALL SELECT 'key:' || key_id, operator_id FROM api_key WHERE operator_id IS NOT NULL"
    )
    for table in _TABLES:
        op.drop_column(table, "operator_id")
        op.drop_column(table, "employer")
