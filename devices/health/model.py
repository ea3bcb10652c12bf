"""A fault of a device as it is told: open or closed, one of a kind at a time."""

from dataclasses import dataclass
from typing import Literal

from parking.events.device import DeviceFault


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a device was when a fault opened; empty for one that watches no space."""

    space_id: str | None = None
    zone_id: str | None = None
    district_id: str | None = None


NOWHERE = Place()


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One fault from its opening on. Times are microseconds since 1970 UTC."""

    fault_id: str
    device_id: str
    place: Place
    fault: DeviceFault
    since: int
    opened_at: int
    distrusted: bool
    zh: str
    en: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """A fault opened, closed, or became one that voids the device's word."""

    what: Literal["opened", "distrusted", "closed"]
    fault: Fault
    at: int
