"""Between the tables and the model: one function a table, and the reverse for writing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from parking.domain.time_span import TimeSpan
from parking.places.model import (
    Approval,
    Concession,
    District,
    Facility,
    Operator,
    PriceDocument,
    Segment,
    Space,
    Zone,
)

Fields = dict[str, Any]
"""Column to value."""


def district(row: Any) -> District:  # noqa: ANN401 - rows have the attributes of their table
    return District(
        district_id=row.district_id,
        name=row.name,
        name_en=row.name_en,
        admin_code=row.admin_code,
        geometry=row.geometry,
    )


def operator(row: Any) -> Operator:  # noqa: ANN401 - as above
    return Operator(operator_id=row.operator_id, name=row.name, name_en=row.name_en)


def price_document(row: Any) -> PriceDocument:  # noqa: ANN401 - as above
    return PriceDocument(
        price_document_id=row.price_document_id,
        number=row.number,
        authority=row.authority,
        form=row.form,
        valid=TimeSpan(row.valid_from, row.valid_to),
    )


def concession(row: Any, zone_ids: Sequence[str]) -> Concession:  # noqa: ANN401 - as above
    return Concession(
        concession_id=row.concession_id,
        operator_id=row.operator_id,
        payee=row.payee,
        valid=TimeSpan(row.valid_from, row.valid_to),
        zone_ids=tuple(sorted(zone_ids)),  # type: ignore[arg-type] # texts of the column are zone ids
    )


def zone(row: Any) -> Zone:  # noqa: ANN401 - as above
    return Zone(
        zone_id=row.zone_id,
        district_id=row.district_id,
        name=row.name,
        name_en=row.name_en,
        area_class=row.area_class,
        price_document_id=row.price_document_id,
        longest_stay_minutes=row.longest_stay_minutes,
        geometry=row.geometry,
    )


def segment(row: Any) -> Segment:  # noqa: ANN401 - as above
    return Segment(
        segment_id=row.segment_id,
        zone_id=row.zone_id,
        name=row.name,
        name_en=row.name_en,
        longest_stay_minutes=row.longest_stay_minutes,
        geometry=row.geometry,
    )


def facility(row: Any) -> Facility:  # noqa: ANN401 - as above
    return Facility(
        facility_id=row.facility_id,
        zone_id=row.zone_id,
        kind=row.kind,
        name=row.name,
        name_en=row.name_en,
        levels=row.levels,
        mechanical=row.mechanical,
        bills_itself=_span(row.bills_itself_from, row.bills_itself_to),
        billed_at_gate=_span(row.billed_at_gate_from, row.billed_at_gate_to),
        longest_stay_minutes=row.longest_stay_minutes,
        geometry=row.geometry,
    )


def _span(start: datetime | None, end: datetime | None) -> TimeSpan | None:
    return None if start is None else TimeSpan(start, end)


def space(row: Any) -> Space:  # noqa: ANN401 - as above
    approval = None
    if row.approval_document is not None:
        approval = Approval(
            document=row.approval_document,
            authority=row.approval_authority,
            valid=TimeSpan(row.approval_from, row.approval_to),
        )
    return Space(
        space_id=row.space_id,
        zone_id=row.zone_id,
        kind=row.kind,
        use=row.use,
        geometry=row.geometry,
        segment_id=row.segment_id,
        facility_id=row.facility_id,
        approval=approval,
        longest_stay_minutes=row.longest_stay_minutes,
        in_service=row.in_service,
    )


def district_fields(value: District, _: datetime) -> Fields:
    return {
        "district_id": value.district_id,
        "name": value.name,
        "name_en": value.name_en,
        "admin_code": value.admin_code,
        "geometry": value.geometry,
    }


def operator_fields(value: Operator, _: datetime) -> Fields:
    return {"operator_id": value.operator_id, "name": value.name, "name_en": value.name_en}


def price_document_fields(value: PriceDocument, _: datetime) -> Fields:
    return {
        "price_document_id": value.price_document_id,
        "number": value.number,
        "authority": value.authority,
        "form": value.form,
        "valid_from": value.valid.start,
        "valid_to": value.valid.end,
    }


def concession_fields(value: Concession, _: datetime) -> Fields:
    return {
        "concession_id": value.concession_id,
        "operator_id": value.operator_id,
        "payee": value.payee,
        "valid_from": value.valid.start,
        "valid_to": value.valid.end,
    }


def zone_fields(value: Zone, at: datetime) -> Fields:
    return {
        "zone_id": value.zone_id,
        "district_id": value.district_id,
        "name": value.name,
        "name_en": value.name_en,
        "area_class": value.area_class,
        "price_document_id": value.price_document_id,
        "longest_stay_minutes": value.longest_stay_minutes,
        "geometry": value.geometry,
        "modified_at": at,
        "removed_at": None,
    }


def segment_fields(value: Segment, _: datetime) -> Fields:
    return {
        "segment_id": value.segment_id,
        "zone_id": value.zone_id,
        "name": value.name,
        "name_en": value.name_en,
        "longest_stay_minutes": value.longest_stay_minutes,
        "geometry": value.geometry,
    }


def facility_fields(value: Facility, _: datetime) -> Fields:
    return {
        "facility_id": value.facility_id,
        "zone_id": value.zone_id,
        "kind": value.kind,
        "name": value.name,
        "name_en": value.name_en,
        "levels": value.levels,
        "mechanical": value.mechanical,
        "bills_itself_from": None if value.bills_itself is None else value.bills_itself.start,
        "bills_itself_to": None if value.bills_itself is None else value.bills_itself.end,
        "longest_stay_minutes": value.longest_stay_minutes,
        "billed_at_gate_from": None if value.billed_at_gate is None else value.billed_at_gate.start,
        "billed_at_gate_to": None if value.billed_at_gate is None else value.billed_at_gate.end,
        "geometry": value.geometry,
    }


def space_fields(value: Space, at: datetime) -> Fields:
    approval = value.approval
    return {
        "space_id": value.space_id,
        "zone_id": value.zone_id,
        "segment_id": value.segment_id,
        "facility_id": value.facility_id,
        "kind": value.kind,
        "use": value.use,
        "longest_stay_minutes": value.longest_stay_minutes,
        "geometry": value.geometry,
        "in_service": value.in_service,
        "approval_document": None if approval is None else approval.document,
        "approval_authority": None if approval is None else approval.authority,
        "approval_from": None if approval is None else approval.valid.start,
        "approval_to": None if approval is None else approval.valid.end,
        "modified_at": at,
        "removed_at": None,
    }
