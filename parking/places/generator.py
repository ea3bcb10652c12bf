"""An invented city of any size, the same for the same seed: for trials, benchmarks and tests.

Zones of 40 to 150 spaces lie on a grid that grows in rings around the centre, dear classes inside. Zones are drawn one
after the other, each from a random stream of its own, so that a million spaces need no more memory than one zone.
"""

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np

from parking.domain.errors import InvalidInputError
from parking.domain.geo import EARTH_RADIUS_M, Position
from parking.domain.ids import ConcessionId, DistrictId, OperatorId, PriceDocumentId, ZoneId
from parking.domain.time_span import TimeSpan
from parking.places.feature_writing import feature_json
from parking.places.model import Approval, AreaClass, Concession, District, Feature, Operator, PriceDocument
from parking.places.street_plan import ZONE_HEIGHT_M, ZONE_WIDTH_M, FacilitySketch, ZoneSketch, draw_zone

CENTRE: Final[Position] = (118.05, 36.81)
"""Where the invented city lies unless the caller says otherwise."""
MOST_SPACES: Final = 2_000_000

_FEWEST_A_ZONE: Final = 40
_MOST_A_ZONE: Final = 150
_USUAL_A_ZONE: Final = (_FEWEST_A_ZONE + _MOST_A_ZONE) // 2
_ZONES_A_DISTRICT: Final = 12
_MOST_DISTRICTS: Final = 12
_CLASSES: Final[tuple[tuple[float, AreaClass], ...]] = ((0.2, "I"), (0.55, "II"))
"""Share of the zones, counted from the centre, up to which a class goes; the rest is class III."""
_ROAD_M: Final = 20.0
_VALID: Final = TimeSpan(datetime(2025, 1, 1, tzinfo=UTC))
_APPROVAL: Final = Approval(document="GEN-APPROVAL-1", authority="Generated traffic police", valid=_VALID)
_STREETS: Final = (("南街", "South Street"), ("中街", "Middle Street"), ("北街", "North Street"))


def generate(spaces: int, seed: int, *, centre: Position = CENTRE) -> dict[str, Any]:
    """A GeoJSON FeatureCollection with exactly that many spaces."""
    return {"type": "FeatureCollection", "features": list(generate_features(spaces, seed, centre=centre))}


def generate_features(spaces: int, seed: int, *, centre: Position = CENTRE) -> Iterator[dict[str, Any]]:
    """The same feature by feature; raises InvalidInputError `spaces_out_of_range` before the first."""
    if not 1 <= spaces <= MOST_SPACES:
        raise InvalidInputError(f"a city has 1 to {MOST_SPACES} spaces", code="spaces_out_of_range")
    return (feature_json(feature) for feature in _city(spaces, seed, centre))


def _city(spaces: int, seed: int, centre: Position) -> Iterator[Feature]:
    yield Operator(operator_id=OperatorId("GEN-OP"), name="生成城市停车公司", name_en="Generated City Parking")
    yield PriceDocument(
        price_document_id=PriceDocumentId("GEN-PD"),
        number="GEN-1",
        authority="Generated price authority",
        form="government_set",
        valid=_VALID,
    )
    sizes = list(_zone_sizes(spaces, seed))
    districts = max(1, min(_MOST_DISTRICTS, len(sizes) // _ZONES_A_DISTRICT))
    for number in range(districts):
        yield District(
            district_id=DistrictId(_district_id(number)),
            name=f"第{number + 1}区",
            name_en=f"District {number + 1}",
            admin_code=None,
        )
    for number, size in enumerate(sizes):
        random = np.random.default_rng([seed, 1, number])
        yield from draw_zone(_sketch(number, size, len(sizes), districts, centre, random), random)
    yield Concession(
        concession_id=ConcessionId("GEN-CON"),
        operator_id=OperatorId("GEN-OP"),
        payee="Generated City Parking, collection account",
        valid=_VALID,
        zone_ids=tuple(ZoneId(_zone_id(number)) for number in range(len(sizes))),
    )


def _zone_sizes(spaces: int, seed: int) -> Iterator[int]:
    """Sizes that add up; the last zone takes a remainder that is too small for a zone of its own."""
    random = np.random.default_rng([seed, 0])
    left = spaces
    while left > 0:
        size = int(random.integers(_FEWEST_A_ZONE, _MOST_A_ZONE + 1))
        if left - size < _FEWEST_A_ZONE:
            size = left
        yield size
        left -= size


def _sketch(
    number: int, size: int, zones: int, districts: int, centre: Position, random: np.random.Generator
) -> ZoneSketch:
    column, row = _spiral(number)
    x, y = column * (ZONE_WIDTH_M + _ROAD_M), row * (ZONE_HEIGHT_M + _ROAD_M)
    latitude = centre[1] + math.degrees(y / EARTH_RADIUS_M)
    longitude = centre[0] + math.degrees(x / EARTH_RADIUS_M) / math.cos(math.radians(centre[1]))
    sector = int((math.atan2(y, x) / math.tau + 0.5) * districts) % districts
    off_street = int(size * random.uniform(0.2, 0.6))
    return ZoneSketch(
        zone_id=_zone_id(number),
        district_id=_district_id(sector),
        name=f"{number + 1}号片区",
        name_en=f"Zone {number + 1}",
        area_class=next((name for share, name in _CLASSES if number < share * zones), "III"),
        centre=(longitude, latitude),
        kerb_spaces=size - off_street,
        streets=_STREETS,
        facilities=_facilities(off_street, random),
        price_document_id="GEN-PD",
        approval=_APPROVAL,
    )


def _facilities(spaces: int, random: np.random.Generator) -> tuple[FacilitySketch, ...]:
    if spaces == 0:
        return ()
    if random.random() < 0.8:  # noqa: PLR2004 - the share of lots
        return (FacilitySketch(kind="lot", name="停车场", name_en="Car park", spaces=spaces),)
    mechanical = bool(random.random() < 0.3)  # noqa: PLR2004 - the share of stereo garages
    name, name_en = ("立体车库", "Stereo garage") if mechanical else ("停车楼", "Garage")
    return (FacilitySketch(kind="garage", name=name, name_en=name_en, spaces=spaces, levels=4, mechanical=mechanical),)


def _spiral(number: int) -> tuple[int, int]:
    """The n-th cell of the square spiral around the origin, ring by ring."""
    if number == 0:
        return 0, 0
    ring = (math.isqrt(number) + 1) // 2
    side, along = divmod(number - (2 * ring - 1) ** 2, 2 * ring)
    corners = (
        (ring, 1 - ring + along),
        (ring - 1 - along, ring),
        (-ring, ring - 1 - along),
        (1 - ring + along, -ring),
    )
    return corners[side]


def _zone_id(number: int) -> str:
    return f"Z{number + 1:05d}"


def _district_id(number: int) -> str:
    return f"GEN-{number + 1:02d}"
