"""Turns what the read model knows into the JSON that citizens get; every number carries its time and its age."""

from collections.abc import Callable, Iterable
from typing import Any, Final, Literal

import msgspec

from api.public.estimates import estimate_document
from api.public.read_model import ReadModel, ZoneView
from parking.domain.clock import format_instant
from parking.domain.gcj02 import wgs84_to_gcj02
from parking.domain.geo import Position, transformed
from parking.domain.ids import ZoneId
from parking.occupancy.level_counts import Cell, Kind, Numbers, by_kind, total
from parking.occupancy.model import ZoneCounts
from parking.places.catalogue import ListedSpace
from parking.places.model import District, Geometry

Crs = Literal["wgs84", "gcj02"]
Document = dict[str, Any]
_SECOND_US: Final = 1_000_000
_DIGITS: Final = 7
"""Of a degree: a centimetre."""

encode: Final[Callable[[object], bytes]] = msgspec.json.Encoder().encode


def seen(observed_at: int | None, now_us: int, *, stale: bool) -> Document:
    """The time members of every document; an instant ahead of our clock is of age zero."""
    age_s = None if observed_at is None else max(0, (now_us - observed_at) // _SECOND_US)
    return {"observed_at": _instant(observed_at), "age_s": age_s, "stale": stale}


def zone_document(model: ReadModel, zone_id: str, crs: Crs = "wgs84") -> Document:
    """Raise as `ReadModel.zone` does."""
    return _zone_document(model, model.zone(zone_id), crs)


def _zone_document(model: ReadModel, view: ZoneView, crs: Crs) -> Document:
    counts = view.counts
    zone_id = ZoneId(counts.zone_id)
    cells = model.cells(zone_id)
    prices = model.prices.of_zone(model.atlas.catalogue.zones[zone_id].zone, model.now_us())
    return {
        **model.atlas.zone_facts[zone_id],
        "position": point(model.atlas.positions[zone_id], crs),
        **counted(counts),
        "unknown_because": total(cells.values()).unknown_because,
        "estimated_vacant": estimate_document(
            model,
            zone_id,
            [(group.kind, cell) for group, cell in cells.items()] if counts.unknown else (),
            stale=view.stale,
        ),
        **seen(counts.observed_at, model.now_us(), stale=view.stale),
        "tariff": prices.tariff,
        "price_now": prices.price_now,
    }


def zone_detail(model: ReadModel, zone_id: str, crs: Crs = "wgs84") -> Document:
    """A zone with its counts by kind. Raise as `ReadModel.zone` does."""
    return zone_document(model, zone_id, crs) | {"kinds": zone_kinds(model, zone_id)}


def zone_geometry(model: ReadModel, zone_id: str, crs: Crs) -> Geometry | None:
    """The outline of the zone, or its centre when nobody drew one."""
    zone = model.atlas.catalogue.zones[ZoneId(zone_id)].zone
    if zone.geometry is None:
        return point(model.atlas.positions[zone.zone_id], crs)
    return projected(zone.geometry, crs)


def counted(counts: ZoneCounts | Numbers) -> Document:
    return {
        "capacity": counts.capacity,
        "vacant": counts.vacant,
        "occupied": counts.occupied,
        "unknown": counts.unknown,
        "restricted": counts.restricted,
        "restricted_occupied": counts.restricted_occupied,
    }


def summed(numbers: Numbers) -> Document:
    return {**counted(numbers), "unknown_because": numbers.unknown_because}


def space_document(model: ReadModel, place: ListedSpace, crs: Crs = "wgs84") -> Document:
    view = model.space(place)
    state = view.state
    return {
        "id": place.space_id,
        "zone": place.zone_id,
        "segment": place.segment_id,
        "facility": place.facility_id,
        "kind": place.kind,
        "use": place.use,
        "position": point((place.longitude, place.latitude), crs),
        "status": state.status,
        "since": _instant(state.since),
        **seen(state.observed_at, model.now_us(), stale=view.stale),
        "confidence": state.confidence,
        "reason": state.closed_for or (state.reason if state.in_service else "out_of_service"),
        "until": _instant(state.closed_until),
    }


def district_document(model: ReadModel, district: District) -> Document:
    """Counts are those of its zones; it is as stale as the stalest of them, and says how many of them tell too little."""
    view = model.district(district.district_id)
    numbers = total(cell for _, cell in view.cells)
    zones = sum(model.atlas.district_zones.get(district.district_id, {}).values())
    return {
        "id": district.district_id,
        "name": district.name,
        "name_en": district.name_en,
        "admin_code": district.admin_code,
        "zones": zones,
        "zones_stale": view.zones_stale,
        "zones_uncounted": view.zones_uncounted,
        **summed(numbers),
        **seen(view.observed_at, model.now_us(), stale=view.zones_stale > 0),
    }


def district_kinds(model: ReadModel, district: District) -> list[Document]:
    view = model.district(district.district_id)
    return kinds_document(view.cells, model.now_us(), stale=view.zones_stale > 0)


def zone_kinds(model: ReadModel, zone_id: str) -> list[Document]:
    cells = [(group.kind, cell) for group, cell in model.cells(zone_id).items()]
    return kinds_document(cells, model.now_us(), stale=model.zone(zone_id).stale)


def kinds_document(cells: Iterable[tuple[Kind, Cell]], now_us: int, *, stale: bool) -> list[Document]:
    """The same counts for each kind and use apart."""
    return [
        {
            "kind": kind.kind,
            "use": kind.use,
            **summed(numbers),
            **seen(numbers.observed_at, now_us, stale=stale),
        }
        for kind, numbers in by_kind(cells)
    ]


def point(position: Position | None, crs: Crs) -> Geometry | None:
    if position is None:
        return None
    longitude, latitude = wgs84_to_gcj02(*position) if crs == "gcj02" else position
    return {"type": "Point", "coordinates": [round(longitude, _DIGITS), round(latitude, _DIGITS)]}


def projected(geometry: Geometry, crs: Crs) -> Geometry:
    return transformed(geometry, wgs84_to_gcj02) if crs == "gcj02" else geometry


def feature_collection(features: Iterable[tuple[Geometry | None, Document]], **members: object) -> Document:
    """GeoJSON (RFC 7946); `members` are foreign members such as `next`."""
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "id": document["id"], "geometry": geometry, "properties": document}
            for geometry, document in features
        ],
        **members,
    }


def _instant(micros: int | None) -> str | None:
    return None if micros is None else format_instant(micros)
