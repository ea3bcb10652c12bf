"""Encrypted plates and the record of who saw one in clear."""

from datetime import datetime

from sqlalchemy import Identity, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class PlateRow(Base):
    """One plate: its token, and its value under the key `key_id`; deleted when the retention is over."""

    __tablename__ = "plate"
    __table_args__ = (Index("ix_plate_used_at", "used_at"),)

    plate_token: Mapped[str] = mapped_column(Text, primary_key=True)
    key_id: Mapped[str] = mapped_column(Text)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """Nonce, cipher text and tag of AES-256-GCM, bound to the token."""
    used_at: Mapped[datetime]


class PlateRevealRow(Base):
    """A plate was shown in clear; never deleted with the plate."""

    __tablename__ = "plate_reveal"
    __table_args__ = (Index("ix_plate_reveal_plate_token", "plate_token"),)

    reveal_id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    plate_token: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(Text)
    revealed_at: Mapped[datetime]
