"""Alipay against a gateway that speaks its protocol: one effect on the ledger, whatever becomes of the notice."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta

import httpx
import pytest
from sqlalchemy import select

from parking.domain.money import Money
from pricing.providers.alipay import Alipay, signed_text
from pricing.providers.model import Order, ProviderAnswerError
from pricing.providers.service import ProviderDesk
from pricing.settlement.model import RefundWish
from pricing.settlement.tables import PaymentRow
from tests.pricing.providers.alipay_bill_file import trade_bill
from tests.pricing.providers.alipay_server import MERCHANT_KEY, AlipayServer, alipay_merchant
from tests.pricing.providers.paying_city import PayingCity, code_of

pytestmark = pytest.mark.service
PAID = {"provider/alipay": 300, "revenue/D": -300}
OWED = {"receivable/D": 300, "revenue/D": -300}


@dataclass
class Street:
    """The paying city, with Alipay in the place of WeChat Pay."""

    city: PayingCity
    alipay: AlipayServer
    provider: Alipay
    desk: ProviderDesk

    async def ordered(self) -> Order:
        return await self.desk.order("alipay", "s1", channel="native")

    async def hears(self, notice: bytes) -> str:
        return await code_of(lambda: self.desk.take_notice("alipay", {}, notice))


@pytest.fixture
async def street(city: PayingCity) -> AsyncIterator[Street]:
    alipay = AlipayServer(clock=lambda: city.now)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=alipay.app)) as client:
        provider = Alipay(alipay_merchant(), client, lambda: city.now)
        yield Street(city, alipay, provider, ProviderDesk(city.database, [provider], lambda: city.now))


def test_signed_text_is_sorted_and_has_no_empty_values_when_parameters_are_given() -> None:
    assert signed_text({"b": "2 &", "a": "1", "c": ""}) == b"a=1&b=2 &"


async def test_payment_is_booked_once_when_its_notice_comes_four_times_at_once(street: Street) -> None:
    order = await street.ordered()
    assert order.checkout == {"qr_code": f"https://qr.alipay.test/{order.order_id}"}
    notice = street.alipay.pay(order.order_id)
    assert await asyncio.gather(*(street.hears(notice) for _ in range(4))) == ["ok"] * 4
    assert await street.desk.take_notice("alipay", {}, notice) == "success"
    assert await street.city.balances() == PAID


async def test_nothing_is_booked_when_a_notice_is_forged(street: Street) -> None:
    order = await street.ordered()
    notice = street.alipay.pay(order.order_id)
    forged = [
        street.alipay.notice(order.order_id, MERCHANT_KEY),
        notice.replace(b"total_amount=3.00", b"total_amount=3.01"),
        notice.replace(b"RSA2", b"RSA"),
        notice + b"&extra=1",
        b"",
        b"\xff",
    ]
    assert [await street.hears(one) for one in forged] == ["signature_invalid"] * 6
    other = street.alipay.notice(order.order_id, seller_id="2088000000000000")
    assert await street.hears(other) == "provider_answer_invalid"
    assert await street.hears(street.alipay.notice(order.order_id, total_amount="0.01")) == "notice_contradicts"
    assert await street.hears(street.alipay.notice(order.order_id, out_trade_no="nobodys")) == "order_unknown"
    assert await street.city.balances() == OWED


async def test_paid_stays_paid_when_notices_come_out_of_order(street: Street) -> None:
    order = await street.ordered()
    street.alipay.scan(order.order_id)
    waiting = street.alipay.notice(order.order_id)
    paid = street.alipay.pay(order.order_id)
    finished = street.alipay.notice(order.order_id, trade_status="TRADE_FINISHED")
    closed = street.alipay.notice(order.order_id, trade_status="TRADE_CLOSED")
    assert [await street.hears(one) for one in (finished, waiting, closed, paid)] == ["ok"] * 4
    assert await street.city.balances() == PAID
    assert (await street.desk.order_state("alipay", order.order_id)).state == "paid"


async def test_polling_finds_the_payment_when_its_notice_never_comes(street: Street) -> None:
    order = await street.ordered()
    street.city.later(timedelta(minutes=1))
    await street.desk.poll()
    assert (await street.desk.order_state("alipay", order.order_id)).state == "open"
    street.alipay.pay(order.order_id)
    await street.desk.poll()
    assert await street.city.balances() == PAID


async def test_order_ends_when_nobody_paid_it_in_time(street: Street) -> None:
    order = await street.ordered()
    street.alipay.scan(order.order_id)
    street.city.later(timedelta(minutes=31))
    await street.desk.poll()
    assert street.alipay.trades[order.order_id]["trade_status"] == "TRADE_CLOSED"
    assert (await street.desk.order_state("alipay", order.order_id)).state == "closed"
    never = await street.ordered()
    street.city.later(timedelta(minutes=31))
    await street.desk.poll()
    assert (await street.desk.order_state("alipay", never.order_id)).state == "closed"


async def test_refund_is_booked_once_when_it_is_asked_for_again(street: Street) -> None:
    await street.hears(street.alipay.pay((await street.ordered()).order_id))
    async with street.city.database.transaction() as session:
        payment = await session.scalar(select(PaymentRow))
    assert payment is not None
    wish = RefundWish(
        payment_id=payment.payment_id,
        amount=Money(100),
        reason="wrong plate",
        refunded_at=street.city.now,
        given_by="account:li.wei",
    )
    for _ in range(2):
        assert (await street.desk.refund("alipay", wish, refund_id="r1")).state == "given"
    assert await street.city.balances() == {"provider/alipay": 200, "refunds/D": 100, "revenue/D": -300}


async def test_answer_is_refused_when_it_was_changed_on_its_way(street: Street) -> None:
    street.alipay.is_answer_changed = True
    assert await code_of(street.ordered) == "provider_answer_invalid"


async def test_notice_is_covered_as_it_came_when_a_value_is_empty(street: Street) -> None:
    order = await street.ordered()
    notice = street.alipay.pay(order.order_id)
    assert b"&body=&" in notice
    assert await street.hears(notice.replace(b"&body=&", b"&")) == "signature_invalid"
    assert await street.hears(notice) == "ok"


async def test_answer_decides_nothing_when_alipay_could_not_read_the_request(street: Street) -> None:
    street.alipay.is_unreadable = True
    with pytest.raises(ProviderAnswerError, match="invalid-signature"):
        await street.provider.query("o1")


async def test_statement_has_every_movement_when_a_day_is_over(street: Street) -> None:
    assert await street.provider.statement(date(2026, 6, 5)) == ()
    street.alipay.bill = trade_bill()
    payment, refund = await street.provider.statement(date(2026, 6, 5))
    assert (payment.kind, payment.reference) == ("payment", "2026060522001419931441931972")
    assert (payment.order_id, payment.amount, payment.refund_id) == ("o1", Money(300), None)
    assert payment.at.isoformat() == "2026-06-05T16:01:38+08:00"
    assert (refund.kind, refund.refund_id, refund.amount) == ("refund", "r1", Money(100))


async def test_statement_is_refused_when_its_end_is_missing(street: Street) -> None:
    street.alipay.bill = trade_bill(is_cut=True)
    with pytest.raises(ProviderAnswerError, match="documented form"):
        await street.provider.statement(date(2026, 6, 5))
