"""The places of a city as frozen values, in the words of APDS: a tree of identified areas down to the single space.

A space stands in one zone, and in it either along a kerb segment or in a facility. The zone is the unit of one rule
set and of the counts; the segment is the unit of the sign on the street.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from parking.domain.ids import (
    ConcessionId,
    DistrictId,
    FacilityId,
    OperatorId,
    PriceDocumentId,
    SegmentId,
    SpaceId,
    ZoneId,
)
from parking.domain.time_span import TimeSpan

AreaClass = Literal["I", "II", "III"]
"""Area classes of Chinese kerb tariffs, dearest first (一类、二类、三类区域)."""
PlaceKind = Literal["kerb", "lot", "garage"]
SpaceUse = Literal["ordinary", "accessible", "charging", "loading"]
PriceForm = Literal["government_set", "government_guided", "market"]
Geometry = dict[str, object]
"""A GeoJSON geometry object, longitude before latitude, WGS 84."""


@dataclass(frozen=True, kw_only=True)
class District:
    """An administrative county or a functional zone that runs its own city management."""

    district_id: DistrictId
    name: str
    name_en: str
    admin_code: str | None
    """Six-digit civil-affairs code; None for functional zones, which have none."""
    geometry: Geometry | None = None


@dataclass(frozen=True, kw_only=True)
class Operator:
    """Who runs spaces: a district company or a concession company (特许经营)."""

    operator_id: OperatorId
    name: str
    name_en: str


@dataclass(frozen=True, kw_only=True)
class PriceDocument:
    """The document by which a price authority lets spaces be charged; without one in force the fee is zero."""

    price_document_id: PriceDocumentId
    number: str
    authority: str
    form: PriceForm
    valid: TimeSpan


@dataclass(frozen=True, kw_only=True)
class Concession:
    """The right of an operator over zones, with the payee whose account the money reaches."""

    concession_id: ConcessionId
    operator_id: OperatorId
    payee: str
    valid: TimeSpan
    zone_ids: tuple[ZoneId, ...]


@dataclass(frozen=True, kw_only=True)
class Zone:
    """An identified area with one rule set; the unit of counts, tariffs and search."""

    zone_id: ZoneId
    district_id: DistrictId
    name: str
    name_en: str
    area_class: AreaClass
    price_document_id: PriceDocumentId | None = None
    longest_stay_minutes: int | None = None
    """How long a vehicle may stand there; None limits nothing. Of space, segment or facility, and zone the first that says."""
    geometry: Geometry | None = None


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A run of kerb spaces along one road, under one sign."""

    segment_id: SegmentId
    zone_id: ZoneId
    name: str
    name_en: str
    longest_stay_minutes: int | None = None
    geometry: Geometry | None = None


@dataclass(frozen=True, kw_only=True)
class Facility:
    """An off-street place: a lot, or a garage, which may be mechanical (立体车库)."""

    facility_id: FacilityId
    zone_id: ZoneId
    kind: Literal["lot", "garage"]
    name: str
    name_en: str
    levels: int = 1
    mechanical: bool = False
    bills_itself: TimeSpan | None = None
    """While it charges with a system of its own; whoever stands there is billed by nobody else."""
    longest_stay_minutes: int | None = None
    billed_at_gate: TimeSpan | None = None
    """While its gate reads plates for us: a stay is one of the facility, and its single spaces are not charged."""
    geometry: Geometry | None = None


@dataclass(frozen=True, kw_only=True)
class Approval:
    """The act by which the traffic police allowed the space to be set (泊位设置批准)."""

    document: str
    authority: str
    valid: TimeSpan


@dataclass(frozen=True, kw_only=True)
class Space:
    """One marked space; `segment_id` or `facility_id` is set, never both."""

    space_id: SpaceId
    zone_id: ZoneId
    kind: PlaceKind
    use: SpaceUse
    geometry: Geometry
    segment_id: SegmentId | None = None
    facility_id: FacilityId | None = None
    approval: Approval | None = None
    longest_stay_minutes: int | None = None
    in_service: bool = True
    """False while the space may not be entered at all; it then counts as restricted."""


@dataclass(frozen=True, kw_only=True)
class Binding:
    """Which device watches which space, and since when."""

    device_id: str
    space_id: SpaceId
    zone_id: ZoneId
    district_id: DistrictId
    valid: TimeSpan


Feature = District | Operator | PriceDocument | Concession | Zone | Segment | Facility | Space


@dataclass(frozen=True, kw_only=True)
class FeatureError:
    """Why one feature of an import was refused; the others pass."""

    index: int
    code: str
    detail: str
    feature_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """What an import did, per kind of feature, and what it refused."""

    added: dict[str, int] = field(default_factory=dict)
    updated: dict[str, int] = field(default_factory=dict)
    unchanged: dict[str, int] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)
    errors: tuple[FeatureError, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ZoneDefinition:
    """What the occupancy engine must know of a zone: which spaces it has and which may not be entered."""

    zone_id: ZoneId
    district_id: DistrictId
    revision: int
    spaces: tuple[tuple[SpaceId, bool], ...]
    """Space id and whether it is in service; spaces out of the inventory are simply not listed."""
    changed_at: datetime | None = None
