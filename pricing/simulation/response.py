"""How many would come: parked time of each zone under a stated elasticity. An assumption worked out, no forecast."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from pricing.fees.arrays.columns import Ints
from pricing.simulation.model import Assumptions, RecordedStays, Response, Share, ZoneOccupancy

WHOLE_PPM: Final = 1_000_000
_HOUR_S: Final = 3_600
_HOURS: Final = 24


def occupancies(
    recorded: RecordedStays, shares: Mapping[str, Share], zone: ZoneInfo, assumptions: Assumptions
) -> tuple[ZoneOccupancy, ...]:
    """One for each zone with priced stays.

    The price of an hour in a zone is what its stays cost by the hour they parked, free time included; the same stays
    are priced twice, so its ratio is that of the revenues.
    """
    hours = _occupied_by_hour(recorded, zone)
    found = []
    for number, zone_id in enumerate(recorded.zone_ids):
        share = shares.get(zone_id)
        if share is None:
            continue
        capacity = recorded.capacities.get(zone_id)
        responses = tuple(_response(share, elasticity) for elasticity in _elasticities(assumptions))
        before = float(hours[number].mean())
        found.append(
            ZoneOccupancy(
                zone_id=zone_id,
                capacity=capacity,
                occupied_before=before,
                occupied_after=_after(before, capacity, responses[1].factor_ppm),
                responses=responses,
                by_hour=tuple(float(value) for value in hours[number]),
            )
        )
    return tuple(found)


def revenue_after(occupancy: Sequence[ZoneOccupancy]) -> int | None:
    """The revenue of all zones under the assumed elasticity; None when one of them has none."""
    revenues = [each.responses[1].revenue for each in occupancy]
    known = [revenue for revenue in revenues if revenue is not None]
    return sum(known) if known and len(known) == len(revenues) else None


def _elasticities(assumptions: Assumptions) -> tuple[float, float, float]:
    """The weaker one is never above zero: a dearer street does not draw drivers."""
    assumed, spread = assumptions.elasticity, assumptions.spread
    return min(assumed + spread, 0.0), assumed, assumed - spread


def _response(share: Share, elasticity: float) -> Response:
    if share.revenue_before == share.revenue_after:
        return Response(elasticity=elasticity, factor_ppm=WHOLE_PPM, revenue=share.revenue_after)
    if 0 in (share.revenue_before, share.revenue_after):
        return Response(elasticity=elasticity, factor_ppm=None, revenue=None)
    factor = round((share.revenue_after / share.revenue_before) ** elasticity * WHOLE_PPM)
    # Money stays in integers: the factor is fixed to millionths first.
    return Response(elasticity=elasticity, factor_ppm=factor, revenue=share.revenue_after * factor // WHOLE_PPM)


def _after(before: float, capacity: int | None, factor_ppm: int | None) -> float | None:
    if factor_ppm is None:
        return None
    after = before * factor_ppm / WHOLE_PPM
    return after if capacity is None else min(after, float(capacity))


def _occupied_by_hour(recorded: RecordedStays, zone: ZoneInfo) -> NDArray[np.float64]:
    """Occupied spaces by zone and local hour of the day, on average over the record; parked time after it is left out."""
    start = np.maximum(recorded.stays.start, recorded.start)
    end = np.minimum(recorded.stays.end, recorded.end)
    inside = end > start
    first = recorded.start // _HOUR_S
    count = -(-recorded.end // _HOUR_S) - first
    seconds = np.zeros((len(recorded.zone_ids), count), dtype=np.int64)
    _add_spans(seconds, recorded.zone[inside], start[inside] - first * _HOUR_S, end[inside] - first * _HOUR_S)
    hour_of = _local_hours(first, count, zone)
    lengths = np.bincount(hour_of, minlength=_HOURS) * _HOUR_S
    sums = np.stack([seconds[:, hour_of == hour].sum(axis=1) for hour in range(_HOURS)], axis=1)
    result: NDArray[np.float64] = sums / np.maximum(lengths, 1)
    return result


def _add_spans(seconds: Ints, zone: Ints, start: Ints, end: Ints) -> None:
    """Add every `[start, end)` to the hours that it lies in: whole hours by differences, both ends on their own."""
    change = np.zeros((seconds.shape[0], seconds.shape[1] + 1), dtype=np.int64)
    first, last = start // _HOUR_S, (end - 1) // _HOUR_S
    np.add.at(change, (zone, first), _HOUR_S)
    np.add.at(change, (zone, last + 1), -_HOUR_S)
    seconds += np.cumsum(change, axis=1)[:, :-1]
    np.add.at(seconds, (zone, first), -(start - first * _HOUR_S))
    np.add.at(seconds, (zone, last), -((last + 1) * _HOUR_S - end))


def _local_hours(first: int, count: int, zone: ZoneInfo) -> Ints:
    return np.array(
        [datetime.fromtimestamp((first + number) * _HOUR_S, UTC).astimezone(zone).hour for number in range(count)],
        dtype=np.int64,
    )
