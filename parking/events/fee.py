"""Facts about money: what a stay owes, what was paid, what was given back. Amounts are minor units."""

from datetime import datetime
from typing import ClassVar, Literal

from parking.events.fact import Fact


class FeeIssued(Fact, frozen=True, kw_only=True):
    """The fee of an ended stay was fixed; it never changes, a correction is a new entry."""

    TYPE: ClassVar[str] = "parking.fee.issued"

    session_id: str
    zone_id: str
    amount: int
    currency: str
    is_attributed: bool
    """False while the stay has no plate: nobody owes it, it counts as leakage."""
    reason: str | None
    """Why a fee of zero is zero where the stay could not be charged."""
    issued_at: datetime

    @property
    def subject(self) -> str:
        return self.session_id


class FeePaid(Fact, frozen=True, kw_only=True):
    """A payment was booked; once per payment, however often it was sent."""

    TYPE: ClassVar[str] = "parking.fee.paid"

    session_id: str
    payment_id: str
    amount: int
    currency: str
    method: str
    paid_at: datetime
    left_to_pay: int

    @property
    def subject(self) -> str:
        return self.session_id


class FeeRefunded(Fact, frozen=True, kw_only=True):
    """Money went back to the payer."""

    TYPE: ClassVar[str] = "parking.fee.refunded"

    session_id: str
    payment_id: str
    refund_id: str
    amount: int
    currency: str
    refunded_at: datetime

    @property
    def subject(self) -> str:
        return self.session_id


class FeeWrittenOff(Fact, frozen=True, kw_only=True):
    """Two persons have ended a debt without money: forgiven, or given up as lost."""

    TYPE: ClassVar[str] = "parking.fee.written_off"

    session_id: str
    kind: Literal["waived", "written_off"]
    amount: int
    currency: str
    left_to_pay: int
    decided_at: datetime

    @property
    def subject(self) -> str:
        return self.session_id


class FeeReopened(Fact, frozen=True, kw_only=True):
    """A correction has given a wrong payer's money back; the fee is owed again by whom it concerns."""

    TYPE: ClassVar[str] = "parking.fee.reopened"

    session_id: str
    amount: int
    currency: str
    reopened_at: datetime

    @property
    def subject(self) -> str:
        return self.session_id
