"""Tables of sessions, of encrypted plates, and the inbox of consumers"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A migration that waits behind a long transaction would make everything wait behind itself: give up instead.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "inbox",
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("consumer", "source", "event_id", name=op.f("pk_inbox")),
    )
    op.create_index("ix_inbox_handled_at", "inbox", ["handled_at"], unique=False)
    op.create_table(
        "plate",
        sa.Column("plate_token", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("plate_token", name=op.f("pk_plate")),
    )
    op.create_index("ix_plate_used_at", "plate", ["used_at"], unique=False)
    op.create_table(
        "plate_reveal",
        sa.Column("reveal_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("plate_token", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("revealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("reveal_id", name=op.f("pk_plate_reveal")),
    )
    op.create_index("ix_plate_reveal_plate_token", "plate_reveal", ["plate_token"], unique=False)
    _create_session()


def _create_session() -> None:
    op.create_table(
        "session",
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("space_id", sa.Text(), nullable=False),
        sa.Column("zone_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_earliest", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_earliest", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_latest", sa.DateTime(timezone=True), nullable=True),
        sa.Column("start_source", sa.Text(), nullable=False),
        sa.Column("end_source", sa.Text(), nullable=True),
        sa.Column("vehicle_class", sa.Text(), nullable=False),
        sa.Column("energy", sa.Text(), nullable=True),
        sa.Column("plate_token", sa.Text(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_positive_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pause_reason", sa.Text(), nullable=True),
        sa.Column("gaps", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("state IN ('open', 'ended')", name=op.f("ck_session_state")),
        sa.CheckConstraint("energy IN ('fuel', 'nev')", name=op.f("ck_session_energy")),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name=op.f("ck_session_ended_when_not_open")),
        sa.CheckConstraint("ended_at >= started_at", name=op.f("ck_session_ends_after_start")),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_session")),
    )
    is_open = sa.text("state = 'open'")
    op.create_index("ux_session_open_space", "session", ["space_id"], unique=True, postgresql_where=is_open)
    op.create_index("ix_session_space_started_at", "session", ["space_id", "started_at"], unique=False)
    op.create_index("ix_session_zone_started_at", "session", ["zone_id", "started_at"], unique=False)
    op.create_index(
        "ix_session_plate_token", "session", ["plate_token"], postgresql_where=sa.text("plate_token IS NOT NULL")
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in ("session", "plate_reveal", "plate", "inbox"):
        op.drop_table(table)
