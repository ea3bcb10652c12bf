"""Installation tests, what was seen during each, and the limits that devices are held to."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "device_test",
        sa.Column("test_id", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("space_id", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("reference_device_id", sa.Text(), nullable=True),
        sa.Column("limits", postgresql.JSONB(), nullable=False),
        sa.Column("started_at", _INSTANT, nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("ended_at", _INSTANT, nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("findings", postgresql.JSONB(), nullable=True),
        sa.CheckConstraint("reference IN ('person', 'device')", name=op.f("ck_device_test_reference")),
        sa.CheckConstraint(
            "(reference = 'device') = (reference_device_id IS NOT NULL)", name=op.f("ck_device_test_reference_device")
        ),
        sa.CheckConstraint("verdict IN ('passed', 'failed')", name=op.f("ck_device_test_verdict")),
        sa.CheckConstraint(
            "num_nonnulls(ended_at, ended_by, verdict, reason, findings) IN (0, 5)",
            name=op.f("ck_device_test_whole_verdict"),
        ),
        sa.ForeignKeyConstraint(["device_id"], ["device.device_id"], name=op.f("fk_device_test_device_id_device")),
        sa.ForeignKeyConstraint(["space_id"], ["space.space_id"], name=op.f("fk_device_test_space_id_space")),
        sa.PrimaryKeyConstraint("test_id", name=op.f("pk_device_test")),
    )
    is_open = sa.text("ended_at IS NULL")
    op.create_index("ux_device_test_open", "device_test", ["device_id"], unique=True, postgresql_where=is_open)
    op.create_index("ix_device_test_device_id", "device_test", ["device_id", "test_id"])
    op.create_index(op.f("ix_device_test_space_id"), "device_test", ["space_id"])
    op.create_table(
        "device_test_look",
        sa.Column("test_id", sa.Text(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("occupied", sa.Boolean(), nullable=False),
        sa.Column("watched", sa.Boolean(), nullable=False),
        sa.Column("seen_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["test_id"], ["device_test.test_id"], name=op.f("fk_device_test_look_test_id_device_test")
        ),
        sa.PrimaryKeyConstraint("test_id", "at", name=op.f("pk_device_test_look")),
    )
    op.create_table(
        "test_limits",
        sa.Column("limits_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("limits", postgresql.JSONB(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("limits_id", name=op.f("pk_test_limits")),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in ("test_limits", "device_test_look", "device_test"):
        op.drop_table(table)
