"""Reconciliation in PostgreSQL. A batch and what it counted never change: triggers of migration 0032 refuse it."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Identity, Index, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import DATERANGE, JSONB, TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class ConcessionTermsRow(Base):
    """What the contract says from one day to another; the database refuses two terms for one day."""

    __tablename__ = "concession_terms"
    __table_args__ = (
        ExcludeConstraint(("concession_id", "="), ("valid", "&&"), name="ex_concession_terms_overlap", using="gist"),
        CheckConstraint("fee_share BETWEEN 0 AND 10000", name="fee_share"),
        CheckConstraint("online_threshold BETWEEN 0 AND 10000", name="online_threshold"),
        CheckConstraint("deduction >= 0", name="deduction"),
    )

    concession_id: Mapped[str] = mapped_column(ForeignKey("concession.concession_id"), primary_key=True)
    valid: Mapped[Range[date]] = mapped_column(DATERANGE, primary_key=True)
    fee_share: Mapped[int]
    online_threshold: Mapped[int]
    deduction: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    time_zone: Mapped[str] = mapped_column(Text)
    set_by: Mapped[str] = mapped_column(Text)
    set_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ExcusedOutageRow(Base):
    """Time in which no device of a concession counts, because the fault was not the operator's."""

    __tablename__ = "excused_outage"

    outage_id: Mapped[str] = mapped_column(Text, primary_key=True)
    concession_id: Mapped[str | None] = mapped_column(ForeignKey("concession.concession_id"))
    """None excuses every concession: the platform itself was away."""
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    reason: Mapped[str] = mapped_column(Text)
    excused_by: Mapped[str] = mapped_column(Text)
    excused_at: Mapped[datetime] = mapped_column(server_default=func.now())


class SettlementBatchRow(Base):
    """One day of one concession; see `model.Batch` for what the columns mean."""

    __tablename__ = "settlement_batch"
    __table_args__ = (
        CheckConstraint("payable >= 0 AND carried_out <= 0", name="carry"),
        CheckConstraint("carried_in + fee - deduction = payable + carried_out", name="adds_up"),
    )

    concession_id: Mapped[str] = mapped_column(ForeignKey("concession.concession_id"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    currency: Mapped[str] = mapped_column(Text)
    payments: Mapped[int]
    gross: Mapped[int]
    refunds: Mapped[int]
    refunded: Mapped[int]
    exact: Mapped[int]
    fee: Mapped[int]
    deduction: Mapped[int]
    devices: Mapped[int | None]
    counted_s: Mapped[int | None]
    online_s: Mapped[int | None]
    carried_in: Mapped[int]
    payable: Mapped[int]
    carried_out: Mapped[int]
    made_by: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]


class SettledMovementRow(Base):
    """A payment or refund that a batch has counted; each is counted by one batch."""

    __tablename__ = "settled_movement"
    __table_args__ = (Index("ix_settled_movement_batch", "concession_id", "day"),)

    movement_id: Mapped[str] = mapped_column(Text, primary_key=True)
    concession_id: Mapped[str] = mapped_column(Text)
    day: Mapped[date] = mapped_column(Date)


class ProviderRowRow(Base):
    """One line of a provider's statement, as the provider sent it."""

    __tablename__ = "provider_row"
    __table_args__ = (
        CheckConstraint("kind IN ('payment', 'refund')", name="kind"),
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_provider_row_provider_day", "provider", "day"),
    )

    provider: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    row_id: Mapped[str] = mapped_column(Text, primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    """The day whose statement brought it first."""
    at: Mapped[datetime]
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)


class NightStepRow(Base):
    """One step of what is done for a day that is over: planned, tried until it succeeds, and its outcome."""

    __tablename__ = "night_step"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'failed', 'done')", name="state"),
        CheckConstraint("(outcome IS NOT NULL) = (state = 'done')", name="outcome"),
        CheckConstraint("(code IS NOT NULL) = (state = 'failed')", name="code"),
        Index("ix_night_step_due", "due_at", postgresql_where=text("state <> 'done'")),
    )

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    step: Mapped[str] = mapped_column(Text, primary_key=True)
    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    """The provider or concession; empty where the step is about the whole city."""
    state: Mapped[str] = mapped_column(Text)
    due_at: Mapped[datetime]
    """When it is tried next."""
    tries: Mapped[int]
    tried_at: Mapped[datetime | None]
    code: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[str | None] = mapped_column(Text)
    outcome: Mapped[dict[str, int] | None] = mapped_column(JSONB(none_as_null=True))


class DifferenceRow(Base):
    """What two sources say of one thing and do not agree in; found again it is the same difference."""

    __tablename__ = "difference"
    __table_args__ = (
        UniqueConstraint("kind", "reference", name="uq_difference_reference"),
        CheckConstraint("state IN ('open', 'closed')", name="state"),
        CheckConstraint(
            "num_nonnulls(closed_at, closed_by, reason) = CASE state WHEN 'closed' THEN 3 ELSE 0 END",
            name="closed_with_reason",
        ),
        Index("ix_difference_state_occurred_at", "state", "occurred_at"),
    )

    difference_id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    reference: Mapped[str] = mapped_column(Text)
    district_id: Mapped[str | None] = mapped_column(Text)
    operator_id: Mapped[str | None] = mapped_column(Text)
    """Whose money it is about; None where nobody can say."""
    expected: Mapped[int | None]
    """By our books; None where they say nothing."""
    found: Mapped[int | None]
    """By the other source; None where it says nothing."""
    currency: Mapped[str] = mapped_column(Text)
    occurred_at: Mapped[datetime]
    found_at: Mapped[datetime]
    assigned_to: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
