"""A registered device, and what of it the ingest door keeps in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

import msgspec

from devices.inventory.life import COUNTED, Stage
from parking.domain.ids import DeviceId
from parking.domain.time_span import TimeSpan
from parking.occupancy.evidence import EvidenceSource

SILENCE_HEARTBEATS: Final = 3
"""A device that misses three of its heartbeats is silent (`../reference/devices.md` 5.3)."""
CLOCK_TOLERANCE: Final = timedelta(seconds=120)
CLOCK_TOLERANCE_US: Final = CLOCK_TOLERANCE // timedelta(microseconds=1)
"""How far a device's clock may differ from ours; a larger jump is a fault (`../reference/devices.md` 5.3)."""
OLDEST_BINDING: Final = timedelta(hours=24)
"""How far back a binding may be dated: as old as a message may be that ingest admits."""
OPEN_END: Final = 2**63 - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Device:
    """A device that the city owns; `vendor`, `model` and `version` choose its codec, which is never guessed."""

    device_id: DeviceId
    vendor: str
    model: str
    version: str
    heartbeat_s: int
    """Longest time between two messages while it is healthy."""
    wire_id: str | None = field(default=None, repr=False)
    """Under what it speaks where that is not `device_id`: a DevEUI, or an IMEI, which no log line may hold."""
    stage: Stage = "accepted"
    supplier: str | None = None
    batch: str | None = None
    serial: str | None = None
    installed_at: datetime | None = None
    """When somebody put it up, as the installer says."""

    @property
    def is_counted(self) -> bool:
        """Whether its word may tell what the state of a space is."""
        return self.stage in COUNTED


class Watch(msgspec.Struct, frozen=True, gc=False):
    """The space that a device watches from `start` until before `end`, in microseconds since 1970 UTC."""

    start: int
    end: int
    space_id: str
    zone_id: str
    district_id: str


class DeviceEntry(msgspec.Struct, frozen=True, gc=False):
    """One device with every space it has watched, the newest first. A plain value: a million of them are no matter of the collector."""

    device: Device
    silence_s: int
    watches: tuple[Watch, ...]
    clock_offset_us: int | None = None
    """How far the device's own clock is ahead of the true time; None while that is not known or not steady."""
    trusted: bool = True
    """Whether its word tells what the state of its space is: not that of one which is being tested, for instance."""
    source: EvidenceSource = "geomagnetic"
    """How it comes to its word."""

    @property
    def district_id(self) -> str:
        """Where it is, or was last; empty when it has never been bound."""
        return self.watches[0].district_id if self.watches else ""

    def watch_at(self, observed_at: int) -> Watch | None:
        """Find the space watched at an instant.

        A message from just before a device's binding belongs to it all the same: the device's clock runs behind ours,
        or names whole seconds only.
        """
        for watch in self.watches:
            if watch.start <= observed_at < watch.end:
                return watch
        for watch in self.watches:
            if watch.start - CLOCK_TOLERANCE_US <= observed_at < watch.start:
                return watch
        return None


class Directory(Protocol):
    """Every registered device, at hand without waiting."""

    @property
    def entries(self) -> Mapping[str, DeviceEntry]:
        """By device id. Raises `UnavailableError` before the registry was first read."""

    @property
    def wired(self) -> Mapping[str, DeviceEntry]:
        """By the id under which a device speaks: its `wire_id` where it has one, and its device id. Raises as `entries`."""


def at_moment(instant: datetime) -> TimeSpan:
    """The span of one moment."""
    return TimeSpan(instant, instant + datetime.resolution)


def silence_after(heartbeat_s: int) -> int:
    return SILENCE_HEARTBEATS * heartbeat_s
