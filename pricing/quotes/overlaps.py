"""Use by two stays at one time, such as of a plate that two cars carry, counts twice. Pure.

What a vehicle has used is a set of seconds, and a second that it holds is granted again without being counted again
(docs/tariffs.md, section 2): so that pricing one stay twice changes nothing. Two stays that share a second are not that.
What another stay has used within this one is therefore written down beside it: on the same day where days are
counted, before it else.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from pricing.fees.intervals import Interval, clip, first, length, merge, subtract, without
from pricing.fees.local_time import day_span, days, zone_of
from pricing.fees.model import Stay, Usage
from pricing.fees.usage import ceil_second, floor_second, held, kept
from pricing.quotes.usage_kept import UseWindow, windows
from pricing.rates.model import RateTable

_SECOND: Final = timedelta(seconds=1)


def used_beside(usage: Usage, table: RateTable, stay: Stay) -> Usage:
    """The use before a stay, with none of it within the stay. What finds no room is forgotten: the driver's favour."""
    zone = zone_of(table.timezone)
    known = windows([table], stay.place_id).granted
    low, high = ceil_second(stay.start), floor_second(stay.end)
    granted = dict(usage.granted)
    for key, spans in usage.granted.items():
        if key in known and any(start < stay.end and end > stay.start for start, end in spans):
            granted[key] = kept(_beside(held(spans), low, high, known[key], zone))
    return Usage(granted=granted, entries=usage.entries)


def _beside(spans: Sequence[Interval], low: int, high: int, window: UseWindow, zone: ZoneInfo) -> list[Interval]:
    moved = list(subtract(spans, low, high))
    for start, end in clip(spans, low, high):
        for day, (begin, until) in days(start, end, zone):
            from_, to = (low - window.length // _SECOND, low)
            if window.window == "local_day":
                from_, to = day_span(day, zone)
            before = without([(from_, min(low, to))], moved) if from_ < low else []
            after = without([(max(high, from_), to)], moved) if to > high else []
            taken = _last(before, until - begin)
            moved = merge([*moved, *taken, *first(after, until - begin - length(taken))])
    return moved


def _last(spans: Sequence[Interval], seconds: int) -> list[Interval]:
    """The last `seconds` of them, all where they are fewer."""
    return list(subtract(spans, spans[0][0], _start_of_last(spans, seconds))) if spans else []


def _start_of_last(spans: Sequence[Interval], seconds: int) -> int:
    for start, end in reversed(spans):
        if end - start >= seconds:
            return end - seconds
        seconds -= end - start
    return spans[0][0]
