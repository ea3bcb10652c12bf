"""Facts about devices on the street: what is wrong with one, since when, and how the retrofit of spaces goes on.

Neither a key nor an IMEI nor a plate ever travels; devices are known by the id under which the city registered them.
"""

from datetime import datetime
from typing import ClassVar, Literal

from parking.events.fact import Fact

DeviceFault = Literal[
    "silent",
    "lossy",
    "battery_low",
    "battery_ending",
    "stuck",
    "flapping",
    "baseline_drift",
    "disagreement",
    "clock_offset",
    "restarting",
    "undecodable",
    "view_moved",
    "view_dirty",
    "view_dark",
    "self_reported",
]
"""Kinds of fault; of one kind at most one is open for a device at any moment."""


class DeviceFaulted(Fact, frozen=True, kw_only=True):
    """A fault of a device opened. While `distrusted`, its word tells nothing of the space: that is unknown."""

    TYPE: ClassVar[str] = "parking.device.faulted"

    fault_id: str
    device_id: str
    space_id: str | None
    fault: DeviceFault
    opened_at: datetime
    """When it was found."""
    since: datetime
    """From when it is believed to have lasted."""
    distrusted: bool
    detail_zh: str
    detail_en: str

    @property
    def subject(self) -> str:
        return self.device_id


class DeviceRestored(Fact, frozen=True, kw_only=True):
    """That fault is over."""

    TYPE: ClassVar[str] = "parking.device.restored"

    fault_id: str
    device_id: str
    space_id: str | None
    fault: DeviceFault
    opened_at: datetime
    closed_at: datetime

    @property
    def subject(self) -> str:
        return self.device_id


class RetrofitProgressed(Fact, frozen=True, kw_only=True):
    """A space was retrofitted, or lost its last accepted device; the figures are those of its district after that."""

    TYPE: ClassVar[str] = "parking.retrofit.progressed"

    district_id: str
    space_id: str
    device_id: str
    retrofitted: bool
    spaces: int
    spaces_retrofitted: int
    at: datetime

    @property
    def subject(self) -> str:
        return self.district_id
