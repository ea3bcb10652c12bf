"""What is done by itself for a day that is over: once, resumed where it stopped, and tried again where it failed."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta

import httpx
import pytest
from sqlalchemy import func, select, text

from parking.db.unit_of_work import Database
from parking.domain.money import Money
from pricing.providers.model import ProviderAwayError, StatementLine
from pricing.providers.service import ProviderDesk
from pricing.providers.wechat import WechatPay
from pricing.reconciliation import differences, nights
from pricing.reconciliation.comparing import Day, TerminalTotal, compare_terminals
from pricing.reconciliation.differences import Scope
from pricing.reconciliation.nightly import Nightly
from pricing.reconciliation.tables import NightStepRow, SettlementBatchRow
from pricing.settlement import service
from pricing.settlement.drawers import close_drawer
from pricing.settlement.model import PaymentWish
from tests.pricing.providers.wechat_server import WechatServer, merchant
from tests.pricing.reconciliation.month import (
    END,
    JUNE,
    START,
    ZIBO,
    add_bill,
    add_stay,
    make_places,
    pay,
    set_terms,
    terms,
)

pytestmark = pytest.mark.service
NOON = START + timedelta(hours=12)
NIGHT = START + timedelta(days=1, hours=2)
MORNING = START + timedelta(days=1, hours=11)


class Wechat(WechatPay):
    """WeChat Pay whose bill is what the test says; the rest of it is real, and nothing of that is asked here."""

    bill: tuple[StatementLine, ...] = ()
    is_away = False

    async def statement(self, day: date) -> tuple[StatementLine, ...]:
        if self.is_away:
            raise ProviderAwayError("wechat does not answer")
        return tuple(line for line in self.bill if line.at.astimezone(ZIBO).date() == day)


class City:
    """The month's places, a provider and the job, at an hour that the test holds."""

    def __init__(self, database: Database, client: httpx.AsyncClient) -> None:
        self.database = database
        self.now = NIGHT
        self.wechat = Wechat(merchant(), client, lambda: self.now)
        self.job = Nightly(database, ProviderDesk(database, [self.wechat], lambda: self.now), lambda: self.now)

    async def run(self, at: datetime) -> dict[tuple[int, str, str], tuple[str, object]]:
        """Let it be that hour and do what is due; what came of every step, by day of the month, step and subject."""
        self.now = at
        await self.job.run()
        async with self.database.transaction() as session:
            rows = await nights.listed(session, JUNE - timedelta(days=40))
        return {(row.day.day, row.step, row.subject): (row.state, row.outcome or row.code) for row in rows}

    async def open(self) -> dict[str, tuple[int | None, int | None]]:
        async with self.database.transaction() as session:
            rows = await differences.listed(session, Scope(), state="open")
        return {f"{row.kind} {row.reference}": (row.expected, row.found) for row in rows}

    async def paid(self, session_id: str, amount: int, at: datetime) -> None:
        """Through WeChat, as a notice books it."""
        async with self.database.transaction() as session:
            await add_bill(session, session_id, amount, at)
            wish = PaymentWish(
                session_id=session_id,
                amount=Money(amount),
                method="wechat",
                paid_at=at,
                taken_by="wechat",
                provider_reference=f"W-{session_id}",
                is_collected=True,
            )
            await service.pay(session, wish)


def line(session_id: str, amount: int, at: datetime) -> StatementLine:
    return StatementLine(
        kind="payment", reference=f"W-{session_id}", order_id=session_id, refund_id=None, amount=Money(amount), at=at
    )


@pytest.fixture
async def city(database: Database) -> AsyncIterator[City]:
    await make_places(database)
    await set_terms(database, terms("C1"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(WechatServer(clock=lambda: NOON).app)) as client:
        yield City(database, client)


async def test_day_is_compared_and_settled_when_it_is_over_and_once(city: City) -> None:
    async with city.database.transaction() as session:
        await pay(session, "s1", 1_000, NOON)
        await add_stay(session, "forgotten", NOON)
        await close_drawer(session, drawer_id="T1", counted=Money(950), closed_by="T1", closed_at=NOON)
    await city.paid("s2", 300, NOON)
    city.wechat.bill = (line("s2", 300, NOON), line("s9", 700, NOON))
    done = await city.run(NIGHT)
    assert done[1, "drawers_and_stays", ""] == (
        "done",
        {"differing": 2, "gone": 0, "leaked_stays": 0, "leaked_amount": 0},
    )
    assert done[1, "batches", "C1"] == ("done", {"batches": 1, "gross": 1_300, "payable": 455})
    assert done[1, "batches", "C2"] == ("failed", "terms_unknown")
    assert done[1, "provider_bill", "wechat"] == ("waiting", None)
    done = await city.run(MORNING)
    assert done[1, "provider_bill", "wechat"] == ("done", {"rows": 2, "differing": 1, "gone": 0})
    assert done[1, "open_differences", ""] == ("done", {"differing": 1, "gone": 0})
    assert await city.open() == {
        "drawer_differs " + await _only_close(city): (1_000, 950),
        "missing_in_ledger wechat/payment/W-s9": (None, 700),
        "stay_unbilled forgotten": (None, None),
    }
    again = await city.run(MORNING + timedelta(minutes=5))
    assert again == done
    async with city.database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(SettlementBatchRow)) == 1


async def test_failed_download_is_an_open_item_until_it_succeeds(city: City) -> None:
    await city.paid("s2", 300, NOON)
    city.wechat.is_away = True
    done = await city.run(MORNING)
    assert done[1, "provider_bill", "wechat"] == ("failed", "provider_unavailable")
    assert done[1, "drawers_and_stays", ""][0] == "done"
    city.wechat.is_away = False
    city.wechat.bill = (line("s2", 300, NOON),)
    assert (await city.run(MORNING + timedelta(minutes=20)))[1, "provider_bill", "wechat"][0] == "failed"
    done = await city.run(MORNING + timedelta(minutes=31))
    assert done[1, "provider_bill", "wechat"] == ("done", {"rows": 1, "differing": 0, "gone": 0})
    assert await city.open() == {}
    async with city.database.transaction() as session:
        row = await session.get(NightStepRow, (JUNE, "provider_bill", "wechat"))
        assert row is not None
        assert (row.tries, row.code) == (2, None)


async def test_step_is_done_again_when_its_transaction_was_cut(city: City) -> None:
    """The batch and its mark are one: without the mark there is no batch, and the next turn makes both."""
    async with city.database.transaction() as session:
        await pay(session, "s1", 1_000, NOON)
        await session.execute(
            text("ALTER TABLE night_step ADD CONSTRAINT cut CHECK (step <> 'batches' OR state <> 'done')")
        )
    done = await city.run(NIGHT)
    assert done[1, "batches", "C1"] == ("failed", "internal_error")
    assert done[1, "drawers_and_stays", ""][0] == "done"
    async with city.database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(SettlementBatchRow)) == 0
        await session.execute(text("ALTER TABLE night_step DROP CONSTRAINT cut"))
    done = await city.run(NIGHT + timedelta(hours=1))
    assert done[1, "batches", "C1"] == ("done", {"batches": 1, "gross": 1_000, "payable": 350})


async def test_days_are_caught_up_when_the_platform_stood_still(city: City) -> None:
    await city.run(NIGHT)
    done = await city.run(NIGHT + timedelta(days=3))
    assert sorted({day for day, _, _ in done}) == [1, 2, 3, 4]
    assert all(state == "done" for (_, _, subject), (state, _) in done.items() if subject == "C1")
    late = await city.run(END + timedelta(days=60))
    async with city.database.transaction() as session:
        count = await session.scalar(select(func.count(NightStepRow.day.distinct())))
    assert count == 4 + 31
    assert late[1, "drawers_and_stays", ""][0] == "done"


async def test_difference_is_closed_when_what_was_late_explains_it(city: City) -> None:
    """A payment at midnight stands on the next day's bill; a terminal delivers after it told its totals."""
    late = START + timedelta(hours=23, minutes=59)
    await city.paid("s2", 300, late)
    totals = TerminalTotal(terminal_id="T1", method="cash", payments=1, paid=1_000, refunds=0, refunded=0)
    async with city.database.transaction() as session:
        await compare_terminals(session, Day(day=JUNE, zone=ZIBO), [totals], at=NIGHT)
    await city.run(MORNING)
    assert await city.open() == {
        "missing_at_provider wechat/payment/W-s2": (300, None),
        "terminal_total_differs T1/2026-06-01/cash": (0, 1_000),
    }
    async with city.database.transaction() as session:
        await pay(session, "s1", 1_000, NOON)
    city.wechat.bill = (line("s2", 300, START + timedelta(days=1)),)
    await city.run(MORNING + timedelta(days=1))
    assert await city.open() == {}
    async with city.database.transaction() as session:
        closed = await differences.listed(session, Scope(), state="closed")
    assert {row.closed_by for row in closed} == {"system"}


async def _only_close(city: City) -> str:
    async with city.database.transaction() as session:
        return str(await session.scalar(text("SELECT close_id FROM drawer_close")))
