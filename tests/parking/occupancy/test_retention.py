"""Old history goes by months, and what later days stand on stays."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from parking.db.unit_of_work import Database
from parking.occupancy.hour_rows import HourRow, copy_hours
from parking.occupancy.partitions import CHANGES, READINGS, ensure_partitions, months_from, partitions_of
from parking.occupancy.retention import forget_changes, forget_hours, forget_readings
from parking.occupancy.tables import OccupancyHourRow, SpaceStateRow
from tests.pricing import kerb_city

pytestmark = pytest.mark.service
NOW = datetime(2026, 6, 10, tzinfo=UTC)
KEPT = timedelta(days=100)
"""Everything before March may go."""


async def change(database: Database, at: datetime, space: str, status: str) -> None:
    row = {"at": at, "since": at, "space_id": space, "status": status, "belief": status, "previous_status": "unknown"}
    where = {"shard": 0, "change_id": f"{at.timestamp():.0f}-0", "item": 0, "zone_id": "Z1", "evidence": "change"}
    async with database.transaction() as session:
        await session.execute(insert(SpaceStateRow), [row | where])


async def a_past(database: Database, *, counted: datetime) -> None:
    """S1 fell silent in January, S2 spoke last in May, S3 left in January."""
    await kerb_city.build(database)
    async with database.transaction() as session:
        await ensure_partitions(session, months_from(date(2026, 1, 1), 6))
        await copy_hours(session, [HourRow("Z1", "kerb", counted, 3, 0, 0, 0, 0)])
        await session.execute(text("UPDATE space SET removed_at = '2026-01-20Z' WHERE space_id = 'S3'"))
    for month, day, space, status in (
        (1, 3, "S1", "free"),
        (1, 4, "S1", "occupied"),
        (1, 5, "S2", "free"),
        (1, 6, "S3", "free"),
        (2, 1, "S2", "occupied"),
        (5, 1, "S2", "free"),
    ):
        await change(database, datetime(2026, month, day, tzinfo=UTC), space, status)


async def kept(database: Database) -> list[tuple[str, int, str]]:
    async with database.transaction() as session:
        row = SpaceStateRow
        found = await session.execute(select(row.space_id, row.at, row.status).order_by(row.at))
        return [(space_id, at.month, status) for space_id, at, status in found]


async def test_the_last_word_before_the_cut_is_carried_when_its_month_goes(database: Database) -> None:
    await a_past(database, counted=NOW)
    for dropped in (2, 0):
        async with database.transaction() as session:
            assert await forget_changes(session, now=NOW, kept=KEPT, together=1) == dropped
    assert await kept(database) == [("S1", 1, "occupied"), ("S2", 2, "occupied"), ("S2", 5, "free")]
    async with database.transaction() as session:
        assert await forget_changes(session, now=NOW + timedelta(days=120), kept=KEPT) == 3
        months = await partitions_of(session, CHANGES)
    assert months == ["space_state_change_2026_06", "space_state_change_before_2026_06"]
    assert await kept(database) == [("S1", 1, "occupied"), ("S2", 5, "free")]


async def test_a_change_that_comes_after_its_month_has_gone_finds_a_place(database: Database) -> None:
    await a_past(database, counted=NOW)
    async with database.transaction() as session:
        await forget_changes(session, now=NOW, kept=KEPT)
    async with database.transaction() as session:
        await ensure_partitions(session, [date(2026, 1, 1), date(2026, 4, 1)])
    await change(database, datetime(2026, 1, 30, tzinfo=UTC), "S1", "free")
    assert ("S1", 1, "free") in await kept(database)


async def test_no_month_goes_before_its_changes_are_counted_into_hours(database: Database) -> None:
    await a_past(database, counted=datetime(2026, 1, 31, 23, tzinfo=UTC))
    async with database.transaction() as session:
        assert await forget_changes(session, now=NOW, kept=KEPT) == 0
    assert len(await kept(database)) == 6


async def test_readings_and_hours_go_by_their_age_and_a_long_reader_puts_it_off(
    database: Database, database_url: str
) -> None:
    async with database.transaction() as session:
        await ensure_partitions(session, months_from(date(2026, 1, 1), 6))
        await copy_hours(
            session, [HourRow("Z1", "kerb", NOW - timedelta(days=age), 3, 1, 0, 0, 0) for age in (399, 401)]
        )
        await forget_hours(session, now=NOW, kept=timedelta(days=400))
        assert len((await session.scalars(select(OccupancyHourRow.hour))).all()) == 1
    reader = await asyncpg.connect(database_url)
    try:
        async with reader.transaction():
            await reader.fetch("SELECT count(*) FROM observation")
            with pytest.raises(DBAPIError, match="lock timeout"):
                async with database.transaction() as session, asyncio.timeout(20):
                    await forget_readings(session, now=NOW, kept=KEPT)
    finally:
        await reader.close()
    async with database.transaction() as session:
        assert await forget_readings(session, now=NOW, kept=KEPT) == 2
        assert (await partitions_of(session, READINGS))[0] == "observation_2026_03"
