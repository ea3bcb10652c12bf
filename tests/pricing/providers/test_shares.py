"""WeChat Pay's own sharing of profits: the receiver's share once, booked where it lies, and back before the payer is refunded."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from parking.domain.money import Money
from pricing.providers.agreements import read_wechat
from pricing.providers.model import ProviderSettingsError, Receiver
from pricing.providers.service import ProviderDesk
from pricing.providers.wechat import WechatPay
from pricing.settlement.model import RefundWish
from pricing.settlement.tables import PaymentRow
from tests.pricing.providers.agreement_files import write_wechat
from tests.pricing.providers.paying_city import PayingCity, code_of
from tests.pricing.providers.wechat_server import merchant
from tests.pricing.settlement.stays import add_fee

THEIRS = "1900000109"


@pytest.fixture
async def shared(city: PayingCity) -> AsyncIterator[PayingCity]:
    """The paying city, where the district's stays share 35 percent."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=city.wechat.app)) as client:
        receivers = (Receiver(payee="D", account=THEIRS, share=3500),)
        provider = WechatPay(merchant(receivers=receivers), client, lambda: city.now)
        city.desk = ProviderDesk(city.database, [provider], lambda: city.now)
        yield city


async def paid(city: PayingCity) -> RefundWish:
    """A paid stay of 3.00, and the wish to give 1.00 of it back."""
    await city.hears(city.wechat.pay((await city.ordered()).order_id))
    async with city.database.transaction() as session:
        payment = (await session.scalars(select(PaymentRow.payment_id))).one()
    return RefundWish(
        payment_id=payment, amount=Money(100), reason="wrong plate", refunded_at=city.now, given_by="account:li.wei"
    )


async def polled(city: PayingCity) -> None:
    city.later(timedelta(minutes=1))
    await city.desk.poll()


@pytest.mark.service
async def test_receiver_gets_its_share_once_when_polling_goes_on(shared: PayingCity) -> None:
    await paid(shared)
    assert await shared.balances() == {"provider/wechat": 300, "revenue/D": -300}
    shared.wechat.share_result = "PENDING"
    await polled(shared)
    shared.wechat.share_result = "SUCCESS"
    for _ in range(3):
        await polled(shared)
    (share,) = shared.wechat.shares.values()
    assert (share["account"], share["amount"]) == (THEIRS, 105)
    booked = {"provider/wechat": 195, f"provider/wechat/{THEIRS}": 105, "revenue/D": -300}
    assert await shared.balances() == booked


@pytest.mark.service
async def test_money_is_set_free_when_the_share_of_it_is_nothing(shared: PayingCity) -> None:
    async with shared.database.transaction() as session:
        await add_fee(session, "s2", 1)
    order = await shared.desk.order("wechat", "s2", channel="native")
    await shared.hears(shared.wechat.pay(order.order_id))
    await polled(shared)
    assert shared.wechat.shares[order.order_id]["amount"] == 0
    assert (await shared.desk.order_state("wechat", order.order_id)).share_state == "shared"
    assert (await shared.balances())["provider/wechat"] == 1


@pytest.mark.service
async def test_share_stays_with_the_merchant_when_the_provider_does_not_give_it(shared: PayingCity) -> None:
    wish = await paid(shared)
    shared.wechat.share_result = "CLOSED"
    await polled(shared)
    await polled(shared)
    assert await shared.balances() == {"provider/wechat": 300, "revenue/D": -300}
    assert (await shared.desk.refund("wechat", wish, refund_id="r1")).state == "asked"
    assert shared.wechat.returns == {}


@pytest.mark.service
async def test_share_comes_back_before_the_payer_is_refunded(shared: PayingCity) -> None:
    wish = await paid(shared)
    assert await code_of(lambda: shared.desk.refund("wechat", wish, refund_id="r1")) == "share_due"
    await polled(shared)
    shared.wechat.return_result = "PROCESSING"
    assert (await shared.desk.refund("wechat", wish, refund_id="r1")).state == "asked"
    assert (shared.wechat.refunds, shared.wechat.returns["r1"]["amount"]) == ({}, 35)
    shared.wechat.return_result = "SUCCESS"
    shared.wechat.refund_status = "SUCCESS"
    await polled(shared)
    booked = {"provider/wechat": 130, f"provider/wechat/{THEIRS}": 70, "refunds/D": 100, "revenue/D": -300}
    assert await shared.balances() == booked
    rest = RefundWish(
        payment_id=wish.payment_id, amount=Money(200), reason="r", refunded_at=shared.now, given_by="account:li.wei"
    )
    assert (await shared.desk.refund("wechat", rest, refund_id="r2")).state == "given"
    assert await shared.balances() == {"refunds/D": 300, "revenue/D": -300}


@pytest.mark.service
async def test_refund_ends_when_the_receiver_does_not_give_its_share_back(shared: PayingCity) -> None:
    wish = await paid(shared)
    await polled(shared)
    shared.wechat.return_result = "FAILED"
    assert await code_of(lambda: shared.desk.refund("wechat", wish, refund_id="r1")) == "share_not_returned"
    assert shared.wechat.refunds == {}
    assert (await shared.balances())[f"provider/wechat/{THEIRS}"] == 105


def test_share_is_rounded_half_up_and_read_from_the_agreement(tmp_path: Path) -> None:
    assert [Receiver(payee="D", account=THEIRS, share=3500).of(paid) for paid in (1, 10, 90, 300)] == [0, 4, 32, 105]
    agreement = write_wechat(tmp_path, "http://w")
    told = agreement.read_text(encoding="utf-8")
    table = f'\n[[receivers]]\npayee = "D"\naccount = "{THEIRS}"\nshare = 3500\n'
    agreement.write_text(told + table, encoding="utf-8")
    assert read_wechat(agreement).receivers == (Receiver(payee="D", account=THEIRS, share=3500),)
    for damaged in (table + table, table.replace("3500", "10001"), table.replace("payee", "whose")):
        agreement.write_text(told + damaged, encoding="utf-8")
        with pytest.raises(ProviderSettingsError):
            read_wechat(agreement)
