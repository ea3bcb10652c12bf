"""How long what a vehicle has used can still change a fee. Pure.

A quota without a window to come would let its record grow for ever; one that is cut in the middle of a window would
grant the same time twice. So everything before an instant is forgotten that no window of a later second reaches.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from pricing.fees.model import Usage
from pricing.fees.usage import allowance_key, quota_key
from pricing.rates.model import Energy, QuotaWindow, RateTable

LATE: Final = timedelta(days=31)
"""A stay may be told of so long after its beginning, and is still priced by what was used around it."""
_LONGEST_DAY: Final = timedelta(days=1, hours=2)
_SECOND: Final = timedelta(seconds=1)

Span = tuple[datetime, datetime]


class UseWindow(NamedTuple):
    """The window of a quota or of a limit on entries."""

    window: QuotaWindow
    length: timedelta


class UseWindows(NamedTuple):
    """By key: of quotas, and of the limits on entries of free allowances."""

    granted: dict[str, UseWindow]
    entries: dict[str, UseWindow]


def windows(tables: Iterable[RateTable], place_id: str | None, energy: Energy | None = None) -> UseWindows:
    """Of all that a stay at the place may use under the tables: one of such a vehicle, or of any."""
    found = UseWindows({}, {})
    for table in tables:
        for quota in table.quotas:
            if energy is not None and quota.energies and energy not in quota.energies:
                continue
            found.granted[quota_key(quota, place_id)] = _window(quota.window, quota.window_s)
        for collection in table.collections:
            if collection.free is not None and collection.free.limit is not None:
                limit = collection.free.limit
                found.entries[allowance_key(collection, place_id)] = _window(limit.window, limit.window_s)
    return found


def pruned(usage: Usage, kept: UseWindows, first: datetime) -> Usage:
    """Without what no second from `first` on can be counted with; keys of other tables stay as they are."""
    return Usage(
        granted={key: _pruned(spans, kept.granted.get(key), first) for key, spans in usage.granted.items()},
        entries={
            key: tuple(start for start, _ in _pruned(_seconds(instants), kept.entries.get(key), first))
            for key, instants in usage.entries.items()
        },
    )


def kept_until(before: Usage, after: Usage, kept: UseWindows) -> dict[str, datetime]:
    """The keys whose use has changed, each with the instant from which on it can no longer be counted with."""
    found: dict[str, datetime] = {}
    for key, window in kept.granted.items():
        spans = after.granted.get(key, ())
        if spans and spans != before.granted.get(key):
            found[key] = spans[-1][1] + window.length + LATE
    for key, window in kept.entries.items():
        instants = after.entries.get(key, ())
        if instants and instants != before.entries.get(key):
            found[key] = max(found.get(key, instants[-1]), instants[-1] + window.length + LATE)
    return found


def _pruned(spans: Sequence[Span], window: UseWindow | None, first: datetime) -> tuple[Span, ...]:
    cut = None if window is None else _cut(spans, window, first)
    return tuple(spans) if cut is None else tuple((max(start, cut), end) for start, end in spans if end > cut)


def _seconds(instants: Iterable[datetime]) -> list[Span]:
    return [(instant, instant + _SECOND) for instant in instants]


def _cut(spans: Sequence[Span], window: UseWindow, first: datetime) -> datetime | None:
    if window.window != "from_first_use":
        return first - window.length
    begun = None
    for begin in _beginnings(spans, window.length):
        if begin > first:
            break
        begun = begin
    return begun


def _beginnings(spans: Sequence[Span], length: timedelta) -> Iterable[datetime]:
    """Of the windows that follow from the first use on (docs/tariffs.md, section 2)."""
    end = None
    for start, until in spans:
        at = start if end is None else max(start, end)
        while at < until:
            if end is None or at >= end:
                yield at
                end = at + length
            at = end


def _window(window: QuotaWindow, window_s: int | None) -> UseWindow:
    return UseWindow(window, _LONGEST_DAY if window_s is None else timedelta(seconds=window_s))
