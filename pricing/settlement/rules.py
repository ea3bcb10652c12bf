"""What may be paid and given back, and how it is booked: pure functions over a bill. The service only stores results."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from parking.domain.money import Money
from pricing.settlement import model
from pricing.settlement.model import (
    SUSPENSE,
    AdjustmentKind,
    AmountConflictError,
    Bill,
    DrawerClose,
    Entry,
    Payment,
    PaymentRefusedError,
    PaymentWish,
    Posting,
    Prepaid,
    RefundWish,
)

MOST: Final = 10**12
"""Minor units; far above any kerb bill, far below what a column holds."""


def issue_entry(bill: Bill, at: datetime) -> Entry | None:
    """The fee as a debt and as revenue; None for a bill of nothing, or one that nobody owes."""
    if bill.amount == 0 or not bill.is_attributed:
        return None
    postings = _sides(bill.amount, debit=model.receivable(bill.district_id), credit=model.revenue(bill.payee))
    return _entry("fee_issued", bill.session_id, bill, at, postings)


def applied_of(bill: Bill, wish: PaymentWish) -> int:
    """How much of the payment pays the bill, in minor units.

    Raises `PaymentRefusedError` (`currency_mismatch`, `amount_not_positive`, `amount_too_large`, `drawer_missing`), and
    `AmountConflictError` (`bill_already_paid`, `amount_above_owed`) unless the money is already there.
    """
    check_amount(wish.amount, bill.currency)
    if wish.method == "cash" and wish.drawer_id is None:
        raise PaymentRefusedError("cash needs the terminal or shift whose drawer takes it", code="drawer_missing")
    if wish.is_collected:
        return min(wish.amount.amount, bill.left)
    fields: dict[str, object] = {"left": {"amount": bill.left, "currency": bill.currency}}
    if bill.left == 0:
        raise AmountConflictError("nothing is left to pay", code="bill_already_paid", fields=fields)
    if wish.amount.amount > bill.left:
        raise AmountConflictError(
            f"{wish.amount} is more than the {Money(bill.left, bill.currency)} that is owed",
            code="amount_above_owed",
            fields=fields,
        )
    return wish.amount.amount


def paid_by(bill: Bill, payment: Payment) -> Bill:
    """The bill as it stands after the payment was booked: whoever paid has taken it on."""
    in_suspense = bill.in_suspense + payment.amount.amount - payment.applied
    return replace(bill, is_attributed=True, applied=bill.applied + payment.applied, in_suspense=in_suspense)


def payment_entry(bill: Bill, payment: Payment) -> Entry:
    excess = payment.amount.amount - payment.applied
    postings = (
        Posting(account_id=_way(payment), amount=payment.amount.amount),
        Posting(account_id=model.receivable(bill.district_id), amount=-payment.applied),
        Posting(account_id=SUSPENSE, amount=-excess),
    )
    return _entry("payment", payment.payment_id, bill, payment.paid_at, postings)


def prepaid_entry(money: Prepaid) -> Entry:
    """The money is there and is nobody's revenue yet: it is owed to the stay or to the balance that it came for."""
    owed_to = model.balance(money.balance_id) if money.balance_id else model.prepaid(money.session_id or "")
    return _moved("prepaid", money, debit=_way(money), credit=owed_to)


def moved_entry(
    kind: model.EntryKind, reference: str, amount: Money, at: datetime, *, debit: str, credit: str
) -> Entry:
    """Money that goes from one account to another and is no stay's."""
    return Entry(
        kind=kind,
        reference=reference,
        session_id=None,
        at=at,
        currency=amount.currency,
        postings=_sides(amount.amount, debit=debit, credit=credit),
    )


def prepayment_used_entry(money: Prepaid) -> Entry:
    """What came ahead is a payment from now on, by the way it came."""
    return _moved("prepayment_used", money, debit=model.prepaid(money.session_id or ""), credit=_way(money))


def _moved(kind: model.EntryKind, money: Prepaid, *, debit: str, credit: str) -> Entry:
    entry = moved_entry(kind, money.prepaid_id, money.amount, money.paid_at, debit=debit, credit=credit)
    return replace(entry, session_id=money.session_id)


def suspense_part(bill: Bill, payment: Payment, given_back: int, wish: RefundWish) -> int:
    """How much of the refund comes out of suspense, which is emptied first, in minor units.

    `given_back` is what went back of this payment before. Raises `PaymentRefusedError` (`currency_mismatch`,
    `amount_not_positive`, `amount_too_large`) and `AmountConflictError` (`refund_above_paid`).
    """
    check_amount(wish.amount, bill.currency)
    left = payment.amount.amount - given_back
    if wish.amount.amount > left:
        raise AmountConflictError(
            f"only {Money(left, bill.currency)} of this payment can be given back",
            code="refund_above_paid",
            fields={"left": {"amount": left, "currency": bill.currency}},
        )
    excess = payment.amount.amount - payment.applied
    return min(wish.amount.amount, max(excess - given_back, 0))


def refund_entry(
    bill: Bill, payment: Payment, *, refund_id: str, wish: RefundWish, from_suspense: int, drawer_id: str | None
) -> Entry:
    postings = (
        Posting(account_id=SUSPENSE, amount=from_suspense),
        Posting(account_id=model.refunds(bill.payee), amount=wish.amount.amount - from_suspense),
        Posting(account_id=_way(payment, drawer_id), amount=-wish.amount.amount),
    )
    return _entry("refund", refund_id, bill, wish.refunded_at, postings)


def check_release(bill: Bill, amount: Money) -> None:
    """Raise `PaymentRefusedError` as `applied_of` does, and `AmountConflictError` (`bill_unattributed`,
    `bill_already_paid`, `amount_above_owed`): only a debt that somebody has can be forgiven.
    """
    if not bill.is_attributed:
        raise AmountConflictError("nobody owes this bill", code="bill_unattributed")
    if bill.left == 0:
        raise AmountConflictError("nothing is left to pay", code="bill_already_paid")
    check_amount(amount, bill.currency)
    if amount.amount > bill.left:
        raise AmountConflictError(
            f"{amount} is more than the {Money(bill.left, bill.currency)} that is owed", code="amount_above_owed"
        )


def adjustment_entry(bill: Bill, adjustment_id: str, kind: AdjustmentKind, amount: int, at: datetime) -> Entry:
    """A debt that ends without money, or, after a correcting refund, begins again."""
    owed = model.receivable(bill.district_id)
    if kind == "reopened":
        return _entry(kind, adjustment_id, bill, at, _sides(amount, debit=owed, credit=model.refunds(bill.payee)))
    loss = model.waivers(bill.payee) if kind == "waived" else model.bad_debts(bill.payee)
    return _entry(kind, adjustment_id, bill, at, _sides(amount, debit=loss, credit=owed))


def close_entry(close: DrawerClose) -> Entry | None:
    """The counted cash leaves the drawer for the safe, the difference is the drawer's; None when all is zero."""
    postings = _without_zero(
        Posting(account_id=model.safe(close.drawer_id), amount=close.counted.amount),
        Posting(account_id=model.over_short(close.drawer_id), amount=-close.difference.amount),
        Posting(account_id=model.cash(close.drawer_id), amount=-close.expected.amount),
    )
    if not postings:
        return None
    return Entry(
        kind="drawer_closed",
        reference=close.close_id,
        session_id=None,
        at=close.closed_at,
        currency=close.expected.currency,
        postings=postings,
    )


def check_amount(amount: Money, currency: str) -> None:
    """Raise `PaymentRefusedError` (`currency_mismatch`, `amount_not_positive`, `amount_too_large`)."""
    if amount.currency != currency:
        raise PaymentRefusedError(f"the bill is in {currency}", code="currency_mismatch")
    if amount.amount <= 0:
        raise PaymentRefusedError("an amount is above zero", code="amount_not_positive")
    if amount.amount > MOST:
        raise PaymentRefusedError(f"an amount is at most {MOST}", code="amount_too_large")


def _way(payment: Payment | Prepaid, drawer_id: str | None = None) -> str:
    if payment.method == "cash":
        return model.cash(drawer_id or payment.drawer_id or "")
    if payment.method == "balance":
        return model.balance(payment.account or "")
    return model.provider(payment.method, payment.account)


def _sides(amount: int, *, debit: str, credit: str) -> tuple[Posting, ...]:
    return Posting(account_id=debit, amount=amount), Posting(account_id=credit, amount=-amount)


def _entry(kind: model.EntryKind, reference: str, bill: Bill, at: datetime, postings: tuple[Posting, ...]) -> Entry:
    return Entry(
        kind=kind,
        reference=reference,
        session_id=bill.session_id,
        at=at,
        currency=bill.currency,
        postings=_without_zero(*postings),
    )


def _without_zero(*postings: Posting) -> tuple[Posting, ...]:
    return tuple(posting for posting in postings if posting.amount != 0)
