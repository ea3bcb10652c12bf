"""Use cases of settlement. Each runs in the caller's transaction, which holds the bill until it ends.

Payments of one bill are therefore taken one after the other, whoever sends them. Retries are the callers' matter
(`parking.db.idempotency.once`), except a provider's notices: they carry the provider's own reference, which is unique.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus import outbox
from parking.domain.money import Money
from parking.events.fee import FeePaid, FeeRefunded
from pricing.quotes.service import FixedFee, Granted, fix_fee
from pricing.settlement import balances, invoices, journal, prepayments, refund_proposals, repository, rules
from pricing.settlement.model import (
    PROVIDER_METHODS,
    AmountConflictError,
    Bill,
    BillUnknownError,
    Entry,
    IssuedFee,
    Method,
    Payment,
    PaymentOrder,
    PaymentRefusedError,
    PaymentUnknownError,
    PaymentWish,
    Refund,
    RefundWish,
)

SOURCE: Final = "pricing.settlement"
NewId = Callable[[], str]


def new_id() -> str:
    """48 bits of time, so that ids sort by it, and 128 random bits: who was not told a receipt's id cannot guess it."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(16)}"


async def settle(session: AsyncSession, session_id: str, *, at: datetime, granted: Granted | None = None) -> Bill:
    """Issue the fee of an ended stay, unless that was done, and open its bill; what a payment of any stay begins with.

    `granted` is the free time that a terminal has given away without a network, for a fee that is new.
    Raises NotFoundError `session_unknown`, ConflictError `session_open`, and what prevents a fee.
    """
    fee, is_new = await _fixed(session, session_id, at=at, granted=granted)
    return await record_fee(session, fee, is_new=is_new)


async def settle_and_pay(session: AsyncSession, wish: PaymentWish, *, at: datetime) -> tuple[Bill, Payment]:
    """`settle` and then `pay`, with one writing in the books; the bill is as it was before the payment.

    Raises what they raise.
    """
    fee, is_new = await _fixed(session, wish.session_id, at=at)
    bill, unbooked = await _recorded(session, fee, is_new=is_new)
    if bill.is_prepaid:
        await journal.book(session, unbooked)
        bill, unbooked = await use_prepaid(session, bill), None
    return bill, await _paid(session, bill, wish, unbooked=unbooked, new_id=new_id)


async def open_bill(session: AsyncSession, session_id: str) -> Bill:
    """Take the stay's issued fee into settlement and hold its bill; a fee that is there already changes nothing.

    A bill that somebody owes is booked as receivable and revenue, once. Raises `BillUnknownError` (`fee_not_issued`).
    """
    fee = await repository.issued_fee(session, session_id)
    if fee is None:
        raise BillUnknownError(f"the stay {session_id!r} has no fee; stop it first")
    return await record_fee(session, fee)


async def record_fee(session: AsyncSession, fee: IssuedFee, *, is_new: bool = False) -> Bill:
    """As `open_bill`, for a fee in the caller's hand; `is_new` when this transaction has issued it.

    Raises `BillUnknownError` for a zone that is not there.
    """
    bill, unbooked = await _recorded(session, fee, is_new=is_new)
    await journal.book(session, unbooked)
    return await use_prepaid(session, bill) if bill.is_prepaid else bill


async def _fixed(
    session: AsyncSession, session_id: str, *, at: datetime, granted: Granted | None = None
) -> tuple[IssuedFee, bool]:
    """The stay's fee, and whether it is new."""
    fixed = await fix_fee(session, session_id, at=at, granted=granted)
    return fee_of(fixed), fixed.is_new


def fee_of(fixed: FixedFee) -> IssuedFee:
    """What settlement needs to know of it: attributed when the stay has a plate by now."""
    return IssuedFee(
        session_id=fixed.fee.session_id,
        zone_id=fixed.fee.zone_id,
        amount=fixed.fee.amount,
        is_attributed=fixed.fee.is_attributed or fixed.has_plate,
        issued_at=fixed.fee.issued_at,
    )


async def _recorded(session: AsyncSession, fee: IssuedFee, *, is_new: bool) -> tuple[Bill, Entry | None]:
    """The bill, held, as it is once the entry is written that goes with it."""
    bill = None
    # A new fee has no bill yet, so one statement makes it; of an older one the bill is nearly always there.
    if is_new or not await repository.lock_bill(session, fee.session_id):
        bill = (await repository.insert_bills(session, [fee])).get(fee.session_id)
        if bill is None and not await repository.lock_bill(session, fee.session_id):
            raise BillUnknownError(f"there is no zone {fee.zone_id!r}", code="zone_unknown")
    bill = bill or await _held(session, fee.session_id)
    if fee.is_attributed and not bill.is_attributed:
        await repository.attribute(session, fee.session_id)
        bill = replace(bill, is_attributed=True)
    return to_book(bill, fee.issued_at)


async def bill_of(session: AsyncSession, session_id: str) -> Bill:
    """The bill and its state, without holding it. Raises `BillUnknownError` (`fee_not_issued`)."""
    fee = await repository.issued_fee(session, session_id)
    bill = await repository.load_bill(session, session_id)
    if bill is None or fee is None:
        return await open_bill(session, session_id)
    return replace(bill, is_attributed=bill.is_attributed or fee.is_attributed)


async def payee_name(session: AsyncSession, bill: Bill) -> str:
    """Who gets the money, in the words for a receipt; the books know the payee by its id."""
    return await repository.payee_name(session, bill)


async def payee_of_zone(session: AsyncSession, zone_id: str, *, at: datetime) -> str:
    """Whose revenue a bill of this zone would be that is issued at that instant."""
    return await repository.payee_of_zone(session, zone_id, at)


async def payment_of(session: AsyncSession, method: Method, reference: str) -> Payment:
    """The payment with the provider's own reference. Raises `PaymentUnknownError` (`payment_unknown`)."""
    payment = await repository.payment_by_reference(session, method, reference)
    if payment is None:
        raise PaymentUnknownError(f"there is no payment {reference!r} by {method}")
    return payment


async def pay(session: AsyncSession, wish: PaymentWish, *, bill: Bill | None = None, new_id: NewId = new_id) -> Payment:
    """Book a payment, write its receipt and tell the bus (`FeePaid`).

    `bill` is that of the stay, as `settle` or `open_bill` has just given it in this transaction, which therefore holds it;
    without it the bill is opened here. Whoever pays a bill without a debtor has taken it on. Raises `BillUnknownError`
    (`fee_not_issued`), `PaymentRefusedError` (`receipt_taken`) for a slip's number that another payment has, and what
    `rules.applied_of` raises.
    """
    return await _paid(session, bill or await open_bill(session, wish.session_id), wish, unbooked=None, new_id=new_id)


async def _paid(
    session: AsyncSession, bill: Bill, wish: PaymentWish, *, unbooked: Entry | None, new_id: NewId
) -> Payment:
    applied = rules.applied_of(bill, wish)
    if wish.method == "balance" and not wish.is_collected:
        await balances.check_covers(session, wish.account or "", wish.amount)
    payment = Payment(
        payment_id=new_id(),
        receipt_id=wish.receipt_id or new_id(),
        session_id=wish.session_id,
        amount=wish.amount,
        applied=applied,
        method=wish.method,
        drawer_id=wish.drawer_id,
        provider_reference=wish.provider_reference,
        account=wish.account,
        taken_by=wish.taken_by,
        paid_at=wish.paid_at,
    )
    taken_on = None
    if not bill.is_attributed:
        await repository.attribute(session, bill.session_id)
        bill, taken_on = to_book(replace(bill, is_attributed=True), wish.paid_at)
    if not await journal.book_payment(session, payment, unbooked, taken_on, rules.payment_entry(bill, payment)):
        raise PaymentRefusedError("another payment has this receipt", code="receipt_taken")
    await refund_proposals.propose(session, bill.district_id, payment)
    fact = FeePaid(
        session_id=payment.session_id,
        payment_id=payment.payment_id,
        amount=payment.amount.amount,
        currency=payment.amount.currency,
        method=payment.method,
        paid_at=payment.paid_at,
        left_to_pay=bill.left - applied,
    )
    await outbox.write(session, fact, source=SOURCE, at=wish.paid_at)
    return payment


async def refund(session: AsyncSession, wish: RefundWish, *, new_id: NewId = new_id) -> Refund:
    """Give back a part of one payment by the way it came, and tell the bus (`FeeRefunded`).

    Raises `PaymentUnknownError` (`payment_unknown`), `PaymentRefusedError` (`refund_by_provider`) for what a payment
    provider must give back first, ConflictError `red_invoice_missing`, and what `rules.suspense_part` raises.
    """
    payment, bill, before = await paid_before(session, wish.payment_id)
    if payment.method in PROVIDER_METHODS and not wish.is_given:
        raise PaymentRefusedError(
            f"this was paid by {payment.method}, which must give it back: POST /v1/providers/{payment.method}/refunds",
            code="refund_by_provider",
        )
    if not wish.is_given:
        await invoices.check_refundable(session, payment.payment_id)
    from_suspense = rules.suspense_part(bill, payment, before, wish)
    given = Refund(
        refund_id=new_id(),
        payment_id=payment.payment_id,
        session_id=payment.session_id,
        amount=wish.amount,
        from_suspense=from_suspense,
        drawer_id=wish.drawer_id or payment.drawer_id,
        reason=wish.reason,
        given_by=wish.given_by,
        refunded_at=wish.refunded_at,
    )
    await repository.insert_refund(session, given)
    entry = rules.refund_entry(
        bill,
        payment,
        refund_id=given.refund_id,
        wish=wish,
        from_suspense=from_suspense,
        drawer_id=given.drawer_id,
    )
    await journal.book(session, entry)
    fact = FeeRefunded(
        session_id=given.session_id,
        payment_id=given.payment_id,
        refund_id=given.refund_id,
        amount=given.amount.amount,
        currency=given.amount.currency,
        refunded_at=given.refunded_at,
    )
    await outbox.write(session, fact, source=SOURCE, at=wish.refunded_at)
    return given


async def paid_before(session: AsyncSession, payment_id: str) -> tuple[Payment, Bill, int]:
    """A payment, its bill, which is held from here on, and what was given back of it, in minor units.

    Raises `PaymentUnknownError` (`payment_unknown`).
    """
    payment = await repository.payment_by_id(session, payment_id)
    if payment is None:
        raise PaymentUnknownError(f"there is no payment {payment_id!r}")
    bill = await open_bill(session, payment.session_id)
    return payment, bill, await repository.given_back(session, payment_id)


async def stay_of_payment(session: AsyncSession, payment_id: str) -> str:
    """Raises `PaymentUnknownError` (`payment_unknown`)."""
    payment = await repository.payment_by_id(session, payment_id)
    if payment is None:
        raise PaymentUnknownError(f"there is no payment {payment_id!r}")
    return payment.session_id


async def receipt_of_payment(session: AsyncSession, payment_id: str) -> str:
    """The receipt's id. Raises `PaymentUnknownError` (`payment_unknown`)."""
    payment = await repository.payment_by_id(session, payment_id)
    if payment is None:
        raise PaymentUnknownError(f"there is no payment {payment_id!r}")
    return payment.receipt_id


async def order_payment(session: AsyncSession, session_id: str, *, new_id: NewId = new_id) -> PaymentOrder:
    """What the test provider is to collect for a stay: all that is left; asking again gives the same order.

    Raises `BillUnknownError` (`fee_not_issued`) and `AmountConflictError` (`bill_already_paid`).
    """
    bill = await open_bill(session, session_id)
    if bill.left == 0:
        raise AmountConflictError("nothing is left to pay", code="bill_already_paid")
    wish = PaymentOrder(
        order_id=new_id(), session_id=session_id, provider="test", amount=Money(bill.left, bill.currency)
    )
    return await repository.order_of(session, wish)


async def provider_paid(
    session: AsyncSession, *, order_id: str, reference: str, amount: Money, paid_at: datetime
) -> Payment:
    """Book what the test provider says it has collected; the same notice again gives the same payment.

    The money is there, so what exceeds the bill goes to suspense. Raises `PaymentUnknownError` (`order_unknown`) and
    `PaymentRefusedError` (`notice_contradicts` for a reference that came with another order or amount, and currency or
    amount as in `rules.applied_of`).
    """
    order = await repository.order_by_id(session, order_id)
    if order is None:
        raise PaymentUnknownError(f"there is no order {order_id!r}", code="order_unknown")
    return await collected(
        session, session_id=order.session_id, method="test", reference=reference, amount=amount, paid_at=paid_at
    )


async def collected(
    session: AsyncSession,
    *,
    session_id: str,
    method: Method,
    reference: str,
    amount: Money,
    paid_at: datetime,
    account: str | None = None,
) -> Payment:
    """Book what a provider has collected for a stay, once for each of the provider's references.

    The money is there, so what exceeds the bill goes to suspense. Raises `PaymentRefusedError` (`notice_contradicts`
    for a reference that came with another stay or amount, and currency or amount as in `rules.applied_of`).
    """
    await open_bill(session, session_id)
    known = await repository.payment_by_reference(session, method, reference)
    if known is not None:
        if (known.session_id, known.amount) != (session_id, amount):
            raise PaymentRefusedError(
                f"the reference {reference!r} came with another order or amount", code="notice_contradicts"
            )
        return known
    wish = PaymentWish(
        session_id=session_id,
        amount=amount,
        method=method,
        paid_at=paid_at,
        taken_by=f"provider:{method}",
        provider_reference=reference,
        account=account,
        is_collected=True,
    )
    return await pay(session, wish)


async def receipt(session: AsyncSession, receipt_id: str) -> tuple[Payment, Bill, int]:
    """The payment of a receipt, its bill, and what was given back of it; raises `PaymentUnknownError`."""
    payment = await repository.payment_by_receipt(session, receipt_id)
    if payment is None:
        raise PaymentUnknownError(f"there is no receipt {receipt_id!r}", code="receipt_unknown")
    bill = await bill_of(session, payment.session_id)
    return payment, bill, await repository.given_back(session, payment.payment_id)


async def use_prepaid(session: AsyncSession, bill: Bill) -> Bill:
    """What was paid ahead is the bill's payment now; what exceeds it waits in suspense, as money above a bill always does."""
    bill = replace(bill, is_prepaid=False)
    for money in await prepayments.of_stay(session, bill.session_id):
        await journal.book(session, rules.prepayment_used_entry(money))
        wish = PaymentWish(
            session_id=bill.session_id,
            amount=money.amount,
            method=money.method,
            paid_at=money.paid_at,
            taken_by=money.taken_by,
            drawer_id=money.drawer_id,
            provider_reference=money.provider_reference,
            account=money.account,
            receipt_id=money.receipt_id,
            is_collected=True,
        )
        payment = await pay(session, wish, bill=bill, new_id=partial(str, money.prepaid_id))
        bill = replace(rules.paid_by(bill, payment), is_booked=bill.amount > 0)
    return bill


async def _held(session: AsyncSession, session_id: str) -> Bill:
    bill = await repository.load_bill(session, session_id)
    if bill is None:
        raise BillUnknownError(f"the stay {session_id!r} has no bill")
    return bill


def to_book(bill: Bill, at: datetime) -> tuple[Bill, Entry | None]:
    """The bill with its entry in the books, and that entry where it is not there yet."""
    entry = None if bill.is_booked else rules.issue_entry(bill, at)
    return replace(bill, is_booked=bill.is_booked or entry is not None), entry
