"""Facilities' reports beside themselves and beside our counts: differences come, are explained by late reports, and go."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from parking.db.unit_of_work import Database
from parking.domain.money import Money
from parking.gates import repository
from parking.gates.model import Direction, FacilityCount, Passage, ReportedPayment
from pricing.reconciliation import differences
from pricing.reconciliation.comparing import Day
from pricing.reconciliation.differences import GONE, SYSTEM, Outcome, Scope
from pricing.reconciliation.facilities import check_facilities
from tests.api.gates import malls
from tests.pricing import kerb_city
from tests.pricing.kerb_city import DAY, ZIBO, at

pytestmark = pytest.mark.service
NEXT = at("08:00", days=1)
TODAY = Day(day=DAY, zone=ZIBO)


async def passed(
    session: AsyncSession, item: str, direction: Direction, clock: str, visit: str, fee: int | None = None
) -> None:
    charged = None if fee is None else Money(fee, "CNY")
    passage = Passage(
        facility_id="MALL",
        item_id=item,
        direction=direction,
        at=at(clock),
        visit_id=visit,
        plate_token=None,
        fee=charged,
    )
    await repository.add_passage(session, passage, at=NEXT, by="test")


async def paid(session: AsyncSession, item: str, clock: str, visit: str, amount: int) -> None:
    payment = ReportedPayment(
        facility_id="MALL",
        item_id=item,
        at=at(clock),
        visit_id=visit,
        plate_token=None,
        amount=Money(amount, "CNY"),
        method="cash",
    )
    await repository.add_payment(session, payment, at=NEXT, by="test")


async def found(session: AsyncSession) -> dict[str, tuple[str, int | None, int | None, str]]:
    rows = await differences.listed(session, Scope(district_id="370305", operator_id="LZ"))
    for row in rows:
        await session.refresh(row)
    return {row.reference: (row.kind, row.expected, row.found, row.state) for row in rows}


async def test_money_that_fits_no_visit_is_a_difference_until_a_late_report_explains_it(database: Database) -> None:
    await malls.build(database)
    async with database.transaction() as session:
        await passed(session, "in-1", "entry", "08:00", "A")
        await passed(session, "out-1", "exit", "09:00", "A", fee=300)
        await paid(session, "pay-2", "09:00", "B", 500)
        assert await check_facilities(session, TODAY, at=NEXT) == Outcome(differing=2, gone=0)
        assert await found(session) == {
            "MALL/pay-2": ("reported_payment_unmatched", None, 500, "open"),
            "MALL/out-1": ("reported_payment_differs", 300, 0, "open"),
        }
        assert await check_facilities(session, TODAY, at=NEXT) == Outcome(differing=2, gone=0)
        # The late batch comes days later, and another day is looked at.
        await paid(session, "pay-1", "08:59", "A", 300)
        await passed(session, "in-2", "entry", "08:30", "B")
        other = Day(day=DAY + timedelta(days=3), zone=ZIBO)
        assert await check_facilities(session, other, at=at("08:00", days=4)) == Outcome(differing=0, gone=2)
        assert {row[3] for row in (await found(session)).values()} == {"closed"}
        closed = await session.execute(text("SELECT DISTINCT closed_by, reason FROM difference"))
        assert closed.all() == [(SYSTEM, GONE)]


async def test_difference_waits_for_a_person_when_no_report_can_explain_it_any_more(database: Database) -> None:
    await malls.build(database)
    async with database.transaction() as session:
        await paid(session, "pay-2", "09:00", "B", 500)
        await check_facilities(session, TODAY, at=NEXT)
        await session.execute(text("UPDATE reported_payment SET visit_id = NULL"))
        after = Day(day=DAY + timedelta(days=100), zone=ZIBO)
        assert await check_facilities(session, after, at=at("08:00", days=101)) == Outcome(differing=0, gone=0)
        assert (await found(session))["MALL/pay-2"][3] == "open"


async def test_entries_are_compared_with_sensor_stays_when_every_space_is_watched(database: Database) -> None:
    await malls.build(database)
    async with database.transaction() as session:
        for number in range(3):
            await passed(session, f"in-{number}", "entry", f"1{number}:00", str(number))
            stay = (at(f"1{number}:00"), at(f"1{number}:30"))
            await kerb_city.stay(session, *stay, space_id="M1", plate_token=None, source="sensor")
        await kerb_city.stay(session, at("15:00"), None, space_id="M2", plate_token=None, source="sensor")
        count = FacilityCount(facility_id="MALL", item_id="c", observed_at=at("12:00"), capacity=2, vacant=0)
        await repository.put_count(session, count)
        assert await check_facilities(session, TODAY, at=NEXT) == Outcome(differing=0, gone=0)
        bound = "INSERT INTO device_binding SELECT 'd' || space_id, space_id, '[2026-01-01,)' FROM space WHERE facility_id = 'MALL'"
        await session.execute(text(bound))
        assert await check_facilities(session, TODAY, at=NEXT) == Outcome(differing=1, gone=0)
        assert await found(session) == {f"{DAY}/MALL": ("reported_stays_differ", 4, 3, "open")}
        await passed(session, "in-9", "entry", "15:00", "9")
        assert await check_facilities(session, TODAY, at=NEXT) == Outcome(differing=0, gone=1)
