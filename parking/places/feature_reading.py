"""GeoJSON features to places: the boundary at which an inventory file is judged, feature by feature."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from parking.domain.errors import InvalidInputError
from parking.domain.ids import (
    ConcessionId,
    DistrictId,
    FacilityId,
    OperatorId,
    PriceDocumentId,
    SegmentId,
    SpaceId,
    ZoneId,
    is_identifier,
)
from parking.domain.time_span import TimeSpan
from parking.places import feature_properties as wire
from parking.places.feature_kinds import BY_NAME
from parking.places.geometry import checked_geometry
from parking.places.model import (
    Approval,
    Concession,
    District,
    Facility,
    Feature,
    Geometry,
    Operator,
    PriceDocument,
    Segment,
    Space,
    Zone,
)

_YEARS: Final = range(1900, 3000)
_CODES: Final = (
    ("$.feature", "feature_unknown"),
    ("missing required field", "field_missing"),
    ("unknown field", "field_unknown"),
    ("Invalid enum value", "value_unknown"),
    ("Invalid RFC3339", "instant_invalid"),
    ("timezone", "instant_without_zone"),
    ("length", "length_wrong"),
    ("matching regex", "text_invalid"),
    ("Expected", "type_wrong"),
)
"""What a message of the decoder says, and the code that it means; the first that fits."""


def feature_list(collection: object) -> list[object]:
    """The features of a FeatureCollection; raises InvalidInputError `geojson_invalid` or `crs_unsupported`."""
    if not isinstance(collection, dict) or collection.get("type") != "FeatureCollection":
        raise InvalidInputError("the file is no GeoJSON FeatureCollection", code="geojson_invalid")
    # Older programs name the coordinate system; anything but WGS 84 would land spaces beside the street.
    if "crs" in collection and "CRS84" not in str(collection["crs"]):
        raise InvalidInputError("coordinates must be WGS 84, longitude first (CRS84)", code="crs_unsupported")
    features = collection.get("features")
    if not isinstance(features, list):
        raise InvalidInputError("a FeatureCollection has a list of features", code="geojson_invalid")
    return features


def read_feature(raw: object) -> Feature:
    """One feature; raises InvalidInputError with the code of the first thing that is wrong with it."""
    if not isinstance(raw, dict) or raw.get("type") != "Feature":
        raise InvalidInputError("not a GeoJSON Feature", code="geojson_invalid")
    try:
        properties = msgspec.convert(raw.get("properties"), wire.AnyProperties)
    except msgspec.ValidationError as error:
        raise InvalidInputError(str(error), code=_code_of(str(error))) from error
    kind = BY_NAME[str(type(properties).__struct_config__.tag)]
    geometry = _geometry(raw.get("geometry"), kind.geometries, required=kind.name == "space")
    return _READERS[type(properties)](_identifier(raw, properties), properties, geometry)


def claimed_id(raw: object) -> str | None:
    """The id that a feature says it has, good or bad, to name it in an error."""
    properties = raw.get("properties") if isinstance(raw, dict) else None
    for holder in (raw, properties):
        if isinstance(holder, dict) and isinstance(holder.get("id"), str):
            return str(holder["id"])
    return None


def _code_of(message: str) -> str:
    return next((code for mark, code in _CODES if mark in message), "value_invalid")


def _identifier(raw: dict[str, Any], properties: wire.Properties) -> str:
    outer = raw.get("id")
    if outer is None and properties.id is None:
        raise InvalidInputError("the feature has no id", code="id_missing")
    if outer is not None and properties.id is not None and outer != properties.id:
        raise InvalidInputError("the feature has two different ids", code="id_invalid")
    identifier = properties.id if outer is None else outer
    if not isinstance(identifier, str) or not is_identifier(identifier):
        raise InvalidInputError(
            "an id has 1 to 64 characters of A-Z a-z 0-9 . _ : - and begins with a letter or digit", code="id_invalid"
        )
    return identifier


def _geometry(raw: object, allowed: frozenset[str], *, required: bool) -> Geometry | None:
    if raw is not None and not allowed:
        raise InvalidInputError("this kind of feature has no geometry; write null", code="geometry_not_allowed")
    if raw is None:
        if required:
            raise InvalidInputError("a space has a geometry", code="geometry_missing")
        return None
    return checked_geometry(raw, allowed)


def _span(start: datetime, end: datetime | None) -> TimeSpan:
    if start.year not in _YEARS or (end is not None and end.year not in _YEARS):
        raise InvalidInputError("a validity lies between the years 1900 and 2999", code="instant_out_of_range")
    if end is not None and end <= start:
        raise InvalidInputError("a validity ends after it begins", code="validity_invalid")
    return TimeSpan(start.astimezone(UTC), None if end is None else end.astimezone(UTC))


def _district(identifier: str, properties: wire.DistrictProperties, geometry: Geometry | None) -> District:
    return District(
        district_id=DistrictId(identifier),
        name=properties.name,
        name_en=properties.name_en,
        admin_code=properties.admin_code,
        geometry=geometry,
    )


def _operator(identifier: str, properties: wire.OperatorProperties, _: Geometry | None) -> Operator:
    return Operator(operator_id=OperatorId(identifier), name=properties.name, name_en=properties.name_en)


def _price_document(identifier: str, properties: wire.PriceDocumentProperties, _: Geometry | None) -> PriceDocument:
    return PriceDocument(
        price_document_id=PriceDocumentId(identifier),
        number=properties.number,
        authority=properties.authority,
        form=properties.form,
        valid=_span(properties.valid_from, properties.valid_to),
    )


def _concession(identifier: str, properties: wire.ConcessionProperties, _: Geometry | None) -> Concession:
    return Concession(
        concession_id=ConcessionId(identifier),
        operator_id=OperatorId(properties.operator),
        payee=properties.payee,
        valid=_span(properties.valid_from, properties.valid_to),
        zone_ids=tuple(ZoneId(zone_id) for zone_id in sorted(set(properties.zones))),
    )


def _zone(identifier: str, properties: wire.ZoneProperties, geometry: Geometry | None) -> Zone:
    document = properties.price_document
    return Zone(
        zone_id=ZoneId(identifier),
        district_id=DistrictId(properties.district),
        name=properties.name,
        name_en=properties.name_en,
        area_class=properties.area_class,
        price_document_id=None if document is None else PriceDocumentId(document),
        geometry=geometry,
        longest_stay_minutes=properties.longest_stay_minutes,
    )


def _segment(identifier: str, properties: wire.SegmentProperties, geometry: Geometry | None) -> Segment:
    return Segment(
        segment_id=SegmentId(identifier),
        zone_id=ZoneId(properties.zone),
        name=properties.name,
        name_en=properties.name_en,
        geometry=geometry,
        longest_stay_minutes=properties.longest_stay_minutes,
    )


def _facility(identifier: str, properties: wire.FacilityProperties, geometry: Geometry | None) -> Facility:
    own, gate = (
        None if span is None else _span(span.valid_from, span.valid_to)
        for span in (properties.bills_itself, properties.billed_at_gate)
    )
    if own is not None and gate is not None and own.overlaps(gate):
        raise InvalidInputError("a facility bills itself or is billed at its gate, not both", code="validity_invalid")
    return Facility(
        facility_id=FacilityId(identifier),
        zone_id=ZoneId(properties.zone),
        kind=properties.kind,
        name=properties.name,
        name_en=properties.name_en,
        levels=properties.levels,
        mechanical=properties.mechanical,
        bills_itself=own,
        billed_at_gate=gate,
        geometry=geometry,
        longest_stay_minutes=properties.longest_stay_minutes,
    )


def _space(identifier: str, properties: wire.SpaceProperties, geometry: Geometry | None) -> Space:
    granted = properties.approval
    approval = None
    if granted is not None:
        span = _span(granted.valid_from, granted.valid_to)
        approval = Approval(document=granted.document, authority=granted.authority, valid=span)
    return Space(
        space_id=SpaceId(identifier),
        zone_id=ZoneId(properties.zone),
        kind=properties.kind,
        use=properties.use,
        geometry=geometry or {},
        segment_id=None if properties.segment is None else SegmentId(properties.segment),
        facility_id=None if properties.facility is None else FacilityId(properties.facility),
        approval=approval,
        in_service=properties.in_service,
        longest_stay_minutes=properties.longest_stay_minutes,
    )


_READERS: Final[Mapping[type, Callable[[str, Any, Geometry | None], Feature]]] = {
    wire.DistrictProperties: _district,
    wire.OperatorProperties: _operator,
    wire.PriceDocumentProperties: _price_document,
    wire.ConcessionProperties: _concession,
    wire.ZoneProperties: _zone,
    wire.SegmentProperties: _segment,
    wire.FacilityProperties: _facility,
    wire.SpaceProperties: _space,
}
