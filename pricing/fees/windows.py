"""Which seconds a time quota grants, by the window that it counts in ("Exact meaning", 2).

Each function takes the candidates, the seconds that the quota has granted before (both sorted and disjoint, and disjoint
from each other) and returns the seconds that it grants now. Whole runs of seconds are granted at once.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from pricing.fees.intervals import Interval, clip, intersect, length, merge, without
from pricing.fees.local_time import day_span, days
from pricing.rates.model import QuotaWindow, TimeQuota


def granted(
    quota: TimeQuota, candidates: Sequence[Interval], held: Sequence[Interval], zone: ZoneInfo
) -> list[Interval]:
    """The candidates that are granted; one that is held already is granted again."""
    grant = _GRANTS[quota.window]
    if not held:
        return grant(quota, candidates, held, zone)
    fresh = grant(quota, without(candidates, held), held, zone)
    return sorted(intersect(candidates, held) + fresh)


def _by_local_day(
    quota: TimeQuota, candidates: Sequence[Interval], held: Sequence[Interval], zone: ZoneInfo
) -> list[Interval]:
    taken: list[Interval] = []
    left: dict[date, int] = {}
    for start, end in candidates:
        for day, (low, high) in days(start, end, zone):
            if day not in left:
                left[day] = quota.seconds - length(clip(held, *day_span(day, zone)))
            run = min(high - low, left[day])
            if run > 0:
                taken.append((low, low + run))
                left[day] -= run
    return taken


def _rolling(quota: TimeQuota, candidates: Sequence[Interval], held: Sequence[Interval], _: ZoneInfo) -> list[Interval]:
    window, used, taken = quota.window_s or 0, list(held), list[Interval]()
    for low, high in candidates:
        at = low
        while at < high:
            used = [span for span in used if span[1] > at - window]
            count = length(clip(used, at - window, at))
            leaves, until = _state(used, at - window)
            run = high - at if until is None else min(high - at, until - (at - window))
            if count < quota.seconds:
                # Where a granted second leaves the window with every second that enters it, the count stays.
                run = run if leaves else min(run, quota.seconds - count)
                taken.append((at, at + run))
                used = merge([*used, (at, at + run)])
            elif leaves:
                run = min(run, count - quota.seconds + 1)
            at += run
    return merge(taken)


def _from_first_use(
    quota: TimeQuota, candidates: Sequence[Interval], held: Sequence[Interval], _: ZoneInfo
) -> list[Interval]:
    window, used, taken = quota.window_s or 0, list(held), list[Interval]()
    for low, high in candidates:
        at = low
        while at < high:
            begun = last_window(used, window, at)
            if begun is None or at >= begun + window:
                begun = at
            run = min(high, begun + window) - at
            count = length(clip(used, begun, at))
            if count < quota.seconds:
                run = min(run, quota.seconds - count)
                taken.append((at, at + run))
                used = merge([*used, (at, at + run)])
            at += run
    return taken


def last_window(used: Sequence[Interval], window: int, before: int) -> int | None:
    """The beginning of the last window that used seconds before an instant form, one beginning after another ends."""
    begun: int | None = None
    for low, high in used:
        last = min(high, before) - 1
        if last < low:
            break
        if begun is None or low >= begun + window:
            begun = low
        if last >= begun + window:
            # The first second after a window that is in use begins the next: as often as the span goes on.
            begun += (last - begun) // window * window
    return begun


def _state(used: Sequence[Interval], second: int) -> tuple[bool, int | None]:
    """Whether the second is used, and the next second at which that changes."""
    for low, high in used:
        if second < low:
            return False, low
        if second < high:
            return True, high
    return False, None


_GRANTS: Final[
    Mapping[QuotaWindow, Callable[[TimeQuota, Sequence[Interval], Sequence[Interval], ZoneInfo], list[Interval]]]
] = MappingProxyType({"local_day": _by_local_day, "rolling": _rolling, "from_first_use": _from_first_use})
