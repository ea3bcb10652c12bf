"""Reports find what they belong to in whatever order they come; what belongs to nothing is listed and not guessed."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from parking.db.unit_of_work import Database
from parking.domain.money import Money
from parking.gates import repository, visits
from parking.gates.model import Direction, Passage, ReportedPayment
from parking.gates.totals import day_totals
from tests.api.small_city import build

pytestmark = pytest.mark.service
NINE = datetime(2026, 7, 1, 9, tzinfo=UTC)
DAY = (NINE - timedelta(hours=9), NINE + timedelta(hours=15))


def at(minutes: int) -> datetime:
    return NINE + timedelta(minutes=minutes)


def passed(
    item: str,
    direction: Direction,
    minutes: int,
    *,
    visit: str | None = None,
    plate: str | None = None,
    fee: int | None = None,
) -> Passage:
    return Passage(
        facility_id="G1",
        item_id=item,
        direction=direction,
        at=at(minutes),
        visit_id=visit,
        plate_token=plate,
        fee=None if fee is None else Money(fee, "CNY"),
    )


def paid(
    item: str, minutes: int, amount: int, *, visit: str | None = None, plate: str | None = None
) -> ReportedPayment:
    return ReportedPayment(
        facility_id="G1",
        item_id=item,
        at=at(minutes),
        visit_id=visit,
        plate_token=plate,
        amount=Money(amount, "CNY"),
        method="other",
    )


REPORTS: Sequence[Passage | ReportedPayment] = (
    # By ticket; it was lost at the exit of the second, so the plate closes it.
    passed("a1", "entry", 0, visit="A", plate="pa"),
    passed("a2", "exit", 60, visit="A", plate="pa", fee=300),
    paid("a3", 58, 300, visit="A"),
    passed("b1", "entry", 0, visit="B", plate="pb"),
    passed("b2", "exit", 60, plate="pb", fee=300),
    paid("b3", 58, 200, plate="pb"),
    # By plate alone: twice in one day, each with its own money, the second paid after the exit.
    passed("c1", "entry", 0, plate="pc"),
    passed("c2", "exit", 30, plate="pc", fee=100),
    paid("c3", 29, 100, plate="pc"),
    passed("c4", "entry", 40, plate="pc"),
    passed("c5", "exit", 90, plate="pc", fee=200),
    paid("c6", 91, 200, plate="pc"),
    # The entry of the first visit has no exit, the exit of the last no entry, money belongs to nobody.
    passed("d1", "entry", 0, plate="pd"),
    passed("d2", "entry", 50, plate="pd"),
    passed("e1", "exit", 10, plate="pe"),
    passed("e2", "exit", 10, visit="E"),
    paid("f1", 20, 500, visit="F"),
    paid("f2", 20, 500, plate="pf"),
    # Charged and never paid; and free of charge.
    passed("g1", "entry", 0, visit="G"),
    passed("g2", "exit", 60, visit="G", fee=400),
    passed("h1", "entry", 0, visit="H"),
    passed("h2", "exit", 10, visit="H", fee=0),
    # Still in.
    passed("i1", "entry", 100, visit="I", plate="pi"),
)


async def keep(database: Database, reports: Sequence[Passage | ReportedPayment]) -> None:
    async with database.transaction() as session:
        for report in reports:
            if isinstance(report, Passage):
                await repository.add_passage(session, report, at=NINE, by="test")
            else:
                await repository.add_payment(session, report, at=NINE, by="test")


@pytest.mark.parametrize("reports", [REPORTS[::-1], (*REPORTS[1::2], *REPORTS[::2])], ids=["backwards", "mixed"])
async def test_what_belongs_to_nothing_is_listed_whatever_the_order_of_reports(
    database: Database, reports: Sequence[Passage | ReportedPayment]
) -> None:
    await build(database)
    await keep(database, reports)
    async with database.transaction() as session:
        lonely = await visits.unmatched(session, ["G1"], *DAY, now=at(200))
        assert {(one.kind, one.item_id) for one in lonely} == {
            ("entry_without_exit", "d1"),
            ("exit_without_entry", "e1"),
            ("exit_without_entry", "e2"),
            ("payment_without_visit", "f1"),
            ("payment_without_visit", "f2"),
        }
        unpaid = await visits.unpaid(session, ["G1"], *DAY)
        assert [(one.item_id, one.fee, one.paid) for one in unpaid] == [("b2", 300, 200), ("g2", 400, 0)]
        later = await visits.unmatched(session, ["G1"], *DAY, now=at(200) + visits.STILL_IN)
        assert {one.item_id for one in later} - {one.item_id for one in lonely} == {"d2", "i1"}
        assert await visits.unmatched(session, ["G2"], *DAY, now=at(200)) == []


async def test_totals_stay_when_vehicles_and_visits_are_forgotten(database: Database) -> None:
    await build(database)
    await keep(database, REPORTS)
    async with database.transaction() as session:
        (before,) = await day_totals(session, ["G1"], *DAY, "UTC")
        assert (before.entries, before.exits, before.payments, before.paid, before.currency) == (9, 8, 6, 1800, "CNY")
        assert before.turnover is None
        await visits.forget(session, at(1000))
        assert await day_totals(session, ["G1"], *DAY, "UTC") == [before]
        assert await visits.unmatched(session, ["G1"], *DAY, now=at(200) + visits.STILL_IN) == []
        assert await visits.unpaid(session, ["G1"], *DAY) == []
