"""A day on which chosen devices of the city fail in every way that the field knows, at instants that are known before.

Pure and repeatable: the same devices and the same beginning give the same rows, in whatever order the devices come.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final

from devices.simulation.failures import COURSES, Course, Failing, Failure
from devices.simulation.fleet import Device

FIRST_AFTER_S: Final = 180.0
"""Every device has started and said something before the first one fails."""
APART_S: Final = 60.0
"""Between the beginnings of two failures, so that their faults do not all appear at once."""
SHARED: Final[Failure] = "gateway_outage"
"""Fails for all devices behind one gateway, which serves a zone."""
FEWEST_BEHIND: Final = 2


def day_of_failures(devices: Sequence[Device], *, start: float) -> list[Failing]:
    """One row for each failure and its device, and for the gateway one for each device behind it; by beginning.

    A failure for which the city has no device is left out: a small city has not every make.
    """
    free = sorted((device for device in devices if device.health == "sound"), key=_lot)
    rows: list[Failing] = []
    for number, (failure, course) in enumerate(COURSES.items()):
        begins = start + FIRST_AFTER_S + number * APART_S
        for device in list(_chosen(failure, course, free)):
            free.remove(device)
            rows.append(
                Failing(device_id=device.device_id, failure=failure, begins=begins, ends=begins + course.lasts_s)
            )
    return rows


def _chosen(failure: Failure, course: Course, free: Sequence[Device]) -> Iterator[Device]:
    fitting = [device for device in free if course.fits(device)]
    if failure != SHARED:
        yield from fitting[:1]
        return
    behind: dict[str, list[Device]] = {}
    for device in fitting:
        behind.setdefault(device.zone_id, []).append(device)
    # A small gateway: the day should not darken a whole district.
    zones = sorted((len(group), zone) for zone, group in behind.items() if len(group) >= FEWEST_BEHIND)
    if zones:
        yield from behind[zones[0][1]]


def _lot(device: Device) -> tuple[int, bytes]:
    """Those that speak often come first: their faults are found soonest."""
    return device.heartbeat_s, hashlib.blake2b(device.device_id.encode(), digest_size=8).digest()
