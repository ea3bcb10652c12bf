"""One account for each payee: whose stay it is says where the money goes, where it comes back from, and how it is booked."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select, text

from parking.domain.money import Money
from pricing.providers.accounts import Accounts
from pricing.providers.agreements import agreements_at, read_wechat
from pricing.providers.model import Order, ProviderSettingsError, ProviderUnknownError
from pricing.providers.service import ProviderDesk
from pricing.providers.wechat import WechatPay
from pricing.settlement import invoices, service
from pricing.settlement.model import RefundWish
from pricing.settlement.tables import PaymentRow
from tests.pricing.providers.agreement_files import write_wechat
from tests.pricing.providers.paying_city import PayingCity, code_of
from tests.pricing.providers.wechat_server import Notice, WechatServer, merchant
from tests.pricing.settlement.ledger_in_memory import AT
from tests.pricing.settlement.stays import add_fee

COMPANY = "1900000002"


@dataclass
class Street:
    """The paying city; its stay `s1` is the treasury's, `c1` is the stay of a company with an account of its own."""

    city: PayingCity
    company: WechatServer
    desk: ProviderDesk

    async def ordered(self, session_id: str) -> Order:
        return await self.desk.order("wechat", session_id, channel="native")

    async def hears(self, notice: Notice) -> str:
        return await code_of(lambda: self.desk.take_notice("wechat", notice.headers, notice.body))


@pytest.fixture
async def street(city: PayingCity) -> AsyncIterator[Street]:
    async with city.database.transaction() as session:
        for statement in (
            "INSERT INTO operator (operator_id, name, name_en) VALUES ('OURS', '甲', 'Ours')",
            "INSERT INTO zone (zone_id, district_id, name, name_en, area_class) VALUES ('Y', 'D', '东路', 'East', 'I')",
            "INSERT INTO concession VALUES ('C1', 'OURS', '甲停车公司', '2026-01-01Z', NULL)",
            "INSERT INTO concession_zone VALUES ('C1', 'Y')",
        ):
            await session.execute(text(statement))
        await add_fee(session, "c1", 500, zone_id="Y")
    company = WechatServer(clock=lambda: city.now, merchant_id=COMPANY)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=company.app)) as client:
        own = WechatPay(merchant(merchant_id=COMPANY, payees=frozenset({"OURS"})), client, lambda: city.now)
        yield Street(city, company, ProviderDesk(city.database, [city.provider, own], lambda: city.now))


@pytest.mark.service
async def test_money_goes_to_the_payees_own_account_when_it_has_one(street: Street) -> None:
    treasury, company = await street.ordered("s1"), await street.ordered("c1")
    assert (list(street.city.wechat.orders), list(street.company.orders)) == ([treasury.order_id], [company.order_id])
    assert await street.hears(street.company.pay(company.order_id)) == "ok"
    assert await street.hears(street.city.wechat.pay(treasury.order_id)) == "ok"
    booked = {"provider/wechat": 300, f"provider/wechat/{COMPANY}": 500, "revenue/D": -300, "revenue/OURS": -500}
    assert await street.city.balances() == booked


@pytest.mark.service
async def test_notice_is_refused_when_another_account_tells_of_the_order(street: Street) -> None:
    company = await street.ordered("c1")
    told = street.company.pay(company.order_id)
    strangers = street.city.wechat.notice(
        "TRANSACTION.SUCCESS", street.company.orders[company.order_id] | {"mchid": street.city.wechat.merchant_id}
    )
    assert await street.hears(strangers) == "order_unknown"
    assert await street.hears(told) == "ok"


@pytest.mark.service
async def test_polling_asks_each_account_when_no_notice_came(street: Street) -> None:
    for server, session_id in ((street.city.wechat, "s1"), (street.company, "c1")):
        server.pay((await street.ordered(session_id)).order_id)
    street.city.later(timedelta(minutes=1))
    await street.desk.poll()
    assert (await street.city.balances())[f"provider/wechat/{COMPANY}"] == 500
    assert (await street.city.bill()).state == "paid"


@pytest.mark.service
async def test_refund_comes_out_of_the_account_that_took_the_money_after_the_red_invoice(street: Street) -> None:
    await street.hears(street.company.pay((await street.ordered("c1")).order_id))
    async with street.city.database.transaction() as session:
        payment = await session.scalar(select(PaymentRow).where(PaymentRow.session_id == "c1"))
        assert payment is not None
        paid, bill, _ = await service.paid_before(session, payment.payment_id)
        payee = await service.payee_name(session, bill)
        asked = {"buyer_name": "王芳", "buyer_tax_number": None, "invoice_id": "i1", "at": street.city.now}
        invoice = await invoices.request(session, paid, bill, payee=payee, **asked)  # type: ignore[arg-type]
        assert invoice.payee == "甲停车公司"
    wish = RefundWish(
        payment_id=payment.payment_id,
        amount=Money(200),
        reason="wrong plate",
        refunded_at=AT,
        given_by="account:li.wei",
    )

    async def refund() -> None:
        await street.desk.refund("wechat", wish, refund_id="r1")

    assert await code_of(refund) == "red_invoice_missing"
    async with street.city.database.transaction() as session:
        await invoices.issued(session, await invoices.find(session, "i1", lock=True), number="1", at=AT)
        await invoices.reversed_by(session, await invoices.find(session, "i1", lock=True), red_number="2", at=AT)
    await refund()
    assert list(street.company.refunds) == ["r1"]
    assert await street.hears(street.company.give_back("r1")) == "ok"
    balances = await street.city.balances()
    assert (balances[f"provider/wechat/{COMPANY}"], balances["refunds/OURS"]) == (300, 200)


def accounts(*payees: frozenset[str]) -> Accounts:
    client = httpx.AsyncClient()
    return Accounts(
        [WechatPay(merchant(merchant_id=f"m{at}", payees=own), client, lambda: AT) for at, own in enumerate(payees)]
    )


def test_payee_without_an_agreement_is_named_when_nobody_may_collect_for_it() -> None:
    own = accounts(frozenset({"OURS"}))
    assert own.of_payee("wechat", "OURS").merchant_id == "m0"
    with pytest.raises(ProviderUnknownError) as refused:
        own.of_payee("wechat", "D")
    assert refused.value.code == "payee_without_agreement"


def test_agreements_are_refused_when_two_are_for_one_payee() -> None:
    accounts(frozenset({"OURS"}), frozenset({"D"}), frozenset())
    with pytest.raises(ProviderSettingsError, match="OURS"):
        accounts(frozenset({"OURS", "D"}), frozenset({"OURS"}))
    with pytest.raises(ProviderSettingsError, match="everyone else"):
        accounts(frozenset(), frozenset())


def test_folder_of_agreements_is_read_when_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProviderSettingsError, match="holds no agreement"):
        agreements_at(tmp_path)
    agreement = write_wechat(tmp_path, "http://w")
    told = agreement.read_text(encoding="utf-8")
    agreement.write_text('payees = ["OURS", "370303"]\n' + told, encoding="utf-8")
    (path,) = agreements_at(tmp_path)
    assert read_wechat(path).payees == {"OURS", "370303"}
    agreement.write_text('payees = "OURS"\n' + told, encoding="utf-8")
    with pytest.raises(ProviderSettingsError, match="payees is a list"):
        read_wechat(path)
