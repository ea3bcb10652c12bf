"""A facility as citizens get it: the counts of its spaces, or those that it tells of itself while they are fresh."""

from datetime import datetime

import msgspec

from api.public.documents import Crs, Document, kinds_document, point, seen, summed
from api.public.estimates import estimate_document, vacancy_document
from api.public.read_model import ReadModel
from parking.domain.clock import from_micros, to_micros
from parking.domain.geo import Position, centroid
from parking.gates.model import FacilityCount
from parking.gates.reports import is_fresh
from parking.occupancy.gate_counts import GateCount, interval, is_quiet, is_useful
from parking.occupancy.level_counts import Cell, Kind, total
from parking.occupancy.shards import shard_of
from parking.occupancy.vacancy_estimate import Vacancy
from parking.places.catalogue import ListedSpace
from parking.places.model import Facility


def facility_document(model: ReadModel, facility: Facility, crs: Crs = "wgs84") -> Document:
    """Raise as `ReadModel.space` does."""
    now = from_micros(model.now_us())
    inside = model.atlas.facility_spaces.get(facility.facility_id, ())
    places = [model.atlas.catalogue.spaces[space_id] for space_id in inside]
    tariff = model.reports.tariff_at(facility.facility_id, now)
    return {
        "id": facility.facility_id,
        "zone": facility.zone_id,
        "kind": facility.kind,
        "name": facility.name,
        "name_en": facility.name_en,
        "levels": facility.levels,
        "mechanical": facility.mechanical,
        "position": point(_centre(facility, places), crs),
        "bills_itself": facility.bills_itself is not None and now in facility.bills_itself,
        "tariff_reported": None if tariff is None else msgspec.to_builtins(tariff),
        **_counts(model, facility, places, now),
    }


def _counts(model: ReadModel, facility: Facility, places: list[ListedSpace], now: datetime) -> Document:
    """What it tells itself while that is fresh; else what leaves fewest unknown: its gates, or the spaces that we watch."""
    told = model.reports.counts.get(facility.facility_id)
    if told is not None and is_fresh(told, now):
        return _reported(told, now)
    passages = model.reports.estimates.get(facility.facility_id)
    if passages is None:
        return _watched(model, facility) if places or told is None else _reported(told, now)
    by_gates = _by_gates(passages, to_micros(now))
    watched = _watched(model, facility)
    # Shares, because the inventory and the facility itself may not speak of equally many spaces.
    fewer = watched["unknown"] * by_gates["capacity"] < by_gates["unknown"] * watched["capacity"]
    return watched if fewer else by_gates


def _watched(model: ReadModel, facility: Facility) -> Document:
    cells = facility_cells(model, facility)
    numbers = total(cell for _, cell in cells)
    # A facility stands in one zone, and a zone in one shard.
    stale = model.shards[shard_of(facility.zone_id)].stale
    return {
        "counted_by": "spaces",
        **summed(numbers),
        "estimated_vacant": estimate_document(model, facility.zone_id, cells, stale=stale),
        **seen(numbers.observed_at, model.now_us(), stale=stale),
    }


def _by_gates(count: GateCount, now_us: int) -> Document:
    """Vacant and occupied are what holds with nine chances in ten each; what lies between is unknown."""
    quiet = is_quiet(count, now_us)
    tells = is_useful(count) and not quiet
    low, high = interval(count) if tells else (0, count.capacity)
    unknown = high - low
    likely = Vacancy(high - round(count.occupied), 0, unknown, "gates") if tells and unknown else None
    return {
        "counted_by": "gates",
        "capacity": count.capacity,
        "vacant": count.capacity - high,
        "occupied": low,
        "unknown": unknown,
        "restricted": 0,
        "restricted_occupied": 0,
        "unknown_because": {"silent" if quiet else "gate_drift": unknown} if unknown else {},
        "estimated_vacant": vacancy_document(likely),
        **seen(count.at, now_us, stale=quiet),
    }


def facility_kinds(model: ReadModel, facility: Facility) -> list[Document]:
    """By kind only what single spaces tell: a facility that reports for itself does not tell its spaces apart."""
    stale = model.shards[shard_of(facility.zone_id)].stale
    return kinds_document(facility_cells(model, facility), model.now_us(), stale=stale)


def facility_cells(model: ReadModel, facility: Facility) -> list[tuple[Kind, Cell]]:
    return [
        (group.kind, cell)
        for group, cell in model.cells(facility.zone_id).items()
        if group.facility_id == facility.facility_id
    ]


def _reported(count: FacilityCount, now: datetime) -> Document:
    """Of a report that is too old only its time and the number of spaces are told: none of them is invented free."""
    fresh = is_fresh(count, now)
    return {
        "counted_by": "facility",
        "capacity": count.capacity,
        "vacant": count.vacant if fresh else 0,
        "occupied": count.capacity - count.vacant if fresh else 0,
        "unknown": 0 if fresh else count.capacity,
        "restricted": 0,
        "restricted_occupied": 0,
        "unknown_because": {} if fresh else {"silent": count.capacity},
        "estimated_vacant": None,
        **seen(to_micros(count.observed_at), to_micros(now), stale=not fresh),
    }


def _centre(facility: Facility, places: list[ListedSpace]) -> Position | None:
    if places:
        longitudes, latitudes = [place.longitude for place in places], [place.latitude for place in places]
        return sum(longitudes) / len(places), sum(latitudes) / len(places)
    return None if facility.geometry is None else centroid(facility.geometry)
