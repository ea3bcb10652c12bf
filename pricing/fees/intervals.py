"""Arithmetic on lists of half-open intervals, in whole seconds since 1970, sorted and disjoint."""

from collections.abc import Iterable, Sequence

Interval = tuple[int, int]


def subtract(intervals: Sequence[Interval], start: int, end: int) -> list[Interval]:
    """Take `[start, end)` out of every interval."""
    left: list[Interval] = []
    for low, high in intervals:
        if high <= start or end <= low:
            left.append((low, high))
            continue
        if low < start:
            left.append((low, start))
        if end < high:
            left.append((end, high))
    return left


def clip(intervals: Sequence[Interval], start: int, end: int) -> list[Interval]:
    """Keep only what lies within `[start, end)`."""
    return [(max(start, low), min(end, high)) for low, high in intervals if low < end and start < high]


def length(intervals: Iterable[Interval]) -> int:
    total = 0
    for low, high in intervals:
        total += high - low
    return total


def first(intervals: Sequence[Interval], seconds: int) -> list[Interval]:
    """Take the earliest `seconds` of the intervals, fewer when there are not so many."""
    taken: list[Interval] = []
    for low, high in intervals:
        if seconds <= 0:
            break
        cut = min(high, low + seconds)
        taken.append((low, cut))
        seconds -= cut - low
    return taken


def without(intervals: Sequence[Interval], others: Iterable[Interval]) -> list[Interval]:
    left = list(intervals)
    for start, end in others:
        left = subtract(left, start, end)
    return left


def intersect(intervals: Sequence[Interval], others: Iterable[Interval]) -> list[Interval]:
    """What both hold, in order; `others` must be sorted and disjoint as well."""
    return [part for start, end in others for part in clip(intervals, start, end)]


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """Sort any intervals and join those that touch or overlap."""
    merged: list[Interval] = []
    for low, high in sorted(intervals):
        if high <= low:
            continue
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return merged
