"""How far the recovery of one bill has come."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class ArrearsRow(Base):
    """One unpaid bill somebody was reminded of. The stage moves by a person's decision only."""

    __tablename__ = "arrears"
    __table_args__ = (
        CheckConstraint("stage IN ('reminding', 'noticed', 'legal')", name="stage"),
        CheckConstraint("reminders >= 0", name="reminders"),
        Index("ix_arrears_stage", "stage"),
    )

    session_id: Mapped[str] = mapped_column(ForeignKey("bill.session_id"), primary_key=True)
    stage: Mapped[str] = mapped_column(Text)
    reminders: Mapped[int]
    reminded_at: Mapped[datetime | None]
    moved_by: Mapped[str | None] = mapped_column(Text)
    moved_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(Text)
