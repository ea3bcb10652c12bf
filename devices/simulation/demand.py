"""How full places are and how long vehicles stay: the tables behind the simulated drivers.

The figures are a plausible city and no measurement of one. They are kept out of every room that sets prices: an
optimizer must not be graded by a demand model that it can read.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from parking.places.model import AreaClass, SpaceUse

UTC_OFFSET_S: Final = 8 * 3600
"""China has one time all year, so the hour of the day needs no time-zone data."""
DAY_S: Final = 86_400
HOUR_S: Final = 3_600


class Stay(NamedTuple):
    """Length of a stay, log-normal: the median in minutes and the spread of its logarithm."""

    median_min: float
    sigma: float


STAYS: Final[Mapping[SpaceUse, Stay]] = {
    "ordinary": Stay(48.0, 0.9),
    "accessible": Stay(60.0, 0.8),
    "charging": Stay(55.0, 0.5),
    "loading": Stay(14.0, 0.6),
}
CLASS_STAY: Final[Mapping[AreaClass, float]] = {"I": 0.8, "II": 1.0, "III": 1.5}
"""Where it is dear people stay shorter."""

BY_DAY: Final[Mapping[AreaClass, float]] = {"I": 0.95, "II": 0.72, "III": 0.32}
BY_NIGHT: Final[Mapping[AreaClass, float]] = {"I": 0.84, "II": 0.60, "III": 0.24}
"""Share of ordinary spaces in use at the busiest and at the quietest hour."""

USE_FACTOR: Final[Mapping[SpaceUse, float]] = {"ordinary": 1.0, "accessible": 0.35, "charging": 0.8, "loading": 0.5}

ACTIVITY: Final = (
    *(0.10, 0.05, 0.00, 0.00, 0.00, 0.10, 0.30, 0.60, 0.85, 0.95, 1.00, 1.00),
    *(0.90, 0.85, 0.95, 1.00, 1.00, 1.00, 0.95, 0.90, 0.80, 0.60, 0.40, 0.20),
)
"""By local hour: 0 is the level of the night, 1 the level of the day."""


def local_hour(at: float) -> int:
    """Hour of the day in the city, 0 to 23, of `at` in seconds since 1970 UTC."""
    return int((at + UTC_OFFSET_S) % DAY_S // HOUR_S)


def next_hour(at: float) -> float:
    """When the rates change next, in seconds since 1970 UTC; always later than `at`."""
    return (at // HOUR_S + 1) * HOUR_S


def share_in_use(area_class: AreaClass, use: SpaceUse, at: float, lean: float) -> float:
    """Expected share of time in use, between 0.02 and 0.98; `lean` shifts one zone against its class."""
    activity = ACTIVITY[local_hour(at)]
    ordinary = BY_NIGHT[area_class] + activity * (BY_DAY[area_class] - BY_NIGHT[area_class])
    return min(max(ordinary * USE_FACTOR[use] + lean, 0.02), 0.98)
