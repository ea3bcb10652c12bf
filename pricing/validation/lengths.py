"""Which stays to compare: beginnings around every edge of a day, and durations on each side of every length of a table."""

from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from pricing.rates.model import RateLine, RateLineCollection, RateTable
from pricing.validation.probing import edges_of_day

_UNITS = 3
"""As many units, steps and tiers of one line are looked at from their beginning."""
_LONGEST_S = 49 * 3600
_BEFORE_S = 1200
"""A stay that begins so long before an edge has a short part on either side of it."""


def lengths(table: RateTable, collection: RateLineCollection) -> list[int]:
    """Durations in seconds at which something may change, whenever the stay begins."""
    free = 0 if collection.free is None else collection.free.seconds
    own = {free, *(quota.seconds for quota in table.quotas), *(cap.window_s or 0 for cap in collection.caps)}
    own |= {part.below_s for part in collection.short_parts}
    if collection.short_stay is not None:
        own.add(collection.short_stay.below_s)
    charged = {length for line in collection.lines for length in _of_line(line)}
    edges = own | charged | {free + length for length in charged}
    return sorted({at for edge in edges for at in (edge - 1, edge, edge + 1) if 0 < at <= _LONGEST_S})


def beginnings(collection: RateLineCollection, day: date, zone: ZoneInfo) -> list[int]:
    """Seconds since 1970: at, just before and some time before each edge of the day."""
    edges = edges_of_day(collection, day, zone)[:-1]
    return sorted({at - before for at in edges for before in (0, 1, _BEFORE_S)})


def ends_at_edges(collection: RateLineCollection, day: date, start: int, zone: ZoneInfo) -> set[int]:
    """Durations of stays that end around the edges of the day and of the next."""
    below = {part.below_s for part in collection.short_parts}
    edges = {at for later in (0, 1) for at in edges_of_day(collection, day + timedelta(days=later), zone)}
    ends = {at + beyond for at in edges for beyond in (-1, 0, 1, *(one - 1 for one in below), *below)}
    return {end - start for end in ends if end > start}


def _of_line(line: RateLine) -> Iterator[int]:
    if line.unit_s is not None:
        yield from (line.unit_s * count for count in range(1, _UNITS + 1))
    elapsed = 0
    for step in line.steps[:_UNITS]:
        yield elapsed + step.unit_s
        elapsed += step.unit_s * (step.units or 1)
        yield elapsed
    ends = [tier.up_to_s for tier in line.tiers if tier.up_to_s is not None]
    yield from ends[:_UNITS]
    if ends:
        yield ends[-1]
        yield ends[-1] + ends[0]
