"""Places to GeoJSON features: the reverse of `feature_reading`, so that an export imported again changes nothing."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from parking.domain.clock import format_instant, to_micros
from parking.domain.time_span import TimeSpan
from parking.places.feature_kinds import id_of, kind_of
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

Json = dict[str, Any]


def feature_json(feature: Feature) -> Json:
    """A GeoJSON Feature; properties without a value are left out."""
    properties = {"feature": kind_of(feature).name, **_WRITERS[type(feature)](feature)}
    return {
        "type": "Feature",
        "id": id_of(feature),
        "geometry": getattr(feature, "geometry", None),
        "properties": {name: value for name, value in properties.items() if value is not None},
    }


def collection_chunks(features: Iterable[Json]) -> Iterator[bytes]:
    """A FeatureCollection in pieces, one feature a line, so that a city of any size fits through little memory."""
    yield b'{"type":"FeatureCollection","features":['
    separator = b"\n"
    for feature in features:
        yield separator + msgspec.json.encode(feature)
        separator = b",\n"
    yield b"\n]}\n"


def _validity(span: TimeSpan) -> Json:
    return {
        "valid_from": format_instant(to_micros(span.start)),
        "valid_to": None if span.end is None else format_instant(to_micros(span.end)),
    }


def _written(span: TimeSpan) -> Json:
    return {name: value for name, value in _validity(span).items() if value is not None}


def _district(district: District) -> Json:
    return {"name": district.name, "name_en": district.name_en, "admin_code": district.admin_code}


def _operator(operator: Operator) -> Json:
    return {"name": operator.name, "name_en": operator.name_en}


def _price_document(document: PriceDocument) -> Json:
    return {
        "number": document.number,
        "authority": document.authority,
        "form": document.form,
        **_validity(document.valid),
    }


def _concession(concession: Concession) -> Json:
    return {
        "operator": concession.operator_id,
        "payee": concession.payee,
        "zones": list(concession.zone_ids),
        **_validity(concession.valid),
    }


def _zone(zone: Zone) -> Json:
    return {
        "district": zone.district_id,
        "name": zone.name,
        "name_en": zone.name_en,
        "area_class": zone.area_class,
        "price_document": zone.price_document_id,
        "longest_stay_minutes": zone.longest_stay_minutes,
    }


def _segment(segment: Segment) -> Json:
    return {
        "zone": segment.zone_id,
        "name": segment.name,
        "name_en": segment.name_en,
        "longest_stay_minutes": segment.longest_stay_minutes,
    }


def _facility(facility: Facility) -> Json:
    return {
        "zone": facility.zone_id,
        "kind": facility.kind,
        "name": facility.name,
        "name_en": facility.name_en,
        "levels": facility.levels,
        "mechanical": facility.mechanical,
        "bills_itself": None if facility.bills_itself is None else _written(facility.bills_itself),
        "longest_stay_minutes": facility.longest_stay_minutes,
        "billed_at_gate": None if facility.billed_at_gate is None else _written(facility.billed_at_gate),
    }


def _space(space: Space) -> Json:
    approval = None
    if space.approval is not None:
        span = _written(space.approval.valid)
        approval = {"document": space.approval.document, "authority": space.approval.authority, **span}
    return {
        "zone": space.zone_id,
        "kind": space.kind,
        "use": space.use,
        "segment": space.segment_id,
        "facility": space.facility_id,
        "in_service": space.in_service,
        "approval": approval,
        "longest_stay_minutes": space.longest_stay_minutes,
    }


_WRITERS: Final[Mapping[type, Callable[[Any], Json]]] = {
    District: _district,
    Operator: _operator,
    PriceDocument: _price_document,
    Concession: _concession,
    Zone: _zone,
    Segment: _segment,
    Facility: _facility,
    Space: _space,
}
