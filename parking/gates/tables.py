"""Reports of facilities in PostgreSQL, each under the reporter's own id. What belongs together is found when it is asked
for and stored nowhere, so that the order in which reports arrive decides nothing.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import REAL, CheckConstraint, ForeignKey, Index, LargeBinary, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base

REMEMBERED: Final = "visit_id IS NOT NULL OR plate_token IS NOT NULL"
"""Which visit or vehicle a report was about is known still."""


class FacilityCountRow(Base):
    """The newest count of each facility."""

    __tablename__ = "facility_count_now"
    __table_args__ = (CheckConstraint("vacant BETWEEN 0 AND capacity", name="vacant"),)

    facility_id: Mapped[str] = mapped_column(ForeignKey("facility.facility_id"), primary_key=True)
    item_id: Mapped[str] = mapped_column(Text)
    observed_at: Mapped[datetime]
    capacity: Mapped[int]
    vacant: Mapped[int]
    written_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)


class GateEstimateRow(Base):
    """How many vehicles are inside a facility by its passages, with what is learnt of its gates (`estimates.py`)."""

    __tablename__ = "gate_estimate"

    facility_id: Mapped[str] = mapped_column(ForeignKey("facility.facility_id"), primary_key=True)
    count: Mapped[bytes] = mapped_column(LargeBinary)
    """`GateCount` as MessagePack."""
    dwells: Mapped[list[float]] = mapped_column(ARRAY(REAL))
    written_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)


class PassageRow(Base):
    """One entry or exit; visit and plate are forgotten in time, that something passed is not."""

    __tablename__ = "reported_passage"
    __table_args__ = (
        CheckConstraint("direction IN ('entry', 'exit')", name="direction"),
        CheckConstraint("fee IS NULL OR (fee >= 0 AND direction = 'exit' AND currency IS NOT NULL)", name="fee"),
        Index(
            "ux_reported_passage_visit",
            "facility_id",
            "visit_id",
            "direction",
            unique=True,
            postgresql_where=text("visit_id IS NOT NULL"),
        ),
        Index("ix_reported_passage_at", "facility_id", "at"),
        Index(
            "ix_reported_passage_plate",
            "facility_id",
            "plate_token",
            "at",
            postgresql_where=text("plate_token IS NOT NULL"),
        ),
        Index("ix_reported_passage_remembered", "at", postgresql_where=text(REMEMBERED)),
    )

    facility_id: Mapped[str] = mapped_column(ForeignKey("facility.facility_id"), primary_key=True)
    item_id: Mapped[str] = mapped_column(Text, primary_key=True)
    direction: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    visit_id: Mapped[str | None] = mapped_column(Text)
    plate_token: Mapped[str | None] = mapped_column(Text)
    lane: Mapped[str | None] = mapped_column(Text)
    fee: Mapped[int | None]
    currency: Mapped[str | None] = mapped_column(Text)
    reported_at: Mapped[datetime]
    reported_by: Mapped[str] = mapped_column(Text)
    told_at: Mapped[datetime | None]
    """When a person was told that it fits no stay of ours."""


class ReportedPaymentRow(Base):
    """Money that a facility says it has taken; it is in nobody's ledger here."""

    __tablename__ = "reported_payment"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_reported_payment_at", "facility_id", "at"),
        Index("ix_reported_payment_visit_id", "facility_id", "visit_id", postgresql_where=text("visit_id IS NOT NULL")),
        Index(
            "ix_reported_payment_plate_token",
            "facility_id",
            "plate_token",
            postgresql_where=text("plate_token IS NOT NULL"),
        ),
        Index("ix_reported_payment_remembered", "at", postgresql_where=text(REMEMBERED)),
    )

    facility_id: Mapped[str] = mapped_column(ForeignKey("facility.facility_id"), primary_key=True)
    item_id: Mapped[str] = mapped_column(Text, primary_key=True)
    at: Mapped[datetime]
    visit_id: Mapped[str | None] = mapped_column(Text)
    plate_token: Mapped[str | None] = mapped_column(Text)
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    method: Mapped[str] = mapped_column(Text)
    reported_at: Mapped[datetime]
    reported_by: Mapped[str] = mapped_column(Text)


class ReportedTariffRow(Base):
    """Prices as a facility states them; the last statement about an instant holds."""

    __tablename__ = "reported_tariff"

    facility_id: Mapped[str] = mapped_column(ForeignKey("facility.facility_id"), primary_key=True)
    item_id: Mapped[str] = mapped_column(Text, primary_key=True)
    valid_from: Mapped[datetime]
    stated_at: Mapped[datetime]
    tariff: Mapped[dict[str, Any]] = mapped_column(JSONB)
    reported_by: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
