"""Issued fees, which never change, and the free time that vehicles have used."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class FeeRow(Base):
    """The fee of one ended stay, one for each; a trigger refuses to change or delete it."""

    __tablename__ = "fee"
    __table_args__ = (
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint("reason IS NULL OR amount = 0", name="reason"),
        Index("ix_fee_zone_id_issued_at", "zone_id", "issued_at"),
    )

    session_id: Mapped[str] = mapped_column(ForeignKey("session.session_id"), primary_key=True)
    space_id: Mapped[str] = mapped_column(Text)
    zone_id: Mapped[str] = mapped_column(Text)
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    rate_table_id: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int | None]
    is_attributed: Mapped[bool]
    reason: Mapped[str | None] = mapped_column(Text)
    """Code of `pricing.fees.chargeability` where the stay could not be charged at all."""
    issued_at: Mapped[datetime]


class QuotaUseRow(Base):
    """Free seconds that one new-energy vehicle has used on one local day; the vehicle is known by its token only."""

    __tablename__ = "quota_use"
    __table_args__ = (CheckConstraint("used_s >= 0", name="used_s"),)

    plate_token: Mapped[str] = mapped_column(Text, primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    used_s: Mapped[int]
