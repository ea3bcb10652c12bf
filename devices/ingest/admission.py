"""Decides whether a message may enter, and which space it is about; pure."""

from typing import Final, NamedTuple

from devices.ingest.speaker import Speaker
from devices.inventory.model import CLOCK_TOLERANCE_US, DeviceEntry, Watch
from parking.domain.clock import format_instant

OLDEST_US: Final = 24 * 3600 * 1_000_000
"""Network servers hold frames back for up to an hour and gateways buffer through outages; a day is generous."""
FUTURE_US: Final = CLOCK_TOLERANCE_US

UNKNOWN_DEVICE: Final = "unknown_device"


class Refusal(NamedTuple):
    """Why one message may not enter."""

    code: str
    detail: str


def is_plausible(observed_at: int, now: int) -> bool:
    """Whether an instant can be that of a message which arrives now."""
    return now - OLDEST_US <= observed_at <= now + FUTURE_US


def admit(entry: DeviceEntry, observed_at: int, now: int, speaker: Speaker) -> Watch | Refusal:
    """Find the space of a message of a known device, or say why it is refused."""
    watch = entry.watch_at(observed_at)
    device_id = entry.device.device_id
    if not speaker.covers(device_id, entry.district_id if watch is None else watch.district_id):
        return Refusal("device_not_allowed", f"this key does not speak for {device_id}")
    if not is_plausible(observed_at, now):
        return _implausible(observed_at, now)
    if watch is None:
        return Refusal("device_not_bound", f"{device_id} watched no space at {format_instant(observed_at)}")
    return watch


def _implausible(observed_at: int, now: int) -> Refusal:
    if observed_at > now:
        return Refusal("observed_at_in_future", f"more than {FUTURE_US // 1_000_000} s ahead of the server's clock")
    return Refusal("observed_at_too_old", f"more than {OLDEST_US // 3_600_000_000} h ago")


def unknown_device(device_id: str) -> Refusal:
    return Refusal(UNKNOWN_DEVICE, f"{device_id[:64]!r} is not registered")
