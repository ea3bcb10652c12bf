"""Hours counted from changes: against counting second by second, and in PostgreSQL."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, text

from parking.db.unit_of_work import Database
from parking.domain.clock import to_micros
from parking.occupancy.hour_rows import HourRow
from parking.occupancy.partitions import ensure_partitions, months_from
from parking.occupancy.rollup import Change, HourSums, Place, roll_hours, sum_hour
from parking.occupancy.tables import OccupancyHourRow, SpaceStateRow
from parking.sessions.hourly import stays_begun
from tests.pricing import kerb_city

HOUR = datetime(2026, 3, 2, 1, tzinfo=UTC)
HOUR_US = to_micros(HOUR)
STATUSES = ("free", "occupied", "unknown", "restricted")
PLACES = {f"s{number}": Place("z", "kerb" if number < 4 else "lot") for number in range(6)}

Moves = list[tuple[int, str, str]]


def by_seconds(states: Mapping[str, str], moves: Moves) -> dict[Place, HourSums]:
    """The same by looking at every second of the hour."""
    sums: dict[Place, list[int]] = {}
    now = dict(states)
    for second in range(3600):
        now.update({space: status for at, space, status in moves if at == second})
        for place in set(PLACES.values()):
            mine = [now.get(space, "unknown") for space, where in PLACES.items() if where == place]
            known, occupied = sum(s in {"free", "occupied"} for s in mine), mine.count("occupied")
            tally = sums.setdefault(place, [len(mine), 0, 0, 0])
            tally[1] += known
            tally[2] += occupied
            tally[3] += known > 0 and occupied >= 0.9 * known
    return {place: HourSums(*tally) for place, tally in sums.items() if tally[1]}


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.sampled_from(sorted(PLACES)), st.sampled_from(STATUSES)),
    st.lists(st.tuples(st.integers(0, 3599), st.sampled_from(sorted(PLACES)), st.sampled_from(STATUSES)), max_size=20),
)
def test_sums_are_those_of_every_second_when_spaces_move(states: dict[str, str], moves: Moves) -> None:
    moves.sort(key=lambda move: move[0])
    changes = [Change(HOUR_US + at * 1_000_000, space, status) for at, space, status in moves]
    assert sum_hour(HOUR_US, PLACES, states, changes) == by_seconds(states, moves)


def test_a_place_has_no_hour_when_nothing_was_known() -> None:
    assert sum_hour(HOUR_US, PLACES, {}, []) == {}


async def change(database: Database, at: datetime, space: str, status: str, before: str = "unknown") -> None:
    async with database.transaction() as session:
        await ensure_partitions(session, months_from(at.date(), 1))
        await session.execute(
            insert(SpaceStateRow).values(
                at=at,
                shard=0,
                change_id=f"{to_micros(at)}-0",
                item=0,
                space_id=space,
                zone_id="Z1",
                status=status,
                previous_status=before,
                belief="unknown" if status == "restricted" else status,
                since=at,
                evidence="change",
            )
        )


async def rolled(database: Database, now: datetime) -> int:
    async with database.transaction() as session:
        return await roll_hours(session, now=now, stays_begun=stays_begun)


async def hours(database: Database) -> list[HourRow]:
    async with database.transaction() as session:
        rows = await session.scalars(select(OccupancyHourRow).order_by(OccupancyHourRow.hour))
        return [HourRow(*(getattr(row, name) for name in HourRow._fields)) for row in rows]


@pytest.mark.service
async def test_state_is_carried_from_hour_to_hour_when_nothing_changes(database: Database) -> None:
    await kerb_city.build(database)
    async with database.transaction() as session:
        await kerb_city.stay(session, HOUR + timedelta(minutes=31), HOUR + timedelta(hours=1))
    await change(database, HOUR + timedelta(minutes=30), "S1", "occupied")
    await change(database, HOUR + timedelta(minutes=45), "S2", "free")
    assert await rolled(database, HOUR + timedelta(hours=3, minutes=6)) == 3
    assert await hours(database) == [
        HourRow("Z1", "kerb", HOUR, 3, 1800 + 900, 1800, 900, 1),
        HourRow("Z1", "kerb", HOUR + timedelta(hours=1), 3, 7200, 3600, 0, 0),
        HourRow("Z1", "kerb", HOUR + timedelta(hours=2), 3, 7200, 3600, 0, 0),
    ]


@pytest.mark.service
async def test_an_hour_waits_when_it_has_just_ended(database: Database) -> None:
    await kerb_city.build(database)
    assert await rolled(database, HOUR) == 0
    await change(database, HOUR, "S1", "occupied")
    assert await rolled(database, HOUR + timedelta(hours=1, minutes=4)) == 0
    assert await rolled(database, HOUR + timedelta(hours=1, minutes=5)) == 1


@pytest.mark.service
async def test_an_hour_is_corrected_when_history_arrives_late(database: Database) -> None:
    await kerb_city.build(database)
    await change(database, HOUR, "S1", "occupied")
    await rolled(database, HOUR + timedelta(hours=2, minutes=6))
    await change(database, HOUR + timedelta(minutes=90), "S1", "free", before="occupied")
    await rolled(database, HOUR + timedelta(hours=3, minutes=6))
    assert [row.occupied_s for row in await hours(database)] == [3600, 1800, 0]


@pytest.mark.service
async def test_a_past_that_was_brought_in_stays_when_counting_begins(database: Database) -> None:
    await kerb_city.build(database)
    past = HourRow("Z1", "kerb", HOUR - timedelta(hours=1), 3, 10800, 5400, 0, 4)
    async with database.transaction() as session:
        await session.execute(insert(OccupancyHourRow), [past._asdict()])
    await change(database, HOUR + timedelta(minutes=20), "S1", "free")
    await rolled(database, HOUR + timedelta(hours=2, minutes=6))
    assert (await hours(database))[0] == past
    assert len(await hours(database)) == 3


@pytest.mark.service
async def test_a_space_is_not_counted_when_it_left_before(database: Database) -> None:
    await kerb_city.build(database)
    async with database.transaction() as session:
        await session.execute(text("UPDATE space SET removed_at = :at WHERE space_id = 'S3'"), {"at": HOUR})
        await session.execute(delete(OccupancyHourRow))
    await change(database, HOUR, "S1", "free")
    await rolled(database, HOUR + timedelta(hours=1, minutes=6))
    assert [row.spaces for row in await hours(database)] == [2]
