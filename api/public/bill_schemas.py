"""What the page behind a space's code sends and gets. Without proof a stay with a plate shows the amount and no more."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from pricing.providers.model import Channel, TradeState
from pricing.settlement.model import BillState, ProviderMethod


class Amount(BaseModel):
    """Whole minor units (fen)."""

    model_config = ConfigDict(extra="forbid")

    amount: Annotated[int, Field(strict=True)]
    currency: str = Field(pattern="^[A-Z]{3}$")


class Named(BaseModel):
    """A place and what people call it."""

    id: str
    name: str
    name_en: str


class SpaceNames(BaseModel):
    """Where the visitor stands."""

    id: str
    kind: str
    use: str
    zone: Named
    district: Named
    street: Named | None = Field(description="The segment, lot or garage")


class BillLine(BaseModel):
    """One line of the explanation; the amounts of all lines add up to the fee."""

    start: datetime
    end: datetime
    rule: str
    quantity: int
    unit_price: int
    amount: int
    why: str


class Details(BaseModel):
    """Times and reasons: for a stay without a plate, or for who proves that it is theirs."""

    started_at: datetime
    ended_at: datetime | None
    plate: str | None = Field(description="Masked")
    lines: list[BillLine]
    reason: str | None = Field(description="Why a stay that could not be charged costs nothing")


class WayToPay(BaseModel):
    """Who may collect what is owed, and how; `sign_in_url` is where WeChat tells a page who pays."""

    provider: Literal["wechat", "alipay", "test"]
    channels: list[Channel]
    app_id: str | None
    sign_in_url: str | None


class OwedStay(BaseModel):
    """The stay on the space."""

    session: str
    state: Literal["open", "ended"]
    attributed: bool
    bill: BillState | None = Field(description="Null while the stay goes on: its fee can still grow")
    fee: Amount
    owed: Amount = Field(description="What is left to pay")
    ways: list[WayToPay] = Field(
        description="Empty where nothing is owed, and where it is paid at a machine or an attendant"
    )
    details: Details | None


class SpaceBill(BaseModel):
    """What is owed at a space; `stay` is null when nobody owes anything here."""

    at: datetime
    space: SpaceNames
    stay: OwedStay | None


class PlateClaim(BaseModel):
    """A driver says which car it is."""

    model_config = ConfigDict(extra="forbid")

    session: str = Field(max_length=64)
    plate: str = Field(min_length=1, max_length=32, examples=["鲁C12345"])


class Claimed(BaseModel):
    """The stay is the driver's now; `proof` shows it again, in the header X-Stay-Proof."""

    proof: str
    bill: SpaceBill


class SpacePayment(BaseModel):
    """Pay what the page has shown; another amount by now is refused and nothing happens."""

    model_config = ConfigDict(extra="forbid")

    session: str = Field(max_length=64)
    amount: Amount


class Paid(BaseModel):
    """The payment is in the ledger."""

    receipt: str
    payee: str
    amount: Amount
    paid_at: datetime
    proof: str
    lines: list[BillLine] | None


class SpaceOrder(BaseModel):
    """Have a provider collect what the page has shown; another amount by now is refused and nothing happens."""

    model_config = ConfigDict(extra="forbid")

    session: str = Field(max_length=64)
    amount: Amount
    provider: ProviderMethod
    channel: Channel
    code: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9_-]{1,128}$",
        description="With which WeChat has sent the browser back, for jsapi",
    )


class PlacedOrder(BaseModel):
    """An order at a provider. `paid` is there once its money is in the ledger."""

    id: str
    provider: ProviderMethod
    channel: Channel
    amount: Amount
    state: TradeState
    expires_at: datetime
    checkout: dict[str, str] | None = Field(description="What the payer's screen needs, in the provider's own names")
    picture: str | None = Field(description="The code to scan, as SVG; null for a channel without one")
    paid: Paid | None
