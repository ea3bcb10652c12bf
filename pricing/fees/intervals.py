"""Arithmetic on lists of half-open intervals, in whole seconds since 1970, sorted and disjoint."""

from collections.abc import Sequence

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
    return [(max(low, start), min(high, end)) for low, high in intervals if low < end and start < high]


def length(intervals: Sequence[Interval]) -> int:
    return sum(high - low for low, high in intervals)


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


def without(intervals: Sequence[Interval], others: Sequence[Interval]) -> list[Interval]:
    left = list(intervals)
    for start, end in others:
        left = subtract(left, start, end)
    return left
