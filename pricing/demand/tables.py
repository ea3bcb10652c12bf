"""Estimates of the response to price in PostgreSQL, each with the tests that it stood or failed. None ever changes; the newest counts."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class PricingDemandEstimateRow(Base):
    """What was known once the prices of a proposal had been judged."""

    __tablename__ = "pricing_demand_estimate"
    __table_args__ = (CheckConstraint("source IN ('prior', 'experiment')", name="source"),)

    judged_until: Mapped[datetime] = mapped_column(primary_key=True)
    """When the newest verdict that it knows was given: one estimate for each such instant, whoever makes it and however late."""
    made_at: Mapped[datetime]
    source: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(Text)
    proposals: Mapped[list[str]] = mapped_column(JSONB)
    """Published proposals whose lotteries are in it."""
    estimate: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Whole, with placebo and pre-trend test."""
