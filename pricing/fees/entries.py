"""Whether a vehicle has used up the entries of a limited free allowance ("Exact meaning", 2)."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from pricing.fees.local_time import day_span, local_day
from pricing.fees.usage import ceil_second
from pricing.fees.windows import last_window
from pricing.rates.model import EntryLimit


def is_used_up(limit: EntryLimit, entries: Sequence[datetime], at: int, own: int, zone: ZoneInfo) -> bool:
    """Count the entries in the window that holds the second `at`, but that of the stay itself, which begins at `own`."""
    used = sorted(second for second in map(ceil_second, entries) if second != own)
    if limit.window == "local_day":
        low, high = day_span(local_day(at, zone), zone)
    else:
        low, high = _window(limit, used, at)
    return sum(low <= entry < high for entry in used) >= limit.entries


def _window(limit: EntryLimit, used: Sequence[int], at: int) -> tuple[int, int]:
    length = limit.window_s or 0
    if limit.window == "rolling":
        return at - length, at
    begun = last_window([(entry, entry + 1) for entry in used], length, at)
    return (at if begun is None or at >= begun + length else begun), at
