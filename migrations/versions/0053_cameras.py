"""Cameras with their sealed logins, and their messages whose pictures and plates wait to be worked off."""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "camera",
        sa.Column("camera_id", sa.Text(), nullable=False),
        sa.Column("adapter", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Text(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("facility_id", sa.Text(), nullable=True),
        sa.Column("passing", sa.Text(), nullable=True),
        sa.Column("interval_s", sa.BigInteger(), nullable=True),
        sa.Column("added_at", _INSTANT, nullable=False),
        sa.CheckConstraint("mode IN ('push', 'pull', 'mqtt', 'frames')", name=op.f("ck_camera_mode")),
        sa.CheckConstraint("passing IN ('entry', 'exit', 'both')", name=op.f("ck_camera_passing")),
        sa.CheckConstraint("(passing IS NULL) = (facility_id IS NULL)", name=op.f("ck_camera_passing_at_a_facility")),
        sa.CheckConstraint("(key_id IS NULL) = (sealed IS NULL)", name=op.f("ck_camera_sealed_whole")),
        sa.CheckConstraint("interval_s > 0", name=op.f("ck_camera_interval_s")),
        sa.ForeignKeyConstraint(["camera_id"], ["device.device_id"], name=op.f("fk_camera_camera_id_device")),
        sa.ForeignKeyConstraint(["facility_id"], ["facility.facility_id"], name=op.f("fk_camera_facility_id_facility")),
        sa.PrimaryKeyConstraint("camera_id", name=op.f("pk_camera")),
    )
    op.create_table(
        "camera_message",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("camera_id", sa.Text(), nullable=False),
        sa.Column("message_key", sa.Text(), nullable=False),
        sa.Column("adapter", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("received_at", _INSTANT, nullable=False),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_camera_message")),
        sa.UniqueConstraint("camera_id", "message_key", name=op.f("uq_camera_message_camera_id_message_key")),
    )
    op.create_index(op.f("ix_camera_message_due_at"), "camera_message", ["due_at"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("camera_message")
    op.drop_table("camera")
