"""What the attendant's page sends and gets. Plates are masked in every answer."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from parking.casework.model import ReportKind
from parking.domain.ids import ID_PATTERN
from parking.domain.money import Money
from pricing.settlement.model import BillState

Id = Annotated[str, Field(pattern=ID_PATTERN)]
_STRICT = ConfigDict(extra="forbid")


class Amount(BaseModel):
    """Whole minor units (fen)."""

    model_config = _STRICT

    amount: Annotated[int, Field(strict=True)]
    currency: str = Field(pattern="^[A-Z]{3}$")

    @classmethod
    def of(cls, money: Money) -> "Amount":
        return cls(amount=money.amount, currency=money.currency)

    def money(self) -> Money:
        return Money(self.amount, self.currency)


class ShiftOpening(BaseModel):
    """A shift begins with the change that lies in the drawer."""

    model_config = _STRICT

    district: Id | None = Field(default=None, description="Needed of an account that is not limited to one")
    float_: Amount = Field(alias="float")


class ShiftClosing(BaseModel):
    """The drawer was counted: all that lies in it, the change of the beginning included."""

    model_config = _STRICT

    counted: Amount


class Closing(BaseModel):
    """The ledger beside the count. A shortage (below zero) is the shift's; no driver is affected."""

    closed_at: datetime
    expected: Amount
    counted: Amount
    difference: Amount


class Shift(BaseModel):
    """A shift and what its drawer should hold by now."""

    id: str
    attendant: str
    district: str
    opened_at: datetime
    float_: Amount = Field(serialization_alias="float")
    payments: int
    cash: Amount
    closing: Closing | None


class KerbStay(BaseModel):
    """One stay on the attendant's list."""

    session: str
    space: str
    zone: str
    zone_name: str
    zone_name_en: str
    street: str | None
    street_en: str | None
    state: Literal["open", "ended"]
    started_at: datetime
    ended_at: datetime | None
    plate: str | None = Field(description="Masked; null when nobody knows the plate")


class KerbList(BaseModel):
    """Occupied spaces and unpaid stays, those without a plate first, then the longest first."""

    at: datetime
    spaces: list[KerbStay]
    without_plate: int
    more: bool = Field(description="Whether there are more than the answer holds")


class Line(BaseModel):
    """One line of the explanation."""

    start: datetime
    end: datetime
    rule: str
    quantity: int
    unit_price: int
    amount: int
    why: str


class StayBill(BaseModel):
    """A stay with what it costs by now and why."""

    stay: KerbStay
    bill: BillState | None
    fee: Amount
    owed: Amount
    lines: list[Line]
    reason: str | None


class PriceRise(BaseModel):
    """A stay that ends later than `at` costs `amount`, until the next rise."""

    at: datetime
    amount: int


class StayPrice(BaseModel):
    """What one stay costs now and when it will cost more."""

    session: str
    owed: Amount
    rises: list[PriceRise]
    until: datetime = Field(description="What it costs later is not said")


class PriceList(BaseModel):
    """What a phone without a network asks for: it knows no tariff, only these sums."""

    at: datetime
    stays: list[StayPrice]


class PlateGiven(BaseModel):
    """The plate that the attendant reads."""

    model_config = _STRICT

    plate: str = Field(min_length=1, max_length=32, examples=["鲁C12345"])
    seen_at: AwareDatetime | None = Field(default=None, description="When it was read, for what is delivered late")


class CashTaken(BaseModel):
    """Cash in hand. The stay ends; another amount than is owed by now is refused and nothing happens.

    What a phone took without a network is booked whatever is owed by now: the driver has left with the slip.
    """

    model_config = _STRICT

    amount: Amount
    taken_at: AwareDatetime | None = Field(default=None, description="When it was taken; counts for what is collected")
    shift: Id | None = Field(default=None, description="Into whose drawer; the open shift unless given")
    receipt: str | None = Field(
        default=None,
        pattern="^[0-9a-f]{44}$",
        description="The receipt's id, made by chance on the phone, so that a slip given offline leads to its receipt",
    )
    collected: bool = Field(
        default=False, description="The money is already in the drawer; not part of what makes a repetition the same"
    )


class ReportFiled(BaseModel):
    """A fault or misuse that an attendant sees; pictures were brought before."""

    model_config = _STRICT

    kind: ReportKind
    space: Id
    session: Id | None = Field(default=None, description="The stay on the space that it is about")
    words: str = Field(default="", max_length=300, description="A plate in them is masked")
    seen_at: AwareDatetime | None = Field(default=None, description="Now unless given: a phone may report hours later")
    evidence: list[Id] = Field(default=[], max_length=8)


class ReportTaken(BaseModel):
    """The case that a person will decide; a report of what is open already adds to its case."""

    case: str
    kind: str
    space: str
    times_seen: int


class Slip(BaseModel):
    """What the driver gets in the hand."""

    session: str
    receipt: str
    payee: str
    space: str
    plate: str | None
    started_at: datetime
    ended_at: datetime
    amount: Amount
    left: Amount = Field(description="Still owed, where collected money did not pay all")
    over: Amount = Field(description="What of it paid nothing, as the stay was paid already; its refund is proposed")
    paid_at: datetime
    lines: list[Line]
