"""Stays at a facility as a whole, by what its gate reads, and which facilities are billed so."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

_AN_INSTANT = sa.DateTime(timezone=True)
_ENDED = "ix_session_remembered"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("facility", sa.Column("billed_at_gate_from", _AN_INSTANT, nullable=True))
    op.add_column("facility", sa.Column("billed_at_gate_to", _AN_INSTANT, nullable=True))
    op.create_check_constraint(
        op.f("ck_facility_billed_at_gate"),
        "facility",
        "billed_at_gate_to IS NULL OR (billed_at_gate_from IS NOT NULL AND billed_at_gate_to > billed_at_gate_from)",
    )
    op.add_column("session", sa.Column("facility_id", sa.Text(), nullable=True))
    op.alter_column("session", "space_id", nullable=True)
    op.alter_column("fee", "space_id", nullable=True)
    op.create_check_constraint(op.f("ck_session_one_place"), "session", "num_nonnulls(space_id, facility_id) = 1")
    op.create_index(
        "ux_session_open_facility_plate",
        "session",
        ["facility_id", "plate_token"],
        unique=True,
        postgresql_where=sa.text("state = 'open' AND facility_id IS NOT NULL"),
    )
    op.drop_index(_ENDED, "session")
    # A stay at a facility has no space and is remembered as well.
    op.create_index(
        _ENDED,
        "session",
        ["ended_at"],
        postgresql_where=sa.text("state = 'ended' AND space_id IS DISTINCT FROM 'erased'"),
    )
    op.add_column("reported_passage", sa.Column("told_at", _AN_INSTANT, nullable=True))


def downgrade() -> None:
    """Refused by the database while a stay at a facility is there: it would lose where it was."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("reported_passage", "told_at")
    op.drop_index(_ENDED, "session")
    op.alter_column("fee", "space_id", nullable=False)
    op.alter_column("session", "space_id", nullable=False)
    op.drop_index("ux_session_open_facility_plate", "session")
    op.drop_column("session", "facility_id")
    op.create_index(
        _ENDED, "session", ["ended_at"], postgresql_where=sa.text("state = 'ended' AND space_id <> 'erased'")
    )
    op.drop_column("facility", "billed_at_gate_to")
    op.drop_column("facility", "billed_at_gate_from")
