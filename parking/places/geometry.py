"""Refuses geometry that no map could draw: wrong types, positions off the Earth, rings that do not close.

Rule: RFC 7946, https://www.rfc-editor.org/rfc/rfc7946#section-3.1. Not checked: whether a ring crosses itself.
"""

from typing import Any, Final

from parking.domain.errors import InvalidInputError
from parking.places.model import Geometry

_DEPTH: Final = {"Point": 0, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
_LEAST_POSITIONS: Final = {"LineString": 2, "MultiLineString": 2, "Polygon": 4, "MultiPolygon": 4}
_NUMBERS: Final = (2, 3)
"""In a position: longitude, latitude and perhaps an altitude."""


def checked_geometry(raw: object, allowed: frozenset[str]) -> Geometry:
    """The geometry in its plainest form: `type` and two-dimensional `coordinates`, an altitude is left out.

    Raises InvalidInputError: `geometry_invalid`, `geometry_type_wrong`, `ring_open`, `coordinates_out_of_range`.
    """
    if not isinstance(raw, dict):
        raise InvalidInputError("the geometry is no object", code="geometry_invalid")
    kind = raw.get("type")
    if kind not in allowed:
        raise InvalidInputError(
            f"a geometry of type {kind!r} where {', '.join(sorted(allowed))} is meant", code="geometry_type_wrong"
        )
    coordinates = _checked_part(raw.get("coordinates"), _DEPTH[kind], kind)
    return {"type": kind, "coordinates": coordinates}


def _checked_part(part: Any, depth: int, kind: str) -> list[Any]:  # noqa: ANN401 - nested lists from a file
    if depth == 0:
        return _checked_position(part)
    if not isinstance(part, list) or not part:
        raise InvalidInputError("coordinates are lists that are not empty", code="geometry_invalid")
    checked = [_checked_part(inner, depth - 1, kind) for inner in part]
    if depth == 1:
        _check_run(checked, kind)
    return checked


def _check_run(run: list[Any], kind: str) -> None:
    """Judge a line or a ring."""
    least = _LEAST_POSITIONS[kind]
    if len(run) < least:
        raise InvalidInputError(f"a {kind} needs at least {least} positions", code="geometry_invalid")
    if kind.endswith("Polygon") and run[0] != run[-1]:
        raise InvalidInputError("a ring ends where it began", code="ring_open")


def _checked_position(position: Any) -> list[float]:  # noqa: ANN401 - from a file
    if not isinstance(position, list) or len(position) not in _NUMBERS:
        raise InvalidInputError("a position is a list of longitude and latitude", code="geometry_invalid")
    longitude, latitude = position[0], position[1]
    # A bool is an int to Python and no coordinate to anybody.
    if type(longitude) not in (int, float) or type(latitude) not in (int, float):
        raise InvalidInputError("longitude and latitude are numbers", code="geometry_invalid")
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):  # noqa: PLR2004 - the Earth
        raise InvalidInputError(
            f"[{longitude}, {latitude}] is not on the Earth; longitude comes first", code="coordinates_out_of_range"
        )
    return [longitude, latitude]
