"""Balances that a provider tops up and gives back: one effect each, never below zero, every fen by the way it came."""

import asyncio
from datetime import timedelta

import pytest

from parking.domain.money import Money
from pricing.providers.model import Order
from pricing.settlement import balances, service
from pricing.settlement.model import PaymentWish
from tests.pricing.providers.paying_city import PayingCity, code_of
from tests.pricing.settlement.ledger_in_memory import AT

pytestmark = pytest.mark.service
OWED = {"receivable/D": 300, "revenue/D": -300}
PAID = {"revenue/D": -300}


async def topped_up(city: PayingCity, amount: int) -> Order:
    order = await city.desk.top_up("wechat", "b1", Money(amount), channel="native")
    notice = city.wechat.pay(order.order_id)
    assert await asyncio.gather(*(city.hears(notice) for _ in range(3))) == ["ok"] * 3
    city.later(timedelta(seconds=1))
    return order


async def pays_the_stay(city: PayingCity) -> None:
    wish = PaymentWish(
        session_id="s1", amount=Money(300), method="balance", account="b1", paid_at=AT, taken_by="terminal:T1"
    )
    async with city.database.transaction() as session:
        await service.pay(session, wish)


async def held(city: PayingCity) -> int:
    async with city.database.transaction() as session:
        return await balances.held(session, "b1")


async def test_rest_goes_back_by_the_way_it_came_when_a_provider_topped_the_balance_up(city: PayingCity) -> None:
    await topped_up(city, 500)
    await topped_up(city, 400)
    async with city.database.transaction() as session:
        await service.open_bill(session, "s1")
    assert await city.balances() == OWED | {"provider/wechat": 900, "balance/b1": -900}
    await pays_the_stay(city)
    numbers = iter(("r1", "r2"))
    assert await city.desk.give_back("b1", given_by="holder", new_id=lambda: next(numbers)) == Money(600)
    assert {number: one["amount"]["refund"] for number, one in city.wechat.refunds.items()} == {"r1": 400, "r2": 200}
    assert await city.balances() == PAID | {"provider/wechat": 900, "suspense": -600}
    assert await code_of(lambda: city.desk.give_back("b1", given_by="holder")) == "balance_empty"
    assert await city.hears(city.wechat.give_back("r1")) == "ok"
    city.wechat.give_back("r2")
    city.later(timedelta(minutes=1))
    await city.desk.poll()
    assert await city.hears(city.wechat.give_back("r1")) == "ok"
    assert await city.balances() == PAID | {"provider/wechat": 300}


async def test_money_comes_back_into_the_balance_when_the_provider_does_not_give_it(city: PayingCity) -> None:
    await topped_up(city, 500)
    await city.desk.give_back("b1", given_by="holder", new_id=lambda: "r1")
    assert await held(city) == 0
    for _ in range(2):
        assert await city.hears(city.wechat.give_back("r1", "CLOSED")) == "ok"
    assert (await held(city), (await city.balances())["balance/b1"]) == (500, -500)
    (order,) = city.wechat.orders.values()
    order["amount"]["total"] = 50
    assert await city.desk.give_back("b1", given_by="holder", new_id=lambda: "r2") == Money(500)
    assert await held(city) == 500


async def test_polling_finds_the_top_up_and_closes_what_nobody_paid(city: PayingCity) -> None:
    paid = await city.desk.top_up("wechat", "b1", Money(500), channel="native")
    never = await city.desk.top_up("wechat", "b1", Money(500), channel="native")
    city.wechat.pay(paid.order_id)
    city.later(timedelta(minutes=31))
    await city.desk.poll()
    assert await held(city) == 500
    states = [(await city.desk.order_state("wechat", one.order_id)).state for one in (paid, never)]
    assert states == ["paid", "closed"]
    assert await code_of(lambda: city.desk.top_up("wechat", "b1", Money(0), channel="native")) == "amount_not_positive"
