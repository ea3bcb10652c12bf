"""The health of devices: their states, every fault from its opening to its end, and how far the streams are in them."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "device_health",
        sa.Column("device_id", sa.Text(), primary_key=True),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("heard_at", _INSTANT),
        sa.Column("clock_offset_us", sa.BigInteger()),
    )
    op.create_table(
        "device_health_position",
        sa.Column("stream", sa.Text(), primary_key=True),
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("listened_since", _INSTANT, nullable=False),
        sa.Column("turnover", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "device_witness",
        sa.Column("witness_id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("space_id", sa.Text(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("occupied", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "device_fault",
        sa.Column("fault_id", sa.Text(), primary_key=True),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("space_id", sa.Text()),
        sa.Column("zone_id", sa.Text()),
        sa.Column("district_id", sa.Text()),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("since", _INSTANT, nullable=False),
        sa.Column("opened_at", _INSTANT, nullable=False),
        sa.Column("closed_at", _INSTANT),
        sa.Column("distrusted", sa.Boolean(), nullable=False),
        sa.Column("voided_at", _INSTANT),
        sa.Column("detail_zh", sa.Text(), nullable=False),
        sa.Column("detail_en", sa.Text(), nullable=False),
        sa.Column("acknowledged_at", _INSTANT),
        sa.Column("acknowledged_by", sa.Text()),
        sa.Column("dismissed_at", _INSTANT),
        sa.Column("dismissed_by", sa.Text()),
        sa.CheckConstraint("closed_at >= opened_at AND since <= opened_at", name=op.f("ck_device_fault_in_order")),
        sa.CheckConstraint(
            "(acknowledged_at IS NULL) = (acknowledged_by IS NULL)",
            name=op.f("ck_device_fault_acknowledged_by_somebody"),
        ),
        sa.CheckConstraint(
            "(dismissed_at IS NULL) = (dismissed_by IS NULL)", name=op.f("ck_device_fault_dismissed_by_somebody")
        ),
    )
    op.create_index(
        "ux_device_fault_open",
        "device_fault",
        ["device_id", "fault"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index("ix_device_fault_device_id_opened_at", "device_fault", ["device_id", "opened_at"])
    op.create_index("ix_device_fault_opened_at_fault_id", "device_fault", ["opened_at", "fault_id"])
    op.create_index(
        "ix_device_fault_unvoided",
        "device_fault",
        ["fault_id"],
        postgresql_where=sa.text("distrusted AND voided_at IS NULL AND closed_at IS NULL"),
    )
    op.create_index(
        "ix_device_fault_dismissed",
        "device_fault",
        ["fault_id"],
        postgresql_where=sa.text("dismissed_at IS NOT NULL AND closed_at IS NULL"),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in ("device_fault", "device_witness", "device_health_position", "device_health"):
        op.drop_table(table)
