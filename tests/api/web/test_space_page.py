"""The page behind a space's code in a real browser on a phone: reasons, two taps, one charge, a stranger's view."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser
from sqlalchemy import text

from parking.db.unit_of_work import Database
from tests.api.kerb_people import Kerb, opened_kerb
from tests.api.web.browser import IN_A_BROWSER, PHONE, Visit, visit

pytestmark = IN_A_BROWSER


@pytest_asyncio.fixture(loop_scope="package")
async def kerb(database: Database, database_url: str, redis_url: str) -> AsyncIterator[Kerb]:
    async with opened_kerb(database, database_url, redis_url, "12:10") as opened:
        yield opened


async def scan(visitor: Visit, kerb: Kerb, space: str = "S1") -> None:
    await visitor.page.goto(f"http://127.0.0.1:{kerb.process.port}/s/{space}")
    await visitor.page.wait_for_selector(".card")


async def payments(kerb: Kerb) -> int:
    async with kerb.database.transaction() as session:
        return int((await session.execute(text("SELECT count(*) FROM payment"))).scalar_one())


async def test_driver_pays_once_when_tapping_impatiently(browser: Browser, kerb: Kerb) -> None:
    await kerb.stay("11:00")
    async with visit(browser, PHONE, "zh-CN") as visitor:
        await scan(visitor, kerb)
        assert await visitor.text("#owed") == "¥3.00"
        assert len(await visitor.page.query_selector_all(".lines li")) >= 2
        await visitor.page.click("#pay")
        await visitor.page.dblclick("#confirm")
        await visitor.page.wait_for_selector("[data-paid]")
        assert "¥3.00" in await visitor.text("[data-paid]")
        await visitor.page.reload()
        await visitor.page.wait_for_selector(".sum.paid")
        assert visitor.complaints == []
    assert await payments(kerb) == 1


async def test_plate_makes_the_stay_free_when_the_car_has_its_quota(browser: Browser, kerb: Kerb) -> None:
    await kerb.stay("11:00")
    async with visit(browser, PHONE) as visitor:
        await scan(visitor, kerb)
        await visitor.page.fill("input.plate", "鲁CD12345")
        await visitor.page.press("input.plate", "Enter")
        await visitor.page.wait_for_selector("#owed:text('¥0.00')")
        assert "鲁CD****5" in await visitor.text(".facts")
        assert await visitor.page.query_selector("#pay") is None


async def test_stranger_sees_only_the_amount_when_the_stay_has_a_plate(browser: Browser, kerb: Kerb) -> None:
    stay = await kerb.stay("11:00")
    claim = {"session": stay, "plate": "鲁C88123"}
    await kerb.process.client.post("/v1/spaces/S1/claims", json=claim)
    async with visit(browser, PHONE) as visitor:
        await scan(visitor, kerb)
        assert await visitor.text("#owed") == "¥3.00"
        assert await visitor.page.query_selector(".lines, .facts, input.plate") is None


async def test_bill_is_disputed_when_the_driver_objects_with_one_tap(browser: Browser, kerb: Kerb) -> None:
    await kerb.stay("11:00", "12:00", plate_token="token")
    async with visit(browser, PHONE, "zh-CN") as visitor:
        await scan(visitor, kerb)
        await visitor.page.click("#object")
        await visitor.page.wait_for_selector("[data-appeal]")
        await visitor.page.reload()
        await visitor.page.wait_for_selector(".card")
        assert visitor.complaints == []
    async with kerb.database.transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM appeal WHERE outcome IS NULL")) == 1


async def test_amount_is_shown_again_when_it_has_grown_since(browser: Browser, kerb: Kerb) -> None:
    await kerb.stay("11:00")
    async with visit(browser, PHONE) as visitor:
        await scan(visitor, kerb)
        await visitor.page.click("#pay")
        kerb.time.now = kerb.time.now.replace(hour=13)
        await visitor.page.click("#confirm")
        await visitor.page.wait_for_selector("#banner:not([hidden])")
        await visitor.page.wait_for_selector("#owed:text('¥6.00')")
    assert await payments(kerb) == 0


async def test_page_says_so_when_there_is_no_such_space(browser: Browser, kerb: Kerb) -> None:
    async with visit(browser, PHONE) as visitor:
        await visitor.page.goto(f"http://127.0.0.1:{kerb.process.port}/s/nowhere")
        await visitor.page.wait_for_selector("#banner:not([hidden])")
        assert "no such space" in await visitor.text("#banner")


async def test_map_says_the_price_when_a_zone_charges(browser: Browser, kerb: Kerb) -> None:
    async with visit(browser, PHONE) as visitor:
        await visitor.page.goto(f"http://127.0.0.1:{kerb.process.port}/")
        await visitor.page.wait_for_selector(".row .place:has-text('¥1.50 / 30 min')")
