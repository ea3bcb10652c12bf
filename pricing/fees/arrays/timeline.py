"""The days of a collection laid out once: which line holds from when to when, over the whole time of all stays.

Everything that depends on clocks and calendars happens here, in plain Python and by the same wall clock as the
calculator; what is left for the arrays is to look instants up.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from parking.calendar.official import OfficialCalendar
from pricing.fees.arrays.columns import Ints
from pricing.fees.local_time import instant, local_day
from pricing.rates.model import RateLine

NO_LINE: Final = -1
_DAY: Final = timedelta(days=1)
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MIDNIGHT: Final = time()
_LARGEST_LOOKUP: Final = 1 << 21


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """Spans that follow one another: span i is `[edges[i], edges[i + 1])` in seconds since 1970 UTC."""

    edges: Ints
    line: Ints
    """Place of the line that holds, `NO_LINE` where none or more than one does."""
    segment: Ints
    """Number of the segment, as docs/tariffs.md means it; it never falls."""
    day_start: Ints
    """The last local midnight before or at the beginning of the span; right for the whole span only if cut at midnights."""
    grain: int
    """What all edges are multiples of, from the first one on; 0 where it is too small for a lookup."""
    lookup: Ints

    def spans_at(self, seconds: Ints) -> Ints:
        """The span that holds each instant, all of which lie within the edges."""
        if self.grain:
            found: Ints = self.lookup[(seconds - self.edges[0]) // self.grain]
        else:
            found = np.searchsorted(self.edges, seconds, side="right") - 1
        return found


def timeline(
    lines: Sequence[RateLine],
    low: int,
    high: int,
    zone: ZoneInfo,
    calendar: OfficialCalendar | None,
    *,
    midnights: bool,
) -> Timeline:
    """Lay out `[low, high)` and some days around it. `calendar` is None where no line asks for kinds of days.

    Lines for charging only hold nowhere here. `midnights` cuts spans at every local midnight.
    """
    days = list(_days(local_day(low, zone) - 2 * _DAY, local_day(high, zone) + 3 * _DAY))
    starts = np.array([instant(day, _MIDNIGHT, zone) for day in days], dtype=np.int64)
    held = [_occurrences(line, days[:-1], zone, calendar) for line in lines]
    ends = starts if midnights else starts[[0, -1]]
    edges = np.unique(
        np.concatenate([ends, *(np.clip(occurrence.ravel(), starts[0], starts[-1]) for occurrence in held)])
    )
    line = _line_of(edges, held)
    grain = math.gcd(*(edges - edges[0]).tolist())
    size = int(edges[-1] - edges[0]) // grain
    is_small = size <= _LARGEST_LOOKUP
    return Timeline(
        edges=edges,
        line=line,
        segment=_segments(edges, line, lines, held),
        day_start=starts[np.searchsorted(starts, edges[:-1], side="right") - 1],
        grain=grain if is_small else 0,
        lookup=np.repeat(np.arange(len(line)), np.diff(edges) // grain) if is_small else np.empty(0, dtype=np.int64),
    )


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + number * _DAY


def _occurrences(line: RateLine, days: Sequence[date], zone: ZoneInfo, calendar: OfficialCalendar | None) -> Ints:
    """Beginning and end of every occurrence of the line, one a row."""
    if line.activity == "charging":
        return np.empty((0, 2), dtype=np.int64)
    spans = [
        (instant(day, line.start, zone), instant(day if line.start < line.end else day + _DAY, line.end, zone))
        for day in days
        if _meets(line, day, calendar)
    ]
    return np.array([span for span in spans if span[0] < span[1]], dtype=np.int64).reshape(-1, 2)


def _meets(line: RateLine, day: date, calendar: OfficialCalendar | None) -> bool:
    if (line.valid_from is not None and day < line.valid_from) or (line.valid_to is not None and day > line.valid_to):
        return False
    if not line.days or _WEEKDAYS[day.weekday()] in line.days:
        return True
    return calendar is not None and calendar.kind_of(day) in line.days


def _line_of(edges: Ints, held: Sequence[Ints]) -> Ints:
    holding = np.zeros(len(edges) - 1, dtype=np.int64)
    line = np.full(len(edges) - 1, NO_LINE, dtype=np.int64)
    for number, occurrences in enumerate(held):
        change = np.zeros(len(edges), dtype=np.int64)
        inside = np.clip(np.searchsorted(edges, occurrences), 0, len(edges) - 1)
        np.add.at(change, inside[:, 0], 1)
        np.add.at(change, inside[:, 1], -1)
        holds = np.cumsum(change)[:-1] > 0
        holding += holds
        line[holds] = number
    line[holding != 1] = NO_LINE
    return line


def _segments(edges: Ints, line: Ints, lines: Sequence[RateLine], held: Sequence[Ints]) -> Ints:
    begins = np.ones(len(line), dtype=np.bool_)
    begins[1:] = line[1:] != line[:-1]
    for number, occurrences in enumerate(held):
        if lines[number].mode == "per_use":
            begins |= (line == number) & np.isin(edges[:-1], occurrences[:, 0])
    return np.cumsum(begins)
