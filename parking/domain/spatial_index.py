"""Finds the places near a position or inside a box among hundreds of thousands, in memory.

Points are sorted into a grid of equal cells, row by row, so that what a query may touch in one row of cells is one
slice. Building costs O(n log n); a query costs its rows of cells plus the points in them.
"""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from parking.domain.geo import EARTH_RADIUS_M, Box, Position

_POINTS_A_CELL: Final = 8
_LEAST_CELL: Final = 1e-9
"""Degrees; points that all but coincide would make cells too narrow to divide by."""
_METRES_A_DEGREE: Final = math.radians(EARTH_RADIUS_M)
_HALF_TURN: Final = 180.0

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


class SpatialIndex:
    """Immutable; answers are indices into the sequences that it was built from."""

    def __init__(self, longitudes: Sequence[float], latitudes: Sequence[float]) -> None:
        """Degrees, WGS 84, of equal length; raises ValueError for unequal lengths or values that are not finite."""
        x, y = np.asarray(longitudes, dtype=np.float64), np.asarray(latitudes, dtype=np.float64)
        if x.shape != y.shape or not (np.isfinite(x).all() and np.isfinite(y).all()):
            raise ValueError("an index needs as many longitudes as latitudes, all finite")
        self._side = max(1, math.isqrt(len(x) // _POINTS_A_CELL))
        self._west, self._south = (float(x.min()), float(y.min())) if len(x) else (0.0, 0.0)
        self._width = max((float(np.ptp(x)) if len(x) else 0.0) / self._side, _LEAST_CELL)
        self._height = max((float(np.ptp(y)) if len(y) else 0.0) / self._side, _LEAST_CELL)
        cells = self._row(y) * self._side + self._column(x)
        self._order: Indices = np.argsort(cells, kind="stable")
        self._x, self._y = x[self._order], y[self._order]
        self._starts: Indices = np.searchsorted(cells[self._order], np.arange(self._side**2 + 1))

    def __len__(self) -> int:
        return len(self._order)

    def within(self, box: Box) -> list[int]:
        """Indices of the points in the box, edges included, ascending."""
        found = np.concatenate([self._in_part(part) for part in _parts(box)])
        return sorted(int(index) for index in self._order[found])

    def near(self, position: Position, radius_m: float, limit: int | None = None) -> list[tuple[int, float]]:
        """`(index, metres)` of the points at most `radius_m` away, nearest first; ties in order of index."""
        found = np.concatenate([self._in_part(part) for part in _parts(_box_around(position, radius_m))])
        metres = self._distances_m(found, position)
        inside = metres <= radius_m
        indices, metres = self._order[found[inside]], metres[inside]
        if limit is not None and 0 < limit < len(metres):
            # Everything at the distance of the last wanted one stays, so that ties are cut by index and not by chance.
            close = metres <= np.partition(metres, limit - 1)[limit - 1]
            indices, metres = indices[close], metres[close]
        ranked = np.lexsort((indices, metres))[:limit]
        return list(zip(indices[ranked].tolist(), metres[ranked].tolist(), strict=True))

    def _row(self, latitudes: Floats) -> Indices:
        return np.clip((latitudes - self._south) / self._height, 0, self._side - 1).astype(np.intp)

    def _column(self, longitudes: Floats) -> Indices:
        return np.clip((longitudes - self._west) / self._width, 0, self._side - 1).astype(np.intp)

    def _in_part(self, box: Box) -> Indices:
        """Positions within the sorted arrays of the points in a box that does not cross the antimeridian."""
        first_row, last_row = self._row(np.array([box.south, box.north]))
        first_column, last_column = self._column(np.array([box.west, box.east]))
        rows = np.arange(first_row, last_row + 1) * self._side
        starts, ends = self._starts[rows + first_column], self._starts[rows + last_column + 1]
        found = _ranges(starts, ends)
        x, y = self._x[found], self._y[found]
        inside = (x >= box.west) & (x <= box.east) & (y >= box.south) & (y <= box.north)
        return found[inside]

    def _distances_m(self, found: Indices, position: Position) -> Floats:
        """The haversine formula of `geo.distance_m` for many points at once."""
        latitude = math.radians(position[1])
        latitudes = np.radians(self._y[found])
        half_longitude = np.radians(self._x[found] - position[0]) / 2
        chord = np.sin((latitudes - latitude) / 2) ** 2
        chord += math.cos(latitude) * np.cos(latitudes) * np.sin(half_longitude) ** 2
        metres: Floats = 2 * EARTH_RADIUS_M * np.arcsin(np.minimum(1.0, np.sqrt(chord)))
        return metres


def _ranges(starts: Indices, ends: Indices) -> Indices:
    """All integers of the half-open ranges, one range after the other, without a loop in Python."""
    lengths = ends - starts
    total = int(lengths.sum())
    jumps = np.repeat(starts - (np.cumsum(lengths) - lengths), lengths)
    return jumps + np.arange(total)


def _box_around(position: Position, radius_m: float) -> Box:
    """A box that holds the whole circle; the whole turn of longitudes when it reaches a pole."""
    longitude, latitude = position
    # A thousandth more than needed, so that rounding never cuts the rim; the exact distance decides afterwards.
    reach = radius_m * 1.001 / _METRES_A_DEGREE
    south, north = latitude - reach, latitude + reach
    widest = math.sin(math.radians(min(reach, 90.0))) / max(math.cos(math.radians(latitude)), 1e-12)
    if south <= -90.0 or north >= 90.0 or widest >= 1.0:  # noqa: PLR2004 - the poles
        return Box(-_HALF_TURN, max(south, -90.0), _HALF_TURN, min(north, 90.0))
    span = math.degrees(math.asin(widest))
    return Box(_wrapped(longitude - span), south, _wrapped(longitude + span), north)


def _wrapped(longitude: float) -> float:
    if -_HALF_TURN <= longitude <= _HALF_TURN:
        return longitude
    return (longitude + _HALF_TURN) % 360.0 - _HALF_TURN


def _parts(box: Box) -> list[Box]:
    if box.west <= box.east:
        return [box]
    return [Box(box.west, box.south, _HALF_TURN, box.north), Box(-_HALF_TURN, box.south, box.east, box.north)]
