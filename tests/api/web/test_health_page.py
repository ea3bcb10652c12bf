"""The page of device health in a real browser: each fault with its times, what to do, and the battery of a device."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from parking.db.unit_of_work import Database
from tests.api.kerb_people import PASSWORD, Kerb, opened_kerb
from tests.api.sick_devices import FADING, GONE, add_sick_devices
from tests.api.web.browser import DESKTOP, IN_A_BROWSER, PHONE, visit

pytestmark = IN_A_BROWSER
WIDER_THAN_SCREEN = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest_asyncio.fixture(loop_scope="package")
async def kerb(database: Database, database_url: str, redis_url: str) -> AsyncIterator[Kerb]:
    async with opened_kerb(database, database_url, redis_url, "12:10") as opened:
        await add_sick_devices(database, opened.time.now, "370305")
        yield opened


@pytest.mark.parametrize(("size", "language"), [(DESKTOP, "en-GB"), (PHONE, "zh-CN")], ids=["desktop", "phone"])
async def test_page_names_each_fault_with_its_times_and_takes_an_answer(
    browser: Browser, kerb: Kerb, size: tuple[int, int], language: str
) -> None:
    is_english = language == "en-GB"
    async with visit(browser, size, language) as visitor:
        page = visitor.page
        await page.clock.set_fixed_time(kerb.time.now)
        await page.goto(f"http://127.0.0.1:{kerb.process.port}/operator/health")
        await page.fill('input[name="name"]', "li.wei")
        await page.fill('input[name="password"]', PASSWORD)
        await page.press('input[name="password"]', "Enter")
        await page.wait_for_selector("#list-faults")
        # The browser itself says that nobody was logged in before.
        visitor.complaints.clear()
        faults = await visitor.text("#list-faults")
        assert ("Stuck" if is_english else "状态卡住") in faults
        assert ("Silent" if is_english else "失联") in faults
        assert "10:10" in faults, "when it was found"
        assert "09:10" in faults, "from when it has lasted"
        assert ("What shows stuck" if is_english else "stuck 的表现") in faults
        await page.click(f'#list-faults button:has-text("{FADING}")')
        chosen = await visitor.text(".chosen")
        assert ("Look at the space" if is_english else "到现场看") in chosen
        await page.click("#acknowledge")
        await page.wait_for_selector('.chosen dd:has-text("li.wei")')
        await page.fill('#form-dismiss [name="reason"]', "the car is there")
        await page.click("#dismiss")
        await page.wait_for_selector("#form-dismiss", state="detached")
        await page.click("#see-device")
        await page.wait_for_selector("#battery-plot .expected")
        assert "2026-03-22" in await visitor.text(".chosen"), "when the battery will be empty"
        assert ("Losing messages" if is_english else "丢包") in await visitor.text("#history")
        await page.select_option("#whose", "allDevices")
        await page.wait_for_selector(f'#list-devices button:has-text("{GONE}")')
        assert not await page.evaluate(WIDER_THAN_SCREEN)
        assert visitor.complaints == []
