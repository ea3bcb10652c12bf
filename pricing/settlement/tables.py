"""The ledger in PostgreSQL. Journal, postings, payments and refunds are append only, by triggers of migration 0012."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class LedgerAccountRow(Base):
    """An account exists once something was booked on it; its id says kind and owner (`cash/T1`)."""

    __tablename__ = "ledger_account"

    account_id: Mapped[str] = mapped_column(Text, primary_key=True)
    opened_at: Mapped[datetime] = mapped_column(server_default=func.now())


class JournalEntryRow(Base):
    """One business event; `(kind, reference)` is unique, so that nothing is booked twice."""

    __tablename__ = "journal_entry"
    __table_args__ = (
        UniqueConstraint("kind", "reference", name="uq_journal_entry_reference"),
        CheckConstraint(
            "kind IN ('fee_issued', 'payment', 'refund', 'drawer_closed', 'waived', 'written_off', 'reopened', "
            "'prepaid', 'prepayment_used', 'paid_out', 'shared', 'share_returned')",
            name="kind",
        ),
        Index("ix_journal_entry_session_id", "session_id"),
    )

    entry_id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    reference: Mapped[str] = mapped_column(Text)
    session_id: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime]
    booked_at: Mapped[datetime] = mapped_column(server_default=func.now())


class PostingRow(Base):
    """One side of an entry: a debit above zero, a credit below; the amounts of an entry add up to zero."""

    __tablename__ = "posting"
    __table_args__ = (
        CheckConstraint("amount <> 0", name="amount"),
        Index("ix_posting_account_id", "account_id"),
    )

    entry_id: Mapped[int] = mapped_column(ForeignKey("journal_entry.entry_id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("ledger_account.account_id"))
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)


class BillRow(Base):
    """What one stay costs. The amount never changes; whether somebody owes it may become true once."""

    __tablename__ = "bill"
    __table_args__ = (
        CheckConstraint("amount >= 0", name="amount"),
        Index("ix_bill_unattributed", "issued_at", postgresql_where=text("NOT is_attributed")),
        Index("ix_bill_attributed", "issued_at", postgresql_where=text("is_attributed AND amount > 0")),
    )

    session_id: Mapped[str] = mapped_column(Text, primary_key=True)
    zone_id: Mapped[str] = mapped_column(Text)
    district_id: Mapped[str] = mapped_column(Text)
    payee: Mapped[str] = mapped_column(Text)
    """Whose revenue it is: the operator of the concession in force, else the district."""
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    is_attributed: Mapped[bool]
    issued_at: Mapped[datetime]


class PaymentRow(Base):
    """Money that came in; `applied` of it paid the bill, the rest waits in suspense to be given back."""

    __tablename__ = "payment"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("applied BETWEEN 0 AND amount", name="applied"),
        CheckConstraint("method IN ('cash', 'test', 'wechat', 'alipay', 'balance')", name="method"),
        CheckConstraint("method <> 'cash' OR drawer_id IS NOT NULL", name="drawer"),
        UniqueConstraint("method", "provider_reference", name="uq_payment_provider_reference"),
        Index("ix_payment_session_id", "session_id"),
        Index("ix_payment_paid_at", "paid_at", postgresql_using="brin"),
    )

    payment_id: Mapped[str] = mapped_column(Text, primary_key=True)
    receipt_id: Mapped[str] = mapped_column(Text, unique=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("bill.session_id"))
    amount: Mapped[int]
    applied: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    method: Mapped[str] = mapped_column(Text)
    drawer_id: Mapped[str | None] = mapped_column(Text)
    """The terminal or shift that took the money, and in whose drawer cash lies; None where nobody stood between."""
    provider_reference: Mapped[str | None] = mapped_column(Text)
    account: Mapped[str | None] = mapped_column(Text)
    """Whose account at the provider holds the money, where it has several; which balance it came out of."""
    taken_by: Mapped[str] = mapped_column(Text)
    paid_at: Mapped[datetime]
    booked_at: Mapped[datetime] = mapped_column(server_default=func.now())


class RefundRow(Base):
    """Money that went back, by the way it came."""

    __tablename__ = "refund"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_refund_payment_id", "payment_id"),
        Index("ix_refund_refunded_at", "refunded_at", postgresql_using="brin"),
    )

    refund_id: Mapped[str] = mapped_column(Text, primary_key=True)
    payment_id: Mapped[str] = mapped_column(ForeignKey("payment.payment_id"))
    amount: Mapped[int]
    from_suspense: Mapped[int]
    """The part that had never paid a bill."""
    drawer_id: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    given_by: Mapped[str] = mapped_column(Text)
    refunded_at: Mapped[datetime]
    booked_at: Mapped[datetime] = mapped_column(server_default=func.now())


class PaymentOrderRow(Base):
    """What a payment provider is asked to collect; asking twice for the same amount gives the same order."""

    __tablename__ = "payment_order"
    __table_args__ = (UniqueConstraint("session_id", "provider", "amount", name="uq_payment_order_amount"),)

    order_id: Mapped[str] = mapped_column(Text, primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("bill.session_id"))
    provider: Mapped[str] = mapped_column(Text)
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class DrawerCloseRow(Base):
    """The end of a shift or of a terminal's day: what the ledger expects beside what was counted."""

    __tablename__ = "drawer_close"
    __table_args__ = (Index("ix_drawer_close_drawer_id", "drawer_id", "closed_at"),)

    close_id: Mapped[str] = mapped_column(Text, primary_key=True)
    drawer_id: Mapped[str] = mapped_column(Text)
    closed_by: Mapped[str] = mapped_column(Text)
    closed_at: Mapped[datetime]
    expected: Mapped[int]
    counted: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    totals: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)


class ClosedMovementRow(Base):
    """A payment or refund that a close has counted; each is counted by one close."""

    __tablename__ = "closed_movement"

    movement_id: Mapped[str] = mapped_column(Text, primary_key=True)
    close_id: Mapped[str] = mapped_column(ForeignKey("drawer_close.close_id"), index=True)
