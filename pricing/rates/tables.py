"""Rate tables in PostgreSQL: versions whose words never change, and where each is in force, and when."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Identity, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base

_BEFORE_APPROVAL = "state IN ('draft', 'in_review', 'reviewed', 'withdrawn'"


class RateTableRow(Base):
    """One version of a rate table. A trigger keeps what it says, and lets its state move along the steps only."""

    __tablename__ = "rate_table"
    __table_args__ = (
        CheckConstraint(
            "state IN ('draft', 'in_review', 'reviewed', 'noticed', 'approved', 'published', 'withdrawn')", name="state"
        ),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint("num_nonnulls(noticed_on, notice_reference) IN (0, 2)", name="noticed_whole"),
        CheckConstraint(
            f"{_BEFORE_APPROVAL}, 'noticed') OR num_nonnulls(approved_by, approved_at) = 2", name="approved_whole"
        ),
        CheckConstraint(
            f"{_BEFORE_APPROVAL}) OR num_nonnulls(price_document_id, effective_from) = 2", name="published_whole"
        ),
        CheckConstraint(
            "state <> 'published' OR num_nonnulls(published_by, published_at) = 2", name="published_by_whole"
        ),
        CheckConstraint("approved_by <> prepared_by", name="two_persons"),
    )

    rate_table_id: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(Text)
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    price_document_id: Mapped[str | None] = mapped_column(ForeignKey("price_document.price_document_id"))
    zone_ids: Mapped[list[str] | None] = mapped_column(JSONB(none_as_null=True))
    """Where it is meant to hold; None is every zone with an area class and a kind of place that the table prices."""
    prepared_by: Mapped[str] = mapped_column(Text)
    prepared_at: Mapped[datetime]
    reviewed_by: Mapped[str | None] = mapped_column(Text)
    reviewed_at: Mapped[datetime | None]
    noticed_on: Mapped[date | None]
    notice_reference: Mapped[str | None] = mapped_column(Text)
    approved_by: Mapped[str | None] = mapped_column(Text)
    approved_at: Mapped[datetime | None]
    published_by: Mapped[str | None] = mapped_column(Text)
    published_at: Mapped[datetime | None]
    effective_from: Mapped[datetime | None]
    """As the public notice says."""


class RateAssignmentRow(Base):
    """Which version prices one kind of place in one zone over a span; two for one instant are refused."""

    __tablename__ = "rate_assignment"
    __table_args__ = (
        ForeignKeyConstraint(("rate_table_id", "version"), ("rate_table.rate_table_id", "rate_table.version")),
        ExcludeConstraint(
            ("zone_id", "="),
            ("kind", "="),
            ("valid", "&&"),
            name="ex_rate_assignment_overlap",
            using="gist",
            where=text("cancelled_at IS NULL"),
        ),
        CheckConstraint("kind IN ('kerb', 'lot', 'garage')", name="kind"),
        CheckConstraint("NOT isempty(valid) AND NOT lower_inf(valid)", name="valid"),
        CheckConstraint("freeze_id IS NULL OR cancelled_at IS NOT NULL", name="held"),
        Index("ix_rate_assignment_rate_table_id_version", "rate_table_id", "version"),
    )

    assignment_id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    zone_id: Mapped[str] = mapped_column(ForeignKey("zone.zone_id"))
    kind: Mapped[str] = mapped_column(Text)
    valid: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    rate_table_id: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    await_signs: Mapped[bool]
    """True when it charges only where its sign stands (see `SignTaskRow`)."""
    cancelled_at: Mapped[datetime | None]
    """Before it began: withdrawn, held by a freeze, or put back."""
    freeze_id: Mapped[int | None] = mapped_column(ForeignKey("rate_freeze.freeze_id"))


class RateFreezeRow(Base):
    """While it is not lifted, nothing new takes effect in its zones; `zone_ids` None is all of them."""

    __tablename__ = "rate_freeze"
    __table_args__ = (CheckConstraint("num_nonnulls(lifted_by, lifted_at) IN (0, 2)", name="lifted_whole"),)

    freeze_id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    zone_ids: Mapped[list[str] | None] = mapped_column(JSONB(none_as_null=True))
    frozen_by: Mapped[str] = mapped_column(Text)
    frozen_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)
    lifted_by: Mapped[str | None] = mapped_column(Text)
    lifted_at: Mapped[datetime | None]


class RateRevertRow(Base):
    """A return to the versions before; by one person in an emergency, and then waiting for the second."""

    __tablename__ = "rate_revert"
    __table_args__ = (
        ForeignKeyConstraint(("rate_table_id", "version"), ("rate_table.rate_table_id", "rate_table.version")),
        CheckConstraint("num_nonnulls(confirmed_by, confirmed_at) IN (0, 2)", name="confirmed_whole"),
        CheckConstraint("confirmed_by <> reverted_by", name="two_persons"),
    )

    revert_id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    rate_table_id: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    """The version that was taken out of force."""
    zone_ids: Mapped[list[str]] = mapped_column(JSONB)
    reverted_by: Mapped[str] = mapped_column(Text)
    reverted_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)
    confirmed_by: Mapped[str | None] = mapped_column(Text)
    confirmed_at: Mapped[datetime | None]


class SignTaskRow(Base):
    """A sign to be replaced: of a segment at the kerb, of a facility off the street; None is spaces of neither."""

    __tablename__ = "sign_task"
    __table_args__ = (
        UniqueConstraint("assignment_id", "place_id", name="uq_sign_task_place", postgresql_nulls_not_distinct=True),
        CheckConstraint("num_nonnulls(confirmed_by, confirmed_at) IN (0, 2)", name="confirmed_whole"),
        CheckConstraint("photo_reference IS NULL OR confirmed_at IS NOT NULL", name="photo"),
    )

    task_id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("rate_assignment.assignment_id"))
    place_id: Mapped[str | None] = mapped_column(Text)
    requested_at: Mapped[datetime]
    confirmed_by: Mapped[str | None] = mapped_column(Text)
    confirmed_at: Mapped[datetime | None]
    photo_reference: Mapped[str | None] = mapped_column(Text)


class RateAuditRow(Base):
    """Who did what to which version, when and why; append only, by a trigger."""

    __tablename__ = "rate_audit"
    __table_args__ = (Index("ix_rate_audit_rate_table_id_version", "rate_table_id", "version"),)

    audit_id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    rate_table_id: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int | None]
    reason: Mapped[str | None] = mapped_column(Text)
    digest: Mapped[str | None] = mapped_column(Text)
    """SHA-256 of the body of the version."""
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
