"""Money that goes back through WeChat Pay: booked when the provider says so, once, and never more than was paid."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from parking.domain.money import Money
from pricing.providers.model import ProviderAnswerError, StatementLine
from pricing.settlement import invoices, service
from pricing.settlement.model import RefundWish
from pricing.settlement.tables import PaymentRow
from tests.pricing.providers.paying_city import PayingCity, code_of
from tests.pricing.providers.wechat_bill import trade_bill

pytestmark = pytest.mark.service
PAID = {"provider/wechat": 300, "revenue/D": -300}
GIVEN = {"provider/wechat": 200, "refunds/D": 100, "revenue/D": -300}


async def paid(city: PayingCity) -> RefundWish:
    """A paid stay, and the wish to give 1.00 of it back."""
    await city.hears(city.wechat.pay((await city.ordered()).order_id))
    async with city.database.transaction() as session:
        payment = (await session.scalars(select(PaymentRow.payment_id))).one()
    return RefundWish(
        payment_id=payment, amount=Money(100), reason="wrong plate", refunded_at=city.now, given_by="account:li.wei"
    )


async def test_refund_is_booked_once_when_its_notice_comes_twice(city: PayingCity) -> None:
    wish = await paid(city)
    assert (await city.desk.refund("wechat", wish, refund_id="r1")).state == "asked"
    assert await city.balances() == PAID
    notice = city.wechat.give_back("r1")
    assert await asyncio.gather(*(city.hears(notice) for _ in range(3))) == ["ok"] * 3
    assert await city.balances() == GIVEN
    assert (await city.desk.refund("wechat", wish, refund_id="r1")).state == "given"
    assert await city.balances() == GIVEN


async def test_refund_is_booked_at_once_when_the_provider_gives_at_once(city: PayingCity) -> None:
    wish = await paid(city)
    city.wechat.refund_status = "SUCCESS"
    assert (await city.desk.refund("wechat", wish, refund_id="r1")).state == "given"
    assert await city.balances() == GIVEN


async def test_polling_ends_the_refund_when_answer_and_notice_are_lost(city: PayingCity) -> None:
    wish = await paid(city)
    city.wechat.is_down = True
    assert (await city.desk.refund("wechat", wish, refund_id="r1")).state == "asked"
    city.wechat.is_down = False
    city.wechat.give_back("r1")
    city.later(timedelta(minutes=1))
    await city.desk.poll()
    assert await city.balances() == GIVEN


async def test_polling_asks_for_the_refund_again_when_the_provider_never_heard_of_it(city: PayingCity) -> None:
    wish = await paid(city)
    city.wechat.is_down = True
    await city.desk.refund("wechat", wish, refund_id="r1")
    city.wechat.is_down = False
    city.wechat.refunds.clear()
    city.wechat.refund_status = "SUCCESS"
    city.later(timedelta(minutes=1))
    await city.desk.poll()
    assert await city.balances() == GIVEN


async def test_no_more_goes_back_than_was_paid_when_refunds_are_on_their_way(city: PayingCity) -> None:
    wish = await paid(city)
    await city.desk.refund("wechat", wish, refund_id="r1")
    more = replace(wish, amount=Money(201))
    assert await code_of(lambda: city.desk.refund("wechat", more, refund_id="r2")) == "refund_above_paid"
    assert await code_of(lambda: city.desk.refund("wechat", more, refund_id="r1")) == "idempotency_key_reused"
    await city.desk.refund("wechat", replace(wish, amount=Money(200)), refund_id="r2")
    assert sorted(city.wechat.refunds) == ["r1", "r2"]


async def test_nothing_is_booked_when_the_refund_fails(city: PayingCity) -> None:
    wish = await paid(city)
    await city.desk.refund("wechat", wish, refund_id="r1")
    assert await city.hears(city.wechat.give_back("r1", "CLOSED")) == "ok"
    assert await city.balances() == PAID
    await city.desk.refund("wechat", replace(wish, amount=Money(300)), refund_id="r2")


async def test_refund_stays_on_its_way_when_the_payers_bank_does_not_take_it(city: PayingCity) -> None:
    wish = await paid(city)
    await city.desk.refund("wechat", wish, refund_id="r1")
    assert await city.hears(city.wechat.give_back("r1", "ABNORMAL")) == "ok"
    assert await city.balances() == PAID
    more = replace(wish, amount=Money(201))
    assert await code_of(lambda: city.desk.refund("wechat", more, refund_id="r2")) == "refund_above_paid"
    # A person at the provider sends it to another account of the payer: the same refund is given after all.
    assert await city.hears(city.wechat.give_back("r1")) == "ok"
    assert await city.balances() == GIVEN


async def test_refund_ends_when_the_provider_refuses_it(city: PayingCity) -> None:
    wish = await paid(city)
    (order,) = city.wechat.orders.values()
    order["amount"]["total"] = 50
    assert await code_of(lambda: city.desk.refund("wechat", wish, refund_id="r1")) == "provider_refused"
    order["amount"]["total"] = 300
    assert (await city.desk.refund("wechat", wish, refund_id="r1")).state == "failed"
    assert (await city.desk.refund("wechat", wish, refund_id="r2")).state == "asked"
    assert await city.balances() == PAID


async def test_provider_is_not_asked_when_the_red_invoice_is_missing(city: PayingCity) -> None:
    wish = await paid(city)
    async with city.database.transaction() as session:
        payment, bill, _ = await service.paid_before(session, wish.payment_id)
        await invoices.request(
            session, payment, bill, invoice_id="i1", payee="D", buyer_name="王芳", buyer_tax_number=None, at=city.now
        )
    assert await code_of(lambda: city.desk.refund("wechat", wish, refund_id="r1")) == "red_invoice_missing"
    assert city.wechat.refunds == {}


async def test_terminal_cannot_refund_when_a_provider_has_the_money(city: PayingCity) -> None:
    wish = await paid(city)

    async def at_the_terminal() -> None:
        async with city.database.transaction() as session:
            await service.refund(session, wish)

    assert await code_of(at_the_terminal) == "refund_by_provider"


async def test_refund_is_refused_when_its_notice_is_of_another_amount(city: PayingCity) -> None:
    wish = await paid(city)
    await city.desk.refund("wechat", wish, refund_id="r1")
    city.wechat.refunds["r1"]["amount"]["refund"] = 300
    assert await city.hears(city.wechat.give_back("r1")) == "notice_contradicts"
    city.wechat.refunds["r2"] = city.wechat.refunds["r1"] | {"out_refund_no": "r2"}
    assert await city.hears(city.wechat.give_back("r2")) == "refund_unknown"
    assert await city.balances() == PAID


async def test_statement_has_every_movement_when_its_hash_is_right(city: PayingCity) -> None:
    city.wechat.bill = trade_bill()
    payment, refund = await city.provider.statement(date(2026, 7, 1))
    assert payment == StatementLine(
        kind="payment", reference="4200000001", order_id="o1", refund_id=None, amount=Money(300), at=payment.at
    )
    assert payment.at.isoformat() == "2026-07-01T16:01:02+08:00"
    assert (refund.kind, refund.reference, refund.refund_id) == ("refund", "5000000001", "r1")
    assert refund.amount == Money(100)


async def test_statement_is_refused_when_it_does_not_match_its_hash(city: PayingCity) -> None:
    city.wechat.bill = trade_bill()
    city.wechat.is_bill_changed = True
    with pytest.raises(ProviderAnswerError, match="hash"):
        await city.provider.statement(date(2026, 7, 1))


async def test_statement_is_refused_when_a_row_is_missing(city: PayingCity) -> None:
    lines = trade_bill().decode().splitlines()
    city.wechat.bill = "\n".join(lines[:2] + lines[3:]).encode()
    with pytest.raises(ProviderAnswerError, match="counts 2 rows and has 1"):
        await city.provider.statement(date(2026, 7, 1))


async def test_statement_is_empty_when_the_day_had_no_movement(city: PayingCity) -> None:
    assert await city.provider.statement(date(2026, 7, 1)) == ()
