"""Evidence in PostgreSQL, its sealed content apart from what is known of it.

The content stands in the database and not in a folder: processes on several machines see the same, a picture and its
entry come to be together or not at all, and erasing is one statement whose effect backups follow. A piece has a mebibyte at most.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class EvidenceRow(Base):
    """One piece; see `model.EvidenceItem`. The row outlives its content, without stay, place and time of capture."""

    __tablename__ = "evidence"
    __table_args__ = (
        CheckConstraint("retention IN ('picture', 'document')", name="retention"),
        CheckConstraint("(erased_at IS NULL) = (captured_at IS NOT NULL)", name="captured_until_erased"),
        CheckConstraint("erased_at IS NULL OR num_nonnulls(session_id, space_id, check_id) = 0", name="erased_whole"),
        Index("ix_evidence_session_id", "session_id", postgresql_where=text("session_id IS NOT NULL")),
        Index("ix_evidence_space_id", "space_id", postgresql_where=text("space_id IS NOT NULL")),
        Index("ix_evidence_kept", "received_at", postgresql_where=text("erased_at IS NULL")),
    )

    evidence_id: Mapped[str] = mapped_column(Text, primary_key=True)
    media_type: Mapped[str] = mapped_column(Text)
    retention: Mapped[str] = mapped_column(Text)
    size: Mapped[int]
    width: Mapped[int | None]
    height: Mapped[int | None]
    sha256: Mapped[str] = mapped_column(Text)
    received_sha256: Mapped[str] = mapped_column(Text)
    captured_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    source: Mapped[str] = mapped_column(Text)
    brought_by: Mapped[str] = mapped_column(Text)
    district_id: Mapped[str] = mapped_column(ForeignKey("district.district_id"), index=True)
    session_id: Mapped[str | None] = mapped_column(Text)
    space_id: Mapped[str | None] = mapped_column(Text)
    check_id: Mapped[int | None]
    """Of the log of checks, which may have forgotten it."""
    erased_at: Mapped[datetime | None]


class EvidenceContentRow(Base):
    """The sealed content; deleted when the retention is over."""

    __tablename__ = "evidence_content"

    evidence_id: Mapped[str] = mapped_column(ForeignKey("evidence.evidence_id"), primary_key=True)
    key_id: Mapped[str] = mapped_column(Text)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class EvidenceCustodyRow(Base):
    """One entry of a piece's chain of custody; a trigger refuses every change."""

    __tablename__ = "evidence_custody"

    evidence_id: Mapped[str] = mapped_column(ForeignKey("evidence.evidence_id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(Text)
    deed: Mapped[str] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
    previous: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(Text)


class EvidenceHoldRow(Base):
    """Who needs a piece, or all pieces of a stay, beyond their retention: a case, an objection, a hand-over."""

    __tablename__ = "evidence_hold"
    __table_args__ = (
        CheckConstraint("num_nonnulls(evidence_id, session_id) = 1", name="one_subject"),
        Index(
            "ux_evidence_hold_subject",
            "holder",
            "evidence_id",
            "session_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_evidence_hold_evidence_id", "evidence_id", postgresql_where=text("released_at IS NULL")),
        Index("ix_evidence_hold_session_id", "session_id", postgresql_where=text("released_at IS NULL")),
    )

    hold_id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    holder: Mapped[str] = mapped_column(Text)
    """`case:<id>`, `appeal:<id>`, `handover:<id>`."""
    evidence_id: Mapped[str | None] = mapped_column(ForeignKey("evidence.evidence_id"))
    session_id: Mapped[str | None] = mapped_column(Text)
    held_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
