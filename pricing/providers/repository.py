"""All SQL of orders and refunds at providers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, get_args

from sqlalchemy import and_, case, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.money import Money
from pricing.providers.model import Channel, Order, RefundOrder, RefundState, ShareState, TradeState
from pricing.providers.tables import ProviderOrderRow, ProviderRefundRow
from pricing.settlement.model import PROVIDER_METHODS, ProviderMethod

_PROVIDERS: Final[dict[str, ProviderMethod]] = {name: name for name in PROVIDER_METHODS}
_CHANNELS: Final[dict[str, Channel]] = {channel: channel for channel in get_args(Channel)}
_TRADES: Final[dict[str, TradeState]] = {"open": "open", "paid": "paid", "closed": "closed"}
_SHARES: Final[dict[str, ShareState]] = {"due": "due", "shared": "shared", "failed": "failed"}
_REFUNDS: Final[dict[str, RefundState]] = {"asked": "asked", "given": "given", "failed": "failed"}


async def insert_order(session: AsyncSession, order: Order) -> None:
    session.add(
        ProviderOrderRow(
            order_id=order.order_id,
            session_id=order.session_id,
            balance_id=order.balance_id,
            provider=order.provider,
            merchant=order.merchant,
            channel=order.channel,
            payer=order.payer,
            amount=order.amount.amount,
            currency=order.amount.currency,
            state=order.state,
            checkout=None,
            ordered_at=order.ordered_at,
            expires_at=order.expires_at,
            receiver=order.receiver,
            share=order.share,
        )
    )
    await session.flush()


async def order_by_id(session: AsyncSession, order_id: str) -> Order | None:
    row = await session.get(ProviderOrderRow, order_id, populate_existing=True)
    return None if row is None else _order(row)


async def open_orders(session: AsyncSession, session_id: str) -> list[Order]:
    """Of one stay, oldest first."""
    here = select(ProviderOrderRow).where(ProviderOrderRow.session_id == session_id, ProviderOrderRow.state == "open")
    return [_order(row) for row in await session.scalars(here.order_by(ProviderOrderRow.ordered_at))]


async def set_checkout(session: AsyncSession, order_id: str, checkout: Mapping[str, str]) -> None:
    here = update(ProviderOrderRow).where(ProviderOrderRow.order_id == order_id)
    await session.execute(here.values(checkout=dict(checkout)))


async def set_paid(session: AsyncSession, order_id: str, reference: str) -> None:
    here = update(ProviderOrderRow).where(ProviderOrderRow.order_id == order_id)
    is_shared = and_(ProviderOrderRow.receiver.is_not(None), ProviderOrderRow.share_state.is_(None))
    share_state = case((is_shared, "due"), else_=ProviderOrderRow.share_state)
    await session.execute(here.values(state="paid", reference=reference, share_state=share_state))


async def orders_to_share(session: AsyncSession, *, until: datetime, limit: int) -> list[Order]:
    """Paid orders, made before `until`, of which a receiver is to get a share."""
    here = select(ProviderOrderRow).where(ProviderOrderRow.share_state == "due", ProviderOrderRow.ordered_at <= until)
    return [_order(row) for row in await session.scalars(here.order_by(ProviderOrderRow.ordered_at).limit(limit))]


async def end_share(session: AsyncSession, order_id: str, state: ShareState) -> bool:
    """Whether this has ended the sharing."""
    here = update(ProviderOrderRow).where(ProviderOrderRow.order_id == order_id, ProviderOrderRow.share_state == "due")
    done = await session.execute(here.values(share_state=state).returning(ProviderOrderRow.order_id))
    return done.scalar_one_or_none() is not None


async def returned_before(session: AsyncSession, order_id: str) -> int:
    """What of an order's share has come back or comes back, in minor units."""
    back = select(func.coalesce(func.sum(ProviderRefundRow.returned), 0)).where(
        ProviderRefundRow.order_id == order_id, ProviderRefundRow.state != "failed"
    )
    return int((await session.execute(back)).scalar_one())


async def set_closed(session: AsyncSession, order_id: str) -> None:
    """A paid order stays paid, whatever is heard of it later."""
    here = update(ProviderOrderRow).where(ProviderOrderRow.order_id == order_id, ProviderOrderRow.state == "open")
    await session.execute(here.values(state="closed"))


async def set_expiry(session: AsyncSession, order_id: str, expires_at: datetime) -> None:
    here = update(ProviderOrderRow).where(ProviderOrderRow.order_id == order_id)
    await session.execute(here.values(expires_at=expires_at))


async def orders_to_ask(session: AsyncSession, *, until: datetime, at: datetime, limit: int) -> list[Order]:
    """Open orders made before `until`, those not asked for longest first; all of them are marked as asked."""
    here = (
        select(ProviderOrderRow)
        .where(ProviderOrderRow.state == "open", ProviderOrderRow.ordered_at <= until)
        .order_by(ProviderOrderRow.asked_at.asc().nulls_first(), ProviderOrderRow.ordered_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = list(await session.scalars(here))
    for row in rows:
        row.asked_at = at
    return [_order(row) for row in rows]


async def mark_asked(session: AsyncSession, order_id: str, *, at: datetime, before: datetime) -> bool:
    """Whether the order, made and asked for before that instant, is now to be asked for."""
    here = update(ProviderOrderRow).where(
        ProviderOrderRow.order_id == order_id,
        func.greatest(ProviderOrderRow.ordered_at, ProviderOrderRow.asked_at) <= before,
    )
    done = await session.execute(here.values(asked_at=at).returning(ProviderOrderRow.order_id))
    return done.scalar_one_or_none() is not None


async def insert_refund(session: AsyncSession, wish: RefundOrder) -> bool:
    """Whether it is new."""
    values = {
        "refund_id": wish.refund_id,
        "payment_id": wish.payment_id,
        "order_id": wish.order_id,
        "amount": wish.amount.amount,
        "reason": wish.reason,
        "given_by": wish.given_by,
        "state": wish.state,
        "wished_at": wish.wished_at,
        "returned": wish.returned,
    }
    made = insert(ProviderRefundRow).values(values).on_conflict_do_nothing().returning(ProviderRefundRow.refund_id)
    return (await session.execute(made)).scalar_one_or_none() is not None


async def refund_by_id(session: AsyncSession, refund_id: str) -> RefundOrder | None:
    found = await _refunds(session, refund_id=refund_id)
    return found[0] if found else None


async def end_refund(session: AsyncSession, refund_id: str, state: RefundState) -> bool:
    """Whether this has ended the refund. What was given stays given; what has failed may be given after all."""
    before = ("asked",) if state == "failed" else ("asked", "failed")
    here = update(ProviderRefundRow).where(
        ProviderRefundRow.refund_id == refund_id, ProviderRefundRow.state.in_(before)
    )
    done = await session.execute(here.values(state=state).returning(ProviderRefundRow.refund_id))
    return done.scalar_one_or_none() is not None


async def still_asked(session: AsyncSession, payment_id: str) -> int:
    """What of a payment is on its way back and not booked yet, in minor units."""
    asked = select(func.coalesce(func.sum(ProviderRefundRow.amount), 0)).where(
        ProviderRefundRow.payment_id == payment_id, ProviderRefundRow.state == "asked"
    )
    return int((await session.execute(asked)).scalar_one())


async def refunds_to_ask(session: AsyncSession, *, until: datetime, at: datetime, limit: int) -> list[RefundOrder]:
    """As `orders_to_ask`."""
    here = (
        select(ProviderRefundRow)
        .where(ProviderRefundRow.state == "asked", ProviderRefundRow.wished_at <= until)
        .order_by(ProviderRefundRow.asked_at.asc().nulls_first(), ProviderRefundRow.wished_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = list(await session.scalars(here))
    for row in rows:
        row.asked_at = at
    await session.flush()
    return [wish for row in rows for wish in await _refunds(session, refund_id=row.refund_id)]


async def top_ups_of(session: AsyncSession, balance_id: str) -> list[tuple[Order, int]]:
    """Paid orders of a balance, newest first, with what went or goes back of each, in minor units."""
    back = (
        select(func.coalesce(func.sum(ProviderRefundRow.amount), 0))
        .where(ProviderRefundRow.order_id == ProviderOrderRow.order_id, ProviderRefundRow.state != "failed")
        .scalar_subquery()
    )
    orders = (
        select(ProviderOrderRow, back)
        .where(ProviderOrderRow.balance_id == balance_id, ProviderOrderRow.state == "paid")
        .order_by(ProviderOrderRow.ordered_at.desc(), ProviderOrderRow.order_id)
    )
    return [(_order(row), int(gone)) for row, gone in await session.execute(orders)]


async def order_of_payment(session: AsyncSession, provider: str, reference: str | None) -> Order | None:
    """The order that a payment, by the provider's reference, has paid."""
    here = (ProviderOrderRow.provider == provider, ProviderOrderRow.reference == reference)
    row = await session.scalar(select(ProviderOrderRow).where(*here))
    return None if row is None else _order(row)


async def _refunds(session: AsyncSession, *, refund_id: str) -> list[RefundOrder]:
    here = (
        select(
            ProviderRefundRow,
            ProviderOrderRow.provider,
            ProviderOrderRow.merchant,
            ProviderOrderRow.receiver,
            ProviderOrderRow.amount,
            ProviderOrderRow.currency,
        )
        .join(ProviderOrderRow, ProviderOrderRow.order_id == ProviderRefundRow.order_id)
        .where(ProviderRefundRow.refund_id == refund_id)
    )
    return [
        RefundOrder(
            refund_id=row.refund_id,
            provider=_PROVIDERS[provider],
            merchant=merchant,
            order_id=row.order_id,
            payment_id=row.payment_id,
            paid=Money(paid, currency),
            amount=Money(row.amount, currency),
            reason=row.reason,
            given_by=row.given_by,
            state=_REFUNDS[row.state],
            wished_at=row.wished_at,
            receiver=receiver,
            returned=row.returned,
        )
        for row, provider, merchant, receiver, paid, currency in await session.execute(
            here.execution_options(populate_existing=True)
        )
    ]


def _order(row: ProviderOrderRow) -> Order:
    return Order(
        order_id=row.order_id,
        session_id=row.session_id,
        balance_id=row.balance_id,
        provider=_PROVIDERS[row.provider],
        merchant=row.merchant,
        channel=_CHANNELS[row.channel],
        payer=row.payer,
        amount=Money(row.amount, row.currency),
        state=_TRADES[row.state],
        ordered_at=row.ordered_at,
        expires_at=row.expires_at,
        checkout=row.checkout,
        reference=row.reference,
        receiver=row.receiver,
        share=row.share,
        share_state=None if row.share_state is None else _SHARES[row.share_state],
    )
