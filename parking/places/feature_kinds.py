"""The eight kinds of features that an inventory consists of, in the order in which they refer to each other."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from parking.places.model import (
    Concession,
    District,
    Facility,
    Feature,
    Operator,
    PriceDocument,
    Segment,
    Space,
    Zone,
)


class FeatureKind(NamedTuple):
    """`name` is what `properties.feature` says; what a feature refers to is of an earlier kind."""

    name: str
    cls: type
    id_field: str
    geometries: frozenset[str]
    """GeoJSON types that its geometry may have; none of them for kinds that stand nowhere."""


_NOWHERE: Final[frozenset[str]] = frozenset()
_AREAS: Final = frozenset({"Polygon", "MultiPolygon"})
_LINES: Final = frozenset({"LineString", "MultiLineString"})

FEATURE_KINDS: Final = (
    FeatureKind("district", District, "district_id", _AREAS),
    FeatureKind("operator", Operator, "operator_id", _NOWHERE),
    FeatureKind("price_document", PriceDocument, "price_document_id", _NOWHERE),
    FeatureKind("zone", Zone, "zone_id", _AREAS),
    FeatureKind("segment", Segment, "segment_id", _LINES),
    FeatureKind("facility", Facility, "facility_id", _AREAS | {"Point"}),
    FeatureKind("space", Space, "space_id", _AREAS | {"Point"}),
    FeatureKind("concession", Concession, "concession_id", _NOWHERE),
)

BY_CLASS: Final[Mapping[type, FeatureKind]] = {kind.cls: kind for kind in FEATURE_KINDS}
BY_NAME: Final[Mapping[str, FeatureKind]] = {kind.name: kind for kind in FEATURE_KINDS}


def kind_of(feature: Feature) -> FeatureKind:
    return BY_CLASS[type(feature)]


def id_of(feature: Feature) -> str:
    identifier: str = getattr(feature, BY_CLASS[type(feature)].id_field)
    return identifier
