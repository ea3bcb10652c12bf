"""Lots and garages with the counts of the spaces in them, or with those that they report."""

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from api.deps import provided
from api.public.answers import TimedWishDep, documented, geojson_answer, json_answer
from api.public.arrivals import ArrivalsDep
from api.public.documents import feature_collection, projected
from api.public.facility_documents import facility_document, facility_kinds
from api.public.queries import page_of
from api.public.read_model import ReadModel
from api.public.schemas import FacilityDetail, FacilityPage
from parking.db.unit_of_work import Database
from parking.db.watch import OUTAGES
from parking.domain.clock import from_micros
from parking.domain.errors import NotFoundError
from parking.domain.ids import FacilityId
from parking.gates.reports import entries_between

router = APIRouter(tags=["citizens"])
LATELY: Final = timedelta(hours=24)


@router.get(
    "/v1/facilities",
    summary="Lots and garages with their counts",
    responses=documented(FacilityPage, 400, 503, geojson=True),
)
async def facilities(
    model: Annotated[ReadModel, Depends(provided(ReadModel))],
    wish: TimedWishDep,
    arrivals: ArrivalsDep,
    zone: Annotated[str | None, Query(description="Only facilities of this zone")] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Items on one page")] = 100,
    cursor: Annotated[str | None, Query(description="`next` of the page before")] = None,
) -> Response:
    every = model.atlas.catalogue.facilities
    kept = (key for key, facility in every.items() if zone is None or facility.zone_id == zone)
    ids, following = page_of(kept, cursor, limit)
    page = [every[key] for key in ids]
    documents = [facility_document(model, facility, wish.crs) for facility in page]
    await arrivals.told_of_facilities(list(zip(page, documents, strict=True)))
    if wish.geojson:
        geometries = [
            document["position"] if facility.geometry is None else projected(facility.geometry, wish.crs)
            for facility, document in zip(page, documents, strict=True)
        ]
        return geojson_answer(feature_collection(zip(geometries, documents, strict=True), next=following))
    return json_answer({"facilities": documents, "next": following})


@router.get(
    "/v1/facilities/{facility_id}",
    summary="One lot or garage",
    responses=documented(FacilityDetail, 400, 404, 503, geojson=True),
)
async def facility(
    model: Annotated[ReadModel, Depends(provided(ReadModel))],
    database: Annotated[Database, Depends(provided(Database))],
    wish: TimedWishDep,
    arrivals: ArrivalsDep,
    facility_id: Annotated[str, Path(description="Id of the inventory")],
) -> Response:
    found = model.atlas.catalogue.facilities.get(FacilityId(facility_id))
    if found is None:
        raise NotFoundError(f"there is no facility {facility_id!r}", code="facility_unknown")
    document = facility_document(model, found, wish.crs)
    await arrivals.told_of_facilities([(found, document)])
    document["kinds"] = facility_kinds(model, found)
    entries = await _entries_lately(model, database, facility_id)
    told = model.reports.counts.get(facility_id)
    document["entries_24h"] = entries
    document["turnover_24h"] = (
        None if entries is None or told is None or told.capacity == 0 else round(entries / told.capacity, 2)
    )
    if wish.geojson:
        geometry = document["position"] if found.geometry is None else projected(found.geometry, wish.crs)
        return geojson_answer(feature_collection([(geometry, document)]))
    return json_answer(document)


async def _entries_lately(model: ReadModel, database: Database, facility_id: str) -> int | None:
    """None while the database is away: the counts in memory are worth an answer without it."""
    now = from_micros(model.now_us())
    try:
        async with database.transaction() as session:
            return await entries_between(session, facility_id, now - LATELY, now)
    except OUTAGES:
        return None
