"""Hours counted from changes: against counting second by second, and in PostgreSQL."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, text

from parking.db.unit_of_work import Database
from parking.domain.clock import to_micros
from parking.occupancy import recounts
from parking.occupancy.hour_rows import HourRow
from parking.occupancy.hour_sums import Change, Condition, HourSums, Place, sum_hour
from parking.occupancy.partitions import ensure_partitions, months_from
from parking.occupancy.rollup import StaysTold, is_late, roll_hours
from parking.occupancy.stay_lengths import CLASSES, EDGES_MIN, quantile_min
from parking.occupancy.tables import OccupancyHourRow, SpaceStateRow
from parking.sessions.hourly import stays_begun, stays_ended
from tests.pricing import kerb_city

HOUR = datetime(2026, 3, 2, 1, tzinfo=UTC)
HOUR_US = to_micros(HOUR)
CONDITIONS: tuple[Condition, ...] = ("free", "occupied", "unknown", "restricted", "disbelieved", "unheard")
STAYS = StaysTold(begun=stays_begun, ended=stays_ended)
NONE_ENDED = [0] * CLASSES
LASTED_29_MIN = [0, 0, 0, 0, 1] + [0] * (CLASSES - 5)
PLACES = {f"s{number}": Place("z", "kerb" if number < 4 else "lot") for number in range(6)}

Moves = list[tuple[int, str, Condition]]


def by_seconds(states: Mapping[str, Condition], moves: Moves) -> dict[Place, HourSums]:
    """The same by looking at every second of the hour."""
    sums: dict[Place, list[int]] = {}
    moments: dict[Place, tuple[int, ...]] = {}
    said = [*states.items(), *((space, status) for _, space, status in moves)]
    heard = {PLACES[space] for space, status in said if status not in {"unheard", "restricted"}}
    now = dict(states)
    for second in range(3600):
        now.update({space: status for at, space, status in moves if at == second})
        for place in set(PLACES.values()):
            mine = [now.get(space, "unheard") for space, where in PLACES.items() if where == place]
            known, occupied = sum(s in {"free", "occupied"} for s in mine), mine.count("occupied")
            tally = sums.setdefault(place, [len(mine), 0, 0, 0, 0, 0])
            tally[1] += known
            tally[2] += occupied
            tally[3] += known > 0 and occupied >= 0.9 * known
            tally[4] += sum(s in {"unknown", "disbelieved", "unheard"} for s in mine)
            tally[5] += mine.count("disbelieved")
            if second in {0, 1800}:
                moments[place] = (*moments.get(place, ()), known, occupied)
    return {place: HourSums._make([*tally, moments[place]]) for place, tally in sums.items() if place in heard}


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.sampled_from(sorted(PLACES)), st.sampled_from(CONDITIONS)),
    st.lists(
        st.tuples(st.integers(0, 3599), st.sampled_from(sorted(PLACES)), st.sampled_from(CONDITIONS)), max_size=20
    ),
)
def test_sums_are_those_of_every_second_when_spaces_move(states: dict[str, Condition], moves: Moves) -> None:
    moves.sort(key=lambda move: move[0])
    changes = [Change(HOUR_US + at * 1_000_000, space, status) for at, space, status in moves]
    assert sum_hour(HOUR_US, PLACES, states, changes) == by_seconds(states, moves)


def test_a_place_has_no_hour_when_nobody_was_ever_heard_there() -> None:
    assert sum_hour(HOUR_US, PLACES, {"s1": "restricted"}, []) == {}


def test_an_hour_says_so_when_nothing_was_known() -> None:
    (place, *_), (sums, *_) = zip(*sum_hour(HOUR_US, PLACES, {"s1": "unknown"}, []).items(), strict=True)
    assert (place.kind, sums) == ("kerb", HourSums(4, 0, 0, 0, 4 * 3600, 0, (0, 0, 0, 0)))


def test_quantiles_lie_within_the_class_of_that_many_stays() -> None:
    counts = [0] * CLASSES
    assert quantile_min(counts, 0.5) is None
    counts[6] = 4
    assert EDGES_MIN[5:7] == (45, 60)
    assert [quantile_min(counts, share) for share in (0.5, 1.0)] == [52.5, 60.0]
    counts[-1] = 4
    assert quantile_min(counts, 0.5) == 60.0
    assert quantile_min(counts, 0.85) is None


async def change(
    database: Database,
    at: datetime,
    space: str,
    status: str,
    before: str = "unknown",
    reason: str | None = None,
    evidence: str = "change",
) -> None:
    async with database.transaction() as session:
        await ensure_partitions(session, months_from(at.date(), 1))
        await session.execute(
            insert(SpaceStateRow).values(
                at=at,
                shard=0,
                change_id=f"{to_micros(at)}-0",
                item=int(space[1:]),
                space_id=space,
                zone_id="Z1",
                status=status,
                previous_status=before,
                belief="unknown" if status == "restricted" else status,
                since=at,
                evidence=evidence,
                reason=reason,
            )
        )


async def rolled(database: Database, now: datetime) -> int:
    async with database.transaction() as session:
        return await roll_hours(session, now=now, stays=STAYS)


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
        HourRow("Z1", "kerb", HOUR, 3, 1800 + 900, 1800, 900, 1, 3 * 3600 - 2700, 0, NONE_ENDED, [0, 0, 1, 1]),
        HourRow("Z1", "kerb", HOUR + timedelta(hours=1), 3, 7200, 3600, 0, 0, 3600, 0, LASTED_29_MIN, [2, 1, 2, 1]),
        HourRow("Z1", "kerb", HOUR + timedelta(hours=2), 3, 7200, 3600, 0, 0, 3600, 0, NONE_ENDED, [2, 1, 2, 1]),
    ]


@pytest.mark.service
async def test_a_person_s_word_tells_of_an_hour_only_beside_what_a_device_says(database: Database) -> None:
    """Where nothing else speaks all spaces that are known would be taken; where a device says free, or agrees, it counts."""
    await kerb_city.build(database)
    await change(database, HOUR, "S1", "occupied", evidence="testimony")
    await change(database, HOUR, "S2", "free")
    half, quarter = HOUR + timedelta(minutes=30), HOUR + timedelta(minutes=75)
    await change(database, half, "S2", "occupied", before="free", evidence="testimony")
    await change(database, quarter, "S1", "occupied", before="occupied")
    assert await rolled(database, HOUR + timedelta(hours=2, minutes=6)) == 2
    found = [(row.known_s, row.occupied_s, row.unknown_s, row.moments) for row in await hours(database)]
    assert found == [
        (3600, 1800, 2 * 3600, [1, 0, 1, 1]),
        (3600 + 2700, 3600 + 2700, 3600 + 900, [1, 1, 2, 2]),
    ]


@pytest.mark.service
async def test_an_hour_waits_when_it_has_just_ended(database: Database) -> None:
    await kerb_city.build(database)
    assert await rolled(database, HOUR) == 0
    await change(database, HOUR, "S1", "occupied")
    assert await rolled(database, HOUR + timedelta(hours=1, minutes=4)) == 0
    assert await rolled(database, HOUR + timedelta(hours=1, minutes=5)) == 1


@pytest.mark.service
async def test_hours_are_counted_again_when_their_history_arrives_late(database: Database) -> None:
    await kerb_city.build(database)
    await change(database, HOUR, "S1", "occupied")
    assert await rolled(database, HOUR + timedelta(hours=20, minutes=6)) == 20
    await change(database, HOUR + timedelta(hours=2), "S1", "unknown", before="occupied", reason="device_faulty")
    assert await rolled(database, HOUR + timedelta(hours=20, minutes=7)) == 0
    async with database.transaction() as session:
        await recounts.note(session, HOUR + timedelta(hours=2))
    assert await rolled(database, HOUR + timedelta(hours=20, minutes=8)) == 18
    found = await hours(database)
    assert [row.known_s for row in found] == [3600, 3600] + [0] * 18
    assert {(row.unknown_s, row.disbelieved_s) for row in found[2:]} == {(3 * 3600, 3600)}
    assert await rolled(database, HOUR + timedelta(hours=20, minutes=9)) == 0


def test_a_change_is_late_when_its_hour_may_be_counted_already() -> None:
    end = HOUR + timedelta(hours=1)
    assert not is_late(HOUR, end + timedelta(minutes=3, seconds=59))
    assert is_late(HOUR + timedelta(minutes=59), end + timedelta(minutes=4))


@pytest.mark.service
async def test_stays_of_a_counted_hour_are_brought_up_to_date(database: Database) -> None:
    await kerb_city.build(database)
    await change(database, HOUR, "S1", "occupied")
    await rolled(database, HOUR + timedelta(hours=2, minutes=6))
    async with database.transaction() as session:
        await kerb_city.stay(session, HOUR + timedelta(minutes=31), HOUR + timedelta(hours=1))
    assert await rolled(database, HOUR + timedelta(hours=2, minutes=16)) == 0
    found = await hours(database)
    assert [(row.stays, row.stay_lengths) for row in found] == [(1, NONE_ENDED), (0, LASTED_29_MIN)]


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
