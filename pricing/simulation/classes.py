"""The groups of which a simulation says who pays more and who pays less."""

from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from pricing.fees.arrays.columns import ENERGIES, VEHICLE_CLASSES, Codes, Ints
from pricing.fees.arrays.timeline import timeline
from pricing.simulation.model import RecordedStays

DURATIONS: Final = (
    (1_800, "0-30 min"),
    (3_600, "30-60 min"),
    (7_200, "1-2 h"),
    (14_400, "2-4 h"),
    (28_800, "4-8 h"),
    (86_400, "8-24 h"),
    (None, "> 24 h"),
)
"""End of each class, which it includes, and its name."""
PERSONS: Final = ("visitor", "resident", "unknown")
_VISITOR, _RESIDENT, _UNKNOWN = range(3)
Groups = tuple[Ints | Codes, tuple[str, ...]]
"""The group of each stay, as a place in the names."""


def groups_of(recorded: RecordedStays, zone: ZoneInfo, resident_days: int) -> dict[str, Groups]:
    stays = recorded.stays
    ends = [end for end, _ in DURATIONS if end is not None]
    return {
        "zone": (recorded.zone, recorded.zone_ids),
        "duration": (np.searchsorted(ends, stays.end - stays.start), tuple(name for _, name in DURATIONS)),
        "vehicle_class": (stays.vehicle_class, VEHICLE_CLASSES),
        "energy": (stays.energy, ENERGIES),
        "person": (_persons(recorded, zone, resident_days), PERSONS),
    }


def _persons(recorded: RecordedStays, zone: ZoneInfo, resident_days: int) -> Ints:
    """Who came in the vehicle: a resident where it began stays in the zone on many local days; unknown without a vehicle."""
    vehicle = recorded.stays.vehicle
    person = np.full(len(recorded.stays), _UNKNOWN, dtype=np.int64)
    if vehicle is None:
        return person
    known = np.flatnonzero(vehicle >= 0)
    if not len(known):
        return person
    start = recorded.stays.start[known]
    days = timeline((), int(start.min()), int(start.max()), zone, None, midnights=True).spans_at(start)
    order = np.lexsort((days, recorded.zone[known], vehicle[known]))
    sorted_vehicle, sorted_zone, sorted_day = vehicle[known][order], recorded.zone[known][order], days[order]
    pair = np.ones(len(order), dtype=np.bool_)
    pair[1:] = (sorted_vehicle[1:] != sorted_vehicle[:-1]) | (sorted_zone[1:] != sorted_zone[:-1])
    day = pair.copy()
    day[1:] |= sorted_day[1:] != sorted_day[:-1]
    count = np.add.reduceat(day.astype(np.int64), np.flatnonzero(pair))[np.cumsum(pair) - 1]
    person[known[order]] = np.where(count >= resident_days, _RESIDENT, _VISITOR)
    return person
