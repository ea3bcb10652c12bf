"""The port of payment providers, and the words for what goes through it. No network and no database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

from parking.domain.errors import ConflictError, InvalidInputError, NotFoundError, ParkingError, UnavailableError
from parking.domain.money import Money
from pricing.settlement.model import ProviderMethod

Channel = Literal["native", "jsapi", "h5"]
"""`native` shows a code that the payer scans; `jsapi` opens within the provider's own app and needs the payer's id there; `h5`
opens the app from the browser of a phone."""
TradeState = Literal["open", "paid", "closed"]
RefundState = Literal["asked", "given", "failed"]
ShareState = Literal["due", "shared", "failed"]


class ProviderAwayError(UnavailableError):
    """The provider does not answer, or says that it cannot now."""

    code = "provider_unavailable"


class ProviderRefusedError(ConflictError):
    """The provider has understood and says no."""

    code = "provider_refused"


class ProviderAnswerError(ParkingError):
    """What came back is not the provider's word: unsigned, changed on its way, or not in its documented form."""

    code = "provider_answer_invalid"


class ProviderUnknownError(NotFoundError):
    """The installation has no agreement with the provider, or the order is not one of its own."""

    code = "provider_unknown"


class ProviderSettingsError(InvalidInputError):
    """The file of a provider's settings or one of its keys cannot be used."""

    code = "provider_settings_invalid"


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """What a provider is asked to collect, for the bill of a stay or for a balance.

    `checkout` is what the payer's screen needs; None until known.
    """

    order_id: str
    session_id: str | None
    balance_id: str | None
    provider: ProviderMethod
    merchant: str | None
    """The account there; None is of an order from before there could be several."""
    channel: Channel
    payer: str | None
    amount: Money
    state: TradeState
    ordered_at: datetime
    expires_at: datetime
    checkout: Mapping[str, str] | None = None
    reference: str | None = None
    """The provider's own id of the payment, once it is paid."""
    receiver: str | None = None
    """Whose account the provider is to give a share of it; None where nothing is shared."""
    share: int = 0
    """In minor units."""
    share_state: ShareState | None = None
    """None until it is paid."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Trade:
    """What the provider says of an order; `reference`, `amount` and `paid_at` are there when it is paid."""

    order_id: str
    state: TradeState
    reference: str | None = None
    amount: Money | None = None
    paid_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SignIn:
    """Where a payer's browser goes to learn its payer's id: the provider sends it back with a code."""

    app_id: str
    url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Receiver:
    """Who gets a share of what is collected for a payee, by the provider's own sharing of profits."""

    payee: str
    account: str
    share: int
    """In hundredths of a percent of what was paid."""

    def of(self, paid: int) -> int:
        """Half up, in minor units."""
        return (paid * self.share + 5_000) // 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """How a payee's money can be collected at one provider."""

    provider: ProviderMethod
    channels: frozenset[Channel]
    sign_in: SignIn | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RefundOrder:
    """What a provider is asked to give back of a paid order."""

    refund_id: str
    provider: ProviderMethod
    merchant: str | None
    order_id: str
    payment_id: str | None
    """None where a balance is given back, which the order had topped up."""
    paid: Money
    amount: Money
    reason: str
    given_by: str
    state: RefundState
    wished_at: datetime
    receiver: str | None = None
    returned: int = 0
    """What of it comes back from the receiver of the share first, in minor units."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Returned:
    """What the provider says of a refund; `given_at` and `amount` are there when it was given."""

    refund_id: str
    state: RefundState
    amount: Money | None = None
    given_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StatementLine:
    """One movement on a provider's statement. `reference` is the provider's, the ids are ours; a refund has both."""

    kind: Literal["payment", "refund"]
    reference: str
    order_id: str
    refund_id: str | None
    amount: Money
    at: datetime


class PaymentProvider(Protocol):
    """One account at a provider. Every method raises `ProviderAwayError`, `ProviderRefusedError` and `ProviderAnswerError`."""

    @property
    def name(self) -> ProviderMethod: ...

    @property
    def merchant_id(self) -> str: ...

    @property
    def payees(self) -> frozenset[str]:
        """Whose money the account may take; empty is of everyone who has no account of his own there."""
        ...

    @property
    def accepted(self) -> str:
        """What the provider wants to hear once its notice is taken."""
        ...

    @property
    def channels(self) -> frozenset[Channel]: ...

    @property
    def sign_in(self) -> SignIn | None:
        """None where payers' ids cannot be learned here."""
        ...

    async def payer_of(self, code: str) -> str:
        """The payer's id for the code with which a browser came back from `sign_in`; refused for a code that is used up."""
        ...

    async def order(self, order: Order, address: str | None) -> Mapping[str, str]:
        """Announce the order and return its checkout; the same order again is the same order there.

        `address` is where the payer's browser asks from, which `h5` wants to know.
        """
        ...

    async def query(self, order_id: str) -> Trade | None:
        """What has become of an order; None when the provider never heard of it."""
        ...

    async def close(self, order_id: str) -> None:
        """See that the order is not paid any more; refused when it was paid meanwhile."""
        ...

    def receiver_of(self, payee: str) -> Receiver | None:
        """Who gets a share of a payee's money; None where nothing is shared."""
        ...

    async def share(self, order: Order) -> ShareState:
        """Give the order's receiver its share and set the rest free; the same order again is shared once."""
        ...

    async def refund(self, wish: RefundOrder) -> Returned:
        """Ask to give back; the same refund again is given once."""
        ...

    async def query_refund(self, wish: RefundOrder) -> Returned | None:
        """What has become of a refund; None when the provider never heard of it."""
        ...

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Trade | Returned:
        """Prove that a notice is the provider's and read it; `headers` have names in lower case.

        Raises `NoticeForgedError` (`signature_invalid`, `notice_too_old`) and `ProviderAnswerError`.
        """
        ...

    async def statement(self, day: date) -> tuple[StatementLine, ...]:
        """All payments and refunds of a day of the provider's calendar; empty when there were none."""
        ...
