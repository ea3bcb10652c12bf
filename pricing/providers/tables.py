"""What providers were asked: orders and refunds, with their state as far as it is known here."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class ProviderOrderRow(Base):
    """Kept before the provider hears of it, so that an answer that is lost loses no money."""

    __tablename__ = "provider_order"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("(session_id IS NULL) <> (balance_id IS NULL)", name="purpose"),
        CheckConstraint("state IN ('open', 'paid', 'closed')", name="state"),
        UniqueConstraint("provider", "reference", name="uq_provider_order_reference"),
        Index("ix_provider_order_session_id", "session_id"),
        Index("ix_provider_order_balance_id", "balance_id"),
        CheckConstraint("share_state IN ('due', 'shared', 'failed')", name="share_state"),
        Index("ix_provider_order_open", "ordered_at", postgresql_where=text("state = 'open'")),
        Index("ix_provider_order_share_due", "ordered_at", postgresql_where=text("share_state = 'due'")),
    )

    order_id: Mapped[str] = mapped_column(Text, primary_key=True)
    session_id: Mapped[str | None] = mapped_column(ForeignKey("bill.session_id"))
    balance_id: Mapped[str | None] = mapped_column(Text)
    provider: Mapped[str] = mapped_column(Text)
    merchant: Mapped[str | None] = mapped_column(Text)
    """The account at the provider; NULL in orders from before there could be several."""
    channel: Mapped[str] = mapped_column(Text)
    payer: Mapped[str | None] = mapped_column(Text)
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    reference: Mapped[str | None] = mapped_column(Text)
    """The provider's own id of the payment."""
    checkout: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    ordered_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    """When polling last asked the provider what became of it."""
    receiver: Mapped[str | None] = mapped_column(Text)
    share: Mapped[int] = mapped_column(server_default=text("0"))
    share_state: Mapped[str | None] = mapped_column(Text)


class ProviderRefundRow(Base):
    """Kept before the provider hears of it; the ledger books it once the provider says that it was given."""

    __tablename__ = "provider_refund"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("state IN ('asked', 'given', 'failed')", name="state"),
        Index("ix_provider_refund_payment_id", "payment_id"),
        Index("ix_provider_refund_order_id", "order_id"),
        Index("ix_provider_refund_asked", "wished_at", postgresql_where=text("state = 'asked'")),
    )

    refund_id: Mapped[str] = mapped_column(Text, primary_key=True)
    payment_id: Mapped[str | None] = mapped_column(ForeignKey("payment.payment_id"))
    """NULL where a balance is given back."""
    order_id: Mapped[str] = mapped_column(ForeignKey("provider_order.order_id"))
    amount: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    given_by: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    wished_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    returned: Mapped[int] = mapped_column(server_default=text("0"))
    """What of it comes back from the receiver of a share first."""
