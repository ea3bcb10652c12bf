"""WeChat Pay against a server that speaks its protocol: one effect on the ledger, whatever becomes of the notice."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from pricing.settlement import service
from pricing.settlement.model import PaymentWish
from tests.pricing.providers.paying_city import PayingCity, code_of
from tests.pricing.providers.wechat_server import STRANGER_KEY
from tests.pricing.settlement.ledger_in_memory import AT

pytestmark = pytest.mark.service
PAID = {"provider/wechat": 300, "revenue/D": -300}


async def test_order_is_one_when_it_is_asked_for_again(city: PayingCity) -> None:
    first = await city.ordered()
    assert first.amount.amount == 300
    assert first.checkout == {"code_url": f"weixin://wxpay/bizpayurl?pr={first.order_id}"}
    assert await city.ordered() == first
    assert list(city.wechat.orders) == [first.order_id]


async def test_order_in_the_app_is_signed_for_the_phone_when_the_payer_is_known(city: PayingCity) -> None:
    order = await city.desk.order("wechat", "s1", channel="jsapi", payer="oUpF8uMuAJO_M2pxb1Q9zNjWeS6o")
    assert order.checkout is not None
    assert order.checkout["package"] == f"prepay_id=wx{order.order_id}"
    assert order.checkout["signType"] == "RSA"
    assert await code_of(lambda: city.desk.order("wechat", "s1", channel="jsapi")) == "payer_missing"


async def test_payment_is_booked_once_when_its_notice_comes_four_times_at_once(city: PayingCity) -> None:
    notice = city.wechat.pay((await city.ordered()).order_id)
    assert await asyncio.gather(*(city.hears(notice) for _ in range(4))) == ["ok"] * 4
    assert await city.hears(notice) == "ok"
    assert await city.balances() == PAID
    assert (await city.bill()).state == "paid"


async def test_nothing_is_booked_when_a_notice_is_forged(city: PayingCity) -> None:
    order = await city.ordered()
    notice = city.wechat.pay(order.order_id)
    stranger = city.wechat.notice("TRANSACTION.SUCCESS", city.wechat.orders[order.order_id], STRANGER_KEY)
    unknown = {"wechatpay-serial": "PUB_KEY_ID_OF_NOBODY"}
    forged = [
        stranger,
        replace(notice, body=notice.body.replace("支付成功".encode(), b"")),
        replace(notice, headers={}),
        replace(notice, headers=notice.headers | unknown),
        replace(notice, headers=notice.headers | {"wechatpay-signature": "WECHATPAY/SIGNTEST/abc"}),
    ]
    assert [await city.hears(one) for one in forged] == ["signature_invalid"] * 5
    assert await city.balances() == {"receivable/D": 300, "revenue/D": -300}
    other = city.wechat.notice("TRANSACTION.SUCCESS", city.wechat.orders[order.order_id] | {"mchid": "1"})
    assert await city.hears(other) == "provider_answer_invalid"
    city.later(timedelta(minutes=6))
    assert await city.hears(notice) == "notice_too_old"
    assert await city.balances() == {"receivable/D": 300, "revenue/D": -300}


async def test_amount_is_refused_when_it_is_not_the_orders(city: PayingCity) -> None:
    assert await city.hears(city.wechat.pay((await city.ordered()).order_id, total=1)) == "notice_contradicts"
    assert (await city.bill()).left == 300


async def test_polling_finds_the_payment_when_its_notice_never_comes(city: PayingCity) -> None:
    late = city.wechat.pay((await city.ordered()).order_id)
    await city.desk.poll()
    assert (await city.bill()).state == "open"
    city.later(timedelta(minutes=1))
    await city.desk.poll()
    assert await city.balances() == PAID
    assert await city.hears(late) == "ok"
    await city.desk.poll()
    assert await city.balances() == PAID


async def test_order_is_found_again_when_the_answer_to_it_was_lost(city: PayingCity) -> None:
    city.wechat.is_down = True
    assert await code_of(city.ordered) == "provider_unavailable"
    (number,) = city.wechat.orders
    city.later(timedelta(minutes=1))
    await city.desk.poll()
    city.wechat.is_down = False
    assert (await city.ordered()).order_id == number
    city.wechat.pay(number)
    await city.desk.poll()
    assert await city.balances() == PAID


async def test_order_is_closed_when_its_time_is_over(city: PayingCity) -> None:
    order = await city.ordered()
    city.later(timedelta(minutes=31))
    await city.desk.poll()
    assert city.wechat.orders[order.order_id]["trade_state"] == "CLOSED"
    assert (await city.desk.order_state("wechat", order.order_id)).state == "closed"
    assert (await city.ordered()).order_id != order.order_id


async def test_money_is_booked_when_it_comes_for_an_order_closed_here(city: PayingCity) -> None:
    order = await city.ordered()
    city.later(timedelta(minutes=31))
    await city.desk.poll()
    assert await city.hears(city.wechat.pay(order.order_id)) == "ok"
    assert await city.balances() == PAID
    assert (await city.desk.order_state("wechat", order.order_id)).state == "paid"


async def test_order_is_closed_when_the_driver_paid_in_cash_meanwhile(city: PayingCity) -> None:
    order = await city.ordered()
    cash = PaymentWish(
        session_id="s1", amount=order.amount, method="cash", paid_at=AT, taken_by="terminal:T1", drawer_id="T1"
    )
    async with city.database.transaction() as session:
        await service.pay(session, cash)
    city.later(timedelta(minutes=1))
    await city.desk.poll()
    assert city.wechat.orders[order.order_id]["trade_state"] == "CLOSED"
    assert await code_of(city.ordered) == "bill_already_paid"


async def test_second_payment_is_owed_back_when_cash_came_before_the_notice(city: PayingCity) -> None:
    order = await city.ordered()
    notice = city.wechat.pay(order.order_id)
    cash = PaymentWish(
        session_id="s1", amount=order.amount, method="cash", paid_at=AT, taken_by="terminal:T1", drawer_id="T1"
    )
    async with city.database.transaction() as session:
        await service.pay(session, cash)
    assert await city.hears(notice) == "ok"
    assert await city.balances() == {"cash/T1": 300, "provider/wechat": 300, "revenue/D": -300, "suspense": -300}
    assert (await city.bill()).in_suspense == 300
