"""What may happen to a bill beside being paid: objections, waivers of two persons, corrections, requests for invoices."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class AppealRow(Base):
    """Somebody objects to a stay's bill; while one is undecided the bill is disputed and nobody is reminded of it."""

    __tablename__ = "appeal"
    __table_args__ = (
        CheckConstraint("outcome IN ('upheld', 'rejected')", name="outcome"),
        CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="decided"),
        Index("ux_appeal_open", "session_id", unique=True, postgresql_where=text("outcome IS NULL")),
        Index("ix_appeal_session_id", "session_id"),
    )

    appeal_id: Mapped[str] = mapped_column(Text, primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("session.session_id"))
    reason: Mapped[str] = mapped_column(Text)
    words: Mapped[str | None] = mapped_column(Text)
    filed_by: Mapped[str] = mapped_column(Text)
    filed_at: Mapped[datetime]
    outcome: Mapped[str | None] = mapped_column(Text)
    decided_by: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None]
    why: Mapped[str | None] = mapped_column(Text)


class WaiverRow(Base):
    """One person asks that a debt be forgiven or given up; another decides."""

    __tablename__ = "waiver"
    __table_args__ = (
        CheckConstraint("kind IN ('waived', 'written_off')", name="kind"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("outcome IN ('approved', 'rejected')", name="outcome"),
        CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="decided"),
        CheckConstraint("decided_by <> proposed_by", name="two_persons"),
        Index("ix_waiver_session_id", "session_id"),
    )

    waiver_id: Mapped[str] = mapped_column(Text, primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("bill.session_id"))
    kind: Mapped[str] = mapped_column(Text)
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    proposed_by: Mapped[str] = mapped_column(Text)
    proposed_at: Mapped[datetime]
    outcome: Mapped[str | None] = mapped_column(Text)
    decided_by: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None]


class BillAdjustmentRow(Base):
    """A change of what is owed, as a new entry; append only."""

    __tablename__ = "bill_adjustment"
    __table_args__ = (
        CheckConstraint("kind IN ('waived', 'written_off', 'reopened')", name="kind"),
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_bill_adjustment_session_id", "session_id"),
    )

    adjustment_id: Mapped[str] = mapped_column(Text, primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("bill.session_id"))
    kind: Mapped[str] = mapped_column(Text)
    amount: Mapped[int]
    adjusted_by: Mapped[str] = mapped_column(Text)
    adjusted_at: Mapped[datetime]
    booked_at: Mapped[datetime] = mapped_column(server_default=func.now())


class InvoiceRow(Base):
    """What the legal payee needs for the invoice of one payment, and what came of it; a payment has one at a time."""

    __tablename__ = "invoice"
    __table_args__ = (
        CheckConstraint("state IN ('requested', 'issued', 'withdrawn', 'reversed')", name="state"),
        CheckConstraint("(number IS NOT NULL) = (state IN ('issued', 'reversed'))", name="number"),
        CheckConstraint("(red_number IS NOT NULL) = (state = 'reversed')", name="red_number"),
        Index(
            "ux_invoice_standing",
            "payment_id",
            unique=True,
            postgresql_where=text("state IN ('requested', 'issued')"),
        ),
    )

    invoice_id: Mapped[str] = mapped_column(Text, primary_key=True)
    payment_id: Mapped[str] = mapped_column(ForeignKey("payment.payment_id"))
    district_id: Mapped[str] = mapped_column(Text)
    payee: Mapped[str] = mapped_column(Text)
    """The name of who issues it: the legal payee."""
    amount: Mapped[int]
    tax: Mapped[int | None]
    currency: Mapped[str] = mapped_column(Text)
    buyer_name: Mapped[str] = mapped_column(Text)
    buyer_tax_number: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    number: Mapped[str | None] = mapped_column(Text)
    red_number: Mapped[str | None] = mapped_column(Text)
    requested_at: Mapped[datetime]
    changed_at: Mapped[datetime]
