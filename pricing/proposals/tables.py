"""Proposals in PostgreSQL. Cells never change, an edit is a further revision of them; a decided proposal never changes; no one person decides alone."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class TariffProposalRow(Base):
    __tablename__ = "tariff_proposal"
    __table_args__ = (
        CheckConstraint("state IN ('proposed', 'approved', 'rejected', 'published')", name="state"),
        CheckConstraint("approved_by <> prepared_by", name="two_persons"),
        CheckConstraint(
            "state IN ('proposed', 'rejected')"
            " OR num_nonnulls(prepared_by, approved_by, approved_at, effective_from) = 4",
            name="approved_whole",
        ),
        CheckConstraint("state <> 'published' OR num_nonnulls(published_by, published_at) = 2", name="published_whole"),
        CheckConstraint("state <> 'rejected' OR num_nonnulls(rejected_by, rejected_at) = 2", name="rejected_whole"),
        CheckConstraint("period_start < period_end", name="period"),
        Index("ix_tariff_proposal_proposed_at", "proposed_at"),
    )

    proposal_id: Mapped[str] = mapped_column(Text, primary_key=True)
    state: Mapped[str] = mapped_column(Text)
    method: Mapped[str] = mapped_column(Text)
    because: Mapped[str] = mapped_column(Text)
    revision: Mapped[int]
    """The one that stands."""
    takes_back: Mapped[str | None] = mapped_column(ForeignKey("tariff_proposal.proposal_id"))
    question: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True), deferred=True)
    """What the solver was asked, for edits; None where there is nothing to solve again."""
    lottery: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True), deferred=True)
    """Which moves wait for the next review; None where all take effect at once and nothing was drawn."""
    period_start: Mapped[datetime]
    period_end: Mapped[datetime]
    policy: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """The limits and bands by which it was made."""
    skipped: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """Places of which nothing could be proposed, each with a reason."""
    proposed_at: Mapped[datetime]
    prepared_by: Mapped[str | None] = mapped_column(Text)
    """Who answers for it; None while the schedule made it and nobody has taken it on."""
    approved_by: Mapped[str | None] = mapped_column(Text)
    approved_at: Mapped[datetime | None]
    effective_from: Mapped[datetime | None]
    published_by: Mapped[str | None] = mapped_column(Text)
    published_at: Mapped[datetime | None]
    published_versions: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))
    rejected_by: Mapped[str | None] = mapped_column(Text)
    rejected_at: Mapped[datetime | None]
    rejected_because: Mapped[str | None] = mapped_column(Text)


class TariffProposalRevisionRow(Base):
    """Who made which prices of a proposal, of which edits and why."""

    __tablename__ = "tariff_proposal_revision"

    proposal_id: Mapped[str] = mapped_column(ForeignKey("tariff_proposal.proposal_id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    made_by: Mapped[str | None] = mapped_column(Text)
    made_at: Mapped[datetime]
    reason: Mapped[str | None] = mapped_column(Text)
    edits: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    comparison: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    gap: Mapped[float]


class TariffProposalCheckRow(Base):
    """What a published proposal did, once its review period had passed."""

    __tablename__ = "tariff_proposal_check"
    __table_args__ = (CheckConstraint("since < until", name="period"),)

    proposal_id: Mapped[str] = mapped_column(ForeignKey("tariff_proposal.proposal_id"), primary_key=True)
    checked_at: Mapped[datetime]
    since: Mapped[datetime]
    until: Mapped[datetime]
    verdict: Mapped[str] = mapped_column(Text)
    judgement: Mapped[dict[str, Any]] = mapped_column(JSONB)
    cells: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)


class TariffProposalCellRow(Base):
    """One price of one kind of place in one zone over one band of the day, in one revision. Prices are minor units an hour."""

    __tablename__ = "tariff_proposal_cell"
    __table_args__ = (Index("ix_tariff_proposal_cell_zone_id", "zone_id"),)

    proposal_id: Mapped[str] = mapped_column(ForeignKey("tariff_proposal.proposal_id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    zone_id: Mapped[str] = mapped_column(ForeignKey("zone.zone_id"), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    day_type: Mapped[str] = mapped_column(Text, primary_key=True)
    band: Mapped[str] = mapped_column(Text, primary_key=True)
    rate_table_id: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    rule_id: Mapped[str] = mapped_column(Text)
    """The line of the table whose unit price it would change."""
    unit_s: Mapped[int]
    price_document_id: Mapped[str] = mapped_column(ForeignKey("price_document.price_document_id"))
    price_now: Mapped[int]
    price_proposed: Mapped[int]
    rule_price: Mapped[int]
    occupancy: Mapped[float]
    full_share: Mapped[float]
    hours: Mapped[float]
    spaces: Mapped[int]
    expected_occupancy: Mapped[float]
    expected_low: Mapped[float]
    expected_high: Mapped[float]
    binding: Mapped[list[str]] = mapped_column(JSONB)
    reason: Mapped[str] = mapped_column(Text)
