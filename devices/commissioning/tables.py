"""Installation tests, what was seen during each, and the limits that the city holds devices to."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class DeviceTestRow(Base):
    """One test; see `model.DeviceTest`. The findings are stored with the verdict: what was decided on stays to be read."""

    __tablename__ = "device_test"
    __table_args__ = (
        CheckConstraint("reference IN ('person', 'device')", name="reference"),
        CheckConstraint("(reference = 'device') = (reference_device_id IS NOT NULL)", name="reference_device"),
        CheckConstraint("verdict IN ('passed', 'failed')", name="verdict"),
        CheckConstraint("num_nonnulls(ended_at, ended_by, verdict, reason, findings) IN (0, 5)", name="whole_verdict"),
        Index("ux_device_test_open", "device_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_device_test_device_id", "device_id", "test_id"),
    )

    test_id: Mapped[str] = mapped_column(Text, primary_key=True)
    device_id: Mapped[str] = mapped_column(ForeignKey("device.device_id"))
    space_id: Mapped[str] = mapped_column(ForeignKey("space.space_id"), index=True)
    reference: Mapped[str] = mapped_column(Text)
    reference_device_id: Mapped[str | None] = mapped_column(Text)
    limits: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """As they were when it began."""
    started_at: Mapped[datetime]
    started_by: Mapped[str] = mapped_column(Text)
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(Text)
    verdict: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    findings: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class DeviceTestLookRow(Base):
    """What a person saw on the space at an instant."""

    __tablename__ = "device_test_look"

    test_id: Mapped[str] = mapped_column(ForeignKey("device_test.test_id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    occupied: Mapped[bool]
    watched: Mapped[bool]
    seen_by: Mapped[str] = mapped_column(Text)


class TestLimitsRow(Base):
    """The limits that somebody has set; the newest are in force for tests that begin."""

    __tablename__ = "test_limits"

    limits_id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    limits: Mapped[dict[str, Any]] = mapped_column(JSONB)
    set_by: Mapped[str] = mapped_column(Text)
    set_at: Mapped[datetime]
