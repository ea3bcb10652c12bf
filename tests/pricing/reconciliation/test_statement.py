"""Scenario D of the street, to the fen: a month's end of one concession, which its rival sees nothing of."""

from datetime import date, timedelta

import pytest

from devices.inventory.retrofitting import follow
from parking.db.unit_of_work import Database
from parking.domain.errors import ParkingError
from parking.domain.time_span import TimeSpan
from pricing.reconciliation import terms as contracts
from pricing.reconciliation.batches import settle_until
from pricing.reconciliation.online import online_time, retrofit
from pricing.reconciliation.statement import Statement, statement_of
from tests.pricing.reconciliation.month import (
    END,
    JUNE,
    START,
    equip,
    give_back,
    make_places,
    pay,
    set_terms,
    silence,
    terms,
)

pytestmark = pytest.mark.service
LAST = date(2026, 6, 30)


@pytest.fixture
async def city(database: Database) -> Database:
    await make_places(database)
    await set_terms(database, terms(), terms("C2"))
    return database


async def earn(city: Database) -> None:
    """100 payments of 1,000.00 over the month; 1,230.50 given back; the rival earns 77.00."""
    async with city.transaction() as session:
        payments = [await pay(session, f"s{n}", 100_000, START + timedelta(hours=7 * n)) for n in range(100)]
        await give_back(session, payments[3], 100_000, START + timedelta(days=2))
        await give_back(session, payments[50], 23_050, START + timedelta(days=20))
        await pay(session, "rival", 7_700, START + timedelta(days=5), zone="Y")


async def fall_silent(city: Database) -> None:
    """All 100 for the platform's 24 hours, and 26 of them for 96 hours more: 4,896 device-hours."""
    await equip(city, 100, heard=100)
    await silence(city, 1, 100, START + timedelta(days=9), 24)
    await silence(city, 1, 26, START + timedelta(days=15), 96)


async def excuse(city: Database) -> None:
    async with city.transaction() as session:
        during = TimeSpan(START + timedelta(days=9), START + timedelta(days=10))
        await contracts.excuse(
            session, outage_id="o1", concession_id=None, during=during, reason="platform", by="account:boss", at=END
        )


async def settled(city: Database, concession: str = "C1") -> Statement:
    async with city.transaction() as session:
        await settle_until(session, concession, LAST, by="account:li", at=END)
    async with city.transaction() as session:
        return await statement_of(session, concession, JUNE, at=END)


async def test_month_comes_out_to_the_fen_when_devices_were_offline(city: Database) -> None:
    await earn(city)
    await fall_silent(city)
    month = await settled(city)
    assert (month.gross, month.refunded, month.net) == (10_000_000, 123_050, 9_876_950)
    assert (month.fee, month.deduction, month.due) == (3_456_933, 50_000, 3_406_933)
    assert month.online.counted_s - month.online.online_s == 4_896 * 3600
    assert (month.online.devices, month.online.counted_s, month.online.rate) == (100, 72_000 * 3600, 9_320)
    assert len(month.batches) == 30
    # The last day earned less than the deduction: the rest of it is taken from July.
    assert (month.payable, month.carried_out) == (3_456_933, -50_000)


async def test_no_deduction_when_the_outage_of_all_is_excused(city: Database) -> None:
    await earn(city)
    await fall_silent(city)
    await excuse(city)
    month = await settled(city)
    assert (month.online.counted_s, month.online.rate) == (69_600 * 3600, 9_641)
    assert (month.fee, month.deduction, month.due) == (3_456_933, 0, 3_456_933)
    assert [one.outage_id for one in month.excused] == ["o1"]


async def test_rival_has_nothing_of_it_when_it_is_settled(city: Database) -> None:
    await earn(city)
    await fall_silent(city)
    await settled(city)
    rival = await settled(city, "C2")
    assert (rival.gross, rival.refunded, rival.fee, rival.deduction) == (7_700, 0, 2_695, 0)
    assert (rival.online.devices, rival.online.rate, rival.retrofit.planned) == (0, None, 0)


async def test_failed_installations_do_not_count_when_a_retrofit_is_measured(city: Database) -> None:
    await equip(city, 1_199, heard=1_047)
    async with city.transaction() as session:
        await follow(session, START - timedelta(days=7))
        done = await retrofit(session, "C1", START)
    assert (done.accepted, done.planned, done.rate) == (1_047, 1_200, 8_725)


async def test_device_never_heard_is_offline_when_history_does_not_know_it(city: Database) -> None:
    await equip(city, 2, heard=1)
    async with city.transaction() as session:
        online = await online_time(session, "C1", START, START + timedelta(hours=10))
    assert (online.devices, online.counted_s, online.online_s, online.rate) == (2, 72_000, 36_000, 5_000)


async def test_late_movement_falls_into_the_next_batch_when_its_day_is_settled(city: Database) -> None:
    async with city.transaction() as session:
        await pay(session, "early", 1_001, START + timedelta(hours=1))
        (first,) = await settle_until(session, "C1", JUNE, by="li", at=END)
        await pay(session, "late", 1_001, START + timedelta(hours=2))
        (second,) = await settle_until(session, "C1", JUNE + timedelta(days=1), by="li", at=END)
        assert await settle_until(session, "C1", JUNE + timedelta(days=1), by="li", at=END) == []
    assert (first.takings.gross, first.fee, second.takings.gross, second.fee) == (1_001, 350, 1_001, 351)


async def test_what_is_owed_is_carried_over_when_refunds_pass_the_takings(city: Database) -> None:
    async with city.transaction() as session:
        payment = await pay(session, "s1", 1_000, START + timedelta(hours=1))
        await settle_until(session, "C1", JUNE, by="li", at=END)
        await give_back(session, payment, 1_000, START + timedelta(days=1, hours=1))
        await pay(session, "s2", 4_000, START + timedelta(days=2, hours=1))
        back, next_day = await settle_until(session, "C1", JUNE + timedelta(days=2), by="li", at=END)
    assert (back.net, back.fee, back.payable, back.carried_out) == (-1_000, -350, 0, -350)
    assert (next_day.carried_in, next_day.fee, next_day.payable, next_day.carried_out) == (-350, 1_400, 1_050, 0)


@pytest.mark.parametrize(
    ("concession", "last", "code"),
    [("C9", JUNE, "concession_unknown"), ("C1", date(2026, 7, 1), "day_not_over")],
)
async def test_settlement_is_refused_by_name(city: Database, concession: str, last: date, code: str) -> None:
    async with city.transaction() as session:
        with pytest.raises(ParkingError) as refused:
            await settle_until(session, concession, last, by="li", at=END)
    assert refused.value.code == code


async def test_terms_are_refused_when_a_day_has_some_already(city: Database) -> None:
    async with city.transaction() as session:
        with pytest.raises(ParkingError) as refused:
            await contracts.set_terms(session, terms(valid_from=LAST), by="boss", at=START)
        assert refused.value.code == "terms_overlap"
        assert await contracts.terms_of(session, "C1") == [terms()]


async def test_month_has_a_statement_when_its_contract_begins_in_the_middle(database: Database) -> None:
    """Before the first day is over too; the devices' time counts from the contract's first day on."""
    await make_places(database)
    await set_terms(database, terms(valid_from=date(2026, 6, 21)))
    await equip(database, 10, heard=10)
    await silence(database, 1, 10, START, 20 * 24)
    async with database.transaction() as session:
        early = await statement_of(session, "C1", JUNE, at=START + timedelta(days=3))
        assert (early.batches, early.online.counted_s) == ((), 0)
        await pay(session, "s1", 1_000, START + timedelta(days=22))
        await settle_until(session, "C1", LAST, by="li", at=END)
        month = await statement_of(session, "C1", JUNE, at=END)
        assert (month.fee, month.online.counted_s, month.online.rate) == (350, 10 * 10 * 86_400, 10_000)
        with pytest.raises(ParkingError) as refused:
            await statement_of(session, "C1", date(2026, 5, 1), at=END)
    assert refused.value.code == "terms_unknown"
