"""Many stays at once, each notice with a fate of its own: twice, late, out of order, forged or never; charged = paid = ledger."""

import asyncio
from datetime import timedelta
from random import Random
from typing import Final

import pytest
from sqlalchemy import func, select

from pricing.settlement.tables import JournalEntryRow, PaymentRow
from tests.pricing.providers.paying_city import PayingCity
from tests.pricing.providers.wechat_server import STRANGER_KEY
from tests.pricing.settlement.stays import add_fee

pytestmark = pytest.mark.service
STAYS: Final = 60
FATES: Final = ("once", "twice", "late", "forged", "never", "closed_first")


async def fate(city: PayingCity, session_id: str, what: str) -> None:
    order = await city.desk.order("wechat", session_id, channel="native")
    notice = city.wechat.pay(order.order_id)
    if what == "forged":
        forged = city.wechat.notice("TRANSACTION.SUCCESS", city.wechat.orders[order.order_id], STRANGER_KEY)
        assert await city.hears(forged) == "signature_invalid"
    if what == "closed_first":
        before = city.wechat.orders[order.order_id] | {"trade_state": "CLOSED"}
        assert await city.hears(city.wechat.notice("TRANSACTION.CLOSED", before)) == "ok"
        assert await city.hears(notice) == "ok"
    if what in {"once", "twice"}:
        heard = await asyncio.gather(*(city.hears(notice) for _ in range(1 + (what == "twice"))))
        assert set(heard) == {"ok"}


async def test_every_payment_has_one_effect_when_each_notice_has_a_fate_of_its_own(city: PayingCity) -> None:
    random = Random(20260701)  # noqa: S311 - a repeatable choice, no secret
    fates = {f"f{number}": random.choice(FATES) for number in range(STAYS)}
    assert set(fates.values()) == set(FATES)
    async with city.database.transaction() as session:
        for session_id in fates:
            await add_fee(session, session_id, 300)
    await asyncio.gather(*(fate(city, session_id, what) for session_id, what in fates.items()))
    city.later(timedelta(minutes=1))
    await city.desk.poll()
    late = [city.wechat.notice("TRANSACTION.SUCCESS", order) for order in city.wechat.orders.values()]
    random.shuffle(late)
    assert {await city.hears(notice) for notice in late} == {"ok"}
    collected = sum(order["amount"]["total"] for order in city.wechat.orders.values())
    assert await city.balances() == {"provider/wechat": collected, "revenue/D": -collected}
    assert collected == 300 * STAYS
    async with city.database.transaction() as session:
        assert await session.scalar(select(func.count(PaymentRow.payment_id))) == STAYS
        booked = select(func.count()).where(JournalEntryRow.kind == "payment")
        assert await session.scalar(booked) == STAYS
