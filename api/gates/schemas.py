"""What gates and facilities send and get. Unknown fields are refused; money is whole minor units with a currency."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, model_validator

from parking.domain.ids import ID_PATTERN
from parking.domain.money import Money
from parking.gates.model import PaidBy, ReportedTariff, TariffStep
from parking.sessions.model import Energy, VehicleClass

BATCH_LIMIT: Final = 500
_LARGEST: Final = 1_000_000
"""Spaces of the largest facility, minutes of two years, and more than any stay has cost in yuan."""
Id = Annotated[str, Field(pattern=ID_PATTERN)]
Plate = Annotated[str, Field(min_length=1, max_length=32, examples=["鲁C12345"])]
Text = Annotated[str, Field(min_length=1, max_length=2000)]
Minutes = Annotated[int, Field(strict=True, ge=0, le=_LARGEST)]
Spaces = Annotated[int, Field(strict=True, ge=0, le=_LARGEST)]
Fen = Annotated[int, Field(strict=True, ge=0, le=_LARGEST * 100)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]
_YEARS: Final = range(1900, 3000)


def _in_reach(instant: datetime) -> datetime:
    if instant.year not in _YEARS:
        raise ValueError("an instant lies between the years 1900 and 2999")
    return instant


Instant = Annotated[AwareDatetime, AfterValidator(_in_reach)]
_FEN: dict[str, JsonValue] = {"amount": 300, "currency": "CNY"}


def _strict(**example: JsonValue) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [example]} if example else None)


class Amount(BaseModel):
    """Whole minor units (fen), never below zero."""

    model_config = _strict(**_FEN)

    amount: Fen
    currency: Currency

    def money(self) -> Money:
        return Money(self.amount, self.currency)


class _OfVisit(BaseModel):
    """Known by the reporter's own visit or ticket id, by the plate, or by both."""

    model_config = _strict()

    id: Id
    at: Instant = Field(description="When it happened, by the reporter's clock")
    visit: Id | None = Field(
        default=None, description="The reporter's own id of the visit: ticket, record or order number"
    )
    plate: Plate | None = None

    @model_validator(mode="after")
    def _is_known(self) -> "_OfVisit":
        if self.visit is None and self.plate is None:
            raise ValueError("name the visit, the plate, or both")
        return self


class Vehicle(BaseModel):
    """What the tariff asks about a vehicle; without an energy the form of the plate tells it."""

    model_config = _strict()

    model_class: VehicleClass = Field(default="small", alias="class")
    energy: Energy | None = None


class EntryItem(_OfVisit):
    """A vehicle has come in."""

    kind: Literal["entry"]
    lane: Id | None = None
    vehicle: Vehicle = Vehicle()


class ExitItem(_OfVisit):
    """A vehicle has left."""

    kind: Literal["exit"]
    lane: Id | None = None
    fee: Amount | None = Field(default=None, description="What the reporter's system has charged for the visit")


class PaymentItem(_OfVisit):
    """The facility has taken money for a visit."""

    kind: Literal["payment"]
    amount: Amount
    method: PaidBy = "other"

    @model_validator(mode="after")
    def _is_money(self) -> "PaymentItem":
        if self.amount.amount == 0:
            raise ValueError("a payment is above zero")
        return self


class CountItem(BaseModel):
    """How many spaces are free; the newest counts, whatever the order in which they come."""

    model_config = _strict()

    id: Id
    kind: Literal["count"]
    at: Instant = Field(description="When it was counted, by the reporter's clock")
    capacity: Spaces = Field(description="Spaces in use now")
    vacant: Spaces

    @model_validator(mode="after")
    def _fits(self) -> "CountItem":
        if self.vacant > self.capacity:
            raise ValueError("there are not more free spaces than spaces")
        return self


class StepIn(BaseModel):
    """What a stay costs that lasts from `from_minutes` up to, not including, `to_minutes`; null is open."""

    model_config = _strict()

    from_minutes: Minutes
    to_minutes: Minutes | None = None
    amount: Fen
    per_minutes: Annotated[int, Field(strict=True, ge=1, le=_LARGEST)] | None = Field(
        default=None, description="The amount is for each begun unit of so many minutes; null for the whole step"
    )


class TariffItem(BaseModel):
    """The facility's own prices, shown as its own; nothing is computed from them."""

    model_config = _strict()

    id: Id
    kind: Literal["tariff"]
    at: Instant = Field(description="When it was stated")
    valid_from: Instant
    valid_to: Instant | None = None
    text: Text
    text_en: Text | None = None
    opening_hours: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    currency: Currency = "CNY"
    steps: Annotated[list[StepIn], Field(max_length=100)] = []

    def tariff(self) -> ReportedTariff:
        return ReportedTariff(
            text=self.text,
            text_en=self.text_en,
            currency=self.currency,
            opening_hours=self.opening_hours,
            steps=tuple(TariffStep(**step.model_dump()) for step in self.steps),
            valid_from=self.valid_from.astimezone(UTC),
            valid_to=None if self.valid_to is None else self.valid_to.astimezone(UTC),
        )


Item = EntryItem | ExitItem | PaymentItem | CountItem | TariffItem


class Transactions(BaseModel):
    """What a facility reports. Each item has an id of its own, and counts once however often it is sent."""

    model_config = _strict(
        items=[
            {"id": "m-1", "kind": "entry", "at": "2026-07-01T08:00:00Z", "visit": "T-88", "plate": "鲁C12345"},
            {"id": "m-2", "kind": "payment", "at": "2026-07-01T09:09:00Z", "visit": "T-88", "amount": _FEN},
            {"id": "m-3", "kind": "exit", "at": "2026-07-01T09:10:00Z", "visit": "T-88", "fee": _FEN},
            {"id": "m-4", "kind": "count", "at": "2026-07-01T09:10:00Z", "capacity": 500, "vacant": 120},
        ]
    )

    items: list[dict[str, Any]] = Field(max_length=BATCH_LIMIT)


class TakenItem(BaseModel):
    """What became of a good item.

    Where we bill at the gate, the answer to an exit has the `session`, its `fee`, what of it is `left` to pay, and
    `may_leave`: this fee alone decides, no older debt. They are as of now, also when the same exit is sent again.
    """

    index: int
    id: str
    duplicate: bool
    answer: dict[str, Any]


class RefusedItem(BaseModel):
    """An item that was not taken, and why; the others were."""

    index: int
    id: str | None
    code: str
    detail: str


class TransactionReport(BaseModel):
    """Good items pass, bad ones are records of errors. `duplicate` counts items that were taken before."""

    accepted: int
    duplicate: int
    rejected: list[RefusedItem]
    results: list[TakenItem]
