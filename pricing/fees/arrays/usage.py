"""How much of a daily quota every stay finds used by the vehicle's earlier stays of the same day."""

import numpy as np

from pricing.fees.arrays.columns import Ints, Mask, StayColumns
from pricing.fees.arrays.timeline import Timeline


def used_before(stays: StayColumns, a_day: Ints, days: Timeline, rows: Mask) -> Ints:
    """Seconds used on the first local day of each of `rows`, whose vehicles' stays do not overlap.

    `a_day` is what the quota may grant each stay on a day, 0 for a stay without a part in it.

    Only stays that follow one another on a day depend on each other, so all vehicles advance together, one stay a round.
    """
    used = np.zeros(len(stays), dtype=np.int64) if stays.used_s is None else stays.used_s.copy()
    if stays.vehicle is None:
        return used
    chosen = np.flatnonzero(rows & (stays.vehicle >= 0) & (stays.end > stays.start))
    order = chosen[np.lexsort((stays.start[chosen], stays.vehicle[chosen]))]
    start, end, vehicle = stays.start[order], stays.end[order], stays.vehicle[order]
    first_day, last_day = days.spans_at(start), days.spans_at(end - 1)
    follows = np.zeros(len(order), dtype=np.bool_)
    follows[1:] = (vehicle[1:] == vehicle[:-1]) & (first_day[1:] == last_day[:-1])
    # Earlier usage belongs to the day on which the first of a vehicle's stays begins.
    is_first = np.diff(vehicle, prepend=-1) != 0
    before = np.where(is_first, used[order], 0)
    seconds, within_one = a_day[order], first_day == last_day
    length = end - np.maximum(start, days.edges[last_day])
    number = np.arange(len(order))
    rank = number - np.maximum.accumulate(np.where(follows, 0, number))
    after = np.zeros(len(order), dtype=np.int64)
    for turn in range(int(rank.max(initial=-1)) + 1):
        now = np.flatnonzero(rank == turn)
        if turn:
            before[now] = after[now - 1]
        carried = np.where(within_one[now], before[now], 0)
        after[now] = carried + np.minimum(np.maximum(seconds[now] - carried, 0), length[now])
    used[order] = before
    return used
