"""What arrived is kept word for word by day; history has the clocks of a message and what a device says of itself."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

_OF_OBSERVATION: dict[str, sa.types.TypeEngine[Any]] = {
    "device_at": sa.DateTime(timezone=True),
    "gateway_at": sa.DateTime(timezone=True),
    "server_at": sa.DateTime(timezone=True),
    "previous_least_s": sa.BigInteger(),
    "previous_below_s": sa.BigInteger(),
    "fault": sa.Text(),
    "magnetic": postgresql.ARRAY(sa.Float()),
    "trusted": sa.Boolean(),
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name, kind in _OF_OBSERVATION.items():
        op.add_column("observation", sa.Column(name, kind, nullable=True))
    instant, text, number = sa.DateTime(timezone=True), sa.Text(), sa.BigInteger()
    op.create_table(
        "raw_message",
        sa.Column("received_at", instant, nullable=False),
        sa.Column("entry_ms", number, nullable=False),
        sa.Column("entry_seq", number, nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        *(
            sa.Column(name, text, nullable=False)
            for name in ("door", "source", "event", "speaker", "topic", "media_type")
        ),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("device_ids", postgresql.ARRAY(text), nullable=False),
        sa.Column("kinds", postgresql.ARRAY(text), nullable=False),
        sa.Column("outcomes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("received_at", "entry_ms", "entry_seq", "item", name=op.f("pk_raw_message")),
        postgresql_partition_by="RANGE (received_at)",
    )
    op.create_index("ix_raw_message_device_ids", "raw_message", ["device_ids"], postgresql_using="gin")
    op.create_table(
        "raw_position",
        sa.Column("reader", text, nullable=False),
        sa.Column("entry_id", text, nullable=False),
        sa.Column("committed_at", instant, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("reader", name=op.f("pk_raw_position")),
    )
    op.create_table(
        "raw_access",
        sa.Column("access_id", number, sa.Identity(always=True), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("actor", text, nullable=False),
        sa.Column("deed", text, nullable=False),
        sa.Column("what", text, nullable=False),
        sa.PrimaryKeyConstraint("access_id", name=op.f("pk_raw_access")),
    )
    op.create_table(
        "unknown_device",
        sa.Column("source", text, nullable=False),
        sa.Column("wire_id", text, nullable=False),
        sa.Column("first_seen", instant, nullable=False),
        sa.Column("last_seen", instant, nullable=False),
        sa.Column("frames", number, nullable=False),
        sa.Column("last_raw", text, nullable=False),
        sa.Column("rejected_at", instant, nullable=True),
        sa.Column("rejected_by", text, nullable=True),
        sa.PrimaryKeyConstraint("source", "wire_id", name=op.f("pk_unknown_device")),
    )
    op.create_index("ix_unknown_device_first_seen", "unknown_device", ["first_seen"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in ("unknown_device", "raw_access", "raw_position", "raw_message"):
        op.drop_table(table)
    for name in reversed(_OF_OBSERVATION):
        op.drop_column("observation", name)
