"""Reports of facilities whose vehicle is still known are found by their age alone: what forgets them runs all day."""

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

_TABLES = ("reported_passage", "reported_payment")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in _TABLES:
        op.execute(
            f"CREATE INDEX ix_{table}_remembered ON {table} (at) WHERE visit_id IS NOT NULL OR plate_token IS NOT NULL"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in _TABLES:
        op.execute(f"DROP INDEX ix_{table}_remembered")
