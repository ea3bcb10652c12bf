"""The index finds exactly what looking at every point finds."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.domain.geo import Box, distance_m
from parking.domain.spatial_index import SpatialIndex

POINTS = st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), max_size=60)
NEARBY = st.lists(st.tuples(st.floats(117.9, 118.1), st.floats(36.7, 36.9)), max_size=60)


def index_of(points: list[tuple[float, float]]) -> SpatialIndex:
    return SpatialIndex([point[0] for point in points], [point[1] for point in points])


@given(POINTS | NEARBY, st.floats(-180, 180), st.floats(-90, 90), st.floats(-180, 180), st.floats(-90, 90))
def test_box_finds_what_a_scan_finds_when_points_are_anywhere(
    points: list[tuple[float, float]], west: float, south: float, east: float, north: float
) -> None:
    box = Box(west, min(south, north), east, max(south, north))
    assert index_of(points).within(box) == [number for number, point in enumerate(points) if point in box]


@given(NEARBY, st.floats(117.9, 118.1), st.floats(36.7, 36.9), st.floats(0, 30_000))
def test_radius_finds_what_a_scan_finds_when_points_are_in_a_city(
    points: list[tuple[float, float]], longitude: float, latitude: float, radius_m: float
) -> None:
    check_near(points, (longitude, latitude), radius_m)


@given(POINTS, st.floats(-180, 180), st.floats(-90, 90), st.floats(0, 21_000_000))
def test_radius_finds_what_a_scan_finds_when_poles_and_the_antimeridian_are_near(
    points: list[tuple[float, float]], longitude: float, latitude: float, radius_m: float
) -> None:
    check_near(points, (longitude, latitude), radius_m)


def check_near(points: list[tuple[float, float]], centre: tuple[float, float], radius_m: float) -> None:
    found = dict(index_of(points).near(centre, radius_m))
    for number, point in enumerate(points):
        metres = distance_m(centre, point)
        if number in found:
            assert found[number] == pytest.approx(metres, abs=0.01)
        else:
            # Rounding may decide about a point on the rim, and about nothing else.
            assert metres > radius_m - 0.01
    assert all(metres <= radius_m for metres in found.values())


@given(NEARBY, st.integers(1, 10))
def test_nearest_come_first_when_there_is_a_limit(points: list[tuple[float, float]], limit: int) -> None:
    index = index_of(points)
    everything = index.near((118.0, 36.8), 100_000)
    assert everything == sorted(everything, key=lambda found: (found[1], found[0]))
    assert index.near((118.0, 36.8), 100_000, limit) == everything[:limit]


def test_nothing_is_found_when_the_index_is_empty() -> None:
    index = SpatialIndex([], [])
    assert len(index) == 0
    assert index.near((118.0, 36.8), 1000) == []
    assert index.within(Box(-180, -90, 180, 90)) == []


def test_index_refuses_when_positions_are_not_finite_or_not_pairs() -> None:
    with pytest.raises(ValueError, match="all finite"):
        SpatialIndex([math.nan], [0.0])
    with pytest.raises(ValueError, match="as many"):
        SpatialIndex([1.0, 2.0], [0.0])


def test_radius_query_finds_what_a_look_at_every_point_finds_when_the_city_has_a_hundred_thousand_spaces() -> None:
    random = np.random.default_rng(1)
    longitudes, latitudes = 118 + random.random(100_000) / 4, 36.7 + random.random(100_000) / 5
    found = SpatialIndex(longitudes.tolist(), latitudes.tolist()).near((118.1, 36.8), 500)
    near = (np.abs(longitudes - 118.1) < 0.01) & (np.abs(latitudes - 36.8) < 0.01)
    expected = [i for i in np.nonzero(near)[0] if distance_m((118.1, 36.8), (longitudes[i], latitudes[i])) <= 500]
    assert len(found) > 50
    assert len(found) == len(expected)


def test_points_are_found_when_they_all_but_coincide() -> None:
    index = SpatialIndex([0.0, 5e-324, 118.0], [0.0, 0.0, 0.0])
    assert index.within(Box(-1, -1, 1, 1)) == [0, 1]
    assert SpatialIndex([0.0, 5e-324], [0.0, 5e-324]).within(Box(-180, -90, 180, 90)) == [0, 1]
