"""The words of settlement: bills and what became of them, payments, refunds, entries. No database."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

from parking.domain.errors import ConflictError, InvalidInputError, NotFoundError
from parking.domain.money import Money

TakenMethod = Literal["cash", "test"]
"""What a terminal or an attendant may say it has taken."""
ProviderMethod = Literal["wechat", "alipay"]
"""Collected by a payment provider, whose own word alone books it; see `pricing.providers`."""
Method = Literal["cash", "test", "wechat", "alipay", "balance"]
"""`balance` is money that was paid ahead without a stay; see `pricing.settlement.balances`."""
METHODS: Final[tuple[Method, ...]] = get_args(Method)
PROVIDER_METHODS: Final[tuple[ProviderMethod, ...]] = get_args(ProviderMethod)
BillState = Literal["unattributed", "open", "part_paid", "paid", "disputed", "refunded", "written_off"]
"""Derived, never stored."""
AdjustmentKind = Literal["waived", "written_off", "reopened"]
"""Forgiven, given up as lost, or owed again after a refund that corrected who had paid."""
EntryKind = Literal[
    "fee_issued",
    "payment",
    "refund",
    "drawer_closed",
    "waived",
    "written_off",
    "reopened",
    "prepaid",
    "prepayment_used",
    "paid_out",
    "shared",
    "share_returned",
]

SUSPENSE: Final = "suspense"
"""Money that came in and pays nothing: it is owed back."""


class PaymentRefusedError(InvalidInputError):
    """The amount or the method can never be right."""

    code = "payment_invalid"


class AmountConflictError(ConflictError):
    """The amount contradicts what is owed or was paid."""

    code = "amount_conflict"


class BillUnknownError(NotFoundError):
    """The stay has no fee yet, or there is no such stay."""

    code = "fee_not_issued"


class PaymentUnknownError(NotFoundError):
    """There is no such payment, receipt or order."""

    code = "payment_unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Posting:
    """A debit above zero or a credit below, in minor units."""

    account_id: str
    amount: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """What is booked at once; the postings add up to zero and none of them is zero."""

    kind: EntryKind
    reference: str
    session_id: str | None
    at: datetime
    currency: str
    postings: tuple[Posting, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class IssuedFee:
    """What settlement needs to know of a fee; see `parking.events.fee.FeeIssued`."""

    session_id: str
    zone_id: str
    amount: Money
    is_attributed: bool
    issued_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Bill:
    """One stay's bill with the sums of its payments, all in minor units of one currency."""

    session_id: str
    zone_id: str
    district_id: str
    payee: str
    amount: int
    currency: str
    is_attributed: bool
    issued_at: datetime
    is_booked: bool = False
    """Whether the fee stands in the journal; an unattributed one is nobody's debt and does not."""
    applied: int = 0
    """Paid towards the bill, without what a correction has opened again."""
    in_suspense: int = 0
    """Paid above the bill and not given back yet."""
    refunded: int = 0
    """Given back of what had paid the bill, without what a correction has opened again."""
    released: int = 0
    """Waived or written off."""
    is_disputed: bool = False
    """An objection waits for a person's decision."""
    is_prepaid: bool = False
    """Money was taken for the stay before there was this bill, and has just now to be used for it."""

    @property
    def left(self) -> int:
        """Still to be paid. A refund opens no debt anew, a correction does."""
        return self.amount - self.applied - self.released

    @property
    def state(self) -> BillState:
        if self.is_disputed:
            return "disputed"
        if not self.is_attributed and self.amount > 0 and self.applied == 0:
            return "unattributed"
        if self.refunded > 0 and self.refunded == self.applied:
            return "refunded"
        if self.left == 0:
            return "written_off" if self.released > 0 else "paid"
        return "part_paid" if self.applied > 0 else "open"


@dataclass(frozen=True, kw_only=True, slots=True)
class Payment:
    """Money that came in. `amount` may exceed `applied` when it was collected before anybody could refuse it."""

    payment_id: str
    receipt_id: str
    session_id: str
    amount: Money
    applied: int
    method: Method
    drawer_id: str | None
    provider_reference: str | None
    taken_by: str
    paid_at: datetime
    account: str | None = None
    """Whose account at the provider holds the money, where it has several; which balance it came out of."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Refund:
    """Money that went back to the payer by the way it came."""

    refund_id: str
    payment_id: str
    session_id: str
    amount: Money
    from_suspense: int
    drawer_id: str | None
    reason: str
    given_by: str
    refunded_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class PaymentWish:
    """What a caller asks to book. `drawer_id` is the terminal or shift that took the money; cash needs one."""

    session_id: str
    amount: Money
    method: Method
    paid_at: datetime
    taken_by: str
    drawer_id: str | None = None
    provider_reference: str | None = None
    account: str | None = None
    receipt_id: str | None = None
    """The id on a slip that was given before the payment reached us; None makes one."""
    is_collected: bool = False
    """The money is already there (offline cash, a provider's notice): what exceeds the bill goes to suspense."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RefundWish:
    """What a caller asks to give back of one payment; `drawer_id` pays cash out, None is the drawer that took it."""

    payment_id: str
    amount: Money
    reason: str
    refunded_at: datetime
    given_by: str
    drawer_id: str | None = None
    is_given: bool = False
    """The provider has given the money back already; without that its payments are not refunded here."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepaid:
    """Money that came before anything was owed, for a running stay or for a balance; exactly one of the two is named."""

    prepaid_id: str
    receipt_id: str
    session_id: str | None
    balance_id: str | None
    amount: Money
    method: Method
    account: str | None
    drawer_id: str | None
    provider_reference: str | None
    taken_by: str
    paid_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class PaymentOrder:
    """What a payment provider is asked to collect, once."""

    order_id: str
    session_id: str
    provider: str
    amount: Money


@dataclass(frozen=True, kw_only=True, slots=True)
class MethodTotal:
    """Sums of one payment method within a close."""

    method: Method
    payments: int
    paid: int
    refunds: int
    refunded: int


@dataclass(frozen=True, kw_only=True, slots=True)
class DrawerClose:
    """The end of a shift or a terminal's day. `difference` below zero is a shortage of the shift, never of a driver."""

    close_id: str
    drawer_id: str
    closed_by: str
    closed_at: datetime
    expected: Money
    """Cash that the ledger says is in the drawer."""
    counted: Money
    totals: tuple[MethodTotal, ...]

    @property
    def difference(self) -> Money:
        return self.counted - self.expected


def receivable(district_id: str) -> str:
    return f"receivable/{district_id}"


def revenue(payee: str) -> str:
    return f"revenue/{payee}"


def refunds(payee: str) -> str:
    return f"refunds/{payee}"


def waivers(payee: str) -> str:
    return f"waivers/{payee}"


def bad_debts(payee: str) -> str:
    return f"bad_debts/{payee}"


def cash(drawer_id: str) -> str:
    return f"cash/{drawer_id}"


def provider(method: str, account: str | None = None) -> str:
    return f"provider/{method}" if account is None else f"provider/{method}/{account}"


def balance(balance_id: str) -> str:
    return f"balance/{balance_id}"


def prepaid(session_id: str) -> str:
    return f"prepaid/{session_id}"


def safe(drawer_id: str) -> str:
    return f"safe/{drawer_id}"


def over_short(drawer_id: str) -> str:
    return f"over_short/{drawer_id}"
