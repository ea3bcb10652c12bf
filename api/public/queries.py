"""Reads what citizens may put behind the question mark; a half-given or impossible question is refused by name."""

import math
from base64 import b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal, TypeVar

from starlette.requests import Request

from api.public.documents import Crs
from parking.domain.clock import parse_instant
from parking.domain.errors import InvalidInputError
from parking.domain.geo import Box, Position

GEOJSON: Final = "application/geo+json"
RADIUS_LIMIT_M: Final = 50_000.0

Id = TypeVar("Id", bound=str)


class ForecastUnavailableError(InvalidInputError):
    """The question is about the future of something that is not forecast."""

    code = "forecast_not_available"


def refuse_forecast(request: Request) -> None:
    """A question about another time never gets the numbers of now."""
    if not {"at", "for"}.isdisjoint(request.query_params):
        raise ForecastUnavailableError(
            "this answers about now only; `at` and `for` are for zones, segments, facilities and availability"
        )


def wanted_crs(text: str | None) -> Crs:
    if text is None or text == "wgs84":
        return "wgs84"
    if text == "gcj02":
        return "gcj02"
    raise InvalidInputError("crs is wgs84 or gcj02", code="crs_unknown")


def wanted_format(text: str | None, accept: str | None) -> Literal["json", "geojson"]:
    """The parameter decides; without it the Accept header does."""
    if text is None:
        return "geojson" if GEOJSON in (accept or "") else "json"
    if text in {"json", "geojson"}:
        return "geojson" if text == "geojson" else "json"
    raise InvalidInputError("format is json or geojson", code="format_unknown")


def wanted_instant(text: str, name: str) -> datetime:
    try:
        # A plus sign that was not quoted arrives as a space.
        return parse_instant(text.replace(" ", "+"))
    except (ValueError, OverflowError) as error:
        raise InvalidInputError(f"{name} is an RFC 3339 instant with a zone", code=f"{name}_invalid") from error


def wanted_circle(near: str, radius_m: str) -> tuple[Position, float]:
    """`near` is LAT,LON as people say it; the position is returned as (longitude, latitude)."""
    latitude, longitude = _numbers(near, 2, "near", "LAT,LON in degrees")
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):  # noqa: PLR2004 - degrees of the Earth
        raise InvalidInputError("near is LAT,LON: latitude -90 to 90, longitude -180 to 180", code="near_invalid")
    (radius,) = _numbers(radius_m, 1, "radius_m", "a number of metres")
    if not 0 < radius <= RADIUS_LIMIT_M:
        raise InvalidInputError(f"radius_m is above 0 and at most {RADIUS_LIMIT_M:.0f}", code="radius_m_invalid")
    return (longitude, latitude), radius


def wanted_box(text: str) -> Box:
    """West,south,east,north in degrees; west beyond east crosses the antimeridian."""
    west, south, east, north = _numbers(text, 4, "bbox", "W,S,E,N in degrees")
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):  # noqa: PLR2004 - degrees
        raise InvalidInputError("bbox is W,S,E,N in degrees, south not above north", code="bbox_invalid")
    return Box(west, south, east, north)


def write_cursor(last_id: str) -> str:
    return urlsafe_b64encode(last_id.encode()).rstrip(b"=").decode()


def read_cursor(text: str | None) -> str:
    """The id after which the page starts; empty for the first page."""
    if text is None:
        return ""
    try:
        return b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    except (ValueError, Base64Error) as error:
        raise InvalidInputError("cursor is what `next` of the page before said", code="cursor_invalid") from error


def _numbers(text: str, count: int, name: str, shape: str) -> list[float]:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != count or not all(math.isfinite(number) for number in numbers) or "_" in text:
        raise InvalidInputError(f"{name} is {shape}", code=f"{name}_invalid")
    return numbers


def page_of(ids: Iterable[Id], cursor: str | None, limit: int) -> tuple[list[Id], str | None]:
    """The ids after the cursor in their order, at most `limit`, and the cursor of the page that follows; None at the end."""
    ordered = sorted(ids)
    start = bisect_right(ordered, read_cursor(cursor), key=str)
    page = ordered[start : start + limit]
    return page, write_cursor(page[-1]) if start + limit < len(ordered) else None
