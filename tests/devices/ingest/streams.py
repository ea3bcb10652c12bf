"""A stream of readings in memory, and a registry of a few devices, for tests of the door itself."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from devices.ingest.service import IngestService
from devices.inventory.model import OPEN_END, Device, DeviceEntry, Watch
from parking.domain.errors import UnavailableError
from parking.domain.ids import DeviceId
from parking.occupancy.evidence import Observation
from parking.raw.model import RawMessage

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
EVERYTHING = (Watch(0, OPEN_END, "space-1", "zone-1", "district-1"),)


class MemoryStream:
    """An inbox that keeps the appends apart, and fails as long as it is told to."""

    def __init__(self) -> None:
        self.appends: list[list[Observation]] = []
        self.messages: list[RawMessage] = []
        self.is_down = False
        self.refusals = 0

    @property
    def observations(self) -> list[Observation]:
        return [observation for append in self.appends for observation in append]

    async def ensure_room(self) -> None:
        return

    async def append(self, observations: Sequence[Observation], messages: Sequence[RawMessage]) -> None:
        if self.is_down:
            self.refusals += 1
            raise UnavailableError("down", code="live_store_unavailable")
        self.appends.append(list(observations))
        self.messages.extend(messages)


class FixedDirectory:
    """The part of `DeviceDirectory` that the door reads."""

    def __init__(self, *entries: DeviceEntry) -> None:
        self.entries: Mapping[str, DeviceEntry] = {entry.device.device_id: entry for entry in entries}
        self.wired: Mapping[str, DeviceEntry] = dict(self.entries) | {
            entry.device.wire_id: entry for entry in entries if entry.device.wire_id is not None
        }


class Keyring:
    """A speaker for some devices in one district."""

    speaker_id = "key-1"

    def __init__(self, *device_ids: str, district_id: str = "district-1") -> None:
        self._device_ids = device_ids
        self._district_id = district_id

    def covers(self, device_id: str, district_id: str) -> bool:
        return device_id in self._device_ids and district_id == self._district_id


def entry(
    device_id: str,
    *,
    profile: tuple[str, str, str] = ("Generic", "JSON", "1"),
    watches: tuple[Watch, ...] = EVERYTHING,
) -> DeviceEntry:
    vendor, model, version = profile
    device = Device(device_id=DeviceId(device_id), vendor=vendor, model=model, version=version, heartbeat_s=60)
    return DeviceEntry(device, 180, watches)


def door(*entries: DeviceEntry) -> tuple[IngestService, MemoryStream]:
    stream = MemoryStream()
    return IngestService(FixedDirectory(*entries), stream, lambda: NOW), stream
