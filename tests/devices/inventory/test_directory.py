"""The registry in memory follows the one in the database, and outlives its outages."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from devices.inventory.directory import REGISTRY_CHANNEL, DeviceDirectory
from devices.inventory.model import OPEN_END
from devices.inventory.service import DeviceService
from devices.inventory.wishes import NewDevice
from devices.registry import installed
from parking.db.unit_of_work import Database
from parking.db.watch import watch
from parking.domain.clock import to_micros
from parking.domain.errors import UnavailableError
from tests.devices.inventory.places import add_spaces

START = datetime(2026, 11, 22, 12, tzinfo=UTC)


async def fit(
    database: Database, device_id: str, space_id: str, *, wire_id: str | None = None, to_commission: bool = False
) -> None:
    service = DeviceService(installed(), lambda: START)
    wish = NewDevice(
        device_id=device_id, vendor="Generic", model="JSON", heartbeat_s=60, space_id=space_id, wire_id=wire_id
    )
    async with database.transaction() as session:
        await service.register(session, wish, to_commission=to_commission)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


async def test_entry_has_profile_silence_and_place_when_the_directory_is_read(database: Database) -> None:
    async with database.transaction() as session:
        await add_spaces(session, 1)
    await fit(database, "d1", "space-0")
    directory = DeviceDirectory(database)
    assert not directory.is_loaded
    await directory.refresh()
    entry = directory.entries["d1"]
    assert (entry.device.model, entry.silence_s, entry.district_id) == ("JSON", 180, "district-1")
    (seen,) = entry.watches
    assert (seen.space_id, seen.zone_id, seen.start, seen.end) == ("space-0", "zone-1", to_micros(START), OPEN_END)


async def test_nothing_is_known_when_the_directory_was_never_read(database: Database) -> None:
    with pytest.raises(UnavailableError):
        _ = DeviceDirectory(database).entries


async def test_device_is_found_under_its_wire_id_when_it_speaks_under_one(database: Database) -> None:
    async with database.transaction() as session:
        await add_spaces(session, 1)
    await fit(database, "ZD-001", "space-0", wire_id="000000000000017")
    directory = DeviceDirectory(database)
    with pytest.raises(UnavailableError):
        _ = directory.wired
    await directory.refresh()
    assert directory.wired["000000000000017"] is directory.wired["ZD-001"] is directory.entries["ZD-001"]
    assert "000000000000017" not in directory.entries
    assert "000000000000017" not in repr(directory.entries["ZD-001"].device)


async def test_word_counts_when_its_device_is_accepted_and_not_before(database: Database) -> None:
    async with database.transaction() as session:
        await add_spaces(session, 2)
    await fit(database, "old", "space-0")
    await fit(database, "new", "space-1", to_commission=True)
    directory = DeviceDirectory(database)
    await directory.refresh()
    assert [directory.entries[name].trusted for name in ("old", "new")] == [True, False]
    assert directory.entries["new"].watch_at(to_micros(START)) is not None


async def test_watch_ends_when_its_space_leaves_the_street(database: Database) -> None:
    async with database.transaction() as session:
        await add_spaces(session, 1)
    await fit(database, "d1", "space-0")
    gone = START + timedelta(hours=1)
    async with database.transaction() as session:
        await session.execute(text("UPDATE space SET removed_at = :gone"), {"gone": gone})
    directory = DeviceDirectory(database)
    await directory.refresh()
    entry = directory.entries["d1"]
    assert entry.watch_at(to_micros(gone) - 1) is not None
    assert entry.watch_at(to_micros(gone)) is None


async def test_directory_follows_when_a_device_is_registered_elsewhere(database: Database, database_url: str) -> None:
    async with database.transaction() as session:
        await add_spaces(session, 1)
    directory = DeviceDirectory(database)
    async with asyncio.TaskGroup() as group:
        following = group.create_task(watch(database_url, REGISTRY_CHANNEL, directory.refresh))
        await until(lambda: directory.is_loaded)
        assert "d1" not in directory.entries
        await fit(database, "d1", "space-0")
        await until(lambda: "d1" in directory.entries)
        following.cancel()
