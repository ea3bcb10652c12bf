"""The demonstration city: shaped like Zibo (淄博), with its eight counties and districts and three functional zones.

What is real: the names and codes of the districts, the names of streets and quarters, roughly where each centre lies,
and that Linzi charges its kerb (1.50 yuan a half hour in class I, 1.00 in class II from 07:00 to 19:00, 4.00 a use at
night, the first half hour free; press report, the number of the document is not known). What is invented: every zone,
kerb, lot and garage, every operator, approval and document, all marked 演示 (demonstration). Nothing here says where one
may park in Zibo.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np

from parking.domain.ids import ConcessionId, DistrictId, OperatorId, PriceDocumentId, ZoneId
from parking.domain.time_span import TimeSpan
from parking.places.demonstration_zones import DISTRICTS, ZONES, ZoneRow
from parking.places.feature_writing import feature_json
from parking.places.model import Approval, Concession, District, Feature, Operator, PriceDocument
from parking.places.street_plan import FacilitySketch, ZoneSketch, draw_zone

SEED: Final = 370300
"""The city's division code; any other seed moves the kerbs about and keeps the zones."""

_VALID: Final = TimeSpan(datetime(2024, 12, 31, 16, tzinfo=UTC), datetime(2034, 12, 31, 16, tzinfo=UTC))
"""Ten years from the first of January 2025, Chinese time."""

_OPERATORS: Final = (
    Operator(operator_id=OperatorId("OP-CITY"), name="演示城市停车运营公司", name_en="Demonstration City Parking"),
    Operator(operator_id=OperatorId("OP-LINZI"), name="演示临淄停车公司", name_en="Demonstration Linzi Parking"),
    Operator(operator_id=OperatorId("OP-GARAGE"), name="演示立体车库公司", name_en="Demonstration Stereo Garages"),
)

_DOCUMENTS: Final = (
    PriceDocument(
        price_document_id=PriceDocumentId("PD-CITY"),
        number="演示〔2025〕1号",
        authority="演示市发展和改革委员会",
        form="government_guided",
        valid=_VALID,
    ),
    PriceDocument(
        price_document_id=PriceDocumentId("PD-LINZI"),
        number="临淄道路停车收费(据报道,文号未知)",
        authority="临淄区价格主管部门(演示)",
        form="government_set",
        valid=_VALID,
    ),
    PriceDocument(
        price_document_id=PriceDocumentId("PD-MARKET"),
        number="演示备案2025-7",
        authority="演示市发展和改革委员会",
        form="market",
        valid=_VALID,
    ),
)

_PAYEES: Final = (
    ("CON-CITY", "OP-CITY", "演示市财政非税收入专户"),
    ("CON-LINZI", "OP-LINZI", "演示临淄区财政专户"),
    ("CON-GARAGE", "OP-GARAGE", "演示立体车库公司账户"),
)
"""Concession, operator, and the payee whose account the money reaches."""


def demonstration_city(seed: int = SEED) -> dict[str, Any]:
    """A GeoJSON FeatureCollection of about 3,000 spaces in 32 zones, the same for the same seed."""
    return {"type": "FeatureCollection", "features": [feature_json(feature) for feature in _features(seed)]}


def _features(seed: int) -> Iterator[Feature]:
    for district in DISTRICTS:
        yield District(
            district_id=DistrictId(district.district_id),
            name=district.name,
            name_en=district.name_en,
            admin_code=district.admin_code,
        )
    yield from _OPERATORS
    yield from _DOCUMENTS
    for number, zone in enumerate(ZONES):
        yield from draw_zone(_sketch(zone), np.random.default_rng([seed, number]))
    for concession_id, operator_id, payee in _PAYEES:
        yield Concession(
            concession_id=ConcessionId(concession_id),
            operator_id=OperatorId(operator_id),
            payee=payee,
            valid=_VALID,
            zone_ids=tuple(ZoneId(zone.zone_id) for zone in ZONES if zone.concession_id == concession_id),
        )


def _sketch(zone: ZoneRow) -> ZoneSketch:
    district = next(row for row in DISTRICTS if row.district_id == zone.district_id)
    facilities = tuple(FacilitySketch(**facility._asdict()) for facility in zone.facilities)
    return ZoneSketch(
        zone_id=zone.zone_id,
        district_id=zone.district_id,
        name=zone.name,
        name_en=zone.name_en,
        area_class=zone.area_class,
        centre=district.cell(*zone.cell),
        kerb_spaces=zone.kerb_spaces,
        streets=zone.streets,
        facilities=facilities,
        price_document_id=zone.price_document_id,
        approval=Approval(
            document=f"演示批准-{zone.zone_id}", authority=f"{district.name}交警大队(演示)", valid=_VALID
        ),
        unapproved_segments=zone.unapproved_segments,
    )
