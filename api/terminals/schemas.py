"""What terminals send and get. Unknown fields are refused; money is whole minor units with a currency."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, model_validator

from parking.domain.ids import ID_PATTERN
from parking.domain.money import Money
from parking.sessions.model import Energy, VehicleClass
from pricing.fees.model import Usage
from pricing.quotes.service import Granted
from pricing.settlement.balances import FORM_OF_TOKENS
from pricing.settlement.model import BillState, Method, TakenMethod

BATCH_LIMIT: Final = 500
USED_LIMIT: Final = 100
Id = Annotated[str, Field(pattern=ID_PATTERN)]
_UsageKey = Annotated[str, Field(min_length=1, max_length=160)]
Token = Annotated[
    str, Field(pattern=FORM_OF_TOKENS, description="Whoever has it holds the balance; it is kept nowhere here")
]
Plate = Annotated[str, Field(min_length=1, max_length=32, examples=["鲁C12345"])]
_FEN: dict[str, JsonValue] = {"amount": 300, "currency": "CNY"}


def check_balance_named(method: str, balance: str | None) -> None:
    """Raise ValueError unless a token is there for just the method that needs one."""
    if (method == "balance") != (balance is not None):
        raise ValueError("the method balance, and it alone, names the balance that pays")


def _strict(**example: JsonValue) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [example]} if example else None)


class Amount(BaseModel):
    """Whole minor units (fen)."""

    model_config = _strict(**_FEN)

    amount: Annotated[int, Field(strict=True)]
    currency: str = Field(pattern="^[A-Z]{3}$")

    def money(self) -> Money:
        return Money(self.amount, self.currency)


class Vehicle(BaseModel):
    """What the tariff asks about a vehicle; without an energy the form of the plate tells it."""

    model_config = _strict()

    model_class: VehicleClass = Field(default="small", alias="class")
    energy: Energy | None = None


class SessionStart(BaseModel):
    """A stay begins. On a space with an open stay without a plate it claims that stay, it never makes a second."""

    model_config = _strict(space="ZD-001-007", plate="鲁C12345", started_at="2026-07-01T08:00:00Z")

    space: Id
    plate: Plate | None = None
    started_at: AwareDatetime
    vehicle: Vehicle = Vehicle()


class SessionStop(BaseModel):
    """A stay ends; one that has ended is answered as it is."""

    model_config = _strict(ended_at="2026-07-01T09:10:00Z")

    ended_at: AwareDatetime


class PaymentOrder(BaseModel):
    """A payment of what a stay owes, all of it or a part."""

    model_config = _strict(session="01J0", amount=_FEN, method="cash", paid_at="2026-07-01T09:12:00Z")

    session: Id
    amount: Amount
    method: TakenMethod | Literal["balance"]
    paid_at: AwareDatetime
    balance: Token | None = Field(
        default=None, description="The token of the balance that pays, for the method balance"
    )

    @model_validator(mode="after")
    def _has_its_balance(self) -> "PaymentOrder":
        check_balance_named(self.method, self.balance)
        return self


class RefundOrder(BaseModel):
    """Gives back a part of one payment by the way it came."""

    model_config = _strict(payment="01J0", amount=_FEN, reason="wrong plate", refunded_at="2026-07-01T10:00:00Z")

    payment: Id
    amount: Amount
    reason: str = Field(min_length=1, max_length=500)
    refunded_at: AwareDatetime


class Used(BaseModel):
    """Free time that a vehicle has used, by the keys of the tariff; the same as in quotes."""

    model_config = _strict()

    granted: dict[_UsageKey, Annotated[list[tuple[AwareDatetime, AwareDatetime]], Field(max_length=USED_LIMIT)]] = (
        Field(default={}, max_length=16, description="Spans that quotas have granted")
    )
    entries: dict[_UsageKey, Annotated[list[AwareDatetime], Field(max_length=USED_LIMIT)]] = Field(
        default={}, max_length=16, description="Beginnings of stays that used a limited free allowance"
    )

    @model_validator(mode="after")
    def _forward(self) -> "Used":
        if any(start >= end for spans in self.granted.values() for start, end in spans):
            raise ValueError("a span ends after it starts")
        return self

    def usage(self) -> Usage:
        return Usage(
            granted={key: tuple(spans) for key, spans in self.granted.items()},
            entries={key: tuple(instants) for key, instants in self.entries.items()},
        )


class SessionItem(BaseModel):
    """A stay that began, and perhaps ended, while the terminal had no network."""

    model_config = _strict()

    id: Id
    kind: Literal["session"]
    at: AwareDatetime = Field(description="When the terminal wrote the item")
    space: Id
    plate: Plate | None = None
    started_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    vehicle: Vehicle = Vehicle()
    usage_before: Used | None = Field(
        default=None, description="With which the terminal priced the stay by its package: free time it knew to be used"
    )
    usage_after: Used | None = Field(default=None, description="The same, with what it has granted for this stay")

    @model_validator(mode="after")
    def _both_usages(self) -> "SessionItem":
        if (self.usage_before is None) != (self.usage_after is None):
            raise ValueError("usage_before and usage_after come together")
        return self

    @property
    def granted(self) -> Granted | None:
        if self.usage_before is None or self.usage_after is None:
            return None
        return Granted(before=self.usage_before.usage(), after=self.usage_after.usage())


class PaymentItem(BaseModel):
    """Money that the terminal has taken: it is booked, and what exceeds the bill is owed back."""

    model_config = _strict()

    id: Id
    kind: Literal["payment"]
    at: AwareDatetime = Field(description="When the money was taken")
    session: Id | None = None
    session_item: Id | None = Field(default=None, description="Id of the item that recorded the stay")
    amount: Amount
    method: TakenMethod

    @model_validator(mode="after")
    def _one_stay(self) -> "PaymentItem":
        if (self.session is None) == (self.session_item is None):
            raise ValueError("name the stay by session or by session_item")
        return self


class Batch(BaseModel):
    """What a terminal did offline. Each item has an id of its own, and counts once however often it is sent."""

    model_config = _strict(
        items=[
            {
                "id": "T1-00017",
                "kind": "session",
                "at": "2026-07-01T09:12:00Z",
                "space": "ZD-001-007",
                "plate": "鲁C12345",
                "started_at": "2026-07-01T08:00:00Z",
                "ended_at": "2026-07-01T09:10:00Z",
            },
            {
                "id": "T1-00018",
                "kind": "payment",
                "at": "2026-07-01T09:12:00Z",
                "session_item": "T1-00017",
                "amount": _FEN,
                "method": "cash",
            },
        ]
    )

    items: list[dict[str, Any]] = Field(max_length=BATCH_LIMIT)


class DayClose(BaseModel):
    """The cash that was counted in the terminal's drawer."""

    model_config = _strict(counted={"amount": 2650, "currency": "CNY"})

    counted: Amount


class ProviderNotice(BaseModel):
    """A provider has collected an order; the same notice again changes nothing."""

    model_config = _strict(order="0197", reference="P-1", amount=_FEN, paid_at="2026-07-01T09:12:00Z")

    order: Id
    reference: Id
    amount: Amount
    paid_at: AwareDatetime


class FeeLine(BaseModel):
    """One line of the explanation; the amounts of all lines add up to the fee."""

    start: datetime
    end: datetime
    rule: str
    quantity: int
    unit_price: int
    amount: int
    why: str


class Fee(BaseModel):
    """What a stay costs and why; it never changes."""

    amount: Amount
    lines: list[FeeLine]
    reason: str | None = Field(description="Why a stay that could not be charged costs nothing")


class Bill(BaseModel):
    """What became of the fee."""

    state: BillState
    amount: Amount
    paid: Amount
    left: Amount
    refunded: Amount


class Session(BaseModel):
    """A stay. Its plate is masked; fee and bill are there once it has ended."""

    id: str
    space: str | None = Field(description="Null for a stay at a facility as a whole, as its gate saw it")
    facility: str | None = Field(description="Set for a stay at a facility as a whole")
    zone: str
    state: Literal["open", "ended"]
    started_at: datetime
    ended_at: datetime | None
    plate: str | None
    attributed: bool
    vehicle: dict[str, str | None]
    fee: Fee | None
    bill: Bill | None


class StartedSession(Session):
    """The stay that a start led to."""

    outcome: Literal["started", "claimed", "existing"]


class SessionList(BaseModel):
    """Stays, newest first."""

    sessions: list[Session]
    next: str | None = Field(description="The `cursor` of the next page; null at the end")


class PaymentAnswer(BaseModel):
    """A payment that is in the ledger."""

    id: str
    session: str
    state: BillState = Field(description="State of the bill after this payment")
    amount: Amount
    applied: Amount = Field(description="What of it paid the bill; the rest is owed back")
    left: Amount
    receipt: str


class RefundAnswer(BaseModel):
    """A refund that is in the ledger."""

    id: str
    payment: str
    session: str
    state: BillState
    amount: Amount


class Receipt(BaseModel):
    """Proof of a payment, for whoever holds its id: no place, no time of parking, no plate."""

    id: str
    payment: str
    session: str
    payee: str
    amount: Amount
    method: Method
    paid_at: datetime
    fee: Amount
    left: Amount
    refunded: Amount


class ItemResult(BaseModel):
    """What became of a good item: the answer that the same request online would have had."""

    index: int
    id: str
    duplicate: bool
    answer: dict[str, Any]


class RejectedItem(BaseModel):
    """An item that was not taken, and why; the others were."""

    index: int
    id: str | None
    code: str
    detail: str


class BatchReport(BaseModel):
    """Good items pass, bad ones are records of errors. `duplicate` counts items that were taken before."""

    accepted: int
    duplicate: int
    rejected: list[RejectedItem]
    results: list[ItemResult]


class MethodTotal(BaseModel):
    """Sums of one method since the last close."""

    method: Method
    payments: int
    paid: Amount
    refunds: int
    refunded: Amount


class CloseAnswer(BaseModel):
    """The ledger beside the count. A shortage (below zero) is the terminal's; no driver is affected."""

    id: str
    terminal: str
    closed_at: datetime
    expected: Amount
    counted: Amount
    difference: Amount
    totals: list[MethodTotal]
