"""The pages of money, objections, rights and terminals in a real browser: what two persons do there, and who sees what."""

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, Download
from sqlalchemy import text

from parking.db.unit_of_work import Database
from parking.handovers.package import verified
from tests.api.kerb_people import PASSWORD, Kerb
from tests.api.money_city import opened_money_city
from tests.api.web.browser import DESKTOP, IN_A_BROWSER, PHONE, Visit, visit
from tests.parking.evidence.pictures import telephone_jpeg
from tests.pricing.kerb_city import DAY

pytestmark = IN_A_BROWSER
WIDER_THAN_SCREEN = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
TABS = {
    "money": ("takings", "differences", "concessions"),
    "recovery": ("appeals", "refunds", "waivers", "invoices", "arrears"),
    "rights": ("permits", "reservations", "offers"),
    "terminals": ("terminals", "register"),
}
"""Those that a company's operator sees."""


@pytest_asyncio.fixture(loop_scope="package")
async def kerb(database: Database, database_url: str, redis_url: str) -> AsyncIterator[Kerb]:
    async with opened_money_city(database, database_url, redis_url) as opened:
        yield opened


class Desk:
    """Somebody who is logged in on the pages."""

    def __init__(self, visitor: Visit, kerb: Kerb) -> None:
        self.visitor = visitor
        self.page = visitor.page
        self._kerb = kerb
        self._root = f"http://127.0.0.1:{kerb.process.port}/operator"

    async def log_in(self, name: str, section: str = "") -> None:
        """The browser's clock is the city's: what holds and what is over is told by it."""
        await self.page.clock.set_fixed_time(self._kerb.time.now)
        await self.page.goto(f"{self._root}/{section}".rstrip("/"))
        await self.page.fill('input[name="name"]', name)
        await self.page.fill('input[name="password"]', PASSWORD)
        await self.page.press('input[name="password"]', "Enter")
        await self.page.wait_for_selector(".pages")
        # The browser itself says that nobody was logged in before.
        self.visitor.complaints.clear()

    async def open(self, section: str, tab: str) -> None:
        """The page is loaded anew at that tab, as somebody does who has kept its address."""
        await self.page.goto("about:blank")
        await self.page.goto(f"{self._root}/{section}#{tab}")
        await self.page.wait_for_selector(f'[data-page="{tab}"][aria-pressed="true"]')
        await self.page.wait_for_selector("main .card")

    async def fill(self, form: str, **values: str) -> None:
        for name, value in values.items():
            await self.page.fill(f'#form-{form} [name="{name}"]', value)

    async def until(self, selector: str) -> None:
        await self.page.wait_for_selector(selector)

    async def text(self, selector: str) -> str:
        return await self.visitor.text(selector)

    async def has(self, selector: str) -> bool:
        return await self.page.query_selector(selector) is not None


async def looks_after_the_money(operator: Desk) -> None:
    page = operator.page
    await operator.open("money", "takings")
    await page.fill("#day", DAY.isoformat())
    await page.dispatch_event("#day", "change")
    await operator.until('#takings td:has-text("LZ")')
    takings = await operator.text("#takings")
    for sum_ in ("¥13.00", "¥9.00", "¥22.00"):
        assert sum_ in takings, takings

    await operator.open("money", "differences")
    await page.click('#list-differences button:has-text("Drawer short or over")')
    assert "¥10.00 → ¥9.50" in await operator.text('#list-differences [aria-pressed="true"]')
    await page.select_option('#form-assign [name="to"]', "account:wang.fang")
    await page.click("#assign")
    await operator.until('.chosen dd:has-text("wang.fang")')
    await operator.fill("close", reason="found under the drawer")
    await page.click("#close")
    await operator.until('#list-differences:not(:has-text("Drawer"))')
    await page.select_option("#which", "closed")
    await operator.until('.chosen[data-state="closed"]')
    assert "found under the drawer" in await operator.text(".chosen")

    await operator.open("money", "concessions")
    assert await page.input_value("#month") == "2026-03"
    assert "¥6.65" in await operator.text("#statement"), "35 % of 19.00: what was above a bill is no revenue"
    async with page.expect_download() as download:
        await page.click("#file-xlsx")
    assert (await download.value).suggested_filename == "C1-2026-03.xlsx"

    await operator.open("money", "nights")
    nights = await operator.text("main")
    assert "Drawers and stays" in nights
    assert "Done" in nights

    await operator.open("money", "compare")
    rows = "id,time,amount,kind\nP-s2,2026-03-02T14:00:00+08:00,600,payment\nnonsense\n"
    await page.select_option('#form-statement [name="provider"]', "test")
    await page.fill('#form-statement [name="day"]', DAY.isoformat())
    await _choose(operator, rows)
    await page.click("#statement")
    await operator.until("#banner:not([hidden])")
    assert "line 3" in await operator.text("#banner")
    operator.visitor.complaints.clear()
    await _choose(operator, rows.replace("nonsense\n", "P-s3,2026-03-02T09:40:00+08:00,300,payment\n"))
    await page.click("#statement")
    await operator.until("#told")
    assert "Differing: 0" in await operator.text("#told")

    await operator.open("money", "books")
    assert await operator.text("#difference-CNY") == "¥0.00"


async def _choose(desk: Desk, content: str) -> None:
    file = {"name": "bill.csv", "mimeType": "text/csv", "buffer": content.encode()}
    await desk.page.set_input_files('#form-statement [name="file"]', file)  # type: ignore[arg-type]


async def prepares(operator: Desk) -> None:
    """The first person's part: an objection, a refund, a waiver, an invoice."""
    page = operator.page
    await operator.open("recovery", "appeals")
    assert "不是我的车" in await operator.text(".chosen")
    await operator.fill("decide", why="the picture shows another car", right_plate="鲁C88123")
    await page.click("#upheld")
    await operator.until('#list-appeals:has-text("Nothing")')
    await operator.open("recovery", "refunds")
    assert await page.locator("#proofs li").count() == 2
    await page.click("#endorse")
    await operator.until('.chosen[data-state="endorsed"]')
    assert not await operator.has("#giveBack")
    await operator.open("recovery", "waivers")
    await operator.fill("propose", session="s4", reason="the machine was broken", amount="4,5")
    await page.select_option('#form-propose [name="kind"]', "written_off")
    await page.click("#propose")
    await operator.until('#list-waivers button:has-text("Write-off ¥4.50")')
    assert not await operator.has("#yes")
    await operator.open("recovery", "invoices")
    await operator.fill("issued", number="24372000000012345678")
    await page.click("#issued")
    await operator.until('.chosen[data-state="issued"]')
    await operator.fill("reversed", number="24372000000012345679")
    await page.click("#reversed")
    await operator.until('.chosen[data-state="reversed"]')


async def decides(approver: Desk) -> None:
    """The second person's part."""
    page = approver.page
    await approver.open("recovery", "refunds")
    await page.click("#giveBack")
    await approver.until('#list-refunds:has-text("Nothing")')
    await page.select_option("#which", "decided")
    await approver.until('.chosen[data-state="refunded"]')
    await approver.open("recovery", "waivers")
    await page.click('#list-waivers button:has-text("Write-off")')
    await page.click("#yes")
    await approver.until('#list-waivers:not(:has-text("Write-off"))')
    await page.click("#no")
    await approver.until('#list-waivers:has-text("Nothing")')
    await approver.open("recovery", "arrears")
    assert "no late fee" in await approver.text(".chosen")
    await approver.fill("move", reason="three reminders were not answered")
    await page.click("#move")
    await approver.until('.chosen[data-state="noticed"]')
    await approver.open("rights", "listings")
    await approver.fill(
        "add-listings", plate="鲁C00001", authority="交警大队", legal_basis="第 90 条", reason="forged permit"
    )
    await page.click("#add-listings")
    await approver.until('.chosen h2:has-text("***")')
    assert "鲁C00001" not in await approver.text("main")
    await page.click("#lift")
    await approver.until('.chosen .tag:has-text("Ended")')


async def gives_rights(operator: Desk) -> None:
    page = operator.page
    await operator.open("rights", "permits")
    assert not await operator.has('[data-page="listings"]')
    await operator.fill("add-permits", id="R-17", plate="鲁C12345", zones="Z1", valid_to="2026-12-31T00:00")
    await page.click("#add-permits")
    await operator.until('.chosen[data-chosen="R-17"]')
    assert "鲁C12345" not in await operator.text("main")
    await operator.fill("revoke", reason="moved away")
    await page.click("#revoke")
    await operator.until('.chosen .tag:has-text("Ended")')
    await operator.open("rights", "offers")
    await operator.fill("add-offers", space="S2", holder="区政府 / district office")
    await page.select_option('#form-add-offers [name="days"]', "workdays")
    await page.click("#add-offers")
    await operator.until('.chosen:has-text("18:00–08:00")')
    await operator.open("rights", "reservations")
    times = {"valid_from": "2026-03-04T09:00", "valid_to": "2026-03-04T11:00"}
    await operator.fill("add-reservations", plate="鲁C54321", spaces="S1", **times)
    await page.click("#add-reservations")
    await operator.until('.chosen dd:has-text("S1")')
    await operator.fill("add-reservations", plate="鲁C11111", spaces="S1", **times)
    await page.click("#add-reservations")
    await operator.until("#banner:not([hidden])")
    assert "reserved at that time already" in await operator.text("#banner")
    operator.visitor.complaints.clear()
    await page.click("#cancel")
    await operator.until('.chosen .tag:has-text("Ended")')


async def puts_a_terminal_up(operator: Desk) -> None:
    page = operator.page
    await operator.open("terminals", "terminals")
    machine = await operator.text(".chosen")
    for word in ("Faulty", "Printer jam", "Paper 6 %"):
        assert word in machine, machine
    await operator.open("terminals", "register")
    await operator.fill("register", id="T2", operator="LZ", zones="Z1", located="中心路 14 号")
    await page.click("#register")
    await operator.until("#secret")
    secret = await operator.text("#secret")
    await page.click("#written")
    await operator.open("terminals", "terminals")
    await page.click('#list-terminals [data-id="T2"]')
    assert "Never heard" in await operator.text(".chosen")
    assert secret not in await page.content()
    await page.click("#rotate")
    await operator.until("#secret")
    assert await operator.text("#secret") != secret
    await page.click("#written")
    await page.click('#list-terminals [data-id="T2"]')
    await page.click("#revoke")
    await operator.until('.chosen .tag:has-text("Revoked")')


async def works_on_a_case(operator: Desk, kerb: Kerb) -> str:
    """It is given to a person, its picture is looked at with a purpose, and it is decided; answers the picture's id."""
    async with kerb.person("li.wei") as person:
        headers = {"X-CSRF-Token": person.csrf, "Idempotency-Key": "picture", "Content-Type": "image/jpeg"}
        brought = await person.client.post("/v1/operator/evidence?space=S1", content=telephone_jpeg(), headers=headers)
        piece = str(brought.json()["id"])
        wish = {"kind": "blocked_space_report", "space": "S1", "evidence": [piece], "words": "a lorry"}
        assert (await person.post("/v1/operator/cases", wish, key="report")).status_code == 201
    page = operator.page
    await operator.open("cases", "cases")
    await page.select_option('#form-report [name="kind"]', "sign_missing_report")
    await operator.fill("report", space="S2", words="the sign has fallen")
    await page.click("#report")
    await operator.until('#list-cases button:has-text("Report of a missing sign")')
    await page.click('#list-cases button:has-text("Report of a blocked space")')
    await page.select_option('#form-assign [name="to"]', "zhao.min")
    await page.click("#assign")
    await operator.until('.chosen dd:has-text("zhao.min")')
    await page.click("#look-into")
    await operator.until("#steps")
    await page.fill(f'[data-evidence="{piece}"] [name="purpose"]', "case of the lorry")
    await page.press(f'[data-evidence="{piece}"] [name="purpose"]', "Enter")
    await operator.until("#picture")
    assert await page.eval_on_selector("#picture", "image => image.decode().then(() => image.naturalWidth)") == 64
    await page.select_option('#form-decide [name="outcome"]', "handled")
    await operator.fill("decide", reason="the lorry has left")
    await page.click("#decide")
    await operator.until('#list-cases:not(:has-text("Report of a blocked space"))')
    await page.select_option("#which", "closed")
    await operator.until('.chosen .tag:has-text("Handled")')
    return piece


async def hands_evidence_over(operator: Desk, approver: Desk, piece: str) -> None:
    page = operator.page
    await operator.open("cases", "handovers")
    await operator.fill(
        "prepare", authority="交警大队", legal_basis="第 93 条", case_number="17", evidence=piece, reason="asked for it"
    )
    await page.click("#prepare")
    await operator.until('.chosen[data-state="prepared"]')
    assert not await operator.has("#approve")
    await approver.open("cases", "handovers")
    await approver.page.click("#approve")
    await approver.until('.chosen[data-state="made"]')
    async with approver.page.expect_download() as download:
        await approver.page.click("#package")
    assert verified(await _content(await download.value)).complaints == []
    await approver.page.click("#release")
    await approver.until('.chosen[data-state="released"]')


async def _content(download: Download) -> bytes:
    return await asyncio.to_thread((await download.path()).read_bytes)


async def sees_its_own_only(company: Desk) -> None:
    """On a phone and in Chinese; nothing is wider than the screen."""
    for section, tabs in TABS.items():
        await company.open(section, tabs[0])
        shown = await company.page.eval_on_selector_all(".pages [data-page]", "all => all.map(one => one.dataset.page)")
        assert shown == list(tabs), section
        for tab in tabs:
            await company.page.click(f'[data-page="{tab}"]')
            await company.until(f'[data-page="{tab}"][aria-pressed="true"]')
            assert not await company.page.evaluate(WIDER_THAN_SCREEN), tab
    await company.open("money", "differences")
    assert await company.has("#form-assign")
    assert not await company.has("#form-close"), "closing is the city's"


async def test_money_goes_its_way_through_two_persons_and_each_sees_what_is_theirs(
    browser: Browser, kerb: Kerb
) -> None:
    async with (
        visit(browser, DESKTOP) as first,
        visit(browser, DESKTOP) as second,
        visit(browser, PHONE, "zh-CN") as third,
    ):
        operator, approver, company = Desk(first, kerb), Desk(second, kerb), Desk(third, kerb)
        await operator.log_in("li.wei")
        await approver.log_in("zhao.min")
        await company.log_in("ours")
        await sees_its_own_only(company)
        await looks_after_the_money(operator)
        await prepares(operator)
        await decides(approver)
        await gives_rights(operator)
        await puts_a_terminal_up(operator)
        await hands_evidence_over(operator, approver, await works_on_a_case(operator, kerb))
        await company.page.click("main > p > button")
        await company.until('input[name="password"]')
        await company.log_in("fresh")
        links = await company.page.eval_on_selector_all(".sections a", "all => all.map(one => one.pathname)")
        assert links == ["/operator", "/operator/tariffs", "/operator/rights", "/operator/terminals"]
        assert (first.complaints, second.complaints, third.complaints) == ([], [], [])
    async with kerb.database.transaction() as session:
        done = set(await session.scalars(text("SELECT action FROM audit")))
    assert {"difference.assigned", "difference.closed", "appeal.decided", "refund.approved", "waiver.decided"} <= done
    assert {"invoice.reversed", "arrears.moved", "permit.revoked", "vehicle.readmitted", "terminal.revoked"} <= done
