"""Kept messages in PostgreSQL by day, who looked at one, and the devices that nobody has registered yet."""

from datetime import datetime

from sqlalchemy import Identity, Index, Integer, LargeBinary, Text, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class RawMessageRow(Base):
    """One body as it came in. Written by COPY; partitioned by day of `received_at`, and forgotten by the day."""

    __tablename__ = "raw_message"
    __table_args__ = (
        Index("ix_raw_message_device_ids", "device_ids", postgresql_using="gin"),
        {"postgresql_partition_by": "RANGE (received_at)"},
    )

    received_at: Mapped[datetime] = mapped_column(primary_key=True)
    entry_ms: Mapped[int] = mapped_column(primary_key=True)
    entry_seq: Mapped[int] = mapped_column(primary_key=True)
    item: Mapped[int] = mapped_column(Integer, primary_key=True)
    """With the two before it the place in the stream, the identity of the message."""
    door: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    event: Mapped[str] = mapped_column(Text)
    speaker: Mapped[str] = mapped_column(Text)
    topic: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str] = mapped_column(Text)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    device_ids: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """Whom the outcomes speak of, for looking up."""
    kinds: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """What the outcomes are, for looking up."""
    outcomes: Mapped[bytes] = mapped_column(LargeBinary)
    """MessagePack array of `parking.raw.model.Outcome`."""


class RawPositionRow(Base):
    """How far the stream is kept; moved in the transaction that wrote the rows."""

    __tablename__ = "raw_position"

    reader: Mapped[str] = mapped_column(Text, primary_key=True)
    entry_id: Mapped[str] = mapped_column(Text)
    committed_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())


class RawAccessRow(Base):
    """Somebody looked at a body or had bodies taken in again; stays when the body goes."""

    __tablename__ = "raw_access"

    access_id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(Text)
    deed: Mapped[str] = mapped_column(Text)
    what: Mapped[str] = mapped_column(Text)
    """The message, or which of them."""


class UnknownDeviceRow(Base):
    """A device that speaks and that nobody has registered, held until a person confirms or rejects it."""

    __tablename__ = "unknown_device"
    __table_args__ = (Index("ix_unknown_device_first_seen", "first_seen"),)

    source: Mapped[str] = mapped_column(Text, primary_key=True)
    wire_id: Mapped[str] = mapped_column(Text, primary_key=True)
    """As the platform names it; for NB-IoT it may be an IMEI, which no log line shows."""
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
    frames: Mapped[int]
    last_raw: Mapped[str] = mapped_column(Text)
    """`RawRef` of its newest message."""
    rejected_at: Mapped[datetime | None]
    rejected_by: Mapped[str | None] = mapped_column(Text)
