"""Melbourne's kerb bays as the city published them in September 2018: where they are, and two moments of each.

The file (a copy of the city's open data, columns `file,bay_id,st_marker_id,status,location,lat,lon`) holds one row a bay
and snapshot. It knows no streets, so zones are the cells of a grid and segments the sides of the street that the last
letter of `st_marker_id` names. It knows no prices and no approvals either: nothing here may be charged.

Known oddities: the earlier snapshot lacks four of the 3,079 bays, `location` repeats `lat` and `lon`, and a good quarter of
the markers name no side of the street.
"""

import csv
import gzip
import math
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, get_args

from parking.domain.errors import InvalidInputError
from parking.domain.geo import Position
from parking.domain.ids import DistrictId, SegmentId, SpaceId, ZoneId, is_identifier
from parking.places.feature_writing import feature_json
from parking.places.model import District, Feature, Segment, Space, Zone

BayStatus = Literal["occupied", "free"]
Side = Literal["N", "S", "E", "W", "X"]

_STATUS: Final[Mapping[str, BayStatus]] = {"Present": "occupied", "Unoccupied": "free"}
_COLUMNS: Final = frozenset({"file", "bay_id", "st_marker_id", "status", "lat", "lon"})
_SIDE: Final = re.compile(r"([NSEW])[a-z]?$")
_SIDES: Final[Mapping[Side, str]] = {
    "N": "north side",
    "S": "south side",
    "E": "east side",
    "W": "west side",
    "X": "side not named",
}
_DISTRICT: Final = DistrictId("MEL")
_CELL: Final = 0.005
"""Degrees: cells of about 440 by 555 metres, which hold 68 bays on average."""
_ORIGIN: Final[Position] = (144.93, -37.84)
_DIGITS: Final = 7


@dataclass(frozen=True, kw_only=True)
class BayRow:
    """One row: what one bay was at the moment of one snapshot."""

    snapshot: str
    space_id: SpaceId
    side: Side
    status: BayStatus
    position: Position


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """One moment of every bay that the city had heard of."""

    name: str
    statuses: tuple[tuple[SpaceId, BayStatus], ...]

    def count(self, status: BayStatus) -> int:
        return sum(1 for _, found in self.statuses if found == status)


def read_rows(path: Path) -> list[BayRow]:
    """The rows of a CSV file, plain or compressed by gzip, in the order of the file.

    Raises InvalidInputError `melbourne_file_invalid`, naming the line.
    """
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8", newline="") as lines:
            return list(_rows(csv.DictReader(lines)))
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error) as error:
        raise InvalidInputError(f"{path} cannot be read: {error}", code="melbourne_file_invalid") from error


def melbourne_city(rows: Iterable[BayRow]) -> dict[str, Any]:
    """A GeoJSON FeatureCollection of the bays; one that was seen at two places stands at the last."""
    bays = {row.space_id: row for row in rows}
    features = [feature_json(feature) for feature in _features(sorted(bays.values(), key=lambda row: row.space_id))]
    return {"type": "FeatureCollection", "features": features}


def snapshots(rows: Iterable[BayRow]) -> list[Snapshot]:
    """The moments of the file, earliest first: their names carry the time of day."""
    found: dict[str, dict[SpaceId, BayStatus]] = {}
    for row in rows:
        found.setdefault(row.snapshot, {})[row.space_id] = row.status
    return [Snapshot(name=name, statuses=tuple(found[name].items())) for name in sorted(found)]


def _rows(reader: "csv.DictReader[str]") -> Iterator[BayRow]:
    missing = _COLUMNS.difference(reader.fieldnames or ())
    if missing:
        raise InvalidInputError(f"the columns {', '.join(sorted(missing))} are missing", code="melbourne_file_invalid")
    for row in reader:
        try:
            yield _row(row)
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidInputError(
                f"line {reader.line_num} is not a bay: {error}", code="melbourne_file_invalid"
            ) from error


def _row(row: Mapping[str, str]) -> BayRow:
    space_id = f"MEL-{row['bay_id']}"
    longitude, latitude = float(row["lon"]), float(row["lat"])
    if not is_identifier(space_id) or not (abs(longitude) <= 180 and abs(latitude) <= 90):  # noqa: PLR2004 - the Earth
        raise ValueError(f"bay {row['bay_id']!r} at {longitude}, {latitude}")
    side = _SIDE.search(row["st_marker_id"])
    return BayRow(
        snapshot=row["file"],
        space_id=SpaceId(space_id),
        side=next((name for name in get_args(Side) if side and name == side[1]), "X"),
        status=_STATUS[row["status"]],
        position=(longitude, latitude),
    )


def _features(bays: Sequence[BayRow]) -> Iterator[Feature]:
    yield District(district_id=_DISTRICT, name="City of Melbourne", name_en="City of Melbourne", admin_code=None)
    cells = sorted({_cell(bay.position) for bay in bays})
    for column, row in cells:
        yield Zone(
            zone_id=_zone_id((column, row)),
            district_id=_DISTRICT,
            name=f"Melbourne {column}/{row}",
            name_en=f"Melbourne {column}/{row}",
            # A zone has a class; the file has none to give, so all are of the middle one.
            area_class="II",
            geometry=_square(column, row),
        )
    for cell, side in sorted({(_cell(bay.position), bay.side) for bay in bays}):
        zone_id = _zone_id(cell)
        name = f"Melbourne {cell[0]}/{cell[1]}, {_SIDES[side]}"
        yield Segment(segment_id=_segment_id(zone_id, side), zone_id=zone_id, name=name, name_en=name)
    for bay in bays:
        zone_id = _zone_id(_cell(bay.position))
        yield Space(
            space_id=bay.space_id,
            zone_id=zone_id,
            segment_id=_segment_id(zone_id, bay.side),
            kind="kerb",
            use="ordinary",
            geometry={"type": "Point", "coordinates": list(bay.position)},
        )


def _cell(position: Position) -> tuple[int, int]:
    return math.floor((position[0] - _ORIGIN[0]) / _CELL), math.floor((position[1] - _ORIGIN[1]) / _CELL)


def _square(column: int, row: int) -> dict[str, object]:
    west, east = (round(_ORIGIN[0] + (column + step) * _CELL, _DIGITS) for step in (0, 1))
    south, north = (round(_ORIGIN[1] + (row + step) * _CELL, _DIGITS) for step in (0, 1))
    corners = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [corners]}


def _zone_id(cell: tuple[int, int]) -> ZoneId:
    return ZoneId(f"MEL-Z{cell[0]}.{cell[1]}")


def _segment_id(zone_id: ZoneId, side: Side) -> SegmentId:
    return SegmentId(f"{zone_id}-{side}")
