"""The attendant's page in a real browser on a phone: a whole shift, from the change to the count."""

from collections.abc import AsyncIterator

import pytest

from parking.db.unit_of_work import Database
from tests.api.kerb_people import PASSWORD, Kerb, opened_kerb
from tests.api.web.browser import PHONE, Visit, may_do_without, visit

pytestmark = [
    pytest.mark.service,
    pytest.mark.browser,
    pytest.mark.skipif(may_do_without(), reason="no Chromium is installed"),
]


@pytest.fixture
async def kerb(database: Database, database_url: str, redis_url: str) -> AsyncIterator[Kerb]:
    async with opened_kerb(database, database_url, redis_url, "12:10") as opened:
        yield opened


async def log_in(visitor: Visit, kerb: Kerb, name: str) -> None:
    await visitor.page.goto(f"http://127.0.0.1:{kerb.process.port}/attendant")
    await visitor.page.fill('input[name="name"]', name)
    await visitor.page.fill('input[name="password"]', PASSWORD)
    await visitor.page.press('input[name="password"]', "Enter")


async def test_shift_comes_out_when_a_plate_is_added_and_cash_is_taken(kerb: Kerb) -> None:
    await kerb.stay("10:00", space="S2", plate_token="a token")
    without = await kerb.stay("11:00")
    async with visit(PHONE, "zh-CN") as visitor:
        page = visitor.page
        await log_in(visitor, kerb, "wang.fang")
        await page.fill('input[name="float"]', "10")
        await page.press('input[name="float"]', "Enter")
        await page.wait_for_selector(".stays li")
        await page.fill('input[type="search"]', "s2")
        await page.wait_for_selector(f'.stays:not(:has([data-session="{without}"]))')
        await page.fill('input[type="search"]', "")
        await page.wait_for_selector(f'[data-session="{without}"]')
        first = page.locator(".stays li button").first
        assert await first.get_attribute("data-session") == without
        await first.click()
        await page.fill("input.plate", "鲁C88123")
        await page.press("input.plate", "Enter")
        await page.wait_for_selector(".tag.good:text('鲁C8***3')")
        assert await visitor.text("#owed") == "¥3.00"
        await page.click("#cash-button")
        await page.dblclick("#confirm")
        await page.wait_for_selector("[data-paid]")
        await page.click("#next")
        await page.wait_for_selector("#cash")
        assert await visitor.text("#cash") == "¥3.00"
        await page.click("#close")
        await page.fill('input[name="counted"]', "12.50")
        await page.press('input[name="counted"]', "Enter")
        await page.wait_for_selector("[data-closed]")
        assert "−¥0.50" in await visitor.text("[data-closed]")
        # The browser itself notes that nobody was logged in and no shift was open when the page began.
        assert all("401" in complaint or "404" in complaint for complaint in visitor.complaints)


async def test_page_says_why_when_the_password_or_the_role_is_wrong(kerb: Kerb) -> None:
    async with visit(PHONE) as visitor:
        page = visitor.page
        await log_in(visitor, kerb, "li.wei")
        await page.wait_for_selector("#banner:text('no attendant')")
        await page.fill('input[name="password"]', "wrong password")
        await page.press('input[name="password"]', "Enter")
        await page.wait_for_selector("#banner:text('password is wrong')")
