"""The shift of Chinese maps: known vectors, the way back, and no shift abroad."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.domain.gcj02 import gcj02_to_wgs84, wgs84_to_gcj02
from parking.domain.geo import distance_m


def test_shift_is_the_published_one_when_the_place_is_in_beijing() -> None:
    # The vector that libraries of this conversion have in common.
    assert wgs84_to_gcj02(116.404, 39.915) == pytest.approx((116.41024449916938, 39.91640428150164), abs=1e-12)


def test_shift_is_some_hundreds_of_metres_when_the_place_is_in_zibo() -> None:
    place = (118.05, 36.81)
    assert 300 < distance_m(place, wgs84_to_gcj02(*place)) < 700


@given(st.floats(72.004, 137.8347), st.floats(0.8293, 55.8271))
def test_way_back_ends_within_a_millimetre_when_the_place_is_in_china(longitude: float, latitude: float) -> None:
    back = gcj02_to_wgs84(*wgs84_to_gcj02(longitude, latitude))
    assert distance_m((longitude, latitude), back) < 0.001


@pytest.mark.parametrize("place", [(144.96, -37.81), (2.35, 48.85), (-122.4, 37.8)])
def test_nothing_moves_when_the_place_is_abroad(place: tuple[float, float]) -> None:
    assert wgs84_to_gcj02(*place) == place
    assert gcj02_to_wgs84(*place) == place
