"""The inventory in PostgreSQL. Nothing is deleted: what leaves the street gets `removed_at`, so that history keeps
its names and `modified_since` can tell readers what is gone.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Sequence, Text, func
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base

ZONE_REVISION = Sequence("zone_revision", metadata=Base.metadata)


class DistrictRow(Base):
    __tablename__ = "district"

    district_id: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    admin_code: Mapped[str | None] = mapped_column(Text)
    geometry: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class OperatorRow(Base):
    __tablename__ = "operator"

    operator_id: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)


class PriceDocumentRow(Base):
    __tablename__ = "price_document"
    __table_args__ = (CheckConstraint("form IN ('government_set', 'government_guided', 'market')", name="form"),)

    price_document_id: Mapped[str] = mapped_column(Text, primary_key=True)
    number: Mapped[str] = mapped_column(Text)
    authority: Mapped[str] = mapped_column(Text)
    form: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]


class ConcessionRow(Base):
    __tablename__ = "concession"

    concession_id: Mapped[str] = mapped_column(Text, primary_key=True)
    operator_id: Mapped[str] = mapped_column(ForeignKey("operator.operator_id"))
    payee: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]


class ConcessionZoneRow(Base):
    __tablename__ = "concession_zone"

    concession_id: Mapped[str] = mapped_column(ForeignKey("concession.concession_id"), primary_key=True)
    zone_id: Mapped[str] = mapped_column(ForeignKey("zone.zone_id"), primary_key=True)


class ZoneRow(Base):
    __tablename__ = "zone"
    __table_args__ = (CheckConstraint("area_class IN ('I', 'II', 'III')", name="area_class"),)

    zone_id: Mapped[str] = mapped_column(Text, primary_key=True)
    district_id: Mapped[str] = mapped_column(ForeignKey("district.district_id"), index=True)
    name: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    area_class: Mapped[str] = mapped_column(Text)
    price_document_id: Mapped[str | None] = mapped_column(ForeignKey("price_document.price_document_id"))
    longest_stay_minutes: Mapped[int | None]
    geometry: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    revision: Mapped[int] = mapped_column(server_default=ZONE_REVISION.next_value())
    """Taken anew from the sequence whenever the zone or anything in it changes."""
    modified_at: Mapped[datetime] = mapped_column(server_default=func.now())
    removed_at: Mapped[datetime | None]


class SegmentRow(Base):
    __tablename__ = "segment"

    segment_id: Mapped[str] = mapped_column(Text, primary_key=True)
    zone_id: Mapped[str] = mapped_column(ForeignKey("zone.zone_id"), index=True)
    name: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    longest_stay_minutes: Mapped[int | None]
    geometry: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class FacilityRow(Base):
    __tablename__ = "facility"
    __table_args__ = (
        CheckConstraint("kind IN ('lot', 'garage')", name="kind"),
        CheckConstraint("levels >= 1", name="levels"),
        CheckConstraint(
            "bills_itself_to IS NULL OR (bills_itself_from IS NOT NULL AND bills_itself_to > bills_itself_from)",
            name="bills_itself",
        ),
        CheckConstraint(
            "billed_at_gate_to IS NULL OR (billed_at_gate_from IS NOT NULL AND billed_at_gate_to > billed_at_gate_from)",
            name="billed_at_gate",
        ),
    )

    facility_id: Mapped[str] = mapped_column(Text, primary_key=True)
    zone_id: Mapped[str] = mapped_column(ForeignKey("zone.zone_id"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    levels: Mapped[int]
    mechanical: Mapped[bool]
    bills_itself_from: Mapped[datetime | None]
    """From when to when it charges with a system of its own; None while we do."""
    bills_itself_to: Mapped[datetime | None]
    longest_stay_minutes: Mapped[int | None]
    billed_at_gate_from: Mapped[datetime | None]
    """From when to when we bill by what its gate reads, and not by space."""
    billed_at_gate_to: Mapped[datetime | None]
    geometry: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class SpaceRow(Base):
    __tablename__ = "space"
    __table_args__ = (
        CheckConstraint("kind IN ('kerb', 'lot', 'garage')", name="kind"),
        CheckConstraint("\"use\" IN ('ordinary', 'accessible', 'charging', 'loading')", name="use"),
        CheckConstraint("num_nonnulls(segment_id, facility_id) <= 1", name="one_parent"),
        CheckConstraint(
            "num_nonnulls(approval_document, approval_authority, approval_from) IN (0, 3)", name="whole_approval"
        ),
    )

    space_id: Mapped[str] = mapped_column(Text, primary_key=True)
    zone_id: Mapped[str] = mapped_column(ForeignKey("zone.zone_id"), index=True)
    segment_id: Mapped[str | None] = mapped_column(ForeignKey("segment.segment_id"))
    facility_id: Mapped[str | None] = mapped_column(ForeignKey("facility.facility_id"))
    kind: Mapped[str] = mapped_column(Text)
    use: Mapped[str] = mapped_column(Text)
    longest_stay_minutes: Mapped[int | None]
    geometry: Mapped[dict[str, Any]] = mapped_column(JSONB)
    in_service: Mapped[bool]
    approval_document: Mapped[str | None] = mapped_column(Text)
    approval_authority: Mapped[str | None] = mapped_column(Text)
    approval_from: Mapped[datetime | None]
    approval_to: Mapped[datetime | None]
    modified_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    removed_at: Mapped[datetime | None]


class BindingRow(Base):
    """A device watches one space at a time; the database refuses two bindings of one device that overlap."""

    __tablename__ = "device_binding"
    __table_args__ = (
        ExcludeConstraint(("device_id", "="), ("valid", "&&"), name="ex_device_binding_overlap", using="gist"),
        Index("ix_device_binding_space", "space_id"),
    )

    device_id: Mapped[str] = mapped_column(Text, primary_key=True)
    space_id: Mapped[str] = mapped_column(ForeignKey("space.space_id"), primary_key=True)
    valid: Mapped[Range[datetime]] = mapped_column(TSTZRANGE, primary_key=True)
