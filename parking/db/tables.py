"""What the worker remembers of its scheduled jobs, and the first answers of writes that may be repeated."""

from datetime import datetime

from sqlalchemy import Identity, Index, LargeBinary, Text, func
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


class IdempotencyRow(Base):
    """The first answer to a write; None in it is seen only inside the transaction of the first call."""

    __tablename__ = "idempotency"
    __table_args__ = (Index("ix_idempotency_created_at", "created_at"),)

    scope: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    body_hash: Mapped[bytes] = mapped_column(LargeBinary)
    """SHA-256 of the request; the request itself may name a plate and is not kept."""
    status: Mapped[int | None]
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
