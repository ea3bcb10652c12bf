"""GCJ-02, the shifted coordinates that maps published in China use, to WGS 84 and back.

The shift was never published; the polynomial below is the one that everybody uses since it became known in 2010
(`EvilTransform`, https://on4wp7.codeplex.com, as described at
https://en.wikipedia.org/wiki/Restrictions_on_geographic_data_in_China#GCJ-02). It is defined inside a rectangle around
China only; elsewhere both systems are the same.
"""

import math
from typing import Final

from parking.domain.geo import Box, Position

CHINA: Final = Box(72.004, 0.8293, 137.8347, 55.8271)
"""Where the shift applies, in WGS 84."""

_SEMI_MAJOR_M: Final = 6_378_245.0
_ECCENTRICITY_SQUARED: Final = 0.006_693_421_622_965_943_23
_TOLERANCE: Final = 1e-10
"""Degrees, a hundredth of a millimetre."""
_RIM: Final = 1e-8
_CHINA_WITH_RIM: Final = Box(CHINA.west - _RIM, CHINA.south - _RIM, CHINA.east + _RIM, CHINA.north + _RIM)
"""Where the iteration may end for a position that began on the very edge."""
_ROUNDS: Final = 30
"""The error shrinks about a thousandfold a round, so this is never reached inside China."""


def wgs84_to_gcj02(longitude: float, latitude: float) -> Position:
    if (longitude, latitude) not in CHINA:
        return longitude, latitude
    east, north = _shift(longitude, latitude)
    return longitude + east, latitude + north


def gcj02_to_wgs84(longitude: float, latitude: float) -> Position:
    """The inverse by fixed-point iteration, exact far below a millimetre.

    A position whose origin is outside the rectangle stays as it is.
    """
    guess_longitude, guess_latitude = longitude, latitude
    for _ in range(_ROUNDS):
        east, north = _shift(guess_longitude, guess_latitude)
        next_longitude, next_latitude = longitude - east, latitude - north
        step = max(abs(next_longitude - guess_longitude), abs(next_latitude - guess_latitude))
        guess_longitude, guess_latitude = next_longitude, next_latitude
        if step < _TOLERANCE:
            break
    if (guess_longitude, guess_latitude) not in _CHINA_WITH_RIM:
        return longitude, latitude
    return guess_longitude, guess_latitude


def _shift(longitude: float, latitude: float) -> Position:
    """Degrees to add, east and north."""
    x, y = longitude - 105.0, latitude - 35.0
    root = math.sqrt(abs(x))
    short = (20.0 * math.sin(6.0 * x * math.pi) + 20.0 * math.sin(2.0 * x * math.pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + short
    north += (20.0 * math.sin(y * math.pi) + 40.0 * math.sin(y / 3.0 * math.pi)) * 2.0 / 3.0
    north += (160.0 * math.sin(y / 12.0 * math.pi) + 320.0 * math.sin(y * math.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + short
    east += (20.0 * math.sin(x * math.pi) + 40.0 * math.sin(x / 3.0 * math.pi)) * 2.0 / 3.0
    east += (150.0 * math.sin(x / 12.0 * math.pi) + 300.0 * math.sin(x / 30.0 * math.pi)) * 2.0 / 3.0
    return _to_degrees(latitude, east, north)


def _to_degrees(latitude: float, east_m: float, north_m: float) -> Position:
    """Metres on the Krasovsky ellipsoid to degrees at a latitude."""
    radians = math.radians(latitude)
    curve = 1.0 - _ECCENTRICITY_SQUARED * math.sin(radians) ** 2
    meridian_m = _SEMI_MAJOR_M * (1.0 - _ECCENTRICITY_SQUARED) / curve**1.5
    parallel_m = _SEMI_MAJOR_M / math.sqrt(curve) * math.cos(radians)
    return math.degrees(east_m / parallel_m), math.degrees(north_m / meridian_m)
