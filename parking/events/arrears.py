"""Facts about debts and objections to them. A plate is never part of them; who sends a letter asks for it and is logged."""

from datetime import datetime
from typing import ClassVar, Literal

from parking.events.fact import Fact


class AppealFiled(Fact, frozen=True, kw_only=True):
    """Somebody objects to a stay's bill; from here on nobody is reminded of it."""

    TYPE: ClassVar[str] = "parking.appeal.filed"

    appeal_id: str
    session_id: str
    reason: str
    filed_at: datetime

    @property
    def subject(self) -> str:
        return self.session_id


class AppealDecided(Fact, frozen=True, kw_only=True):
    """A person has decided an objection."""

    TYPE: ClassVar[str] = "parking.appeal.decided"

    appeal_id: str
    session_id: str
    outcome: Literal["upheld", "rejected"]
    decided_at: datetime

    @property
    def subject(self) -> str:
        return self.session_id


class DebtReminded(Fact, frozen=True, kw_only=True):
    """A bill is unpaid for so long that its debtor is to be reminded; whoever can reach the person does."""

    TYPE: ClassVar[str] = "parking.arrears.reminded"

    session_id: str
    reminder: int
    """From 1 on."""
    left_to_pay: int
    currency: str
    reminded_at: datetime

    @property
    def subject(self) -> str:
        return self.session_id


class ArrearsMoved(Fact, frozen=True, kw_only=True):
    """A person has moved the recovery of a debt to another stage."""

    TYPE: ClassVar[str] = "parking.arrears.stage_changed"

    session_id: str
    stage: Literal["noticed", "legal"]
    moved_at: datetime

    @property
    def subject(self) -> str:
        return self.session_id
