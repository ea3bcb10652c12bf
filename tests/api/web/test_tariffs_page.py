"""The workbench of tariffs in a real browser: one person writes, another decides, and the street is told what waits."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from parking.db.unit_of_work import Database
from tests.api.kerb_people import PASSWORD, Kerb
from tests.api.tariff_city import DOCUMENT, DRAFTED, TABLES, TOML, opened_tariff_city
from tests.api.web.browser import DESKTOP, IN_A_BROWSER, PHONE, Visit, visit
from tests.pricing.kerb_city import at, stay

pytestmark = IN_A_BROWSER
WIDER_THAN_SCREEN = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest_asyncio.fixture(loop_scope="package")
async def kerb(database: Database, database_url: str, redis_url: str) -> AsyncIterator[Kerb]:
    """With three recorded stays of 130 minutes in the week before."""
    async with opened_tariff_city(database, database_url, redis_url) as opened:
        async with database.transaction() as session:
            for day in (-3, -4, -5):
                await stay(session, at("09:00", day), at("11:10", day), energy=None)
        yield opened


async def log_in(visitor: Visit, kerb: Kerb, name: str) -> None:
    await visitor.page.goto(f"http://127.0.0.1:{kerb.process.port}/operator/tariffs")
    await visitor.page.fill('input[name="name"]', name)
    await visitor.page.fill('input[name="password"]', PASSWORD)
    await visitor.page.press('input[name="password"]', "Enter")
    await visitor.page.wait_for_selector(".pages")
    # The browser itself says that nobody was logged in before.
    visitor.complaints.clear()


async def writes_a_draft(visitor: Visit) -> None:
    """First with a gap between 19:00 and 20:00, which is shown at its line, then whole."""
    page = visitor.page
    await page.click('[data-page="writing"]')
    await page.fill("#toml", TOML.replace('"20:00"', '"19:00"', 1))
    await page.click("#check")
    await page.click('#findings [data-line]:has-text("Error")')
    chosen = "(area => area.value.slice(area.selectionStart, area.selectionEnd))(document.getElementById('toml'))"
    assert (await page.evaluate(chosen)).strip()
    await page.fill("#toml", TOML)
    await page.fill("#zones", "Z1")
    await page.click("#check")
    await page.wait_for_selector("#findings .tag.alert", state="detached")
    assert await page.input_value("#document") == DOCUMENT, "the document that the text names"
    assert "¥18.00" in await visitor.text(".board-says")
    await page.click("#keep")
    await page.wait_for_selector('[data-state="draft"]')


async def simulates(visitor: Visit) -> None:
    page = visitor.page
    await page.fill('#simulation input[name="from"]', "2026-02-23")
    await page.fill('#simulation input[name="to"]', "2026-03-01")
    await page.click("#simulate")
    await page.wait_for_selector("#simulated")
    assert "3 stays: ¥18.00 now, ¥24.00 under this version" in await visitor.text("#simulated")
    async with page.expect_popup() as opening:
        await page.click("#report")
    report = await opening.value
    await report.wait_for_selector("svg")
    assert "fengqiao 1" in await report.inner_text("header")
    columns = await report.evaluate("getComputedStyle(document.querySelector('.cards')).display")
    assert columns == "grid", "the report's own style is allowed"
    await report.check("#en", force=True)
    assert await report.inner_text("h1") == "Tariff simulation", "and its switch needs no script"
    await report.close()


async def test_tariff_is_published_when_two_persons_have_gone_through_its_steps(browser: Browser, kerb: Kerb) -> None:
    async with visit(browser, DESKTOP) as operator, visit(browser, DESKTOP) as approver:
        await log_in(operator, kerb, "li.wei")
        await writes_a_draft(operator)
        await simulates(operator)
        await operator.page.click("#submit")
        await operator.page.wait_for_selector('[data-state="in_review"]')
        assert await operator.page.query_selector('[data-step="review"]') is None

        await log_in(approver, kerb, "zhao.min")
        await approver.page.fill('[data-step="review"] input[name="opinion"]', "as the act says")
        await approver.page.click("#lawful")
        await approver.page.wait_for_selector('[data-state="reviewed"]')

        await operator.page.click('[data-page="tariffs"]')
        await operator.page.fill('[data-step="notice"] input[name="noticed_on"]', "2026-03-02")
        await operator.page.wait_for_selector('#earliest:has-text("10 March")')
        await operator.page.fill('[data-step="notice"] input[name="reference"]', "district.example/notice/3")
        await operator.page.click("#notice")
        await operator.page.wait_for_selector('[data-state="noticed"]')

        await approver.page.click('[data-page="tariffs"]')
        await approver.page.click("#approve")
        await approver.page.wait_for_selector('[data-state="approved"]')
        await approver.page.click("#publish")
        await approver.page.wait_for_selector('[data-standing="planned"]')
        assert "2 signs wait" in await approver.text("#waiting")
        assert "Legal review" not in await approver.text("#steps")
        assert "as the act says" in await approver.text("#steps")

        await operator.page.click('[data-page="signs"]')
        await operator.page.fill('[data-sign="Z1-N"] input', "IMG-7")
        await operator.page.click('[data-sign="Z1-N"] button')
        await operator.page.wait_for_selector('[data-sign="Z1-N"]', state="detached")
        assert await operator.page.query_selector('[data-sign="Z1-S"]') is not None
        assert (operator.complaints, approver.complaints) == ([], [])


async def test_one_person_freezes_and_reverts_in_an_emergency(browser: Browser, kerb: Kerb) -> None:
    async with kerb.person("li.wei") as person, kerb.person("zhao.min") as second:
        one = f"{TABLES}/fengqiao/1"
        await person.post(TABLES, DRAFTED)
        await person.post(f"{one}/submit", {})
        await second.post(f"{one}/review", {"lawful": True, "opinion": "ok"})
        begins = at("00:00", 8).isoformat()
        await person.post(f"{one}/notice", {"noticed_on": "2026-03-02", "reference": "web", "effective_from": begins})
        await second.post(f"{one}/approve", {})
        assert (await person.post(f"{one}/publish", {})).status_code == 200
    kerb.time.now = at("09:00", 8)
    async with visit(browser, PHONE, "zh-CN") as operator, visit(browser, PHONE) as approver:
        await log_in(operator, kerb, "li.wei")
        await operator.page.wait_for_selector('[data-standing="in_force"]')
        await operator.page.fill('[data-step="revert"] input[name="reason"]', "公示牌印错")
        await operator.page.click("#revert")
        await operator.page.wait_for_selector('[data-standing="superseded"]')
        await operator.page.click('[data-page="emergencies"]')
        await operator.page.fill('#freeze input[name="reason"]', "暴雨")
        await operator.page.click("#freeze button")
        await operator.page.wait_for_selector("[data-freeze]")
        assert "暴雨" in await operator.text("[data-freeze]")
        await operator.page.fill('[data-freeze] input[name="reason"]', "雨停")
        await operator.page.click("[data-freeze] button")
        await operator.page.wait_for_selector("[data-freeze]", state="detached")
        assert await operator.page.query_selector("[data-revert] button") is None

        await log_in(approver, kerb, "zhao.min")
        await approver.page.click('[data-page="emergencies"]')
        await approver.page.click("[data-revert] button")
        await approver.page.wait_for_selector("[data-revert]", state="detached")
        assert (operator.complaints, approver.complaints) == ([], [])


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
async def test_nobody_scrolls_sideways_when_the_workbench_is_on_a_phone(
    browser: Browser, kerb: Kerb, language: str
) -> None:
    async with kerb.person("li.wei") as person:
        assert (await person.post(TABLES, DRAFTED)).status_code == 201
    async with visit(browser, PHONE, language) as visitor:
        await log_in(visitor, kerb, "li.wei")
        await visitor.page.wait_for_selector('[data-state="draft"]')
        for name in ("tariffs", "writing", "signs", "emergencies"):
            await visitor.page.click(f'[data-page="{name}"]')
            await visitor.page.wait_for_selector(f'[data-page="{name}"][aria-pressed="true"]')
            assert not await visitor.page.evaluate(WIDER_THAN_SCREEN), name
        assert visitor.complaints == []
