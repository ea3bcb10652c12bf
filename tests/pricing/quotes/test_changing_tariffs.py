"""Fees while tariffs change: signs that wait, prices that follow every change, free time that is limited by entries."""

from dataclasses import replace
from datetime import datetime, time

import pytest
from sqlalchemy import select, text

from parking.db.unit_of_work import Database
from pricing.fees.model import Usage
from pricing.quotes.repository import forget_usage, usage_of
from pricing.quotes.service import IssuedFee, fix_fee
from pricing.quotes.tables import VehicleUsageRow
from pricing.rates.board import Board
from pricing.rates.board_loading import load_board
from pricing.rates.model import EntryLimit, FreeAllowance, RateLine, RateTier
from pricing.rates.signs import confirm, waiting_tasks
from tests.pricing import kerb_city
from tests.pricing.kerb_city import LINZI, at, put_in_force, stay, twice_as_dear, with_lines

pytestmark = pytest.mark.service
DEARER = with_lines(LINZI, twice_as_dear)
TWICE = FreeAllowance(
    seconds=1800,
    when_exceeded="deducted",
    limit=EntryLimit(entries=2, window="local_day", window_s=None, place="here"),
)
LIMITED = replace(LINZI, collections=tuple(replace(one, free=TWICE) for one in LINZI.collections))


async def charged(database: Database, start: datetime, end: datetime, **facts: object) -> IssuedFee:
    async with database.transaction() as session:
        session_id = await stay(session, start, end, **facts)  # type: ignore[arg-type]
        return (await fix_fee(session, session_id, at=at("23:00"))).fee


async def change(database: Database, *, signed: bool = True) -> None:
    async with database.transaction() as session:
        await put_in_force(session, DEARER, at("10:00"), signed=signed)


async def board_at(database: Database, instant: datetime) -> Board:
    async with database.transaction() as session:
        return await load_board(session, instant)


async def test_old_price_holds_until_the_sign_stands(database: Database) -> None:
    await kerb_city.build(database)
    await change(database, signed=False)
    fee = await charged(database, at("11:00"), at("12:00"))
    assert (fee.amount.amount, fee.version) == (150, 1)
    async with database.transaction() as session:
        (task,) = await waiting_tasks(session, at=at("12:00"))
        await confirm(session, task.task_id, by="inspector", at=at("13:00"))
    before, after = await charged(database, at("12:59"), at("14:00")), await charged(database, at("13:00"), at("14:00"))
    assert ((before.amount.amount, before.version), (after.amount.amount, after.version)) == ((300, 1), (300, 2))


async def test_nothing_is_charged_when_the_first_sign_waits(database: Database) -> None:
    await kerb_city.build(database, None)
    async with database.transaction() as session:
        await put_in_force(session, LINZI, at("10:00"), signed=False)
    fee = await charged(database, at("11:00"), at("12:00"))
    assert (fee.amount.amount, fee.reason, fee.lines[0].why.split(" / ")[0]) == (
        0,
        "sign_missing",
        "收费公示牌尚未设置",
    )
    assert (await board_at(database, at("11:00"))).posted("Z1", at("11:00")) == []


async def test_board_shows_the_old_price_when_no_sign_stands_and_its_exceptions_when_some_do(
    database: Database,
) -> None:
    await kerb_city.build(database, None)
    async with database.transaction() as session:
        await session.execute(
            text("INSERT INTO segment (segment_id, zone_id, name, name_en) VALUES ('Z1-S', 'Z1', '南', 'S')")
        )
        await session.execute(text("UPDATE space SET segment_id = 'Z1-S' WHERE space_id = 'S2'"))
        await put_in_force(session, LINZI, kerb_city.OPENING)
    await change(database, signed=False)
    board = await board_at(database, at("09:00"))
    for instant, versions, coming in ((at("09:59"), [1], [2]), (at("10:00"), [1], [2])):
        assert [posting.table.version for posting in board.posted("Z1", instant)] == versions
        assert [posting.table.version for posting in board.coming("Z1", instant)] == coming
    async with database.transaction() as session:
        tasks = {task.place_id: task for task in await waiting_tasks(session, at=at("09:00"))}
        await confirm(session, tasks["Z1-N"].task_id, by="inspector", at=at("09:30"))
    board = await board_at(database, at("09:40"))
    (posting,) = board.posted("Z1", at("10:00"))
    (exception,) = board.exceptions_of(posting)
    assert (posting.table.version, exception.place_id, exception.name) == (2, "Z1-S", "南")
    assert exception.keeps is not None
    assert exception.keeps.version == 1
    assert board.coming("Z1", at("10:00")) == []
    south = await charged(database, at("10:00"), at("11:00"), space_id="S2")
    north = await charged(database, at("10:00"), at("11:00"), space_id="S1")
    assert (south.version, north.version) == (1, 2)


async def test_prices_of_a_running_stay_follow_when_the_tariff_says_so(database: Database) -> None:
    """08:00 to 10:00 less the free half hour are 3 × 1.50; from 10:00 on it is 2 × 3.00."""
    await kerb_city.build(database, replace(LINZI, price_moment="as_you_go"))
    await change(database)
    fee = await charged(database, at("08:00"), at("11:00"))
    assert (fee.amount.amount, fee.version) == (450 + 600, 1)


async def test_third_entry_of_a_day_is_charged_from_its_beginning_when_two_are_free(database: Database) -> None:
    await kerb_city.build(database, LIMITED)
    amounts = [(await charged(database, at(f"{hour:02}:00"), at(f"{hour:02}:31"))).amount.amount for hour in (8, 9, 10)]
    assert amounts == [150, 150, 300]
    tomorrow = await charged(database, at("08:00", 1), at("08:31", 1))
    assert tomorrow.amount.amount == 150
    async with database.transaction() as session:
        usage = await usage_of(session, ["token"], lock=False)
    assert usage == Usage(entries={"kerb-I@Z1": (at("08:00"), at("09:00"), at("08:00", 1))})


async def test_use_is_forgotten_when_no_window_reaches_it(database: Database) -> None:
    await kerb_city.build(database)
    await charged(database, at("08:00"), at("10:00"), energy="nev")
    for days, left in ((30, 1), (40, 0)):
        async with database.transaction() as session:
            await forget_usage(session, at("10:00", days))
            assert len(list(await session.scalars(select(VehicleUsageRow.usage_key)))) == left


async def test_fee_is_zero_with_the_reason_when_the_tariff_has_no_price_for_so_long_a_stay(database: Database) -> None:

    tiers = RateLine(
        rule_id="day", start=time(0), end=time(0), mode="tiers", tiers=(RateTier(up_to_s=7200, price=500),)
    )
    collections = tuple(replace(one, lines=(tiers,), free=None, short_parts=()) for one in LINZI.collections)
    await kerb_city.build(database, replace(LINZI, collections=collections, quotas=()))
    assert (await charged(database, at("08:00"), at("10:00"))).amount.amount == 500
    fee = await charged(database, at("08:00"), at("10:00:01"), space_id="S2")
    assert (fee.amount.amount, fee.reason, fee.version) == (0, "stay_too_long", 1)
