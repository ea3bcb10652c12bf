"""The properties of GeoJSON features in the spelling of the file, one class a kind; docs/inventory.md explains each."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from parking.domain.ids import ID_PATTERN
from parking.places.model import AreaClass, PlaceKind, PriceForm, SpaceUse

Reference = Annotated[str, msgspec.Meta(pattern=ID_PATTERN)]
Label = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"\A[^\x00-\x1f\x7f]+\Z")]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]
AdminCode = Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{6}\Z")]
LongestStay = Annotated[int, msgspec.Meta(ge=1, le=525_600)]
"""Minutes, a year at most."""
Levels = Annotated[int, msgspec.Meta(ge=1, le=200)]


class Properties(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="feature"):
    """Base of the kinds; `id` may stand here where a program cannot write the `id` of the feature itself."""

    id: str | None = None


class DistrictProperties(Properties, frozen=True, kw_only=True, tag="district"):
    name: Label
    name_en: Label
    admin_code: AdminCode | None = None


class OperatorProperties(Properties, frozen=True, kw_only=True, tag="operator"):
    name: Label
    name_en: Label


class PriceDocumentProperties(Properties, frozen=True, kw_only=True, tag="price_document"):
    number: Label
    authority: Label
    form: PriceForm
    valid_from: Instant
    valid_to: Instant | None = None


class ConcessionProperties(Properties, frozen=True, kw_only=True, tag="concession"):
    operator: Reference
    payee: Label
    zones: Annotated[list[Reference], msgspec.Meta(min_length=1)]
    valid_from: Instant
    valid_to: Instant | None = None


class ZoneProperties(Properties, frozen=True, kw_only=True, tag="zone"):
    district: Reference
    name: Label
    name_en: Label
    area_class: AreaClass
    price_document: Reference | None = None
    longest_stay_minutes: LongestStay | None = None


class SegmentProperties(Properties, frozen=True, kw_only=True, tag="segment"):
    zone: Reference
    name: Label
    name_en: Label
    longest_stay_minutes: LongestStay | None = None


class ValidityProperties(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    valid_from: Instant
    valid_to: Instant | None = None


class FacilityProperties(Properties, frozen=True, kw_only=True, tag="facility"):
    zone: Reference
    kind: Literal["lot", "garage"]
    name: Label
    name_en: Label
    levels: Levels = 1
    mechanical: bool = False
    longest_stay_minutes: LongestStay | None = None
    bills_itself: ValidityProperties | None = None
    billed_at_gate: ValidityProperties | None = None


class ApprovalProperties(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    document: Label
    authority: Label
    valid_from: Instant
    valid_to: Instant | None = None


class SpaceProperties(Properties, frozen=True, kw_only=True, tag="space"):
    zone: Reference
    kind: PlaceKind
    use: SpaceUse = "ordinary"
    segment: Reference | None = None
    facility: Reference | None = None
    in_service: bool = True
    longest_stay_minutes: LongestStay | None = None
    approval: ApprovalProperties | None = None


AnyProperties = (
    DistrictProperties
    | OperatorProperties
    | PriceDocumentProperties
    | ConcessionProperties
    | ZoneProperties
    | SegmentProperties
    | FacilityProperties
    | SpaceProperties
)
