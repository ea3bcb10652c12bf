"""The operator's page in a real browser: one person proposes, another approves, the board shows when it comes."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser

from parking.db.unit_of_work import Database
from parking.occupancy.hour_rows import copy_hours
from pricing.rates.limit_store import write_limits
from tests.api.kerb_people import PASSWORD, Kerb, opened_kerb
from tests.api.web.browser import DESKTOP, IN_A_BROWSER, Visit, visit
from tests.pricing.proposals.reviewed_city import LIMITS, NOW, UNNOTICED, hours

pytestmark = IN_A_BROWSER


@pytest_asyncio.fixture(loop_scope="package")
async def kerb(database: Database, database_url: str, redis_url: str) -> AsyncIterator[Kerb]:
    """A street that was nearly full for four weeks, and a document that lets its price move."""
    async with opened_kerb(database, database_url, redis_url, "09:30", UNNOTICED) as opened:
        async with database.transaction() as session:
            await copy_hours(session, hours(0.95))
            await write_limits(session, "doc-1", LIMITS, by="li", at=NOW)
        yield opened


async def log_in(visitor: Visit, kerb: Kerb, name: str) -> None:
    await visitor.page.goto(f"http://127.0.0.1:{kerb.process.port}/operator")
    await visitor.page.fill('input[name="name"]', name)
    await visitor.page.fill('input[name="password"]', PASSWORD)
    await visitor.page.press('input[name="password"]', "Enter")
    await visitor.page.wait_for_selector(".pages")


async def test_board_says_what_comes_when_two_persons_have_published(browser: Browser, kerb: Kerb) -> None:
    async with visit(browser, DESKTOP) as operator, visit(browser, DESKTOP) as approver:
        await log_in(operator, kerb, "li.wei")
        await log_in(approver, kerb, "zhao.min")
        await limited(operator, approver)
        await announced(operator, kerb)
        await counted(operator)
        await operator.page.click('[data-page="proposals"]')
        await operator.page.click("#review")
        await operator.page.wait_for_selector('[data-state="proposed"] [data-cell="Z1"]')
        assert "▲ ¥2.00 / 30 min" in await operator.text('[data-cell="Z1"]')
        assert await operator.page.query_selector("#approve") is None
        assert "The prior stands: no lottery" in await operator.text("#estimate")
        await edited(operator)

        await approver.page.click('[data-page="proposals"]')
        await approver.page.fill('input[name="from"]', "2026-03-04T07:00")
        await approver.page.click("#approve")
        await approver.page.wait_for_selector('[data-state="approved"]')
        await approver.page.click("#publish")
        await approver.page.wait_for_selector('[data-state="published"]')
        assert "No whole hour" in await approver.text("#verdict")

        # What was published reaches the board of the process a moment later, and the page reads it once.
        await kerb.process.until("/v1/tariffs?zone=Z1", lambda answer: answer["tariffs"][0]["coming"])
        await operator.page.click('[data-page="board"]')
        await operator.page.wait_for_selector("#board td b")
        assert "¥2.00 per 30 min" in await operator.text("#board")
        await operator.page.click('[data-page="audit"]')
        await operator.page.wait_for_selector("#audit")
        assert "Published a proposal" in await operator.text("#audit")


async def limited(operator: Visit, approver: Visit) -> None:
    """A policy is tried, refused with what conflicts, put forward by one and approved by another person."""
    page = operator.page
    await page.click('[data-page="policies"]')
    await page.fill('input[name="affordability_caps"]', "Z1: 4.00")
    await page.fill('input[name="floor"]', "5")
    await page.click("#try-policy")
    await page.wait_for_selector("#banner:not([hidden])")
    assert "affordability cap" in await operator.text("#banner")
    await page.fill('input[name="floor"]', "")
    await page.click("#try-policy")
    await page.wait_for_selector("#trial-outlooks")
    assert "1 of 1 price would move" in await operator.text("#trial")
    await page.fill('#form-policy input[name="reason"]', "the council of May")
    await page.click("#put-policy")
    await page.wait_for_selector("#waiting")
    await approver.page.click('[data-page="policies"]')
    await approver.page.wait_for_selector("#waiting")
    assert "Z1 ¥4.00" in await approver.text("#changed")
    await approver.page.click("#approve-policy")
    await approver.page.wait_for_selector("#policy-versions .good")
    assert "→ zhao.min" in await approver.text("#policy-versions")


async def announced(visitor: Visit, kerb: Kerb) -> None:
    """A refused event is still written in the form; one that stands says what its forecasts look back at, and is opened before it is withdrawn."""
    page = visitor.page
    await page.clock.set_fixed_time(kerb.time.now)
    await page.click('[data-page="events"]')
    wish = {"name": "Lantern fair", "from": "2026-03-05", "last": "2026-03-06", "zones": "Z9"}
    for name, value in wish.items():
        await page.fill(f'#form-announce [name="{name}"]', value)
    await page.click("#announce")
    await page.wait_for_selector("#banner:not([hidden])")
    assert "There is no such zone" in await visitor.text("#banner")
    assert await page.input_value('#form-announce [name="name"]') == "Lantern fair"
    await page.fill('#form-announce [name="zones"]', "Z1")
    await page.press('#form-announce [name="zones"]', "Enter")
    await page.wait_for_selector("#no-earlier")
    assert "5 – 6 Mar 2026" in await visitor.text(".chosen")
    for name, value in (wish | {"from": "2026-02-10", "last": "2026-02-10", "zones": ""}).items():
        await page.fill(f'#form-announce [name="{name}"]', value)
    await page.click("#announce")
    await page.wait_for_selector('#list-events li:nth-child(2) [aria-pressed="true"]')
    await page.click("#list-events button >> nth=0")
    assert "1 earlier day of this name" in await visitor.text(".chosen")
    await page.focus("#withdraw summary")
    await page.keyboard.press("Enter")
    await page.press("#withdraw-event", "Enter")
    await page.wait_for_selector("#list-events:not(:has-text('Coming'))")
    assert "10 Feb 2026" in await visitor.text("#list-events")


async def edited(visitor: Visit) -> None:
    """A price frozen in place shows what that does, another one beyond a limit is refused, and what is kept has its reason."""
    page = visitor.page
    await page.click(".freeze")
    await page.wait_for_selector("#unsaved")
    assert "frozen by hand" in await visitor.text('[data-cell="Z1"]')
    assert "= ¥1.50 / 30 min" in await visitor.text('[data-cell="Z1"]')
    await page.fill('[data-cell="Z1"] input', "2.50")
    await page.press('[data-cell="Z1"] input', "Tab")
    await page.wait_for_selector("#banner:not([hidden])")
    assert "affordability cap" in await visitor.text("#banner")
    await page.fill('[data-cell="Z1"] input', "2")
    await page.press('[data-cell="Z1"] input', "Tab")
    await page.wait_for_selector('[data-cell="Z1"] .up')
    assert "the rule" in await visitor.text("#comparison")
    await page.fill('#form-edit input[name="reason"]', "the school opens")
    await page.click("#edit")
    await page.wait_for_selector("#revisions")
    assert "the school opens" in await visitor.text("#revisions")


async def test_page_says_no_when_the_preparer_tries_to_approve(browser: Browser, kerb: Kerb) -> None:
    async with kerb.person("zhao.min") as approver:
        await approver.post("/v1/operator/proposals", {"zones": ["Z1"]})
    async with visit(browser, DESKTOP) as visitor:
        await log_in(visitor, kerb, "zhao.min")
        await visitor.page.wait_for_selector('[data-state="proposed"]')
        assert await visitor.page.query_selector("#approve") is None
        await visitor.page.fill('input[name="because"]', "the street is being dug up")
        await visitor.page.click("#reject")
        await visitor.page.wait_for_selector('[data-state="rejected"]')
        assert "dug up" in await visitor.text('[data-state="rejected"]')


async def counted(visitor: Visit) -> None:
    """A refused count is still written in the form; one that stands is listed, and says that it is too little to learn from."""
    page = visitor.page
    await page.click('[data-page="surveys"]')
    await page.wait_for_selector("#why-not")
    for name, value in {"zone": "Z1", "at": "2026-03-01T17:10", "spaces": "3", "occupied": "4"}.items():
        await page.fill(f'#form-tell-count [name="{name}"]', value)
    await page.click("#tell-count")
    await page.wait_for_selector("#banner:not([hidden])")
    assert "No more can be occupied" in await visitor.text("#banner")
    assert await page.input_value('#form-tell-count [name="spaces"]') == "3"
    await page.fill('#form-tell-count [name="occupied"]', "2")
    await page.press('#form-tell-count [name="occupied"]', "Enter")
    await page.wait_for_selector('#list-surveys [aria-pressed="true"]')
    assert "2 of 3 occupied" in await visitor.text(".chosen")
    assert "Nothing was learnt" in await visitor.text("#why-not")
