"""The inventory as one frozen value: what a process that answers citizens keeps in memory and replaces whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

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
from parking.places.model import (
    Concession,
    District,
    Facility,
    Geometry,
    Operator,
    PlaceKind,
    PriceDocument,
    Segment,
    SpaceUse,
    Zone,
)


class ListedSpace(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A space as readers see it, flat because a city has a hundred thousand of them."""

    space_id: SpaceId
    zone_id: ZoneId
    segment_id: SegmentId | None
    facility_id: FacilityId | None
    kind: PlaceKind
    use: SpaceUse
    in_service: bool
    geometry_json: str
    """As text, because a decoded geometry takes several times the memory and slows the garbage collector down."""
    longitude: float
    """Of the centre of the geometry, degrees, WGS 84; `latitude` likewise."""
    latitude: float
    modified_at: datetime

    @property
    def geometry(self) -> Geometry:
        """Decoded anew at each call."""
        decoded: Geometry = msgspec.json.decode(self.geometry_json)
        return decoded


@dataclass(frozen=True, kw_only=True)
class ListedZone:
    """A zone with its spaces in order of id; `modified_at` moves with everything in it."""

    zone: Zone
    revision: int
    modified_at: datetime
    space_ids: tuple[SpaceId, ...]

    @property
    def capacity(self) -> int:
        return len(self.space_ids)


@dataclass(frozen=True, kw_only=True)
class Tombstone:
    """What left the inventory, for those who ask what changed since."""

    feature: Literal["zone", "space"]
    place_id: str
    zone_id: ZoneId
    removed_at: datetime


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """Everything in use, by id in order of id, and tombstones of the rest, oldest first."""

    districts: Mapping[DistrictId, District]
    zones: Mapping[ZoneId, ListedZone]
    segments: Mapping[SegmentId, Segment]
    facilities: Mapping[FacilityId, Facility]
    spaces: Mapping[SpaceId, ListedSpace]
    operators: Mapping[OperatorId, Operator]
    concessions: Mapping[ConcessionId, Concession]
    price_documents: Mapping[PriceDocumentId, PriceDocument]
    tombstones: tuple[Tombstone, ...]
