"""Zones, their spaces, and districts: the inventory with its live counts."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.deps import provided
from api.public.answers import TimedWishDep, WishDep, documented, geojson_answer, json_answer
from api.public.arrivals import ArrivalsDep
from api.public.documents import (
    district_document,
    district_kinds,
    feature_collection,
    projected,
    space_document,
    zone_detail,
    zone_document,
    zone_geometry,
)
from api.public.level_schemas import DistrictDetail, DistrictList
from api.public.queries import page_of, refuse_forecast, wanted_instant
from api.public.read_model import ReadModel
from api.public.schemas import SpaceList, ZoneDetail, ZonePage
from parking.domain.clock import format_instant, to_micros
from parking.domain.errors import NotFoundError
from parking.domain.ids import DistrictId, ZoneId
from parking.places.catalogue import Catalogue
from parking.places.model import AreaClass

router = APIRouter(tags=["citizens"])
Model = Annotated[ReadModel, Depends(provided(ReadModel))]
Limit = Annotated[int, Query(ge=1, le=1000, description="Items on one page")]
Cursor = Annotated[str | None, Query(description="`next` of the page before")]


@router.get("/v1/zones", summary="All zones with their counts", responses=documented(ZonePage, 400, 503, geojson=True))
async def zones(
    model: Model,
    wish: TimedWishDep,
    arrivals: ArrivalsDep,
    district: Annotated[str | None, Query(description="Only zones of this district", examples=["370303"])] = None,
    area_class: Annotated[AreaClass | None, Query(description="Only zones of this class")] = None,
    modified_since: Annotated[
        str | None, Query(description="Only what changed in the inventory since, removals included (RFC 3339)")
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    catalogue = model.atlas.catalogue
    since = None if modified_since is None else to_micros(wanted_instant(modified_since, "modified_since"))
    kept = [
        zone_id
        for zone_id, listed in catalogue.zones.items()
        if (district is None or listed.zone.district_id == district)
        and (area_class is None or listed.zone.area_class == area_class)
        and (since is None or to_micros(listed.modified_at) >= since)
    ]
    gone = {} if since is None else _removed(catalogue, since)
    page, following = page_of({*kept, *gone}, cursor, limit)
    removed = [{"id": zone_id, "removed_at": gone[zone_id]} for zone_id in page if zone_id in gone]
    documents = [zone_document(model, zone_id, wish.crs) for zone_id in page if zone_id not in gone]
    await arrivals.told_of_zones(documents)
    if wish.geojson:
        features = [(zone_geometry(model, document["id"], wish.crs), document) for document in documents]
        return geojson_answer(feature_collection(features, removed=removed, next=following))
    return json_answer({"zones": documents, "removed": removed, "next": following})


def _removed(catalogue: Catalogue, since: int) -> dict[str, str]:
    """Zones that left and did not come back, with the instant; a tombstone tells nothing but the id."""
    return {
        stone.place_id: format_instant(to_micros(stone.removed_at))
        for stone in catalogue.tombstones
        if stone.feature == "zone" and stone.place_id not in catalogue.zones and to_micros(stone.removed_at) >= since
    }


@router.get("/v1/zones/{zone_id}", summary="One zone with its counts", responses=documented(ZoneDetail, 400, 404, 503))
async def zone(zone_id: str, model: Model, wish: TimedWishDep, arrivals: ArrivalsDep) -> Response:
    document = zone_detail(model, zone_id, wish.crs)
    await arrivals.told_of_zones([document])
    if wish.geojson:
        return geojson_answer(feature_collection([(zone_geometry(model, zone_id, wish.crs), document)]))
    return json_answer(document)


@router.get(
    "/v1/zones/{zone_id}/spaces",
    summary="The spaces of a zone",
    responses=documented(SpaceList, 400, 404, 503, geojson=True),
)
async def spaces(zone_id: str, model: Model, wish: WishDep) -> Response:
    model.zone(zone_id)
    catalogue = model.atlas.catalogue
    places = [catalogue.spaces[space_id] for space_id in catalogue.zones[ZoneId(zone_id)].space_ids]
    documents = [space_document(model, place, wish.crs) for place in places]
    if wish.geojson:
        geometries = [projected(place.geometry, wish.crs) for place in places]
        return geojson_answer(feature_collection(zip(geometries, documents, strict=True), zone=zone_id))
    return json_answer({"zone": zone_id, "spaces": documents})


@router.get("/v1/districts", summary="Districts with their counts", responses=documented(DistrictList, 503))
async def districts(request: Request, model: Model) -> Response:
    refuse_forecast(request)
    every = model.atlas.catalogue.districts.values()
    return json_answer({"districts": [district_document(model, district) for district in every]})


@router.get(
    "/v1/districts/{district_id}",
    summary="One district with its counts",
    responses=documented(DistrictDetail, 404, 503),
)
async def district(request: Request, district_id: str, model: Model) -> Response:
    refuse_forecast(request)
    found = model.atlas.catalogue.districts.get(DistrictId(district_id))
    if found is None:
        raise NotFoundError(f"there is no district {district_id[:64]!r}", code="district_unknown")
    return json_answer(district_document(model, found) | {"kinds": district_kinds(model, found)})
