"""Registered devices in PostgreSQL, what was done with each, and its keys, which nothing shows unasked.

A device speaks only through a key that covers it.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, LargeBinary, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class DeviceRow(Base):
    __tablename__ = "device"
    __table_args__ = (
        CheckConstraint("heartbeat_s > 0", name="heartbeat_s"),
        CheckConstraint(
            "stage IN ('registered', 'installed', 'testing', 'accepted', 'replaced', 'removed')", name="stage"
        ),
        Index("ux_device_wire_id", "wire_id", unique=True, postgresql_where=text("removed_at IS NULL")),
    )

    device_id: Mapped[str] = mapped_column(Text, primary_key=True)
    """Our name of the device; for LoRaWAN the DevEUI in lower-case hex."""
    vendor: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text)
    version: Mapped[str] = mapped_column(Text)
    """Codec generation of the firmware; chosen here and never guessed from the bytes."""
    heartbeat_s: Mapped[int]
    """Longest time between two messages of a healthy device; silence beyond three of them makes its space unknown."""
    registered_at: Mapped[datetime] = mapped_column(server_default=func.now())
    removed_at: Mapped[datetime | None]
    wire_id: Mapped[str | None] = mapped_column(Text)
    """Under what it speaks where that is not `device_id`; unique among the devices in use."""
    stage: Mapped[str] = mapped_column(Text, server_default="accepted")
    """See `life.Stage`."""
    supplier: Mapped[str | None] = mapped_column(Text)
    batch: Mapped[str | None] = mapped_column(Text)
    serial: Mapped[str | None] = mapped_column(Text)
    installed_at: Mapped[datetime | None]


class DeviceStepRow(Base):
    """One thing that was done with a device; a trigger refuses every change. See `life.Step`."""

    __tablename__ = "device_step"
    __table_args__ = (Index("ix_device_step_device_id", "device_id", "step_id"),)

    step_id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    device_id: Mapped[str] = mapped_column(ForeignKey("device.device_id"))
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(Text)
    deed: Mapped[str] = mapped_column(Text)
    stage: Mapped[str] = mapped_column(Text)
    """What the device was after it."""
    reason: Mapped[str | None] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)


class DeviceSecretRow(Base):
    """One key of a device's radio, sealed; see `sealing`."""

    __tablename__ = "device_secret"

    device_id: Mapped[str] = mapped_column(ForeignKey("device.device_id"), primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    key_id: Mapped[str] = mapped_column(Text)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """Nonce, cipher text and tag of AES-256-GCM, bound to the device and the name."""
    sealed_at: Mapped[datetime]


class DeviceSecretLookRow(Base):
    """Somebody was shown the keys of a device; never deleted."""

    __tablename__ = "device_secret_look"
    __table_args__ = (Index("ix_device_secret_look_device_id", "device_id"),)

    look_id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    device_id: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
