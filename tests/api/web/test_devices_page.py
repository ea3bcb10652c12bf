"""The page of devices in a real browser: one person registers and tests, another accepts, both see the retrofit."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest_asyncio
from playwright.async_api import Browser

from parking.db.unit_of_work import Database
from parking.domain.clock import to_micros
from parking.raw.model import Outcome, RawMessage, RawRef
from parking.raw.unknown import Sightings
from parking.retrofit import service as retrofit
from parking.retrofit.model import PlannedWeek, week_of
from tests.api.kerb_people import Kerb, opened_kerb
from tests.api.web.browser import DESKTOP, IN_A_BROWSER, PHONE, visit
from tests.api.web.test_operator_pages import WIDER_THAN_SCREEN, Desk

pytestmark = IN_A_BROWSER
DISTRICT = "370305"
STRANGER = "02000000000000f1"
TABS = ("devices", "unknown", "tests", "retrofit", "register")
FILE = "device,vendor,model,space\nG2,PNI,PlacePod,S2\nG3,No,One,\n"


@pytest_asyncio.fixture(loop_scope="package")
async def kerb(database: Database, database_url: str, redis_url: str) -> AsyncIterator[Kerb]:
    async with opened_kerb(database, database_url, redis_url, "12:10") as opened:
        now = opened.time.now
        said = to_micros(now - timedelta(minutes=5))
        heard = Sightings()
        message = RawMessage(said, "http", "chirpstack-v4", "up", "key", b"{}", [Outcome("unknown_device", STRANGER)])
        heard.add(RawRef(said, 1, 0, 0), message)
        async with database.transaction() as session:
            await heard.write(session)
            weeks = [week_of(now) + timedelta(days=7 * number) for number in (-1, 0, 1)]
            plan = [PlannedWeek(district_id=DISTRICT, week=week, spaces=1) for week in weeks]
            await retrofit.set_plan(session, plan, by="account:li.wei", at=now)
        yield opened


async def registers_and_tests(operator: Desk) -> None:
    page = operator.page
    await operator.open("devices", "register")
    await page.set_input_files(
        '#form-import [name="file"]',
        {"name": "street.csv", "mimeType": "text/csv", "buffer": FILE.encode()},
    )
    await page.click("#import")
    await operator.until("#told")
    assert "Registered: 1. Bound: 1. Refused: 1." in await operator.text("main")
    assert "profile_unknown" in await operator.text("main")
    await page.select_option('#form-register [name="profile"]', "Generic/JSON")
    await operator.fill("register", id="G1", batch="2026-1")
    await page.click("#register")
    await operator.until('.chosen[data-chosen="G1"]')
    await operator.fill("bind", space="S1")
    await page.click("#bind")
    await operator.until('.chosen[data-state="installed"]')
    await page.click("#look-into")
    await operator.until("#life")
    assert "Registered" in await operator.text("#life")
    await page.click("#tests")
    await operator.until('.chosen[data-state="testing"]')
    await operator.open("devices", "tests")
    await page.click("#free")
    await page.click("#see-report")
    await operator.until("#looks")
    report = await operator.text(".chosen")
    assert "Not met" in report
    assert not await operator.has("#passed"), "who installs does not accept"
    await operator.open("devices", "unknown")
    await operator.until(f'.chosen h2:has-text("{STRANGER}")')
    await page.select_option('#form-confirm [name="profile"]', "PNI/PlacePod")
    await operator.fill("confirm", id="G9")
    await page.click("#confirm")
    await operator.until('#list-unknown:has-text("Nothing")')


async def looks(attendant: Desk) -> None:
    """An attendant says on a telephone what is there, and sees nothing else of the page."""
    page = attendant.page
    shown = await page.eval_on_selector_all(".pages [data-page]", "all => all.map(one => one.dataset.page)")
    assert shown == ["tests"]
    await attendant.until("#see-report")
    await page.click("#occupied")
    await attendant.until("#banner:not([hidden])")
    assert "同一时刻已有另一条观察" in await attendant.text("#banner"), "the operator has seen that it is free"
    await page.click("#free")
    await page.wait_for_selector("#banner[hidden]", state="attached")


async def accepts(approver: Desk) -> None:
    page = approver.page
    await approver.open("devices", "tests")
    await approver.fill("verdict", reason="seen for a day")
    await page.click("#passed")
    await approver.until("#banner:not([hidden])")
    assert "A limit is not met" in await approver.text("#banner")
    # What is refused is read anew, and the form with it.
    await approver.until('#form-verdict [name="reason"]:invalid')
    approver.visitor.complaints.clear()
    await page.select_option('#form-verdict [name="despite"]', "yes")
    await approver.fill("verdict", reason="seen for a day")
    await page.click("#passed")
    await approver.until('#list-tests:has-text("Nothing")')
    await approver.open("devices", "devices")
    await page.click('#list-devices [data-id="G1"]')
    await approver.until('.chosen[data-state="accepted"]')
    assert "Its word counts" in await approver.text(".chosen")


async def sees_the_retrofit(reader: Desk) -> None:
    """On a phone and in Chinese; nothing is wider than the screen."""
    for tab in TABS[:-1]:
        await reader.open("devices", tab)
        assert not await reader.page.evaluate(WIDER_THAN_SCREEN), tab
    await reader.until("#retrofit-plot")
    drawn = await reader.page.get_attribute("#retrofit-plot", "aria-label")
    assert drawn == "累计计划 3 · 累计完成 1"
    assert await reader.page.locator("#weeks tbody tr").count() == 3
    assert "落后" in await reader.text(".chosen")
    async with reader.page.expect_download() as download:
        await reader.page.click("#table")
    assert (await download.value).suggested_filename == "retrofit.csv"


async def test_device_goes_from_its_box_to_the_map_through_two_persons(browser: Browser, kerb: Kerb) -> None:
    async with (
        visit(browser, DESKTOP) as first,
        visit(browser, DESKTOP) as second,
        visit(browser, PHONE, "zh-CN") as third,
    ):
        operator, approver, reader = Desk(first, kerb), Desk(second, kerb), Desk(third, kerb)
        await operator.log_in("li.wei")
        await approver.log_in("zhao.min")
        await registers_and_tests(operator)
        await reader.log_in("wang.fang", "devices")
        await looks(reader)
        await accepts(approver)
        await third.page.context.clear_cookies()
        await reader.log_in("zhao.min")
        await sees_the_retrofit(reader)
        assert [visitor.complaints for visitor in (first, second, third)] == [[], [], []]
