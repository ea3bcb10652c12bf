"""What a vehicle has used of free time, by key: spans granted by quotas and entries counted by limits."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from parking.domain.clock import to_micros
from pricing.fees.intervals import Interval, merge
from pricing.fees.model import Usage
from pricing.rates.model import RateLineCollection, TimeQuota

SECOND: Final = 1_000_000
"""In microseconds."""


def quota_key(quota: TimeQuota, place_id: str | None) -> str:
    """Under which the spans of a quota are kept: one key per vehicle, or one per vehicle and place."""
    return quota.quota_id if quota.place == "everywhere" else f"{quota.quota_id}@{place_id or ''}"


def allowance_key(collection: RateLineCollection, place_id: str | None) -> str:
    """Under which the entries of a collection's limited free allowance are kept."""
    limit = collection.free.limit if collection.free is not None else None
    if limit is None or limit.place == "everywhere":
        return collection.collection_id
    return f"{collection.collection_id}@{place_id or ''}"


def ceil_second(instant: datetime) -> int:
    return -(-to_micros(instant) // SECOND)


def floor_second(instant: datetime) -> int:
    return to_micros(instant) // SECOND


def moment(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def held(spans: Iterable[tuple[datetime, datetime]]) -> list[Interval]:
    """The whole seconds within the spans, merged."""
    return merge([(ceil_second(start), floor_second(end)) for start, end in spans])


def united(*usages: Usage) -> Usage:
    """All that was used in any of them."""
    granted: dict[str, list[tuple[datetime, datetime]]] = {}
    entries: dict[str, set[datetime]] = {}
    for usage in usages:
        for key, spans in usage.granted.items():
            granted.setdefault(key, []).extend(spans)
        for key, instants in usage.entries.items():
            entries.setdefault(key, set()).update(instants)
    return Usage(
        granted={key: kept(held(spans)) for key, spans in granted.items()},
        entries={key: tuple(sorted(instants)) for key, instants in entries.items()},
    )


def used_since(usage: Usage, instant: datetime) -> Usage:
    """Without what was over at the instant."""
    return Usage(
        granted={key: tuple(span for span in spans if span[1] > instant) for key, spans in usage.granted.items()},
        entries={key: tuple(one for one in instants if one >= instant) for key, instants in usage.entries.items()},
    )


def kept(intervals: Iterable[Interval]) -> tuple[tuple[datetime, datetime], ...]:
    return tuple((moment(low), moment(high)) for low, high in intervals)
