"""Money that goes back through the provider that collected it: of a payment, or the rest of a balance.

What is asked for is kept before the provider hears of it, and the ledger books it when the provider says that it was given.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from parking.db.unit_of_work import Database
from parking.domain.errors import ConflictError, ParkingError
from parking.domain.money import Money
from pricing.providers import repository
from pricing.providers.accounts import Accounts
from pricing.providers.model import (
    Order,
    PaymentProvider,
    ProviderAwayError,
    ProviderRefusedError,
    ProviderUnknownError,
    RefundOrder,
    Returned,
)
from pricing.settlement import balances, invoices, journal, model, rules, service
from pricing.settlement.model import SUSPENSE, AmountConflictError, PaymentRefusedError, RefundWish

REST: Final = "the rest of a balance"

_log = logging.getLogger(__name__)


class Refunds:
    """Refunds at every account of one process."""

    def __init__(self, database: Database, accounts: Accounts) -> None:
        self._database = database
        self._accounts = accounts

    async def refund(self, name: str, wish: RefundWish, *, refund_id: str) -> RefundOrder:
        """Have the provider give back a part of what it collected; the same `refund_id` again is the same refund.

        Raises `PaymentUnknownError` (`payment_unknown`), `PaymentRefusedError` (`payment_of_other_provider`), what
        `settlement.rules.suspense_part` raises, `ConflictError` (`idempotency_key_reused`, `red_invoice_missing`, `share_due`), and what the provider
        raises. When the provider does not answer, the refund is kept and asked for again.
        """
        self._accounts.at(name)
        async with self._database.transaction() as session:
            order = await self._wished(session, name, wish, refund_id)
        if order.state != "asked":
            return order
        try:
            told = await self._asked(self._accounts.of_merchant(name, order.merchant), order)
        except ProviderAwayError:
            return order
        return replace(order, state=told.state)

    async def give_back(self, balance_id: str, *, given_by: str, at: datetime, new_id: Callable[[], str]) -> Money:
        """Have the providers give back what is left of a balance, as far as they have collected it; returns how much that is.

        It leaves the balance at once and comes back into it where a provider refuses. Raises `AmountConflictError`
        (`balance_empty`). A provider that does not answer is asked again by polling.
        """
        async with self._database.transaction() as session:
            wishes = await self._rest(session, balance_id, given_by=given_by, at=at, new_id=new_id)
        if not wishes:
            raise AmountConflictError("nothing is left that a provider has collected", code="balance_empty")
        for wish in wishes:
            try:
                await self._asked(self._accounts.of_merchant(wish.provider, wish.merchant), wish)
            except ParkingError as error:
                _log.warning("giving back a balance: %s: %s", error.code, error.detail)
        return Money(sum(wish.amount.amount for wish in wishes))

    async def _rest(
        self, session: AsyncSession, balance_id: str, *, given_by: str, at: datetime, new_id: Callable[[], str]
    ) -> list[RefundOrder]:
        """The newest top-up first; the balance is held, and what is asked back waits in suspense."""
        left = await balances.lock(session, balance_id)
        wishes: list[RefundOrder] = []
        for order, gone in await repository.top_ups_of(session, balance_id):
            amount = min(left, order.amount.amount - gone)
            if amount <= 0:
                continue
            left -= amount
            wish = RefundOrder(
                refund_id=new_id(),
                provider=order.provider,
                merchant=order.merchant,
                order_id=order.order_id,
                payment_id=None,
                paid=order.amount,
                amount=Money(amount),
                reason=REST,
                given_by=given_by,
                state="asked",
                wished_at=at,
            )
            await repository.insert_refund(session, wish)
            own = model.balance(balance_id)
            entry = rules.moved_entry("paid_out", wish.refund_id, wish.amount, at, debit=own, credit=SUSPENSE)
            await journal.book(session, entry)
            wishes.append(wish)
        return wishes

    async def ask(self, wish: RefundOrder, provider: PaymentProvider) -> None:
        told = await provider.query_refund(wish)
        if told is None:
            await self._asked(provider, wish)
        else:
            await self.take(wish.provider, told)

    async def _asked(self, provider: PaymentProvider, wish: RefundOrder) -> Returned:
        """A refusal ends the refund here: it moved no money, and another one may follow under another key."""
        try:
            told = await provider.refund(wish)
        except ProviderRefusedError:
            async with self._database.transaction() as session:
                await self._failed(session, wish)
            raise
        await self.take(provider.name, told)
        return told

    async def take(self, name: str, told: Returned) -> None:
        async with self._database.transaction() as session:
            wish = await repository.refund_by_id(session, told.refund_id)
            if wish is None or wish.provider != name:
                raise ProviderUnknownError(f"there is no refund {told.refund_id!r} at {name}", code="refund_unknown")
            if told.state == "failed":
                await self._failed(session, wish)
            if told.state != "given" or told.given_at is None:
                return
            if told.amount != wish.amount:
                raise PaymentRefusedError(
                    f"{told.amount} went back instead of {wish.amount}", code="notice_contradicts"
                )
            # Whoever ends the refund books it; the row is held until then.
            if not await repository.end_refund(session, told.refund_id, "given"):
                return
            if wish.payment_id is None:
                there = model.provider(wish.provider)
                entry = rules.moved_entry(
                    "refund", wish.refund_id, wish.amount, told.given_at, debit=SUSPENSE, credit=there
                )
                await journal.book(session, entry)
                return
            given = RefundWish(
                payment_id=wish.payment_id,
                amount=wish.amount,
                reason=wish.reason,
                refunded_at=told.given_at,
                given_by=wish.given_by,
                is_given=True,
            )
            await service.refund(session, given, new_id=lambda: wish.refund_id)
            if wish.returned > 0:
                await self._share_came_back(session, wish, told.given_at)

    async def _failed(self, session: AsyncSession, wish: RefundOrder) -> None:
        """It moved no money; of a balance it comes back into the balance."""
        if await repository.end_refund(session, wish.refund_id, "failed") and wish.payment_id is None:
            order = await repository.order_by_id(session, wish.order_id)
            own = model.balance("" if order is None else order.balance_id or "")
            entry = rules.moved_entry(
                "prepaid", wish.refund_id, wish.amount, wish.wished_at, debit=SUSPENSE, credit=own
            )
            await journal.book(session, entry)

    async def _share_of(self, session: AsyncSession, paid: Order, amount: Money) -> int:
        """The receiver gives back the part of its share that the refund is of the payment, half up, and never more than it has."""
        if paid.share_state != "shared" or paid.share == 0:
            return 0
        part = (2 * paid.share * amount.amount + paid.amount.amount) // (2 * paid.amount.amount)
        return min(part, paid.share - await repository.returned_before(session, paid.order_id))

    async def _share_came_back(self, session: AsyncSession, wish: RefundOrder, at: datetime) -> None:
        payment, _, _ = await service.paid_before(session, wish.payment_id or "")
        here, there = model.provider(wish.provider, payment.account), model.provider(wish.provider, wish.receiver)
        amount = Money(wish.returned, wish.amount.currency)
        entry = rules.moved_entry("share_returned", wish.refund_id, amount, at, debit=here, credit=there)
        await journal.book(session, entry)

    async def _wished(self, session: AsyncSession, name: str, wish: RefundWish, refund_id: str) -> RefundOrder:
        """The refund as it is kept; its bill is held, so that two refunds of one payment are judged one after the other."""
        payment, bill, before = await service.paid_before(session, wish.payment_id)
        paid = await repository.order_of_payment(session, payment.method, payment.provider_reference)
        if payment.method != name or paid is None:
            raise PaymentRefusedError(f"this was not paid by {name}", code="payment_of_other_provider")
        known = await repository.refund_by_id(session, refund_id)
        if known is not None:
            if (known.payment_id, known.amount) != (wish.payment_id, wish.amount):
                raise ConflictError("this key came with another refund", code="idempotency_key_reused")
            return known
        await invoices.check_refundable(session, payment.payment_id)
        on_its_way = await repository.still_asked(session, payment.payment_id)
        rules.suspense_part(bill, payment, before + on_its_way, wish)
        if paid.share_state == "due":
            raise ConflictError("the share of this payment is on its way; try again in some minutes", code="share_due")
        order = RefundOrder(
            refund_id=refund_id,
            provider=paid.provider,
            merchant=paid.merchant,
            order_id=paid.order_id,
            payment_id=payment.payment_id,
            paid=payment.amount,
            amount=wish.amount,
            reason=wish.reason,
            given_by=wish.given_by,
            state="asked",
            wished_at=wish.refunded_at,
            receiver=paid.receiver,
            returned=await self._share_of(session, paid, wish.amount),
        )
        if not await repository.insert_refund(session, order):
            raise ConflictError("this key came with another refund", code="idempotency_key_reused")
        return order
