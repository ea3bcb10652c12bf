"""The registry in memory, for a door that asks for every message and must not wait for the database.

Loaded whole and replaced in one step; while PostgreSQL is away, the last one loaded keeps serving.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from sys import intern
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from devices.health import repository as health
from devices.inventory import repository
from devices.inventory.model import OPEN_END, DeviceEntry, Watch, silence_after
from devices.registry import installed
from parking.db.unit_of_work import Database
from parking.domain.clock import to_micros
from parking.domain.errors import UnavailableError

REGISTRY_CHANNEL: Final = "parking_registry"
"""Where every change of places, devices and keys is notified."""


class DeviceDirectory:
    """Wire it as `watch(database_url, REGISTRY_CHANNEL, directory.refresh)`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._entries: Mapping[str, DeviceEntry] | None = None
        self._wired: Mapping[str, DeviceEntry] = {}

    @property
    def is_loaded(self) -> bool:
        return self._entries is not None

    @property
    def entries(self) -> Mapping[str, DeviceEntry]:
        """Every device by its id. Raises `UnavailableError` before the first load."""
        if self._entries is None:
            raise UnavailableError("the device registry has not been read yet", code="registry_unavailable")
        return self._entries

    @property
    def wired(self) -> Mapping[str, DeviceEntry]:
        """By the id under which a device speaks, and by device id. Raises as `entries`."""
        if self._entries is None:
            return self.entries
        return self._wired

    async def refresh(self) -> None:
        """Read the registry anew."""
        async with self._database.transaction() as session:
            distrusted = await health.distrusted(session)
            offsets = await health.clock_offsets(session)
            entries = await _entries(session, distrusted, offsets, former=self._entries or {})
        wired = {entry.device.wire_id: entry for entry in entries.values() if entry.device.wire_id is not None}
        self._wired = entries | wired if wired else entries
        self._entries = entries


async def _entries(
    session: AsyncSession,
    distrusted: AbstractSet[str],
    offsets: Mapping[str, int],
    *,
    former: Mapping[str, DeviceEntry],
) -> dict[str, DeviceEntry]:
    """Build in slices, so that a large registry does not hold up the requests of the same process.

    What has not changed since `former` stays the same object, so that two registries are not twice the memory.
    """
    watches: dict[str, tuple[Watch, ...]] = {}
    async for rows in repository.all_watches(session):
        for row in rows:
            watch = _watch(row)
            if watch.start < watch.end:
                watches[row[0]] = (*watches.get(row[0], ()), watch)
    source_of, silence_of = cache(installed().source_of), cache(silence_after)
    entries: dict[str, DeviceEntry] = {}
    async for devices in repository.all_devices(session):
        for device in devices:
            device_id = device.device_id
            entry = DeviceEntry(
                device,
                silence_of(device.heartbeat_s),
                tuple(sorted(watches.pop(device_id, ()), key=lambda watch: watch.start, reverse=True)),
                clock_offset_us=offsets.get(device_id),
                trusted=device.is_counted and device_id not in distrusted,
                source=source_of(device.vendor, device.model),
            )
            before = former.get(device_id)
            entries[device_id] = before if before is not None and before == entry else entry
    return entries


def _watch(row: Sequence[Any]) -> Watch:
    _, space_id, zone_id, district_id, start, end = row
    return Watch(
        to_micros(start) if start is not None else 0,
        to_micros(end) if end is not None else OPEN_END,
        space_id,
        intern(zone_id),
        intern(district_id),
    )
