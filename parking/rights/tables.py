"""Rights in PostgreSQL. Nothing is deleted: who had which right, and on whose word, stays on record."""

from datetime import datetime

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base

_WINDOW = "NOT isempty(valid) AND NOT lower_inf(valid)"


class PermitRow(Base):
    """See `model.Permit`."""

    __tablename__ = "permit"
    __table_args__ = (
        CheckConstraint("kind IN ('resident', 'monthly', 'staff', 'exempt')", name="kind"),
        CheckConstraint("(kind = 'exempt') = (exempt_class IS NOT NULL)", name="exempt_class"),
        CheckConstraint("kind <> 'exempt' OR (proof IS NOT NULL AND NOT upper_inf(valid))", name="proof"),
        CheckConstraint(_WINDOW, name="window"),
        CheckConstraint("num_nonnulls(revoked_at, revoked_by, revoke_reason) IN (0, 3)", name="whole_revocation"),
        Index("ix_permit_plate_token", "plate_token"),
    )

    permit_id: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    exempt_class: Mapped[str | None] = mapped_column(Text)
    proof: Mapped[str | None] = mapped_column(Text)
    plate_token: Mapped[str] = mapped_column(Text)
    zone_ids: Mapped[list[str]] = mapped_column(ARRAY(Text))
    facility_ids: Mapped[list[str]] = mapped_column(ARRAY(Text))
    valid: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    granted_by: Mapped[str] = mapped_column(Text)
    granted_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None] = mapped_column(Text)
    revoke_reason: Mapped[str | None] = mapped_column(Text)


class ReservationRow(Base):
    """See `model.Reservation`."""

    __tablename__ = "reservation"
    __table_args__ = (
        CheckConstraint(f"{_WINDOW} AND NOT upper_inf(valid)", name="window"),
        CheckConstraint("num_nonnulls(cancelled_at, cancelled_by) IN (0, 2)", name="whole_cancellation"),
        Index("ix_reservation_plate_token", "plate_token"),
    )

    reservation_id: Mapped[str] = mapped_column(Text, primary_key=True)
    plate_token: Mapped[str] = mapped_column(Text)
    valid: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    booked_by: Mapped[str] = mapped_column(Text)
    booked_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[str | None] = mapped_column(Text)


class ReservedSpaceRow(Base):
    """A reserved space; the database refuses two reservations of one space that overlap."""

    __tablename__ = "reserved_space"
    __table_args__ = (
        ExcludeConstraint(
            ("space_id", "="),
            ("during", "&&"),
            name="ex_reserved_space_overlap",
            using="gist",
            where=text("NOT released"),
        ),
    )

    reservation_id: Mapped[str] = mapped_column(ForeignKey("reservation.reservation_id"), primary_key=True)
    space_id: Mapped[str] = mapped_column(ForeignKey("space.space_id"), primary_key=True)
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    released: Mapped[bool]


class ListingRow(Base):
    """See `model.Listing`."""

    __tablename__ = "vehicle_listing"
    __table_args__ = (
        CheckConstraint(_WINDOW, name="window"),
        CheckConstraint("num_nonnulls(lifted_at, lifted_by) IN (0, 2)", name="whole_lifting"),
        Index("ix_vehicle_listing_plate_token", "plate_token"),
    )

    listing_id: Mapped[str] = mapped_column(Text, primary_key=True)
    plate_token: Mapped[str] = mapped_column(Text)
    authority: Mapped[str] = mapped_column(Text)
    legal_basis: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    valid: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    listed_by: Mapped[str] = mapped_column(Text)
    listed_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[str | None] = mapped_column(Text)


class OfferRow(Base):
    """See `model.Offer`."""

    __tablename__ = "space_offer"
    __table_args__ = (
        CheckConstraint(_WINDOW, name="window"),
        CheckConstraint("num_nonnulls(withdrawn_at, withdrawn_by) IN (0, 2)", name="whole_withdrawal"),
        Index("ix_space_offer_space_id", "space_id"),
    )

    offer_id: Mapped[str] = mapped_column(Text, primary_key=True)
    space_id: Mapped[str] = mapped_column(ForeignKey("space.space_id"))
    holder: Mapped[str] = mapped_column(Text)
    hours: Mapped[list[list[int]]] = mapped_column(JSONB)
    """Weekday, minute of the day, minutes."""
    timezone: Mapped[str] = mapped_column(Text)
    valid: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    offered_by: Mapped[str] = mapped_column(Text)
    offered_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None] = mapped_column(Text)
