"""Cases in PostgreSQL: the database refuses a second open one about the same thing, and any change of its steps."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class CaseRow(Base):
    """One case; see `model.Case`."""

    __tablename__ = "case_file"
    __table_args__ = (
        CheckConstraint("stage IN ('filed', 'dispatched', 'closed')", name="stage"),
        CheckConstraint("times_seen >= 1", name="times_seen"),
        CheckConstraint("num_nonnulls(assigned_to, assigned_at) IN (0, 2)", name="whole_assignment"),
        CheckConstraint(
            "num_nonnulls(outcome, reason, decided_by, decided_at) = CASE stage WHEN 'closed' THEN 4 ELSE 0 END",
            name="whole_decision",
        ),
        Index("ux_case_file_open", "kind", "about", unique=True, postgresql_where=text("stage <> 'closed'")),
        Index("ix_case_file_session_id", "session_id", postgresql_where=text("session_id IS NOT NULL")),
        Index("ix_case_file_space_id", "space_id", postgresql_where=text("space_id IS NOT NULL")),
        Index("ix_case_file_assigned_to", "assigned_to", postgresql_where=text("stage <> 'closed'")),
    )

    case_id: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    about: Mapped[str] = mapped_column(Text)
    """`model.Finding.about`."""
    stage: Mapped[str] = mapped_column(Text)
    district_id: Mapped[str] = mapped_column(ForeignKey("district.district_id"), index=True)
    zone_id: Mapped[str] = mapped_column(ForeignKey("zone.zone_id"))
    space_id: Mapped[str | None] = mapped_column(Text)
    session_id: Mapped[str | None] = mapped_column(Text)
    words: Mapped[str | None] = mapped_column(Text)
    opened_at: Mapped[datetime]
    opened_by: Mapped[str] = mapped_column(Text)
    seen_at: Mapped[datetime]
    times_seen: Mapped[int]
    assigned_to: Mapped[str | None] = mapped_column(Text)
    assigned_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    decided_by: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None]


class CaseStepRow(Base):
    """One thing that was done with a case; a trigger refuses every change."""

    __tablename__ = "case_step"

    case_id: Mapped[str] = mapped_column(ForeignKey("case_file.case_id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(Text)
    step: Mapped[str] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)


class CaseEvidenceRow(Base):
    """Which evidence a case has; while it is open it holds it (`parking.evidence`)."""

    __tablename__ = "case_evidence"

    case_id: Mapped[str] = mapped_column(ForeignKey("case_file.case_id"), primary_key=True)
    evidence_id: Mapped[str] = mapped_column(ForeignKey("evidence.evidence_id"), primary_key=True)
