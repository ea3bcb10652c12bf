"""Stays in PostgreSQL; the database itself refuses a second open stay on one space."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class SessionRow(Base):
    """One stay; see `model.ParkingSession` for what the columns mean."""

    __tablename__ = "session"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'ended')", name="state"),
        CheckConstraint("energy IN ('fuel', 'nev')", name="energy"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended_when_not_open"),
        CheckConstraint("ended_at >= started_at", name="ends_after_start"),
        CheckConstraint("num_nonnulls(space_id, facility_id) = 1", name="one_place"),
        Index(
            "ux_session_open_facility_plate",
            "facility_id",
            "plate_token",
            unique=True,
            postgresql_where=text("state = 'open' AND facility_id IS NOT NULL"),
        ),
        Index("ux_session_open_space", "space_id", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_session_space_started_at", "space_id", "started_at"),
        Index("ix_session_zone_started_at", "zone_id", "started_at"),
        Index("ix_session_declared", "zone_id", "started_at", postgresql_where=text("start_source <> 'sensor'")),
        Index(
            "ix_session_remembered",
            "ended_at",
            postgresql_where=text("state = 'ended' AND space_id IS DISTINCT FROM 'erased'"),
        ),
        Index("ix_session_plate_token", "plate_token", postgresql_where=text("plate_token IS NOT NULL")),
    )

    session_id: Mapped[str] = mapped_column(Text, primary_key=True)
    space_id: Mapped[str | None] = mapped_column(Text)
    facility_id: Mapped[str | None] = mapped_column(Text)
    zone_id: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime]
    started_earliest: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_earliest: Mapped[datetime | None]
    ended_latest: Mapped[datetime | None]
    start_source: Mapped[str] = mapped_column(Text)
    end_source: Mapped[str | None] = mapped_column(Text)
    vehicle_class: Mapped[str] = mapped_column(Text)
    energy: Mapped[str | None] = mapped_column(Text)
    plate_token: Mapped[str | None] = mapped_column(Text)
    claimed_at: Mapped[datetime | None]
    last_positive_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    pause_reason: Mapped[str | None] = mapped_column(Text)
    gaps: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    evidence: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)


class OverstayRow(Base):
    """A stay that was suspected to be longer than its place allows; goes with the movement of the stay."""

    __tablename__ = "overstay"
    __table_args__ = (CheckConstraint("longest_minutes >= 1", name="longest_minutes"),)

    session_id: Mapped[str] = mapped_column(ForeignKey("session.session_id"), primary_key=True)
    longest_minutes: Mapped[int]
    """The longest stay there, as of the suspicion."""
    suspected_at: Mapped[datetime]


class SessionRevisionRow(Base):
    """One stay that evidence out of order has shown to be another than was told; goes with the movement of the stay."""

    __tablename__ = "session_revision"
    __table_args__ = (Index("ix_session_revision_session_id", "session_id"),)

    revision_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("session.session_id"))
    evidence_from: Mapped[datetime]
    """Device time of the earliest evidence that had come out of order: with the space it names the frame in history."""
    revised_at: Mapped[datetime]
    is_applied: Mapped[bool]
    """False where a person began or ended the stay: then a person looks at it, and it stays as it is."""
    was: Mapped[dict[str, Any]] = mapped_column(JSONB)
    became: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """None where history told no other stay in its place."""
