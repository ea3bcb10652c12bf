"""Orders, notices and refunds of payment providers, each with one effect on the ledger however often it is heard of.

A provider is never spoken to within a transaction. What is asked of it is kept before, so that a lost answer, a lost
notice or a crash between the two leaves something to ask for again (`ProviderDesk.poll`).
"""

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.domain.errors import InvalidInputError, ParkingError
from parking.domain.money import Money
from pricing.providers import repository
from pricing.providers.accounts import Accounts
from pricing.providers.model import (
    Channel,
    Order,
    PaymentProvider,
    ProviderAnswerError,
    ProviderAwayError,
    ProviderUnknownError,
    RefundOrder,
    Returned,
    StatementLine,
    Trade,
    Way,
)
from pricing.providers.refunds import Refunds
from pricing.settlement import balances, journal, model, prepayments, rules, service
from pricing.settlement.model import (
    PROVIDER_METHODS,
    AmountConflictError,
    Bill,
    PaymentRefusedError,
    Prepaid,
    RefundWish,
)
from pricing.settlement.notices import NoticeForgedError
from pricing.settlement.prepayments import PrepaidAlreadyError

ORDER_LIVES: Final = timedelta(minutes=30)
LEAST_LEFT: Final = timedelta(minutes=2)
"""An order that ends sooner is not shown to another payer."""
ASKED_AFTER: Final = timedelta(seconds=30)
"""A notice usually comes within seconds; polling leaves it that long."""
SHARED_AFTER: Final = timedelta(minutes=1)
"""WeChat Pay shares a payment half a minute after it at the earliest."""
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
        self._refunds = Refunds(database, self._accounts)

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
        self._check_channel(name, channel, payer)
        async with self._database.transaction() as session:
            bill = await service.settle(session, session_id, at=self._clock())
            provider = self._accounts.of_payee(name, bill.payee)
            order = await self._kept(session, provider, bill, channel, payer)
        return order if order.checkout is not None else await self._announced(provider, order, address)

    async def top_up(
        self,
        name: str,
        balance_id: str,
        amount: Money,
        *,
        channel: Channel,
        payer: str | None = None,
        address: str | None = None,
    ) -> Order:
        """Have the provider collect for a balance, each time anew. The money goes to the account of no payee of its own.

        Raises `PaymentRefusedError` as `settlement.balances.check_top_up` does, and what `order` raises.
        """
        self._check_channel(name, channel, payer)
        balances.check_top_up(amount, name, None)
        provider, now = self._accounts.of_payee(name, ""), self._clock()
        order = Order(
            order_id=self._new_order_id(),
            session_id=None,
            balance_id=balance_id,
            provider=provider.name,
            merchant=provider.merchant_id,
            channel=channel,
            payer=payer,
            amount=amount,
            state="open",
            ordered_at=now,
            expires_at=now + ORDER_LIVES,
        )
        async with self._database.transaction() as session:
            await repository.insert_order(session, order)
        return await self._announced(provider, order, address)

    def _check_channel(self, name: str, channel: Channel, payer: str | None) -> None:
        if all(channel not in one.channels for one in self._accounts.at(name)):
            raise InvalidInputError(f"{name} has no channel {channel!r}", code="channel_unknown")
        if channel == "jsapi" and payer is None:
            raise InvalidInputError("jsapi needs the payer's id at the provider", code="payer_missing")

    async def _announced(self, provider: PaymentProvider, order: Order, address: str | None) -> Order:
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
            await self._refunds.take(name, told)
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
        """As `Refunds.refund`."""
        return await self._refunds.refund(name, wish, refund_id=refund_id)

    async def give_back(self, balance_id: str, *, given_by: str, new_id: Callable[[], str] = new_order_id) -> Money:
        """As `Refunds.give_back`."""
        return await self._refunds.give_back(balance_id, given_by=given_by, at=self._clock(), new_id=new_id)

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
            await self._attempt(wish.provider, wish.merchant, away, partial(self._refunds.ask, wish))
        async with self._database.transaction() as session:
            due = await repository.orders_to_share(session, until=now - SHARED_AFTER, limit=ASKED_AT_ONCE)
        for order in due:
            await self._attempt(order.provider, order.merchant, away, partial(self._share, order))

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

    async def _share(self, order: Order, provider: PaymentProvider) -> None:
        """A share that the provider does not give stays with the merchant; a person hears of it in the log."""
        state = await provider.share(order)
        if state == "due":
            return
        async with self._database.transaction() as session:
            if await repository.end_share(session, order.order_id, state) and state == "shared" and order.share > 0:
                there, here = model.provider(order.provider, order.receiver), _account_of(order, provider)
                amount = Money(order.share, order.amount.currency)
                entry = rules.moved_entry("shared", order.order_id, amount, self._clock(), debit=there, credit=here)
                await journal.book(session, entry)
        if state == "failed":
            _log.warning("%s does not share %s with %s", order.provider, order.order_id, order.receiver)

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
        if order.expires_at <= self._clock() or order.session_id is None:
            return order.expires_at <= self._clock()
        async with self._database.transaction() as session:
            return (await service.bill_of(session, order.session_id)).left == 0

    async def _kept(
        self, session: AsyncSession, provider: PaymentProvider, bill: Bill, channel: Channel, payer: str | None
    ) -> Order:
        """An order that still says what is owed, else a new one; others of this channel end at the next polling."""
        now = self._clock()
        if bill.left == 0:
            raise AmountConflictError("nothing is left to pay", code="bill_already_paid")
        owed = Money(bill.left, bill.currency)
        receiver = provider.receiver_of(bill.payee)
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
            balance_id=None,
            provider=provider.name,
            merchant=provider.merchant_id,
            channel=channel,
            payer=payer,
            amount=owed,
            state="open",
            ordered_at=now,
            expires_at=now + ORDER_LIVES,
            receiver=None if receiver is None else receiver.account,
            share=0 if receiver is None else receiver.of(owed.amount),
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
            account = provider.merchant_id if provider.payees else None
            if order.session_id is None:
                await self._topped_up(session, order, told.reference, told.paid_at, account)
            else:
                await service.collected(
                    session,
                    session_id=order.session_id,
                    method=order.provider,
                    reference=told.reference,
                    amount=told.amount,
                    paid_at=told.paid_at,
                    account=account,
                )
            await repository.set_paid(session, order.order_id, told.reference)

    async def _topped_up(
        self, session: AsyncSession, order: Order, reference: str, paid_at: datetime, account: str | None
    ) -> None:
        """Once for each of the provider's references."""
        money = Prepaid(
            prepaid_id=order.order_id,
            receipt_id=service.new_id(),
            session_id=None,
            balance_id=order.balance_id,
            amount=order.amount,
            method=order.provider,
            account=account,
            drawer_id=None,
            provider_reference=reference,
            taken_by=f"provider:{order.provider}",
            paid_at=paid_at,
        )
        with suppress(PrepaidAlreadyError):
            await prepayments.keep(session, money)

    async def _known(self, session: AsyncSession, name: str, order_id: str) -> Order:
        order = await repository.order_by_id(session, order_id)
        if order is None or order.provider != name:
            raise ProviderUnknownError(f"there is no order {order_id!r} at {name}", code="order_unknown")
        return order


def _account_of(order: Order, provider: PaymentProvider) -> str:
    return model.provider(order.provider, provider.merchant_id if provider.payees else None)
