"""Spaces become retrofitted by an accepted device that was heard there, and are no longer when the last one is gone."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from devices.inventory.retrofitting import follow
from devices.inventory.service import DeviceService
from devices.inventory.wishes import NewDevice
from devices.registry import installed
from parking.db.unit_of_work import Database
from parking.domain.errors import NotFoundError
from parking.occupancy.partitions import ensure_partitions
from parking.retrofit import repository, service
from parking.retrofit.model import PlannedWeek
from tests.devices.inventory.places import add_spaces
from tests.devices.inventory.test_service import Hand

pytestmark = pytest.mark.service
START: Final = datetime(2026, 6, 3, tzinfo=UTC)
WEEK: Final = timedelta(days=7)
MONDAY: Final = date(2026, 6, 1)
DISTRICT: Final = "district-1"
_HEARD = text(
    """
    INSERT INTO space_state_change (at, shard, change_id, item, space_id, zone_id, status, previous_status, belief,
        since, evidence, device_id)
    VALUES (:at, 0, :space, 0, :space, 'zone-1', 'vacant', 'unknown', 'vacant', :at, 'startup', :device)
    """
)


async def heard(session: AsyncSession, device: str, space: str, at: datetime) -> None:
    await session.execute(_HEARD, {"at": at, "space": space, "device": device})


async def retrofitted(session: AsyncSession, at: datetime) -> int:
    return (await repository.counts(session, at))[DISTRICT][1]


async def test_space_counts_from_the_first_word_to_the_last_accepted_device(database: Database) -> None:
    clock = Hand()
    clock.now = START
    devices = DeviceService(installed(), clock)
    async with database.transaction() as session:
        await ensure_partitions(session, [MONDAY])
        await add_spaces(session, 3)
        wishes = [("a", "space-0"), ("b", "space-0"), ("never", "space-1")]
        for name, space in wishes:
            await devices.register(session, NewDevice(device_id=name, vendor="PNI", model="PlacePod", space_id=space))
        await devices.register(
            session,
            NewDevice(device_id="untested", vendor="PNI", model="PlacePod", space_id="space-2"),
            to_commission=True,
        )
        assert await retrofitted(session, START) == 0
        for name, space in (("b", "space-0"), ("untested", "space-2")):
            await heard(session, name, space, START + timedelta(minutes=1))
        for _ in range(2):
            await follow(session, START + timedelta(minutes=5))
        assert await retrofitted(session, START + timedelta(minutes=5)) == 1
        clock.now += timedelta(hours=1)
        await devices.unbind(session, "b")
        assert await retrofitted(session, clock.now) == 1, "another accepted device watches it"
        clock.now += timedelta(hours=1)
        await devices.remove(session, "a")
        assert await retrofitted(session, clock.now) == 0
        assert await retrofitted(session, clock.now - timedelta(seconds=1)) == 1, "the past stays what it was"
    async with database.transaction() as session:
        events = [row.event for row in await session.execute(text("SELECT event FROM outbox ORDER BY position"))]
    told = [event for event in events if b"parking.retrofit.progressed" in event]
    assert len(told) == 2
    assert b'"retrofitted":true' in told[0].replace(b" ", b"")
    assert b'"spaces_retrofitted":0' in told[1].replace(b" ", b"")


async def test_city_counts_piece_by_piece_when_it_speaks_for_the_first_time(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devices.inventory.retrofitting.MOST", 2)
    devices = DeviceService(installed(), lambda: START)
    async with database.transaction() as session:
        await ensure_partitions(session, [MONDAY])
        await add_spaces(session, 3)
        for space in ("space-0", "space-1", "space-2"):
            await devices.register(session, NewDevice(device_id=space, vendor="PNI", model="PlacePod", space_id=space))
            await heard(session, space, space, START)
        assert await follow(session, START) == "space-1"
        assert await retrofitted(session, START) == 2
        assert await follow(session, START, after="space-1") is None
        assert await retrofitted(session, START) == 3


async def test_space_no_longer_counts_when_it_leaves_the_street(database: Database) -> None:
    devices = DeviceService(installed(), lambda: START)
    async with database.transaction() as session:
        await ensure_partitions(session, [MONDAY])
        await add_spaces(session, 1)
        await devices.register(session, NewDevice(device_id="a", vendor="PNI", model="PlacePod", space_id="space-0"))
        await heard(session, "a", "space-0", START)
        await follow(session, START)
        await session.execute(text("UPDATE space SET removed_at = :at"), {"at": START + WEEK})
        await follow(session, START + WEEK)
        rows = await session.execute(text("SELECT upper(valid) FROM retrofit_span"))
        assert rows.scalars().all() == [START + WEEK]


async def test_weeks_show_plan_against_progress(database: Database) -> None:
    async with database.transaction() as session:
        await add_spaces(session, 4)
        plan = [
            PlannedWeek(district_id=DISTRICT, week=MONDAY, spaces=9),
            PlannedWeek(district_id=DISTRICT, week=MONDAY, spaces=2),
            PlannedWeek(district_id="nowhere", week=MONDAY, spaces=2),
            PlannedWeek(district_id=DISTRICT, week=MONDAY + 3 * WEEK, spaces=2),
        ]
        refused = await service.set_plan(session, plan, by="account:li.wei", at=START)
        assert [(error.index, error.code) for error in refused] == [(2, "district_unknown")]
        spans = [("space-0", START), ("space-1", START + WEEK), ("space-2", START + WEEK)]
        await service.progress(session, [repository.Begun(space, "d", at) for space, at in spans], [], START + WEEK)
        await service.progress(session, [], ["space-2", "space-3"], START + 2 * WEEK)
        now = START + 2 * WEEK + timedelta(days=1)
        weeks = await service.weeks(session, now, DISTRICT)
        (standing,) = await service.standing(session, now)
        with pytest.raises(NotFoundError):
            await service.weeks(session, now, "nowhere")
    assert [(one.week, one.planned, one.planned_in_all, one.done, one.done_in_all) for one in weeks] == [
        (MONDAY, 2, 2, 1, 1),
        (MONDAY + WEEK, 0, 2, 2, 3),
        (MONDAY + 2 * WEEK, 0, 2, -1, 2),
        (MONDAY + 3 * WEEK, 2, 4, None, None),
    ]
    assert (standing.spaces, standing.retrofitted, standing.planned, standing.due, standing.share) == (4, 2, 4, 2, 0.5)
