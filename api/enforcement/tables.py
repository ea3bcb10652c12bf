"""The log of checks: which facts were asked for, by whom, and what was answered; vehicles are forgotten first."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Identity, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class CheckRow(Base):
    """One answered check. The token goes after a month, the row after half a year (see `service`)."""

    __tablename__ = "enforcement_check"
    __table_args__ = (
        CheckConstraint("outcome IN ('covered', 'not_covered', 'unknown')", name="outcome"),
        Index("ix_enforcement_check_checked_at", "checked_at"),
        Index("ix_enforcement_check_identified", "checked_at", postgresql_where=text("plate_token IS NOT NULL")),
    )

    check_id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    checked_at: Mapped[datetime]
    asked_at: Mapped[datetime]
    """The instant that the question was about."""
    actor: Mapped[str] = mapped_column(Text)
    district_id: Mapped[str | None] = mapped_column(Text)
    """Of the one who asked; None is the whole city."""
    plate_token: Mapped[str | None] = mapped_column(Text)
    space_id: Mapped[str | None] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text)
    basis: Mapped[str | None] = mapped_column(Text)
