"""Which cells are neighbours: zones closer than a distance, in the same day type and band."""

from collections import defaultdict
from collections.abc import Sequence
from math import cos, radians

import numpy as np

from parking.domain.errors import InvalidInputError
from parking.domain.geo import distance_m
from pricing.optimizer.model import Cell, PricingPolicy, PricingZone

_METRES_PER_DEGREE = 111_195.0


def neighbour_zones(zones: Sequence[PricingZone], within_m: float) -> list[tuple[str, str]]:
    """Pairs of zones closer than `within_m` metres (great circle), each once.

    Raises `InvalidInputError` (`position_missing`) for a zone of which nobody knows how far it is from others.
    """
    if not zones:
        return []
    from scipy.spatial import cKDTree  # noqa: PLC0415 - slow to load, and only a solver needs it

    at = [_position(zone) for zone in zones]
    shrink = cos(radians(max(abs(lat) for _, lat in at)))
    points = np.array([(lon * shrink, lat) for lon, lat in at]) * _METRES_PER_DEGREE
    # The plane only preselects, with a margin; the great circle decides.
    pairs = cKDTree(points).query_pairs(within_m * 1.01 + 1.0)
    return sorted((zones[i].zone_id, zones[j].zone_id) for i, j in pairs if distance_m(at[i], at[j]) < within_m)


def _position(zone: PricingZone) -> tuple[float, float]:
    """Longitude and latitude."""
    if zone.lat is None or zone.lon is None:
        raise InvalidInputError(
            f"the limit between neighbours needs the position of zone {zone.zone_id}", code="position_missing"
        )
    return zone.lon, zone.lat


def neighbour_cells(
    policy: PricingPolicy, cells: Sequence[Cell], zones: dict[str, PricingZone]
) -> list[tuple[int, int]]:
    """Index pairs of cells to which the neighbour limit applies."""
    return [] if policy.neighbour_m is None else cells_within(cells, zones, policy.neighbour_m)


def cells_within(cells: Sequence[Cell], zones: dict[str, PricingZone], within_m: float) -> list[tuple[int, int]]:
    """Index pairs of cells of the same day type and band whose zones are closer than that. Raises as `neighbour_zones`."""
    at: defaultdict[str, dict[tuple[str, str], int]] = defaultdict(dict)
    for index, cell in enumerate(cells):
        at[cell.zone_id][cell.day_type, cell.band] = index
    pairs = neighbour_zones([zones[zone_id] for zone_id in sorted(at)], within_m)
    return [(at[a][time], at[b][time]) for a, b in pairs for time in sorted(at[a].keys() & at[b].keys())]
