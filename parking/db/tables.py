"""What the worker remembers of its scheduled jobs."""

from datetime import datetime

from sqlalchemy import Identity, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class ScheduledRunRow(Base):
    """One run of one job; `finished_at` is None while it runs and for ever when its process died."""

    __tablename__ = "scheduled_run"
    __table_args__ = (Index("ix_scheduled_run_job_started_at", "job", "started_at"),)

    run_id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    job: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)
    """Why it failed; None for a run that succeeded."""
