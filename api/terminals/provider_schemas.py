"""What travels between terminals, apps or operators and us about payment providers."""

from datetime import UTC, datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.terminals.schemas import Amount, Id
from pricing.providers.model import Channel, Order, RefundOrder, RefundState, TradeState
from pricing.settlement.model import ProviderMethod

ProviderName = Literal["wechat", "alipay"]


class OrderWish(BaseModel):
    """Asks a provider to collect all that is left of an ended stay."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"session": "01J0", "channel": "native"}]}
    )

    session: Id
    channel: Channel = Field(
        default="native", description="native is a code to scan; jsapi opens in the provider's app"
    )
    payer: str | None = Field(
        default=None, pattern=r"^[A-Za-z0-9_-]{1,128}$", description="Who pays, by the provider's id for jsapi"
    )


class ProviderOrder(BaseModel):
    """An order at a provider. `checkout` is what the payer's screen needs, in the provider's own names."""

    id: str
    provider: ProviderMethod
    session: str
    channel: Channel
    amount: Amount
    state: TradeState
    expires_at: datetime
    checkout: dict[str, str] | None


class RefundWish(BaseModel):
    """Asks the provider that collected a payment to give back a part of it."""

    model_config = ConfigDict(extra="forbid")

    payment: Id
    amount: Amount
    reason: str = Field(min_length=1, max_length=500)
    refunded_at: AwareDatetime


class ProviderRefund(BaseModel):
    """A refund at a provider: `asked` until the provider says that the money went back; only then it is booked."""

    id: str
    provider: ProviderMethod
    payment: str
    amount: Amount
    state: RefundState


def order_document(order: Order) -> ProviderOrder:
    return ProviderOrder(
        id=order.order_id,
        provider=order.provider,
        session=order.session_id or "",
        channel=order.channel,
        amount=Amount(amount=order.amount.amount, currency=order.amount.currency),
        state=order.state,
        expires_at=order.expires_at.astimezone(UTC),
        checkout=None if order.checkout is None else dict(order.checkout),
    )


def refund_document(refund: RefundOrder) -> ProviderRefund:
    return ProviderRefund(
        id=refund.refund_id,
        provider=refund.provider,
        payment=refund.payment_id,
        amount=Amount(amount=refund.amount.amount, currency=refund.amount.currency),
        state=refund.state,
    )
