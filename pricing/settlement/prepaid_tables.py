"""Money that came before anything was owed, and what of a balance was paid out again. Append only, by triggers of migration 0044."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class PrepaidRow(Base):
    """For a running stay or for a balance. Once its bill is there a prepayment is the payment of the same id."""

    __tablename__ = "prepaid"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("(session_id IS NULL) <> (balance_id IS NULL)", name="purpose"),
        CheckConstraint("method <> 'cash' OR drawer_id IS NOT NULL", name="drawer"),
        UniqueConstraint("method", "provider_reference", name="uq_prepaid_provider_reference"),
        Index("ix_prepaid_session_id", "session_id"),
        Index("ix_prepaid_balance_id", "balance_id"),
        Index("ix_prepaid_drawer_id", "drawer_id"),
    )

    prepaid_id: Mapped[str] = mapped_column(Text, primary_key=True)
    receipt_id: Mapped[str] = mapped_column(Text, unique=True)
    session_id: Mapped[str | None] = mapped_column(Text)
    balance_id: Mapped[str | None] = mapped_column(Text)
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    method: Mapped[str] = mapped_column(Text)
    account: Mapped[str | None] = mapped_column(Text)
    drawer_id: Mapped[str | None] = mapped_column(Text)
    provider_reference: Mapped[str | None] = mapped_column(Text)
    taken_by: Mapped[str] = mapped_column(Text)
    paid_at: Mapped[datetime]
    booked_at: Mapped[datetime] = mapped_column(server_default=func.now())


class BalancePayoutRow(Base):
    """Cash that left a drawer for whom a balance belongs to."""

    __tablename__ = "balance_payout"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_balance_payout_balance_id", "balance_id"),
        Index("ix_balance_payout_drawer_id", "drawer_id"),
    )

    payout_id: Mapped[str] = mapped_column(Text, primary_key=True)
    balance_id: Mapped[str] = mapped_column(Text)
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    drawer_id: Mapped[str] = mapped_column(Text)
    given_by: Mapped[str] = mapped_column(Text)
    paid_out_at: Mapped[datetime]
    booked_at: Mapped[datetime] = mapped_column(server_default=func.now())
