"""Issued fees, which never change, and the free time that vehicles have used."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, DateTime, ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import JSONB, TSTZMULTIRANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class FeeRow(Base):
    """The fee of one ended stay, one for each; a trigger refuses to change or delete it."""

    __tablename__ = "fee"
    __table_args__ = (
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint("reason IS NULL OR amount = 0", name="reason"),
        CheckConstraint("tax BETWEEN 0 AND amount", name="tax"),
        Index("ix_fee_zone_id_issued_at", "zone_id", "issued_at"),
    )

    session_id: Mapped[str] = mapped_column(ForeignKey("session.session_id"), primary_key=True)
    space_id: Mapped[str | None] = mapped_column(Text)
    """None for a stay at a facility as a whole."""
    zone_id: Mapped[str] = mapped_column(Text)
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    rate_table_id: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int | None]
    is_attributed: Mapped[bool]
    tax: Mapped[int | None]
    """Within the amount, in minor units; None where the table names no tax."""
    reason: Mapped[str | None] = mapped_column(Text)
    """Code of `pricing.fees.chargeability` where the stay could not be charged at all."""
    issued_at: Mapped[datetime]


class VehicleUsageRow(Base):
    """What one vehicle has used of one quota or limited free allowance; the vehicle is known by its token only."""

    __tablename__ = "vehicle_usage"

    plate_token: Mapped[str] = mapped_column(Text, primary_key=True)
    usage_key: Mapped[str] = mapped_column(Text, primary_key=True)
    """`quota_key` or `allowance_key` of `pricing.fees.usage`."""
    granted: Mapped[Sequence[Range[datetime]]] = mapped_column(TSTZMULTIRANGE)
    """Free time granted by a quota, in order and disjoint; empty for an allowance."""
    entries: Mapped[list[datetime]] = mapped_column(ARRAY(DateTime(timezone=True)))
    """Beginnings of the stays that used an allowance, in order; empty for a quota."""
    kept_until: Mapped[datetime] = mapped_column(index=True)
    """When nothing of it can matter any more."""
