"""Refunds that wait for two persons, because money was taken for what was paid already."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class RefundProposalRow(Base):
    """At most one for each payment: what of it never paid a bill, with the proofs as they were at that moment."""

    __tablename__ = "refund_proposal"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("endorsed_by <> decided_by", name="two_persons"),
        CheckConstraint("state IN ('proposed', 'endorsed', 'refunded', 'rejected')", name="state"),
        CheckConstraint(
            "state <> 'refunded' OR num_nonnulls(endorsed_by, decided_by, refund_id) = 3", name="refunded_whole"
        ),
        Index(
            "ix_refund_proposal_waiting",
            "district_id",
            "proposed_at",
            postgresql_where=text("state IN ('proposed', 'endorsed')"),
        ),
    )

    payment_id: Mapped[str] = mapped_column(ForeignKey("payment.payment_id"), primary_key=True)
    session_id: Mapped[str] = mapped_column(Text)
    district_id: Mapped[str] = mapped_column(Text)
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    proofs: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    proposed_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(Text)
    endorsed_by: Mapped[str | None] = mapped_column(Text)
    endorsed_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(Text)
    refund_id: Mapped[str | None] = mapped_column(ForeignKey("refund.refund_id"))
