"""The smallest city with one feature of each kind, to be altered by tests."""

from copy import deepcopy
from typing import Any

Json = dict[str, Any]

SQUARE: Json = {
    "type": "Polygon",
    "coordinates": [[[118.0, 36.8], [118.01, 36.8], [118.01, 36.81], [118.0, 36.81], [118.0, 36.8]]],
}


def feature(identifier: str, geometry: Json | None, **properties: object) -> Json:
    return {"type": "Feature", "id": identifier, "geometry": geometry, "properties": properties}


def point(longitude: float = 118.005, latitude: float = 36.805) -> Json:
    return {"type": "Point", "coordinates": [longitude, latitude]}


def kerb_space(identifier: str, **changes: object) -> Json:
    properties: Json = {"feature": "space", "zone": "Z1", "kind": "kerb", "segment": "S1"} | changes
    return feature(identifier, point(), **{name: value for name, value in properties.items() if value is not None})


def zone(identifier: str, **changes: object) -> Json:
    properties: Json = {"feature": "zone", "district": "D1", "name": "片区", "name_en": "Zone", "area_class": "I"}
    return feature(identifier, deepcopy(SQUARE), **(properties | changes))


def segment(identifier: str, zone_id: str = "Z1", **more: object) -> Json:
    line = {"type": "LineString", "coordinates": [[118.0, 36.8], [118.01, 36.8]]}
    return feature(identifier, line, feature="segment", zone=zone_id, name="路段", name_en="Segment", **more)


def facility(identifier: str, zone_id: str = "Z1", kind: str = "garage") -> Json:
    return feature(
        identifier,
        deepcopy(SQUARE),
        feature="facility",
        zone=zone_id,
        kind=kind,
        name="车库",
        name_en="Garage",
        levels=3,
        mechanical=True,
        bills_itself={"valid_from": "2026-01-01T00:00:00+08:00", "valid_to": "2027-01-01T00:00:00+08:00"},
    )


def small_city() -> list[Json]:
    """Two kerb spaces and one in a stereo garage, in the worst order: what is referred to comes last."""
    valid = {"valid_from": "2025-01-01T00:00:00+08:00", "valid_to": "2030-01-01T00:00:00+08:00"}
    approval = {"document": "A-1", "authority": "Traffic police", **valid}
    return [
        feature("C1", None, feature="concession", operator="O1", payee="Treasury", zones=["Z1"], **valid),
        kerb_space("K1", approval=approval),
        kerb_space("K2", use="charging", in_service=False),
        kerb_space("G1", kind="garage", segment=None, facility="F1", use="accessible"),
        facility("F1"),
        segment("S1"),
        zone("Z1", price_document="P1"),
        feature(
            "P1",
            None,
            feature="price_document",
            number="1",
            authority="Prices",
            form="government_set",
            valid_from="2025-01-01T00:00:00Z",
        ),
        feature("O1", None, feature="operator", name="公司", name_en="Operator"),
        feature("D1", deepcopy(SQUARE), feature="district", name="区", name_en="District", admin_code="370303"),
    ]


def collection(*features: Json) -> Json:
    return {"type": "FeatureCollection", "features": list(features)}
