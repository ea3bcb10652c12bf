"""Counts by persons, hours that were paid for, and what was learnt from the two, in PostgreSQL."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Identity, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, DOUBLE_PRECISION, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class SurveyCountRow(Base):
    """What a person counted at one place; see `model.SurveyCount`."""

    __tablename__ = "survey_count"
    __table_args__ = (
        CheckConstraint("kind IN ('kerb', 'lot', 'garage')", name="kind"),
        CheckConstraint("spaces > 0 AND occupied BETWEEN 0 AND spaces", name="occupied"),
        CheckConstraint("num_nonnulls(withdrawn_by, withdrawn_at) IN (0, 2)", name="withdrawn_whole"),
        Index(
            "ux_survey_count_place",
            "zone_id",
            "kind",
            "counted_at",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    count_id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    zone_id: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    counted_at: Mapped[datetime]
    spaces: Mapped[int]
    occupied: Mapped[int]
    told_by: Mapped[str] = mapped_column(Text)
    told_at: Mapped[datetime]
    withdrawn_by: Mapped[str | None] = mapped_column(Text)
    withdrawn_at: Mapped[datetime | None]


class PaidHourRow(Base):
    """An hour in which one kind of place in one zone charged and no sensor knew it; see `model.PaidHour`."""

    __tablename__ = "paid_hour"
    __table_args__ = (
        CheckConstraint("kind IN ('kerb', 'lot', 'garage')", name="kind"),
        CheckConstraint("spaces > 0 AND paid_s >= 0", name="paid"),
        Index("ix_paid_hour_hour", "hour"),
    )

    zone_id: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    spaces: Mapped[int]
    paid_s: Mapped[int]
    """Space-seconds for which a person had begun a stay that is charged."""


class PayingPlaceRow(Base):
    """A place of which payments tell, and when they last did."""

    __tablename__ = "paying_place"

    zone_id: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    last_paid: Mapped[datetime]
    """The last hour in which anything was paid."""


class PaidPositionRow(Base):
    """Up to where hours are counted: a place that did not charge has no hours, and is not forgotten for it."""

    __tablename__ = "paid_position"
    __table_args__ = (CheckConstraint("position_id = 1", name="one"),)

    position_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    counted_until: Mapped[datetime]


class PaymentCorrectionRow(Base):
    """What was learnt at one time; the newest is believed. Where the counts were too few, only that is said."""

    __tablename__ = "payment_correction"
    __table_args__ = (
        CheckConstraint(
            "num_nonnulls(coefficients, errors, mean_absolute_error, bias, coverage, paid_error) IN (0, 6)",
            name="whole",
        ),
    )

    learnt_at: Mapped[datetime] = mapped_column(primary_key=True)
    hours: Mapped[int]
    days: Mapped[int]
    places: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """`model.CountedPlace` of each."""
    coefficients: Mapped[list[float] | None] = mapped_column(ARRAY(DOUBLE_PRECISION))
    errors: Mapped[list[float] | None] = mapped_column(ARRAY(DOUBLE_PRECISION))
    mean_absolute_error: Mapped[float | None]
    bias: Mapped[float | None]
    coverage: Mapped[float | None]
    paid_error: Mapped[float | None]
