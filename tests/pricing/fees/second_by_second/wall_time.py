"""Local time of single seconds, so that the reference counts where the calculator calculates."""

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Seconds = NDArray[np.int64]
Mask = NDArray[np.bool_]

DAY_S = 86_400
QUARTER_S = 900
"""No time zone of the tests changes its offset within a quarter of an hour."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WALL_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - wall time has no zone until it is mapped
SECOND = timedelta(seconds=1)


def second_at_or_before(instant: datetime) -> int:
    return (instant - EPOCH) // SECOND


def second_at_or_after(instant: datetime) -> int:
    return -((EPOCH - instant) // SECOND)


def instant_of(second: int) -> datetime:
    return EPOCH + second * SECOND


@cache
def offset_in(zone: str, quarter: int) -> int:
    offset = instant_of(quarter * QUARTER_S).astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    return offset // SECOND


def wall_seconds(zone: str, seconds: Seconds) -> Seconds:
    """What a clock on the wall shows at each of the seconds, which ascend, as seconds since 1970 on that clock."""
    if not len(seconds):
        return seconds
    quarters = range(int(seconds[0]) // QUARTER_S, int(seconds[-1]) // QUARTER_S + 1)
    wall = seconds + offset_in(zone, quarters[0])
    for before, quarter in pairwise(quarters):
        change = offset_in(zone, quarter) - offset_in(zone, before)
        if change:
            wall[np.searchsorted(seconds, quarter * QUARTER_S) :] += change
    return wall


def local_day(zone: str, second: int) -> int:
    return (second + offset_in(zone, second // QUARTER_S)) // DAY_S


@cache
def second_of_wall(zone: str, wall: int) -> int:
    """The first second at which the clock on the wall shows `wall`, or more where it skips that."""
    naive = WALL_EPOCH + wall * SECOND
    either = [(naive.replace(tzinfo=ZoneInfo(zone), fold=fold) - EPOCH) // SECOND for fold in (0, 1)]
    if either[0] <= either[1]:
        return either[0]
    around = np.arange(either[1], either[0] + 1, dtype=np.int64)
    return int(around[np.argmax(wall_seconds(zone, around) >= wall)])


def month_of(days: Seconds) -> NDArray[Any]:
    return days.astype("datetime64[D]").astype("datetime64[M]")
