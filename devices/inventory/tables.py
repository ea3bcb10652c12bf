"""Registered devices in PostgreSQL. A device speaks only through a key that covers it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class DeviceRow(Base):
    __tablename__ = "device"
    __table_args__ = (CheckConstraint("heartbeat_s > 0", name="heartbeat_s"),)

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
