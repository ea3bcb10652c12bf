"""What is known of the devices' health in PostgreSQL, and every fault that was ever open."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Identity, Index, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class DeviceHealthRow(Base):
    """The whole state of one device, as `device.encode` writes it, with what others read of it beside."""

    __tablename__ = "device_health"

    device_id: Mapped[str] = mapped_column(Text, primary_key=True)
    state: Mapped[bytes] = mapped_column(LargeBinary)
    heard_at: Mapped[datetime | None]
    clock_offset_us: Mapped[int | None]
    """How far its clock is ahead, where that is known and steady: ingest sets its times right by it."""


class DeviceFaultRow(Base):
    """A fault from its opening to its end; of one kind at most one is open for a device."""

    __tablename__ = "device_fault"
    __table_args__ = (
        CheckConstraint("closed_at >= opened_at AND since <= opened_at", name="in_order"),
        CheckConstraint("(acknowledged_at IS NULL) = (acknowledged_by IS NULL)", name="acknowledged_by_somebody"),
        CheckConstraint("(dismissed_at IS NULL) = (dismissed_by IS NULL)", name="dismissed_by_somebody"),
        Index("ux_device_fault_open", "device_id", "fault", unique=True, postgresql_where=text("closed_at IS NULL")),
        Index("ix_device_fault_device_id_opened_at", "device_id", "opened_at"),
        Index("ix_device_fault_opened_at_fault_id", "opened_at", "fault_id"),
        Index(
            "ix_device_fault_unvoided",
            "fault_id",
            postgresql_where=text("distrusted AND voided_at IS NULL AND closed_at IS NULL"),
        ),
        Index(
            "ix_device_fault_dismissed",
            "fault_id",
            postgresql_where=text("dismissed_at IS NOT NULL AND closed_at IS NULL"),
        ),
    )

    fault_id: Mapped[str] = mapped_column(Text, primary_key=True)
    device_id: Mapped[str] = mapped_column(Text)
    space_id: Mapped[str | None] = mapped_column(Text)
    zone_id: Mapped[str | None] = mapped_column(Text)
    district_id: Mapped[str | None] = mapped_column(Text)
    fault: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    distrusted: Mapped[bool]
    """Its word tells nothing of its space while this is open."""
    voided_at: Mapped[datetime | None]
    """When the engine was told so."""
    detail_zh: Mapped[str] = mapped_column(Text)
    detail_en: Mapped[str] = mapped_column(Text)
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None] = mapped_column(Text)
    dismissed_at: Mapped[datetime | None]
    """A person has looked and found the device in order; the worker then closes the fault."""
    dismissed_by: Mapped[str | None] = mapped_column(Text)


class HealthPositionRow(Base):
    """How far a stream is in the states; moved in the transaction that wrote them."""

    __tablename__ = "device_health_position"

    stream: Mapped[str] = mapped_column(Text, primary_key=True)
    """Number of a shard, or `raw`."""
    entry_id: Mapped[str] = mapped_column(Text)
    listened_since: Mapped[datetime]
    """From when on nothing went by unheard."""
    turnover: Mapped[bytes] = mapped_column(LargeBinary)
    """Changes by zone of the shard."""


class WitnessRow(Base):
    """A person's word about a space that waits for the worker, which takes the row away when it has counted it."""

    __tablename__ = "device_witness"

    witness_id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    space_id: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    occupied: Mapped[bool]
    """Whether a car stood there."""
