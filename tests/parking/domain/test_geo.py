"""Distances, boxes, centres and containment against known places and against properties that hold everywhere."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.domain.geo import Box, bounds, centroid, contains, distance_m, transformed

LONGITUDES = st.floats(-180, 180)
LATITUDES = st.floats(-90, 90)
POSITIONS = st.tuples(LONGITUDES, LATITUDES)
SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]]}
SQUARE_WITH_HOLE = {
    "type": "Polygon",
    "coordinates": [SQUARE["coordinates"][0], [[2, 1], [2, 3], [4, 3], [4, 1], [2, 1]]],
}


def test_distance_is_that_of_the_map_when_the_places_are_known() -> None:
    # One degree of a great circle on the mean sphere.
    assert distance_m((0, 0), (0, 1)) == pytest.approx(111_195.08, abs=0.01)
    # Paris to London, 343.5 km on the sphere.
    assert distance_m((2.3522, 48.8566), (-0.1276, 51.5072)) == pytest.approx(343_556, abs=100)


@given(POSITIONS, POSITIONS)
def test_distance_is_symmetric_and_bounded_when_taken_anywhere(
    start: tuple[float, float], end: tuple[float, float]
) -> None:
    metres = distance_m(start, end)
    assert metres == pytest.approx(distance_m(end, start), rel=1e-9, abs=1e-3)
    assert 0 <= metres <= math.pi * 6_371_009
    assert distance_m(start, start) == 0


def test_box_holds_its_edges_and_nothing_beyond_when_asked() -> None:
    box = Box(118.0, 36.0, 119.0, 37.0)
    assert (118.0, 37.0) in box
    assert (117.999, 36.5) not in box
    assert (118.5, 37.001) not in box


def test_box_holds_both_sides_when_it_crosses_the_antimeridian() -> None:
    box = Box(170.0, -10.0, -170.0, 10.0)
    assert (179.0, 0.0) in box
    assert (-179.0, 0.0) in box
    assert (0.0, 0.0) not in box


def test_centroid_is_the_centre_of_area_when_a_polygon_has_a_hole() -> None:
    assert centroid(SQUARE) == (2.0, 2.0)
    # 16 at x=2 less 4 at x=3 leaves 12 at x=20/12.
    assert centroid(SQUARE_WITH_HOLE) == pytest.approx((20 / 12, 2.0))


def test_centroid_is_the_middle_of_the_way_when_the_figure_is_a_line() -> None:
    line = {"type": "LineString", "coordinates": [[0, 0], [2, 0], [6, 0]]}
    assert centroid(line) == pytest.approx((3.0, 0.0))
    lines = {"type": "MultiLineString", "coordinates": [[[0, 0], [1, 0]], [[5, 0], [6, 0]]]}
    assert centroid(lines) == pytest.approx((3.0, 0.0))


def test_centroid_is_weighted_by_area_when_there_are_several_polygons() -> None:
    small = [[[10, 0], [11, 0], [11, 1], [10, 1], [10, 0]]]
    figure = {"type": "MultiPolygon", "coordinates": [SQUARE["coordinates"], small]}
    assert centroid(figure) == pytest.approx(((16 * 2 + 10.5) / 17, (16 * 2 + 0.5) / 17))


def test_centroid_is_the_mean_when_the_figure_has_no_extent() -> None:
    flat = {"type": "Polygon", "coordinates": [[[1, 1], [3, 1], [1, 1], [1, 1]]]}
    assert centroid(flat) == pytest.approx((1.5, 1.0))
    assert centroid({"type": "Point", "coordinates": [7, 8]}) == (7, 8)
    assert centroid({"type": "MultiPoint", "coordinates": [[0, 0], [2, 4]]}) == (1.0, 2.0)


@given(st.lists(POSITIONS, min_size=3, max_size=8))
def test_centroid_lies_in_the_bounds_when_the_ring_is_any(corners: list[tuple[float, float]]) -> None:
    ring = [list(corner) for corner in [*corners, corners[0]]]
    figure = {"type": "Polygon", "coordinates": [ring]}
    assert centroid(figure) in bounds(figure)


def test_polygon_contains_its_inside_and_not_its_hole_when_asked() -> None:
    assert contains(SQUARE, (1, 1))
    assert not contains(SQUARE, (5, 1))
    assert contains(SQUARE_WITH_HOLE, (1, 2))
    assert not contains(SQUARE_WITH_HOLE, (3, 2))
    assert contains({"type": "MultiPolygon", "coordinates": [SQUARE["coordinates"]]}, (1, 1))


@given(st.floats(-1, 5), st.floats(-1, 5))
def test_polygon_agrees_with_its_box_when_it_is_a_rectangle(x: float, y: float) -> None:
    if x not in (0, 4) and y not in (0, 4):
        assert contains(SQUARE, (x, y)) == ((x, y) in bounds(SQUARE))


def test_every_position_moves_and_the_shape_stays_when_a_figure_is_transformed() -> None:
    moved = transformed(SQUARE_WITH_HOLE, lambda x, y: (x + 1, y - 1))
    assert moved["type"] == "Polygon"
    assert [len(ring) for ring in moved["coordinates"]] == [5, 5]
    assert moved["coordinates"][0][2] == [5, 3]
    assert transformed({"type": "Point", "coordinates": [1, 2]}, lambda x, y: (y, x))["coordinates"] == [2, 1]
