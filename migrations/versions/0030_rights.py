"""Tables of rights, and the log of enforcement's checks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0021"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_WINDOW = "NOT isempty(valid) AND NOT lower_inf(valid)"
_TABLES = ("enforcement_check", "space_offer", "vehicle_listing", "reserved_space", "reservation", "permit")


def upgrade() -> None:
    # A migration that waits behind a long transaction would make everything wait behind itself: give up instead.
    op.execute("SET LOCAL lock_timeout = '5s'")
    _create_permits()
    _create_reservations()
    _create_listings()
    _create_offers()
    _create_checks()


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in _TABLES:
        op.drop_table(table)


def _create_permits() -> None:
    op.create_table(
        "permit",
        sa.Column("permit_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("exempt_class", sa.Text(), nullable=True),
        sa.Column("proof", sa.Text(), nullable=True),
        sa.Column("plate_token", sa.Text(), nullable=False),
        sa.Column("zone_ids", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("facility_ids", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("valid", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.Column("granted_at", _INSTANT, nullable=False),
        sa.Column("revoked_at", _INSTANT, nullable=True),
        sa.Column("revoked_by", sa.Text(), nullable=True),
        sa.Column("revoke_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('resident', 'monthly', 'staff', 'exempt')", name=op.f("ck_permit_kind")),
        sa.CheckConstraint("(kind = 'exempt') = (exempt_class IS NOT NULL)", name=op.f("ck_permit_exempt_class")),
        sa.CheckConstraint(
            "kind <> 'exempt' OR (proof IS NOT NULL AND NOT upper_inf(valid))", name=op.f("ck_permit_proof")
        ),
        sa.CheckConstraint(_WINDOW, name=op.f("ck_permit_window")),
        sa.CheckConstraint(
            "num_nonnulls(revoked_at, revoked_by, revoke_reason) IN (0, 3)", name=op.f("ck_permit_whole_revocation")
        ),
        sa.PrimaryKeyConstraint("permit_id", name=op.f("pk_permit")),
    )
    op.create_index("ix_permit_plate_token", "permit", ["plate_token"])


def _create_reservations() -> None:
    op.create_table(
        "reservation",
        sa.Column("reservation_id", sa.Text(), nullable=False),
        sa.Column("plate_token", sa.Text(), nullable=False),
        sa.Column("valid", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("booked_by", sa.Text(), nullable=False),
        sa.Column("booked_at", _INSTANT, nullable=False),
        sa.Column("cancelled_at", _INSTANT, nullable=True),
        sa.Column("cancelled_by", sa.Text(), nullable=True),
        sa.CheckConstraint(f"{_WINDOW} AND NOT upper_inf(valid)", name=op.f("ck_reservation_window")),
        sa.CheckConstraint(
            "num_nonnulls(cancelled_at, cancelled_by) IN (0, 2)", name=op.f("ck_reservation_whole_cancellation")
        ),
        sa.PrimaryKeyConstraint("reservation_id", name=op.f("pk_reservation")),
    )
    op.create_index("ix_reservation_plate_token", "reservation", ["plate_token"])
    op.create_table(
        "reserved_space",
        sa.Column("reservation_id", sa.Text(), nullable=False),
        sa.Column("space_id", sa.Text(), nullable=False),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("released", sa.Boolean(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("space_id"), "="),
            (sa.column("during"), "&&"),
            where=sa.text("NOT released"),
            using="gist",
            name="ex_reserved_space_overlap",
        ),
        sa.ForeignKeyConstraint(
            ["reservation_id"],
            ["reservation.reservation_id"],
            name=op.f("fk_reserved_space_reservation_id_reservation"),
        ),
        sa.ForeignKeyConstraint(["space_id"], ["space.space_id"], name=op.f("fk_reserved_space_space_id_space")),
        sa.PrimaryKeyConstraint("reservation_id", "space_id", name=op.f("pk_reserved_space")),
    )


def _create_listings() -> None:
    op.create_table(
        "vehicle_listing",
        sa.Column("listing_id", sa.Text(), nullable=False),
        sa.Column("plate_token", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("valid", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("listed_by", sa.Text(), nullable=False),
        sa.Column("listed_at", _INSTANT, nullable=False),
        sa.Column("lifted_at", _INSTANT, nullable=True),
        sa.Column("lifted_by", sa.Text(), nullable=True),
        sa.CheckConstraint(_WINDOW, name=op.f("ck_vehicle_listing_window")),
        sa.CheckConstraint(
            "num_nonnulls(lifted_at, lifted_by) IN (0, 2)", name=op.f("ck_vehicle_listing_whole_lifting")
        ),
        sa.PrimaryKeyConstraint("listing_id", name=op.f("pk_vehicle_listing")),
    )
    op.create_index("ix_vehicle_listing_plate_token", "vehicle_listing", ["plate_token"])


def _create_offers() -> None:
    op.create_table(
        "space_offer",
        sa.Column("offer_id", sa.Text(), nullable=False),
        sa.Column("space_id", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("hours", postgresql.JSONB(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("valid", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("offered_by", sa.Text(), nullable=False),
        sa.Column("offered_at", _INSTANT, nullable=False),
        sa.Column("withdrawn_at", _INSTANT, nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.CheckConstraint(_WINDOW, name=op.f("ck_space_offer_window")),
        sa.CheckConstraint(
            "num_nonnulls(withdrawn_at, withdrawn_by) IN (0, 2)", name=op.f("ck_space_offer_whole_withdrawal")
        ),
        sa.ForeignKeyConstraint(["space_id"], ["space.space_id"], name=op.f("fk_space_offer_space_id_space")),
        sa.PrimaryKeyConstraint("offer_id", name=op.f("pk_space_offer")),
    )
    op.create_index("ix_space_offer_space_id", "space_offer", ["space_id"])


def _create_checks() -> None:
    op.create_table(
        "enforcement_check",
        sa.Column("check_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("checked_at", _INSTANT, nullable=False),
        sa.Column("asked_at", _INSTANT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("district_id", sa.Text(), nullable=True),
        sa.Column("plate_token", sa.Text(), nullable=True),
        sa.Column("space_id", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('covered', 'not_covered', 'unknown')", name=op.f("ck_enforcement_check_outcome")
        ),
        sa.PrimaryKeyConstraint("check_id", name=op.f("pk_enforcement_check")),
    )
    op.create_index("ix_enforcement_check_checked_at", "enforcement_check", ["checked_at"])
    op.create_index(
        "ix_enforcement_check_identified",
        "enforcement_check",
        ["checked_at"],
        postgresql_where=sa.text("plate_token IS NOT NULL"),
    )
