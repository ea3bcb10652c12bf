"""How much of a quota every stay finds used by the vehicle's earlier stays.

Only stays that follow one another closely depend on each other, so all vehicles advance together, one stay a round.
"""

from dataclasses import dataclass

import numpy as np

from pricing.fees.arrays.columns import Ints, Mask
from pricing.fees.arrays.timeline import Timeline


@dataclass(frozen=True, kw_only=True)
class Takers:
    """Stays with a part in one quota, one after another for each vehicle (and place, where it counts by place)."""

    rows: Ints
    vehicle: Ints
    start: Ints
    end: Ints
    seconds: Ints
    """That the quota may grant each of them in a window, 0 for one that uses nothing."""

    @property
    def follows(self) -> Mask:
        """Whether the stay before is of the same vehicle."""
        follows = np.zeros(len(self.rows), dtype=np.bool_)
        follows[1:] = self.vehicle[1:] == self.vehicle[:-1]
        return follows


def takers(rows: Ints, vehicle: Ints, start: Ints, end: Ints, seconds: Ints) -> Takers:
    """Sort stays that are not empty and whose vehicles' stays do not overlap; all columns are those of `rows`."""
    order = np.lexsort((start, vehicle))
    return Takers(rows=rows[order], vehicle=vehicle[order], start=start[order], end=end[order], seconds=seconds[order])


def used_in_days(of: Takers, earlier: Ints, days: Timeline) -> Ints:
    """Seconds used before each stay on its first local day; `earlier` counts before the first stay of a vehicle."""
    first_day, last_day = days.spans_at(of.start), days.spans_at(of.end - 1)
    linked = of.follows
    before = np.where(linked, 0, earlier)
    linked[1:] &= first_day[1:] == last_day[:-1]
    within_one = first_day == last_day
    length = of.end - np.maximum(of.start, days.edges[last_day])
    after = np.zeros(len(of.rows), dtype=np.int64)
    for turn, now in _rounds(linked):
        if turn:
            before[now] = after[now - 1]
        carried = np.where(within_one[now], before[now], 0)
        after[now] = carried + np.minimum(np.maximum(of.seconds[now] - carried, 0), length[now])
    return before


def used_in_windows(of: Takers, window_s: int) -> tuple[Ints, Ints]:
    """For windows from first use: seconds used before each stay in the window that holds its beginning, and where that begins."""
    linked = of.follows
    linked[1:] &= of.start[1:] < of.end[:-1] + window_s
    used, origin = np.zeros(len(of.rows), dtype=np.int64), of.start.copy()
    used_after, origin_after = used.copy(), of.start - window_s
    for turn, now in _rounds(linked):
        start, end, seconds = of.start[now], of.end[now], of.seconds[now]
        if turn:
            goes_on = start < origin_after[now - 1] + window_s
            origin[now] = np.where(goes_on, origin_after[now - 1], start)
            used[now] = np.where(goes_on, used_after[now - 1], 0)
        begins, taken = origin[now], used[now]
        last = begins + (end - 1 - begins) // window_s * window_s
        carried = np.where(last == begins, taken, 0)
        granted = np.minimum(np.maximum(seconds - carried, 0), end - np.maximum(start, last))
        takes = seconds > 0
        # A stay without a part leaves the window as it found it, an old one included.
        found_origin = origin_after[now - 1] if turn else start - window_s
        found_used = used_after[now - 1] if turn else np.zeros_like(start)
        origin_after[now] = np.where(takes, last, found_origin)
        used_after[now] = np.where(takes, carried + granted, found_used)
    return used, origin


def _rounds(linked: Mask) -> list[tuple[int, Ints]]:
    """The stays that come first in a run of linked ones, then those that come second, and so on."""
    number = np.arange(len(linked))
    rank = number - np.maximum.accumulate(np.where(linked, 0, number))
    order = np.argsort(rank, kind="stable")
    return list(enumerate(np.split(order, np.flatnonzero(np.diff(rank[order])) + 1))) if len(linked) else []
