"""Geometry on the surface of the Earth, as far as parking needs it: distances, boxes, areas, centres.

Positions are `(longitude, latitude)` in degrees, WGS 84, in the order of GeoJSON (RFC 7946). A city is small: shapes
are treated as plane figures in degrees, distances as arcs on a sphere.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

Position = tuple[float, float]
Ring = Sequence[Sequence[float]]

EARTH_RADIUS_M: Final = 6_371_008.8
"""Mean radius of the WGS 84 ellipsoid (IUGG)."""

_DEPTH: Final = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}


@dataclass(frozen=True, slots=True)
class Box:
    """A bounding box in degrees, edges included; `west > east` crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float

    def __contains__(self, position: Position) -> bool:
        longitude, latitude = position
        if not self.south <= latitude <= self.north:
            return False
        if self.west <= self.east:
            return self.west <= longitude <= self.east
        return longitude >= self.west or longitude <= self.east


def distance_m(start: Position, end: Position) -> float:
    """Great-circle distance in metres by the haversine formula."""
    latitude_1, latitude_2 = math.radians(start[1]), math.radians(end[1])
    half_latitude = (latitude_2 - latitude_1) / 2
    half_longitude = math.radians(end[0] - start[0]) / 2
    chord = math.sin(half_latitude) ** 2 + math.cos(latitude_1) * math.cos(latitude_2) * math.sin(half_longitude) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(chord)))


def positions(geometry: Mapping[str, Any]) -> Iterator[Position]:
    """Every position of a GeoJSON geometry in the order written; raises KeyError for a type without coordinates."""
    parts: list[Any] = [geometry["coordinates"]]
    for _ in range(_DEPTH[geometry["type"]]):
        parts = [part for whole in parts for part in whole]
    return ((part[0], part[1]) for part in parts)


def bounds(geometry: Mapping[str, Any]) -> Box:
    """The smallest box around a geometry; raises ValueError for one without positions."""
    longitudes, latitudes = zip(*positions(geometry), strict=True)
    return Box(min(longitudes), min(latitudes), max(longitudes), max(latitudes))


def centroid(geometry: Mapping[str, Any]) -> Position:
    """The centre of area of polygons (holes taken out), of length for lines, and the mean of points.

    A figure without extent has its mean position. The centre of a bent figure may lie outside of it.
    """
    kind, coordinates = geometry["type"], geometry["coordinates"]
    if kind == "Point":
        return coordinates[0], coordinates[1]
    every = list(positions(geometry)) if kind != "Polygon" or len(coordinates) > 1 else coordinates[0]
    xs, ys = [p[0] for p in every], [p[1] for p in every]
    west, south = min(xs), min(ys)
    # Moments are taken about the south-west corner, from which small figures lose no digits.
    if kind == "Polygon":
        weight, x, y = _area_moments([coordinates], west, south)
    elif kind == "MultiPolygon":
        weight, x, y = _area_moments(coordinates, west, south)
    elif kind == "LineString":
        weight, x, y = _length_moments([coordinates], west, south)
    elif kind == "MultiLineString":
        weight, x, y = _length_moments(coordinates, west, south)
    else:
        weight = x = y = 0.0
    if weight != 0:
        longitude, latitude = west + x / weight, south + y / weight
        if west <= longitude <= max(xs) and south <= latitude <= max(ys):
            return longitude, latitude
    # No extent, or one that cancels itself out: a ring that crosses itself, or rounding.
    return min(max(math.fsum(xs) / len(xs), west), max(xs)), min(max(math.fsum(ys) / len(ys), south), max(ys))


def _area_moments(polygons: Sequence[Sequence[Ring]], west: float, south: float) -> tuple[float, float, float]:
    """Area and first moments about a corner; outer rings count, holes do not, whichever way round they were drawn."""
    total = moment_x = moment_y = 0.0
    for rings in polygons:
        for number, ring in enumerate(rings):
            area, x, y = _ring_moments(ring, west, south)
            sign = 1.0 if (area > 0) == (number == 0) else -1.0
            total += sign * area
            moment_x += sign * x
            moment_y += sign * y
    return total, moment_x, moment_y


def _ring_moments(ring: Ring, west: float, south: float) -> tuple[float, float, float]:
    area = moment_x = moment_y = 0.0
    x1, y1 = ring[0][0] - west, ring[0][1] - south
    for position in ring[1:]:
        x2, y2 = position[0] - west, position[1] - south
        cross = x1 * y2 - x2 * y1
        area += cross
        moment_x += (x1 + x2) * cross
        moment_y += (y1 + y2) * cross
        x1, y1 = x2, y2
    return area / 2, moment_x / 6, moment_y / 6


def _length_moments(lines: Sequence[Ring], west: float, south: float) -> tuple[float, float, float]:
    total = moment_x = moment_y = 0.0
    for line in lines:
        for (x1, y1), (x2, y2) in ((a[:2], b[:2]) for a, b in pairwise(line)):
            # A degree of longitude is shorter than one of latitude by the cosine.
            length = math.hypot((x2 - x1) * math.cos(math.radians(y1)), y2 - y1)
            total += length
            moment_x += length * ((x1 + x2) / 2 - west)
            moment_y += length * ((y1 + y2) / 2 - south)
    return total, moment_x, moment_y


def contains(geometry: Mapping[str, Any], position: Position) -> bool:
    """Whether a Polygon or MultiPolygon holds a position; holes do not. A point on an edge may fall on either side."""
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return any(
        _crossings_odd(rings[0], position) and not any(_crossings_odd(hole, position) for hole in rings[1:])
        for rings in polygons
    )


def _crossings_odd(ring: Ring, position: Position) -> bool:
    """Even-odd rule: a ray to the east leaves the ring an odd number of times when it starts inside."""
    x, y = position
    inside = False
    for start, end in pairwise(ring):
        if (start[1] > y) != (end[1] > y):
            crossing = start[0] + (y - start[1]) / (end[1] - start[1]) * (end[0] - start[0])
            inside ^= x < crossing
    return inside


def transformed(geometry: Mapping[str, Any], change: Callable[[float, float], Position]) -> dict[str, Any]:
    """The same figure with every position put through `change(longitude, latitude)`."""

    def walk(part: Any, depth: int) -> Any:  # noqa: ANN401 - nested lists of a depth that the type tells
        if depth == 0:
            return list(change(part[0], part[1]))
        return [walk(inner, depth - 1) for inner in part]

    return {"type": geometry["type"], "coordinates": walk(geometry["coordinates"], _DEPTH[geometry["type"]])}
