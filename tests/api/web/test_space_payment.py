"""Paying at a space by real providers in a real browser on a phone: their code, their app, and the receipt by itself."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser
from sqlalchemy import text

from parking.db.unit_of_work import Database
from tests.api.http_process import listening
from tests.api.kerb_people import Kerb, opened_kerb
from tests.api.web.browser import IN_A_BROWSER, PHONE, Visit, visit
from tests.pricing.providers.agreement_files import write_alipay, write_wechat
from tests.pricing.providers.alipay_server import AlipayServer
from tests.pricing.providers.wechat_server import OPENID, WechatServer

pytestmark = IN_A_BROWSER
WECHAT = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.50"
)
ANDROID = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Mobile Safari/537.36"
BRIDGE = """window.WeixinJSBridge = {invoke: (name, told, done) => {
  window.invoked = {name, told}; done({err_msg: "get_brand_wcpay_request:ok"});
}};"""


@dataclass
class Street:
    """The kerb with agreements, and both providers behind sockets."""

    kerb: Kerb
    wechat: WechatServer
    alipay: AlipayServer

    async def scan(self, visitor: Visit, space: str = "S1") -> None:
        await visitor.page.goto(f"http://127.0.0.1:{self.kerb.process.port}/s/{space}")
        await visitor.page.wait_for_selector("#pay")

    async def hears(self, order_id: str) -> None:
        notice = self.wechat.pay(order_id)
        answer = await self.kerb.process.client.post(
            "/v1/providers/wechat/notices", content=notice.body, headers=notice.headers
        )
        assert answer.status_code == 200, answer.text

    async def methods(self) -> list[str]:
        async with self.kerb.database.transaction() as session:
            return list(await session.scalars(text("SELECT method FROM payment ORDER BY method")))


@pytest_asyncio.fixture(loop_scope="package")
async def street(database: Database, database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Street]:
    wechat, alipay = WechatServer(clock=lambda: kerb.time.now), AlipayServer(clock=lambda: kerb.time.now)
    async with (
        listening(wechat.app) as wechat_url,
        listening(alipay.app) as alipay_url,
        opened_kerb(
            database,
            database_url,
            redis_url,
            "12:10",
            wechat_file=write_wechat(tmp_path, wechat_url),
            alipay_file=write_alipay(tmp_path, f"{alipay_url}/gateway.do"),
            test_provider=False,
        ) as kerb,
    ):
        yield Street(kerb, wechat, alipay)


async def test_driver_pays_with_three_taps_when_the_page_is_opened_in_wechat(browser: Browser, street: Street) -> None:
    await street.kerb.stay("11:00")
    async with visit(browser, PHONE, "zh-CN", agent=WECHAT) as visitor:
        await visitor.page.add_init_script(BRIDGE)
        await street.scan(visitor)
        assert await visitor.text("#rises") == "继续停放：12:30 后为 ¥4.50，13:00 后为 ¥6.00，13:30 后为 ¥7.50"
        await visitor.page.click("#pay")
        assert await visitor.page.query_selector("#confirm") is None
        await visitor.page.click("#by-wechat")
        await visitor.page.wait_for_selector("button#open")
        told = await visitor.page.evaluate("window.invoked")
        (order_id,) = street.wechat.orders
        assert (told["name"], told["told"]["package"]) == ("getBrandWCPayRequest", f"prepay_id=wx{order_id}")
        assert "code=" not in visitor.page.url
        # The notice is lost: the page's own question finds the payment.
        street.wechat.pay(order_id)
        street.kerb.time.now = street.kerb.time.now.replace(second=30)
        await visitor.page.wait_for_selector("[data-paid]")
        assert "¥3.00" in await visitor.text("[data-paid]")
        await visitor.page.click("#invoice summary")
        await visitor.page.fill("#invoice [name=name]", "王芳")
        await visitor.page.click("#invoice button")
        await visitor.page.wait_for_selector("[data-invoice]")
        assert visitor.complaints == []
    async with street.kerb.database.transaction() as session:
        payer = await session.scalar(text("SELECT payer FROM provider_order"))
    assert (payer, await street.methods()) == (OPENID, ["wechat"])


async def test_driver_pays_by_app_or_code_when_another_browser_is_open(browser: Browser, street: Street) -> None:
    for space in ("S1", "S2"):
        await street.kerb.stay("11:00", space=space)
    async with visit(browser, PHONE, agent=ANDROID) as visitor:
        await street.scan(visitor)
        await visitor.page.click("#pay")
        await visitor.page.click("#by-wechat")
        await visitor.page.wait_for_selector("a#open")
        # Whoever comes back from another app to a page that begins anew finds the order again.
        await visitor.page.reload()
        await visitor.page.wait_for_selector("a#open")
        address = await visitor.page.get_attribute("a#open", "href")
        (order_id,) = street.wechat.orders
        assert address is not None
        assert address.startswith(
            f"https://wx.tenpay.test/checkmweb?prepay_id=wx{order_id}&redirect_url=http%3A%2F%2F127"
        )
        await street.hears(order_id)
        await visitor.page.wait_for_selector("[data-paid]")
        await street.scan(visitor, "S2")
        await visitor.page.click("#pay")
        await visitor.page.click("#by-alipay")
        await visitor.page.wait_for_selector("img.code[data-order]")
        alipay_order = await visitor.page.get_attribute("img.code", "data-order")
        assert alipay_order is not None
        assert await visitor.page.get_attribute("a#open", "href") == f"https://qr.alipay.test/{alipay_order}"
        assert await visitor.page.evaluate("document.querySelector('img.code').naturalWidth") > 0
        notice = street.alipay.pay(alipay_order)
        heard = await street.kerb.process.client.post("/v1/providers/alipay/notices", content=notice)
        assert heard.text == "success"
        await visitor.page.wait_for_selector("[data-paid]")
        assert visitor.complaints == []
    assert await street.methods() == ["alipay", "wechat"]


async def test_nothing_is_ordered_when_the_wish_cannot_be_right(street: Street) -> None:
    client, stay = street.kerb.process.client, await street.kerb.stay("11:00")
    wish = {"session": stay, "amount": {"amount": 300, "currency": "CNY"}, "provider": "wechat", "channel": "jsapi"}
    dear = wish | {"amount": {"amount": 301, "currency": "CNY"}}
    refusals = [
        ("S1", wish | {"code": "forged"}, 409, "payer_unknown"),
        ("S1", wish, 400, "payer_missing"),
        ("S1", dear, 409, "amount_changed"),
        ("S2", wish, 404, "session_unknown"),
    ]
    for space, body, status, code in refusals:
        answer = await client.post(f"/v1/spaces/{space}/orders", json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert street.wechat.orders == {}
    placed = (await client.post("/v1/spaces/S1/orders", json=wish | {"channel": "native"})).json()
    for path, code in ((f"S2/orders/{placed['id']}", "session_unknown"), ("S1/orders/nobodys", "order_unknown")):
        answer = await client.get(f"/v1/spaces/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, code)
    free = {"session": stay, "amount": wish["amount"]}
    without_money = await client.post("/v1/spaces/S1/payments", json=free, headers={"Idempotency-Key": "k"})
    assert (without_money.status_code, without_money.json()["code"]) == (404, "provider_unknown")
