"""Runs of the worker's scheduled jobs"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A migration that waits behind a long transaction would make everything wait behind itself: give up instead.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "scheduled_run",
        sa.Column("run_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_scheduled_run")),
    )
    op.create_index("ix_scheduled_run_job_started_at", "scheduled_run", ["job", "started_at"], unique=False)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_scheduled_run_job_started_at", table_name="scheduled_run")
    op.drop_table("scheduled_run")
