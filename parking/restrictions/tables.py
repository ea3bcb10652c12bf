"""Restrictions in PostgreSQL. Nothing is deleted: what was closed, and on whose word, stays on record."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class RestrictionRow(Base):
    __tablename__ = "restriction"
    __table_args__ = (
        CheckConstraint("severity IN ('advisory', 'no_new_entry', 'clear_out', 'tow')", name="severity"),
        CheckConstraint("state IN ('applied', 'released')", name="state"),
        CheckConstraint("release_cause IN ('ended', 'withdrawn', 'module_disabled')", name="release_cause"),
        CheckConstraint("(state = 'released') = (num_nonnulls(released_at, release_cause) = 2)", name="whole_release"),
        CheckConstraint("starts_at < ends_at", name="window"),
        Index("ix_restriction_state_ends_at", "state", "ends_at"),
        Index("ix_restriction_requester", "requester"),
    )

    restriction_id: Mapped[str] = mapped_column(Text, primary_key=True)
    """The requester's own id."""
    requester: Mapped[str] = mapped_column(Text)
    """A city module by its name, or `operator`."""
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    """Never open: what nobody ends still ends."""
    severity: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    authority: Mapped[str] = mapped_column(Text)
    permit: Mapped[str | None] = mapped_column(Text)
    stops_charging: Mapped[bool]
    state: Mapped[str] = mapped_column(Text)
    applied_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    release_cause: Mapped[str | None] = mapped_column(Text)


class RestrictionSpaceRow(Base):
    """A space under a restriction, as it was resolved when the restriction was applied."""

    __tablename__ = "restriction_space"
    __table_args__ = (Index("ix_restriction_space_space_id", "space_id"),)

    restriction_id: Mapped[str] = mapped_column(ForeignKey("restriction.restriction_id"), primary_key=True)
    space_id: Mapped[str] = mapped_column(ForeignKey("space.space_id"), primary_key=True)
