"""Orders, notices and refunds of payment providers, each with one effect on the ledger however often it is heard of.

A provider is never spoken to within a transaction. What is asked of it is kept before, so that a lost answer, a lost
notice or a crash between the two leaves something to ask for again (`ProviderDesk.poll`).
"""

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.domain.errors import ConflictError, InvalidInputError, ParkingError
from parking.domain.money import Money
from pricing.providers import repository
from pricing.providers.accounts import Accounts
from pricing.providers.model import (
    Channel,
    Order,
    PaymentProvider,
    ProviderAnswerError,
    ProviderAwayError,
    ProviderRefusedError,
    ProviderUnknownError,
    RefundOrder,
    Returned,
    StatementLine,
    Trade,
    Way,
)
from pricing.settlement import invoices, rules, service
from pricing.settlement.model import PROVIDER_METHODS, AmountConflictError, Bill, PaymentRefusedError, RefundWish
from pricing.settlement.notices import NoticeForgedError

ORDER_LIVES: Final = timedelta(minutes=30)
LEAST_LEFT: Final = timedelta(minutes=2)
"""An order that ends sooner is not shown to another payer."""
ASKED_AFTER: Final = timedelta(seconds=30)
"""A notice usually comes within seconds; polling leaves it that long."""
ASKED_AT_ONCE: Final = 100
LOOKED_AT_EVERY: Final = timedelta(seconds=5)
"""While somebody waits in front of a page; most notices are faster."""

_log = logging.getLogger(__name__)


def new_order_id() -> str:
    """32 characters, the most that WeChat Pay takes."""
    return secrets.token_hex(16)


class ProviderDesk:
    """Orders, notices and refunds at every account of one process."""

    def __init__(
        self,
        database: Database,
        providers: Sequence[PaymentProvider],
        clock: Clock,
        new_order_id: Callable[[], str] = new_order_id,
    ) -> None:
        self._database = database
        self._accounts = Accounts(providers)
        self._clock = clock
        self._new_order_id = new_order_id

    @property
    def names(self) -> tuple[str, ...]:
        return self._accounts.names

    def ways(self, payee: str) -> list[Way]:
        """How a payee's money can be collected."""
        offered: list[Way] = []
        for name in (method for method in PROVIDER_METHODS if method in self.names):
            with suppress(ProviderUnknownError):
                own = self._accounts.of_payee(name, payee)
                offered.append(Way(provider=own.name, channels=own.channels, sign_in=own.sign_in))
        return offered

    async def payer(self, name: str, payee: str, code: str) -> str:
        """Who pays, for the code with which a browser came back from the provider; raises what `order` raises."""
        return await self._accounts.of_payee(name, payee).payer_of(code)

    async def order(
        self, name: str, session_id: str, *, channel: Channel, payer: str | None = None, address: str | None = None
    ) -> Order:
        """Have the provider collect all that is left of an ended stay; asking again gives the same order while it lives.

        The money goes to the account of the stay's payee. Raises `ProviderUnknownError` (`provider_unknown`,
        `payee_without_agreement`), `InvalidInputError` (`channel_unknown`, `payer_missing`), what `settlement.service.settle`
        raises, `AmountConflictError` (`bill_already_paid`), and what the provider raises.
        """
        if all(channel not in one.channels for one in self._accounts.at(name)):
            raise InvalidInputError(f"{name} has no channel {channel!r}", code="channel_unknown")
        if channel == "jsapi" and payer is None:
            raise InvalidInputError("jsapi needs the payer's id at the provider", code="payer_missing")
        async with self._database.transaction() as session:
            bill = await service.settle(session, session_id, at=self._clock())
            provider = self._accounts.of_payee(name, bill.payee)
            order = await self._kept(session, provider, bill, channel, payer)
        if order.checkout is not None:
            return order
        checkout = await provider.order(order, address)
        async with self._database.transaction() as session:
            await repository.set_checkout(session, order.order_id, checkout)
        return replace(order, checkout=checkout)

    async def order_state(self, name: str, order_id: str) -> Order:
        """Raises `ProviderUnknownError` (`order_unknown`)."""
        async with self._database.transaction() as session:
            return await self._known(session, name, order_id)

    async def looked_at(self, order_id: str) -> Order:
        """As `order_state`, of any provider; an open order is asked for there, every few seconds at most.

        Raises `ProviderUnknownError` (`order_unknown`).
        """
        now = self._clock()
        async with self._database.transaction() as session:
            order = await repository.order_by_id(session, order_id)
            if order is None:
                raise ProviderUnknownError("there is no such order", code="order_unknown")
            due = order.state == "open" and await repository.mark_asked(
                session, order_id, at=now, before=now - LOOKED_AT_EVERY
            )
        if not due:
            return order
        await self._attempt(order.provider, order.merchant, set(), partial(self._ask, order))
        return await self.order_state(order.provider, order_id)

    async def take_notice(self, name: str, headers: Mapping[str, str], body: bytes) -> str:
        """Book what a notice says, once, and return what the provider wants to hear.

        Raises what `PaymentProvider.read_notice` raises, `ProviderUnknownError` (also `order_unknown` and
        `refund_unknown`), and `PaymentRefusedError` (`notice_contradicts`).
        """
        provider, told = self._read(name, headers, body)
        if isinstance(told, Trade):
            await self._take_trade(provider, told)
        else:
            await self._take_refund(name, told)
        return provider.accepted

    def _read(self, name: str, headers: Mapping[str, str], body: bytes) -> tuple[PaymentProvider, Trade | Returned]:
        """The account that the notice is for is the one whose keys open it; of several refusals the nearest is told."""
        refusals: list[ParkingError] = []
        for provider in self._accounts.at(name):
            try:
                return provider, provider.read_notice(headers, body)
            except (NoticeForgedError, ProviderAnswerError) as refused:
                refusals.append(refused)
        raise max(refusals, key=lambda one: isinstance(one, ProviderAnswerError))

    async def refund(self, name: str, wish: RefundWish, *, refund_id: str) -> RefundOrder:
        """Have the provider give back a part of what it collected; the same `refund_id` again is the same refund.

        Raises `PaymentUnknownError` (`payment_unknown`), `PaymentRefusedError` (`payment_of_other_provider`), what
        `settlement.rules.suspense_part` raises, `ConflictError` (`idempotency_key_reused`, `red_invoice_missing`), and what the provider
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

    async def statement(self, name: str, day: date) -> list[StatementLine]:
        """What every account at the provider has moved on a day of its calendar: all of them, or what one of them raises.

        Raises `ProviderUnknownError`, and what the provider raises.
        """
        return [line for account in self._accounts.at(name) for line in await account.statement(day)]

    async def poll(self) -> None:
        """Ask what became of orders and refunds that no notice has ended; close orders that nobody shall pay any more.

        A provider that does not answer is left alone until the next turn; one bad order does not hold up the others.
        """
        now = self._clock()
        until = now - ASKED_AFTER
        async with self._database.transaction() as session:
            orders = await repository.orders_to_ask(session, until=until, at=now, limit=ASKED_AT_ONCE)
            refunds = await repository.refunds_to_ask(session, until=until, at=now, limit=ASKED_AT_ONCE)
        away: set[str] = set()
        for order in orders:
            await self._attempt(order.provider, order.merchant, away, partial(self._ask, order))
        for wish in refunds:
            await self._attempt(wish.provider, wish.merchant, away, partial(self._ask_refund, wish))

    async def _attempt(
        self,
        name: str,
        merchant: str | None,
        away: set[str],
        question: Callable[[PaymentProvider], Awaitable[None]],
    ) -> None:
        if name in away or name not in self.names:
            return
        try:
            await question(self._accounts.of_merchant(name, merchant))
        except ProviderAwayError as error:
            away.add(name)
            _log.warning("polling %s ends for now: %s", name, error.detail)
        except ParkingError as error:
            _log.warning("polling %s: %s: %s", name, error.code, error.detail)

    async def _ask(self, order: Order, provider: PaymentProvider) -> None:
        told = await provider.query(order.order_id)
        if told is not None and told.state != "open":
            await self._take_trade(provider, told)
            return
        if told is None and self._clock() < order.ordered_at + ORDER_LIVES:
            # Alipay hears of an order when its code is scanned, which may still happen, and cannot close it before.
            return
        if not await self._is_over(order):
            return
        if told is not None:
            await provider.close(order.order_id)
        async with self._database.transaction() as session:
            await repository.set_closed(session, order.order_id)

    async def _is_over(self, order: Order) -> bool:
        """Nobody shall pay it any more: its time is over, or the stay was paid in another way."""
        if order.expires_at <= self._clock():
            return True
        async with self._database.transaction() as session:
            return (await service.bill_of(session, order.session_id)).left == 0

    async def _ask_refund(self, wish: RefundOrder, provider: PaymentProvider) -> None:
        told = await provider.query_refund(wish)
        if told is None:
            await self._asked(provider, wish)
        else:
            await self._take_refund(wish.provider, told)

    async def _asked(self, provider: PaymentProvider, wish: RefundOrder) -> Returned:
        """A refusal ends the refund here: it moved no money, and another one may follow under another key."""
        try:
            told = await provider.refund(wish)
        except ProviderRefusedError:
            async with self._database.transaction() as session:
                await repository.end_refund(session, wish.refund_id, "failed")
            raise
        await self._take_refund(provider.name, told)
        return told

    async def _kept(
        self, session: AsyncSession, provider: PaymentProvider, bill: Bill, channel: Channel, payer: str | None
    ) -> Order:
        """An order that still says what is owed, else a new one; others of this channel end at the next polling."""
        now = self._clock()
        if bill.left == 0:
            raise AmountConflictError("nothing is left to pay", code="bill_already_paid")
        owed = Money(bill.left, bill.currency)
        same = (provider.name, provider.merchant_id, channel, payer)
        for order in await repository.open_orders(session, bill.session_id):
            if (order.provider, order.merchant, order.channel, order.payer) != same:
                continue
            if order.amount == owed and order.expires_at > now + LEAST_LEFT:
                return order
            await repository.set_expiry(session, order.order_id, now)
        order = Order(
            order_id=self._new_order_id(),
            session_id=bill.session_id,
            provider=provider.name,
            merchant=provider.merchant_id,
            channel=channel,
            payer=payer,
            amount=owed,
            state="open",
            ordered_at=now,
            expires_at=now + ORDER_LIVES,
        )
        await repository.insert_order(session, order)
        return order

    async def _take_trade(self, provider: PaymentProvider, told: Trade) -> None:
        async with self._database.transaction() as session:
            order = await self._known(session, provider.name, told.order_id)
            if order.merchant not in {None, provider.merchant_id}:
                raise ProviderUnknownError("the order is of another account", code="order_unknown")
            if told.state == "closed":
                await repository.set_closed(session, order.order_id)
            if told.reference is None or told.amount is None or told.paid_at is None:
                return
            if told.amount != order.amount:
                raise PaymentRefusedError(
                    f"{told.amount} was collected for an order of {order.amount}", code="notice_contradicts"
                )
            await service.collected(
                session,
                session_id=order.session_id,
                method=order.provider,
                reference=told.reference,
                amount=told.amount,
                paid_at=told.paid_at,
                account=provider.merchant_id if provider.payees else None,
            )
            await repository.set_paid(session, order.order_id, told.reference)

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
        )
        if not await repository.insert_refund(session, order):
            raise ConflictError("this key came with another refund", code="idempotency_key_reused")
        return order

    async def _take_refund(self, name: str, told: Returned) -> None:
        async with self._database.transaction() as session:
            wish = await repository.refund_by_id(session, told.refund_id)
            if wish is None or wish.provider != name:
                raise ProviderUnknownError(f"there is no refund {told.refund_id!r} at {name}", code="refund_unknown")
            if told.state == "failed":
                await repository.end_refund(session, told.refund_id, "failed")
            if told.state != "given" or told.given_at is None:
                return
            if told.amount != wish.amount:
                raise PaymentRefusedError(
                    f"{told.amount} went back instead of {wish.amount}", code="notice_contradicts"
                )
            # Whoever ends the refund books it; the row is held until then.
            if not await repository.end_refund(session, told.refund_id, "given"):
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

    async def _known(self, session: AsyncSession, name: str, order_id: str) -> Order:
        order = await repository.order_by_id(session, order_id)
        if order is None or order.provider != name:
            raise ProviderUnknownError(f"there is no order {order_id!r} at {name}", code="order_unknown")
        return order
