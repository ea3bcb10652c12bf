"""Fees of ended stays: scenario A of the street, once and for all, with the gate before them."""

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from parking.bus.codec import decode, fact_of
from parking.bus.tables import OutboxRow
from parking.db.unit_of_work import Database
from parking.domain.errors import ConflictError, NotFoundError
from parking.events.fee import FeeIssued
from parking.sessions.model import Gap
from pricing.quotes.repository import usage_of
from pricing.quotes.service import IssuedFee, fix_fee, issued_fee, running_fee
from pricing.quotes.tables import FeeRow
from tests.pricing import kerb_city
from tests.pricing.kerb_city import LINZI, STACKED, at, stay, twice_as_dear, with_lines

pytestmark = pytest.mark.service
NOW = at("20:00")


async def charged(database: Database, start: datetime, end: datetime, **facts: object) -> IssuedFee:
    async with database.transaction() as session:
        session_id = await stay(session, start, end, **facts)  # type: ignore[arg-type]
        return (await fix_fee(session, session_id, at=NOW)).fee


async def quota_used(database: Database) -> int:
    """Seconds granted to the vehicle of the stays."""
    async with database.transaction() as session:
        usage = await usage_of(session, ["token"], lock=False)
    spans = [span for one in usage.granted.values() for span in one]
    return round(sum((end - start).total_seconds() for start, end in spans))


@pytest.mark.parametrize(("table", "third"), [(LINZI, 150), (STACKED, 0)])
async def test_day_of_a_new_energy_car_costs_what_the_street_says(
    database: Database, table: object, third: int
) -> None:
    """Scenario A, rows 1 to 3."""
    await kerb_city.build(database, table)  # type: ignore[arg-type]
    fee = await charged(database, at("08:00"), at("08:25"), energy="nev")
    assert (fee.amount.amount, await quota_used(database)) == (0, 0)
    fee = await charged(database, at("09:00"), at("10:30"), energy="nev")
    assert (fee.amount.amount, await quota_used(database)) == (0, 5400)
    fee = await charged(database, at("14:00"), at("15:00"), energy="nev")
    assert (fee.amount.amount, await quota_used(database)) == (third, 7200)


async def test_stay_without_a_plate_is_nobodys_debt_until_it_is_photographed(database: Database) -> None:
    """Scenario A, row 4: leakage of 3.00; with the plate added during the stay, a bill of 3.00."""
    await kerb_city.build(database)
    leak = await charged(database, at("11:00"), at("12:10"), plate_token=None, energy=None)
    assert (leak.amount.amount, leak.is_attributed) == (300, False)
    bill = await charged(database, at("11:00"), at("12:10"), space_id="S2")
    assert (bill.amount.amount, bill.is_attributed) == (300, True)


async def test_uncertain_ends_favour_the_driver(database: Database) -> None:
    """Scenario A, row 5: 30 min 40 s measured with ±60 s is charged from the latest start to the earliest end."""
    await kerb_city.build(database)
    accuracy = timedelta(seconds=60)
    fee = await charged(database, at("08:00:00") + accuracy, at("08:30:40") - accuracy)
    assert fee.amount.amount == 0


async def test_silence_does_not_accrue(database: Database) -> None:
    """Scenario A, row 5: the last positive evidence came 20 min after entry."""
    await kerb_city.build(database)
    silence = Gap(at("08:20"), at("11:00"), "silent")
    assert (await charged(database, at("08:00"), at("11:00"), gaps=(silence,))).amount.amount == 0
    async with database.transaction() as session:
        session_id = await stay(session, at("08:00"), None, space_id="S2")
        await session.execute(
            text("UPDATE session SET paused_at = :at, pause_reason = 'silent' WHERE session_id = :id"),
            {"at": at("08:20"), "id": session_id},
        )
        assert (await running_fee(session, session_id, at=at("15:00"))).fee.amount.amount == 0


async def test_stay_on_an_unapproved_space_costs_nothing_and_says_why(database: Database) -> None:
    """Scenario A, row 6."""
    await kerb_city.build(database)
    fee = await charged(database, at("08:00"), at("12:00"), space_id="S3")
    assert (fee.amount.amount, fee.reason) == (0, "space_not_approved")
    assert [line.rule for line in fee.lines] == ["space_not_approved"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("UPDATE price_document SET valid_to = '2026-02-01+08'", "price_document_missing"),
        ("UPDATE zone SET price_document_id = NULL", "price_document_missing"),
        ("UPDATE concession SET valid_to = '2026-02-01+08'", "operator_missing"),
        ("UPDATE space SET approval_to = '2026-02-01+08'", "space_not_approved"),
    ],
)
async def test_stay_costs_nothing_when_a_ground_is_missing(database: Database, change: str, reason: str) -> None:
    await kerb_city.build(database)
    async with database.transaction() as session:
        await session.execute(text(change))
    fee = await charged(database, at("08:00"), at("12:00"))
    assert (fee.amount.amount, fee.reason) == (0, reason)


async def test_stay_costs_nothing_when_no_accepted_device_saw_it(database: Database) -> None:
    await kerb_city.build(database)
    fee = await charged(database, at("08:00"), at("12:00"), source="sensor")
    assert (fee.amount.amount, fee.reason) == (0, "device_not_accepted")
    async with database.transaction() as session:
        await session.execute(text("INSERT INTO device_binding VALUES ('d2', 'S2', '[2026-01-01,)')"))
    fee = await charged(database, at("08:00"), at("12:00"), source="sensor", space_id="S2")
    assert (fee.amount.amount, fee.reason) == (1050, None)


async def test_stay_costs_nothing_when_no_rate_is_published(database: Database) -> None:
    await kerb_city.build(database, None)
    fee = await charged(database, at("08:00"), at("12:00"))
    assert (fee.amount.amount, fee.reason, fee.rate_table_id) == (0, "rate_missing", None)


async def test_charge_stops_when_a_ground_runs_out_during_the_stay(database: Database) -> None:
    await kerb_city.build(database)
    async with database.transaction() as session:
        await session.execute(text("UPDATE concession SET valid_to = '2026-03-02T10:00:00+08'"))
    fee = await charged(database, at("08:00"), at("12:00"))
    assert (fee.amount.amount, fee.reason) == (450, None)


async def test_tariff_at_entry_prices_the_stay_when_another_begins_meanwhile(database: Database) -> None:
    await kerb_city.build(database)
    dearer = with_lines(LINZI, twice_as_dear)
    async with database.transaction() as session:
        await kerb_city.put_in_force(session, dearer, at("10:00"))
    before = await charged(database, at("09:59:59"), at("11:59:59"))
    after = await charged(database, at("10:00"), at("12:00"))
    assert (before.amount.amount, before.version) == (450, 1)
    assert (after.amount.amount, after.version) == (900, 2)


async def test_fee_is_issued_once_when_two_ask_together(database: Database) -> None:
    await kerb_city.build(database)
    async with database.transaction() as session:
        session_id = await stay(session, at("09:00"), at("12:00"), energy="nev")

    async def issue() -> IssuedFee:
        async with database.transaction() as session:
            return (await fix_fee(session, session_id, at=NOW)).fee

    fees = await asyncio.gather(*(issue() for _ in range(5)))
    assert fees == [fees[0]] * 5
    assert await quota_used(database) == 7200
    async with database.transaction() as session:
        told = [fact_of(decode(event)) for event in await session.scalars(select(OutboxRow.event))]
    assert [fact.amount for fact in told if isinstance(fact, FeeIssued)] == [fees[0].amount.amount]


async def test_quota_is_shared_out_when_two_stays_of_one_car_end_together(database: Database) -> None:
    await kerb_city.build(database)
    async with database.transaction() as session:
        ids = [
            await stay(session, at("09:00"), at("10:30"), energy="nev", space_id=space_id) for space_id in ("S1", "S2")
        ]

    async def issue(session_id: str) -> IssuedFee:
        async with database.transaction() as session:
            return (await fix_fee(session, session_id, at=NOW)).fee

    fees = await asyncio.gather(*(issue(session_id) for session_id in ids))
    assert sorted(fee.amount.amount for fee in fees) == [0, 300]
    assert await quota_used(database) == 7200


async def test_fee_is_gone_with_its_transaction_when_that_fails(database: Database) -> None:
    await kerb_city.build(database)
    async with database.transaction() as session:
        session_id = await stay(session, at("09:00"), at("12:00"), energy="nev")
    with pytest.raises(RuntimeError):
        await _fail_after_issuing(database, session_id)
    assert await quota_used(database) == 0
    async with database.transaction() as session:
        assert await issued_fee(session, session_id) is None


async def _fail_after_issuing(database: Database, session_id: str) -> None:
    async with database.transaction() as session:
        await fix_fee(session, session_id, at=NOW)
        raise RuntimeError("the process dies here")


@pytest.mark.parametrize("statement", ["UPDATE fee SET amount = 1", "DELETE FROM fee"])
async def test_database_refuses_when_an_issued_fee_is_changed(database: Database, statement: str) -> None:
    await kerb_city.build(database)
    await charged(database, at("08:00"), at("12:00"))
    with pytest.raises(DBAPIError, match="never changes"):
        async with database.transaction() as session:
            await session.execute(text(statement))
    async with database.transaction() as session:
        assert await session.scalar(select(FeeRow.amount)) == 1050


async def test_fee_is_refused_when_the_stay_is_open_or_unknown(database: Database) -> None:
    await kerb_city.build(database)
    async with database.transaction() as session:
        session_id = await stay(session, at("09:00"), None)
        with pytest.raises(ConflictError) as refusal:
            await fix_fee(session, session_id, at=NOW)
        assert refusal.value.code == "session_open"
        with pytest.raises(NotFoundError) as unknown:
            await fix_fee(session, "none", at=NOW)
        assert unknown.value.code == "session_unknown"


async def test_running_stay_shows_what_it_costs_so_far(database: Database) -> None:
    await kerb_city.build(database)
    async with database.transaction() as session:
        session_id = await stay(session, at("09:00"), None)
        assert (await running_fee(session, session_id, at=at("09:20"))).fee.amount.amount == 0
        assert (await running_fee(session, session_id, at=at("09:31"))).fee.amount.amount == 150
        assert await session.scalar(select(func.count()).select_from(FeeRow)) == 0
