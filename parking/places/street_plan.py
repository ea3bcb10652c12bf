"""Draws one invented zone: three streets with kerb spaces on both sides, and blocks between them for lots and garages.

Both the generator and the demonstration city are made of such zones. Lengths are metres from the centre of the zone,
x to the east and y to the north; a zone is small enough for that plane to be true to a few centimetres.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np

from parking.domain.geo import EARTH_RADIUS_M, Position
from parking.domain.ids import DistrictId, FacilityId, PriceDocumentId, SegmentId, SpaceId, ZoneId
from parking.places.model import (
    Approval,
    AreaClass,
    Facility,
    Feature,
    Geometry,
    PlaceKind,
    Segment,
    Space,
    SpaceUse,
    Zone,
)

ZONE_WIDTH_M: Final = 480.0
ZONE_HEIGHT_M: Final = 360.0

_STREETS_Y: Final = (-120.0, 0.0, 120.0)
_KERB_Y: Final = 6.5
"""From the middle of the street to the middle of the spaces."""
_HALVES_X: Final = ((-225.0, "西段", "west"), (15.0, "东段", "east"))
_KERB_PITCH_M: Final = 6.5
_KERB_SPACE: Final = (6.0, 2.3)
_MOST_A_SEGMENT: Final = 32
_USUAL_A_SEGMENT: Final = 18
_BLOCKS: Final = ((-110.0, 60.0), (110.0, 60.0), (-110.0, -60.0), (110.0, -60.0))
_LOT_PITCH: Final = (2.5, 8.0)
"""Along the row, and from row to row with half the aisle."""
_LOT_SPACE: Final = (2.4, 5.0)
_LOT_ROW: Final = 24
_DIGITS: Final = 7
"""Of a degree: a centimetre."""

MOST_KERB_SPACES: Final = len(_STREETS_Y) * 2 * len(_HALVES_X) * _MOST_A_SEGMENT
MOST_FACILITIES: Final = len(_BLOCKS)

_KERB_USES: Final[tuple[tuple[float, SpaceUse], ...]] = ((0.02, "accessible"), (0.04, "charging"), (0.08, "loading"))
_FACILITY_USES: Final[tuple[tuple[float, SpaceUse], ...]] = ((0.03, "accessible"), (0.15, "charging"))
_OUT_OF_SERVICE: Final = 0.006


@dataclass(frozen=True, kw_only=True)
class FacilitySketch:
    """A lot or garage to be drawn, with how many spaces."""

    kind: Literal["lot", "garage"]
    name: str
    name_en: str
    spaces: int
    levels: int = 1
    mechanical: bool = False


@dataclass(frozen=True, kw_only=True)
class ZoneSketch:
    """A zone to be drawn. `streets` are the names, Chinese and English, from south to north."""

    zone_id: str
    district_id: str
    name: str
    name_en: str
    area_class: AreaClass
    centre: Position
    kerb_spaces: int
    streets: tuple[tuple[str, str], tuple[str, str], tuple[str, str]]
    facilities: tuple[FacilitySketch, ...] = ()
    price_document_id: str | None = None
    approval: Approval | None = None
    unapproved_segments: int = 0
    """How many of its segments lack the approval that the rest of the zone has."""


@dataclass
class _Drawing:
    sketch: ZoneSketch
    random: np.random.Generator
    numbered: int = 0
    scale: Position = field(init=False)
    """Degrees a metre, east and north."""

    def __post_init__(self) -> None:
        north = math.degrees(1 / EARTH_RADIUS_M)
        self.scale = (north / math.cos(math.radians(self.sketch.centre[1])), north)

    def at(self, x: float, y: float) -> list[float]:
        longitude, latitude = self.sketch.centre
        return [round(longitude + x * self.scale[0], _DIGITS), round(latitude + y * self.scale[1], _DIGITS)]

    def rectangle(self, x: float, y: float, width: float, height: float) -> Geometry:
        """Around a centre, corners counter-clockwise."""
        half_x, half_y = width / 2, height / 2
        corners = ((-half_x, -half_y), (half_x, -half_y), (half_x, half_y), (-half_x, half_y), (-half_x, -half_y))
        return {"type": "Polygon", "coordinates": [[self.at(x + dx, y + dy) for dx, dy in corners]]}

    def space(
        self,
        geometry: Geometry,
        kind: PlaceKind,
        parent_id: str,
        uses: tuple[tuple[float, SpaceUse], ...],
        approval: Approval | None,
    ) -> Space:
        self.numbered += 1
        chance, luck = self.random.random(2)
        return Space(
            space_id=SpaceId(f"{self.sketch.zone_id}-{self.numbered:03d}"),
            zone_id=ZoneId(self.sketch.zone_id),
            kind=kind,
            use=next((use for share, use in uses if chance < share), "ordinary"),
            geometry=geometry,
            segment_id=SegmentId(parent_id) if kind == "kerb" else None,
            facility_id=None if kind == "kerb" else FacilityId(parent_id),
            approval=approval,
            in_service=bool(luck >= _OUT_OF_SERVICE),
        )


def draw_zone(sketch: ZoneSketch, random: np.random.Generator) -> Iterator[Feature]:
    """The zone, its segments, facilities and spaces; the same sketch and seed draw the same zone.

    Raises ValueError for more kerb spaces or facilities than the streets and blocks hold.
    """
    if sketch.kerb_spaces > MOST_KERB_SPACES or len(sketch.facilities) > MOST_FACILITIES:
        raise ValueError(f"zone {sketch.zone_id} does not hold that many")
    drawing = _Drawing(sketch, random)
    document = sketch.price_document_id
    yield Zone(
        zone_id=ZoneId(sketch.zone_id),
        district_id=DistrictId(sketch.district_id),
        name=sketch.name,
        name_en=sketch.name_en,
        area_class=sketch.area_class,
        price_document_id=None if document is None else PriceDocumentId(document),
        geometry=drawing.rectangle(0, 0, ZONE_WIDTH_M, ZONE_HEIGHT_M),
    )
    yield from _draw_kerbs(drawing)
    for number, facility in enumerate(sketch.facilities):
        yield from _draw_facility(drawing, facility, number)


def _draw_kerbs(drawing: _Drawing) -> Iterator[Feature]:
    kerb_spaces = drawing.sketch.kerb_spaces
    runs = math.ceil(kerb_spaces / _USUAL_A_SEGMENT)
    slots = [(street, side, half) for street in range(len(_STREETS_Y)) for side in (1, -1) for half in (0, 1)]
    runs = min(runs, len(slots))
    for number in range(runs):
        street, side, half = slots[int(drawing.random.integers(len(slots)))]
        slots.remove((street, side, half))
        # Spread what does not divide evenly over the first runs.
        length = kerb_spaces // runs + (1 if number < kerb_spaces % runs else 0)
        yield from _draw_segment(drawing, number, (street, side, half), length)


def _draw_segment(drawing: _Drawing, number: int, slot: tuple[int, int, int], length: int) -> Iterator[Feature]:
    street, side, half = slot
    sketch = drawing.sketch
    start_x, half_zh, half_en = _HALVES_X[half]
    y = _STREETS_Y[street] + side * _KERB_Y
    name, name_en = sketch.streets[street]
    segment_id = f"{sketch.zone_id}-K{number + 1}"
    yield Segment(
        segment_id=SegmentId(segment_id),
        zone_id=ZoneId(sketch.zone_id),
        name=f"{name}{'北侧' if side > 0 else '南侧'}{half_zh}",
        name_en=f"{name_en}, {'north' if side > 0 else 'south'} side, {half_en}",
        geometry={
            "type": "LineString",
            "coordinates": [drawing.at(start_x, y), drawing.at(start_x + length * _KERB_PITCH_M, y)],
        },
    )
    approval = None if number < sketch.unapproved_segments else sketch.approval
    for place in range(length):
        geometry = drawing.rectangle(start_x + (place + 0.5) * _KERB_PITCH_M, y, *_KERB_SPACE)
        yield drawing.space(geometry, "kerb", segment_id, _KERB_USES, approval)


def _draw_facility(drawing: _Drawing, facility: FacilitySketch, number: int) -> Iterator[Feature]:
    sketch = drawing.sketch
    centre_x, centre_y = _BLOCKS[number]
    facility_id = f"{sketch.zone_id}-P{number + 1}"
    a_level = math.ceil(facility.spaces / facility.levels)
    columns, deep = min(a_level, _LOT_ROW), math.ceil(a_level / _LOT_ROW)
    width, height = columns * _LOT_PITCH[0], deep * _LOT_PITCH[1]
    yield Facility(
        facility_id=FacilityId(facility_id),
        zone_id=ZoneId(sketch.zone_id),
        kind=facility.kind,
        name=facility.name,
        name_en=facility.name_en,
        levels=facility.levels,
        mechanical=facility.mechanical,
        geometry=drawing.rectangle(centre_x, centre_y, width + 6, height + 6),
    )
    for place in range(facility.spaces):
        row, column = divmod(place % a_level, _LOT_ROW)
        x = centre_x - width / 2 + (column + 0.5) * _LOT_PITCH[0]
        y = centre_y - height / 2 + (row + 0.5) * _LOT_PITCH[1]
        # Spaces of a garage lie above each other; a point is all that a map can show of one.
        geometry: Geometry = (
            drawing.rectangle(x, y, *_LOT_SPACE)
            if facility.kind == "lot"
            else {"type": "Point", "coordinates": drawing.at(x, y)}
        )
        yield drawing.space(geometry, facility.kind, facility_id, _FACILITY_USES, sketch.approval)
