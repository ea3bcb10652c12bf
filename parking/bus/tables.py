"""The outbox: events written in the transaction that caused them, relayed afterwards. The inbox: events handled."""

from datetime import datetime

from sqlalchemy import Identity, Index, LargeBinary, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class OutboxRow(Base):
    """One CloudEvent waiting for the relay; deleted once it is on the bus."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_written_at", "written_at"),)

    position: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    event: Mapped[bytes] = mapped_column(LargeBinary)
    subject: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(server_default=func.now())


class InboxRow(Base):
    """An event that a consumer has handled, written in the transaction in which it handled it."""

    __tablename__ = "inbox"
    __table_args__ = (Index("ix_inbox_handled_at", "handled_at"),)

    consumer: Mapped[str] = mapped_column(Text, primary_key=True)
    source: Mapped[str] = mapped_column(Text, primary_key=True)
    event_id: Mapped[str] = mapped_column(Text, primary_key=True)
    handled_at: Mapped[datetime] = mapped_column(server_default=func.now())
