"""Registered terminals, their keys, and the nonces that were seen. No secret is stored: see `signing.secret_of`."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class TerminalRow(Base):
    __tablename__ = "terminal"

    terminal_id: Mapped[str] = mapped_column(Text, primary_key=True)
    operator_id: Mapped[str] = mapped_column(ForeignKey("operator.operator_id"))
    district_id: Mapped[str] = mapped_column(ForeignKey("district.district_id"), index=True)
    zone_ids: Mapped[list[str]] = mapped_column(ARRAY(Text))
    located: Mapped[str] = mapped_column(Text)
    registered_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    heard_at: Mapped[datetime | None]
    reported_at: Mapped[datetime | None]
    offset_s: Mapped[int | None]
    version: Mapped[str | None] = mapped_column(Text)
    stock: Mapped[dict[str, Any]] = mapped_column(JSONB)
    faults: Mapped[list[str]] = mapped_column(ARRAY(Text))


class TerminalKeyRow(Base):
    __tablename__ = "terminal_key"

    key_id: Mapped[str] = mapped_column(Text, primary_key=True)
    terminal_id: Mapped[str] = mapped_column(ForeignKey("terminal.terminal_id"), index=True)
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]
    """None for the newest; the one before it goes on for a time, so that two are valid at once."""


class TerminalNonceRow(Base):
    """A nonce is kept as long as the clock check alone would let its request through again."""

    __tablename__ = "terminal_nonce"
    __table_args__ = (Index("ix_terminal_nonce_key_id_at", "key_id", "at"),)

    key_id: Mapped[str] = mapped_column(ForeignKey("terminal_key.key_id"), primary_key=True)
    nonce: Mapped[str] = mapped_column(Text, primary_key=True)
    at: Mapped[datetime]
