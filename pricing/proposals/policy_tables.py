"""Versions of review policies in PostgreSQL: a decision is written once, nothing else of a version ever changes, and no one person decides alone."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class ReviewPolicyRow(Base):
    __tablename__ = "review_policy"
    __table_args__ = (
        UniqueConstraint("district_id", "version", name="uq_review_policy_version", postgresql_nulls_not_distinct=True),
        CheckConstraint("state IN ('proposed', 'approved', 'rejected')", name="state"),
        CheckConstraint("state = 'proposed' OR num_nonnulls(decided_by, decided_at) = 2", name="decided_whole"),
        CheckConstraint("state <> 'approved' OR decided_by <> proposed_by", name="two_persons"),
        CheckConstraint("policy IS NOT NULL OR district_id IS NOT NULL", name="city_has_one"),
        Index(
            "uq_review_policy_open",
            "district_id",
            unique=True,
            postgresql_where=text("state = 'proposed'"),
            postgresql_nulls_not_distinct=True,
        ),
    )

    policy_id: Mapped[str] = mapped_column(Text, primary_key=True)
    district_id: Mapped[str | None] = mapped_column(ForeignKey("district.district_id"))
    version: Mapped[int]
    policy: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    state: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    proposed_by: Mapped[str] = mapped_column(Text)
    proposed_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None]
    because: Mapped[str | None] = mapped_column(Text)
