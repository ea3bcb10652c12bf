"""The attendant's page in a real browser on a phone: a whole shift with the network pulled in the middle of it."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

import pytest_asyncio
from playwright.async_api import Browser, Page
from sqlalchemy import text

from api.auth.accounts.service import create_account
from api.auth.model import CITY
from parking.db.unit_of_work import Database
from tests.api.cable import Cable, cable_to
from tests.api.http_process import PATIENCE_S
from tests.api.kerb_people import PASSWORD, Kerb, opened_kerb
from tests.api.web.browser import IN_A_BROWSER, PHONE, Visit, visit
from tests.pricing import kerb_city

pytestmark = IN_A_BROWSER


@pytest_asyncio.fixture(loop_scope="package")
async def kerb(database: Database, database_url: str, redis_url: str) -> AsyncIterator[Kerb]:
    async with opened_kerb(database, database_url, redis_url, "12:10") as opened:
        async with database.transaction() as session:
            await create_account(
                session, name="sun.lei", password=PASSWORD, role="attendant", employer=CITY, now=kerb_city.OPENING
            )
        yield opened


_KEPT: Final = """
async () => {
  await navigator.serviceWorker.ready;
  const answer = (request) => new Promise((resolve) => { request.onsuccess = () => resolve(request.result); });
  const base = await answer(indexedDB.open("parking.attendant"));
  const seen = await answer(base.transaction("kept").objectStore("kept").get("seen"));
  base.close();
  const isPriced = seen?.list && seen.list.spaces.every((stay) => stay.session in seen.prices);
  return isPriced && Boolean(await caches.match("/attendant"));
}
"""


@dataclass
class Phone:
    """One attendant's phone on its cable."""

    visitor: Visit
    kerb: Kerb
    cable: Cable

    @property
    def page(self) -> Page:
        return self.visitor.page

    async def log_in(self, name: str, password: str = PASSWORD) -> None:
        await self.page.fill('input[name="name"]', name)
        await self.page.fill('input[name="password"]', password)
        await self.page.press('input[name="password"]', "Enter")

    async def open_shift(self) -> None:
        await self.page.fill('input[name="float"]', "10")
        await self.page.press('input[name="float"]', "Enter")
        await self.page.wait_for_selector(".stays li")

    async def choose(self, stay: str) -> None:
        await self.page.click(f'[data-session="{stay}"]')
        await self.page.wait_for_selector("#owed")

    async def add_plate(self, plate: str) -> None:
        await self.page.fill("input.plate", plate)
        await self.page.press("input.plate", "Enter")

    async def take_cash(self) -> str:
        """The number of the receipt on the slip."""
        await self.page.click("#cash-button")
        await self.page.dblclick("#confirm")
        await self.page.wait_for_selector("[data-paid]")
        receipt = await self.page.get_attribute("[data-paid]", "data-paid")
        assert receipt is not None
        return receipt

    async def until_kept(self) -> None:
        """The page is in the cache, the worker runs that opens it from there, and the phone knows what stays will cost."""
        # The browser's own waiting takes a promise for a yes.
        async with asyncio.timeout(PATIENCE_S):
            while not await self.page.evaluate(_KEPT):
                await asyncio.sleep(0.05)

    async def reload(self) -> None:
        await self.page.reload()
        await self.page.wait_for_selector("#main > *")

    async def plug(self) -> None:
        await self.cable.plug()
        await self.page.evaluate("dispatchEvent(new Event('online'))")

    async def deeds(self) -> list[tuple[str | None, str | None]]:
        rows = await self.page.query_selector_all("#deeds li")
        return [(await row.get_attribute("data-deed"), await row.get_attribute("data-state")) for row in rows]


@pytest_asyncio.fixture(loop_scope="package")
async def phone(browser: Browser, kerb: Kerb) -> AsyncIterator[Phone]:
    async with cable_to(kerb.process.port) as cable, visit(browser, PHONE, "zh-CN") as visitor:
        phone = Phone(visitor, kerb, cable)
        await visitor.page.goto(f"http://127.0.0.1:{cable.port}/attendant")
        yield phone


async def test_shift_comes_out_when_the_network_fails_in_the_middle_of_it(kerb: Kerb, phone: Phone) -> None:
    await _refused_logins(phone)
    named, unnamed = await kerb.stay("10:00", space="S2", plate_token="a token"), await kerb.stay("11:00")
    other = await kerb.stay("11:30", space="S3")
    await phone.log_in("wang.fang")
    await phone.open_shift()
    await _search(phone, named, unnamed)
    await phone.until_kept()
    await phone.cable.pull()
    await phone.reload()
    await phone.page.wait_for_selector("#age.lost")
    slip = await _offline_round(phone, unnamed, named, other)
    await phone.reload()
    await _nothing_leaves(phone)
    await _meanwhile(kerb, named, other)
    await _other_login(phone)
    await _delivered(phone, slip)
    await _counted(phone)
    await _in_english(phone)
    await _cash_that_is_refused(phone)
    assert all(re.search(r"\b(400|401|403|404|409)\b|ERR_", complaint) for complaint in phone.visitor.complaints)


async def _refused_logins(phone: Phone) -> None:
    await phone.log_in("li.wei")
    await phone.page.wait_for_selector("#banner:text('不是收费员')")
    await phone.log_in("wang.fang", "wrong password")
    await phone.page.wait_for_selector("#banner:text('密码错误')")


async def _search(phone: Phone, named: str, unnamed: str) -> None:
    first = phone.page.locator(".stays li button").first
    assert await first.get_attribute("data-session") == unnamed
    await phone.page.fill('input[type="search"]', "s2")
    await phone.page.wait_for_selector(f'.stays:not(:has([data-session="{unnamed}"]))')
    await phone.page.fill('input[type="search"]', "")
    await phone.page.wait_for_selector(f'[data-session="{unnamed}"]')
    await phone.choose(named)
    await phone.page.click("#back")
    await phone.page.wait_for_selector(".stays li")


async def _offline_round(phone: Phone, unnamed: str, named: str, other: str) -> str:
    """A plate and cash, cash for a stay that is paid otherwise meanwhile, a plate that somebody else knows better."""
    page = phone.page
    await phone.choose(unnamed)
    picture = {"name": "plate.png", "mimeType": "image/png", "buffer": await page.screenshot()}
    await page.set_input_files("#picture", picture)  # type: ignore[arg-type]
    await page.wait_for_selector('[data-picture="waiting"]')
    assert await page.evaluate("document.querySelector('img.picture').decode().then(() => true)")
    await phone.add_plate("鲁C88123")
    await page.wait_for_selector(".tag.good:text('鲁C8***3')")
    assert await phone.visitor.text("#owed") == "¥3.00"
    slip = await phone.take_cash()
    await page.wait_for_selector("#slip-waits")
    assert await page.query_selector(".slip svg.code path") is not None
    printed = await page.pdf(prefer_css_page_size=True)
    (width,) = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ", printed)
    assert round(float(width) / 72 * 25.4) == 58
    await page.click("#next")
    assert await phone.visitor.text("#cash") == "¥3.00"
    await phone.choose(named)
    await phone.take_cash()
    await page.click("#next")
    await phone.choose(other)
    await phone.add_plate("鲁CD12345")
    await page.wait_for_selector("#no-price:text('新能源')")
    await page.click("#code-button")
    await page.wait_for_selector("#pay-code svg.code")
    assert "/s/S3" in await phone.visitor.text("#pay-code")
    await page.click("#report")
    await page.select_option('select[name="kind"]', "sign_missing_report")
    await page.fill('input[name="words"]', "鲁C00001 旁边的标牌没了")
    await page.set_input_files("#report-picture", picture)  # type: ignore[arg-type]
    await page.wait_for_selector("#report-form img.picture")
    await page.click('#report-form [type="submit"]')
    await page.wait_for_selector("#banner:text('联网后上报')")
    await page.click("#back")
    return slip


async def _nothing_leaves(phone: Phone) -> None:
    page = phone.page
    await page.wait_for_selector("#deeds")
    deeds = [deed for deed, state in await phone.deeds() if state == "waiting"]
    assert deeds == ["picture", "plate", "cash", "cash", "plate", "picture", "report"]
    await page.click("#close")
    await page.wait_for_selector(".banner:text('联网上传后才能交班')")
    await page.click(".card .actions .quiet")
    await page.click("#leave")
    await page.wait_for_selector(".banner:text('还有 7 笔未上传')")
    await page.click("#leave")
    await page.wait_for_selector("#banner:text('离线时不能退出')")


async def _meanwhile(kerb: Kerb, named: str, other: str) -> None:
    """The driver pays by the code, another attendant reads the other plate, and the login ends."""
    paid = await kerb.process.client.post(
        "/v1/spaces/S2/payments",
        json={"session": named, "amount": {"amount": 600, "currency": "CNY"}},
        headers={"Idempotency-Key": "driver"},
    )
    assert paid.status_code == 201, paid.text
    async with kerb.person("sun.lei") as second:
        assert (await second.post(f"/v1/attendant/sessions/{other}/plate", {"plate": "鲁C00001"})).status_code == 200
    async with kerb.database.transaction() as session:
        await session.execute(text("DELETE FROM account_login WHERE account_name = 'wang.fang'"))


async def _other_login(phone: Phone) -> None:
    """Somebody else's login tells nothing of what waits; its owner's tells all."""
    await phone.plug()
    await phone.page.wait_for_selector(".foreign:text('wang.fang 有 7 笔')")
    await phone.log_in("sun.lei")
    await phone.page.wait_for_selector('input[name="float"]')
    await phone.page.wait_for_selector(".foreign:text('wang.fang 有 7 笔')")
    assert await _payments(phone.kerb) == 1
    await phone.page.click("#leave")
    await phone.page.wait_for_selector('input[name="password"]')
    await phone.log_in("wang.fang")
    await phone.page.wait_for_selector("#deeds")


async def _delivered(phone: Phone, slip: str) -> None:
    page = phone.page
    await page.wait_for_selector('#deeds [data-state="over"]')
    assert await phone.deeds() == [("plate", "refused"), ("cash", "over")]
    assert "已登记其他车牌" in await phone.visitor.text("#deeds")
    assert "¥6.00 已提请退款" in await phone.visitor.text("#deeds")
    assert await _payments(phone.kerb) == 3
    receipt = await phone.kerb.process.client.get(f"/r/{slip}")
    assert receipt.status_code == 200
    async with phone.kerb.person("wang.fang") as attendant:
        assert (await attendant.get("/v1/shifts/current"))["cash"]["amount"] == 900
    async with phone.kerb.database.transaction() as session:
        proposed = await session.scalar(text("SELECT sum(amount) FROM refund_proposal"))
        assert int(proposed or 0) == 600
        assert int(await session.scalar(text("SELECT sum(amount) FROM posting")) or 0) == 0
        kept = await session.execute(text("SELECT media_type, width FROM evidence"))
        assert [tuple(row) for row in kept] == [("image/jpeg", PHONE[0])] * 2
    async with phone.kerb.person("li.wei") as operator:
        (case,) = (await operator.get("/v1/operator/cases"))["cases"]
        assert (case["kind"], case["space"]) == ("sign_missing_report", "S3")
        assert "00001" not in str(case)
    await page.click("[data-drop]")
    await page.wait_for_selector('#deeds:not(:has([data-state="refused"]))')
    await page.click('#deeds [data-state="over"] .quiet')
    await page.wait_for_selector("#main:not(:has(#deeds))")


async def _counted(phone: Phone) -> None:
    page = phone.page
    await page.click("#close")
    await page.fill('input[name="counted"]', "18.50")
    await page.press('input[name="counted"]', "Enter")
    await page.wait_for_selector("[data-closed]")
    assert "−¥0.50" in await phone.visitor.text("[data-closed]")


async def _in_english(phone: Phone) -> None:
    """The same with a network: the service itself names the sum and refuses it when it has changed."""
    page, kerb = phone.page, phone.kerb
    stay = await kerb.stay("11:00")
    await page.click("#language")
    await page.click("[data-closed] .main")
    await phone.open_shift()
    await phone.choose(stay)
    await page.click("#cash-button")
    kerb.time.now = kerb_city.at("12:40")
    await page.click("#confirm")
    await page.wait_for_selector("#banner:text('The amount has changed')")
    await page.wait_for_selector("#owed:text('¥4.50')")
    await phone.take_cash()
    assert await page.query_selector("#slip-waits") is None
    assert "Payee" in await phone.visitor.text(".slip .facts")
    await page.click("#next")
    await page.wait_for_selector("#age:text('List of')")


async def _cash_that_is_refused(phone: Phone) -> None:
    """A phone that was off for a quarter of a year: what nobody books stays on it until it is handed over."""
    page, kerb = phone.page, phone.kerb
    stay = await kerb.stay("11:00")
    await page.reload()
    await page.wait_for_selector(f'[data-session="{stay}"]')
    await phone.until_kept()
    await phone.cable.pull()
    await phone.choose(stay)
    await phone.take_cash()
    await page.click("#next")
    kerb.time.now = kerb_city.at("12:40", days=91)
    await phone.plug()
    await phone.log_in("wang.fang")
    await page.wait_for_selector('#deeds [data-state="refused"]:has-text("Older than ninety days")')
    await page.click("[data-drop]")
    await page.click('[data-drop]:text("the cash is handed over")')
    await page.wait_for_selector("#main:not(:has(#deeds))")


async def _payments(kerb: Kerb) -> int:
    async with kerb.database.transaction() as session:
        return int(await session.scalar(text("SELECT count(*) FROM payment")) or 0)
