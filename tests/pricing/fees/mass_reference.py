"""A second oracle for thousands of stays: every second of a stay as one element of arrays, in a zone of fixed offset.

It shares nothing with the calculator: no intervals, no occurrences, only masks over seconds.
"""

from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from pricing.fees.model import Stay
from pricing.rates.model import RateTable

_DAY_S = 86_400
_OFFSET_S = 8 * 3_600
"""Asia/Shanghai, which has not changed its clocks since 1991."""
_EPOCH = date(1970, 1, 1)
Mask = npt.NDArray[np.bool_]


def amount_and_usage(table: RateTable, stay: Stay, used: dict[date, int]) -> tuple[int, dict[date, int]]:
    """Fee in minor units and used quota seconds by day, for a stay whose ends are whole seconds."""
    seconds = np.arange(int(stay.start.timestamp()), int(stay.end.timestamp()))
    for gap in stay.uncharged:
        end = gap.span.end.timestamp() if gap.span.end else np.inf
        seconds = seconds[(seconds < gap.span.start.timestamp()) | (seconds >= end)]
    local = seconds + _OFFSET_S
    day, clock = local // _DAY_S, local % _DAY_S
    free_s = table.free.seconds if table.free else 0
    granted = np.zeros(len(seconds), dtype=bool)
    used = dict(used)
    quota = table.energy_quota
    if quota and stay.energy == "nev" and len(seconds) > free_s:
        for number in np.unique(day):
            name = _EPOCH + timedelta(days=int(number))
            left = max(0, quota.seconds_a_day - used.get(name, 0))
            taken = np.flatnonzero(day == number)[:left]
            granted[taken] = True
            if len(taken):
                used[name] = used.get(name, 0) + len(taken)
    free = np.zeros(len(seconds), dtype=bool)
    if table.free and (table.free.when_exceeded == "deducted" or len(seconds) <= free_s):
        stacked = quota is not None and quota.stacks_on_free and bool(granted.any())
        free[(np.flatnonzero(~granted) if stacked else np.arange(len(seconds)))[:free_s]] = True
    return _charged(table, stay, day, clock, ~granted & ~free), used


def _charged(table: RateTable, stay: Stay, day: npt.NDArray[np.int64], clock: npt.NDArray[np.int64], paid: Mask) -> int:
    total = 0
    priced = np.zeros(len(paid), dtype=bool)
    for line in table.lines:
        if line.area_class != stay.area_class or line.vehicle_class != stay.vehicle_class:
            continue
        low = line.start.hour * 3600 + line.start.minute * 60
        high = line.end.hour * 3600 + line.end.minute * 60
        if low < high:
            inside, of_day = (clock >= low) & (clock < high), day
        else:
            inside, of_day = (clock >= low) | (clock < high), np.where(clock < high, day - 1, day)
        assert not (priced & inside).any()
        priced |= inside
        _, counts = np.unique(of_day[paid & inside], return_counts=True)
        if line.mode == "per_use":
            total += len(counts) * line.unit_price
        elif line.unit_s is not None:
            total += sum(-(-int(count) // line.unit_s) for count in counts) * line.unit_price
    return total
