"""Lots and garages with the counts of the spaces in them."""

from bisect import bisect_right
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.deps import provided
from api.public.answers import WishDep, documented, geojson_answer, json_answer
from api.public.documents import facility_document, feature_collection, projected
from api.public.queries import read_cursor, write_cursor
from api.public.read_model import ReadModel
from api.public.schemas import FacilityPage

router = APIRouter(tags=["citizens"])


@router.get(
    "/v1/facilities",
    summary="Lots and garages with their counts",
    responses=documented(FacilityPage, 400, 503, geojson=True),
)
async def facilities(
    model: Annotated[ReadModel, Depends(provided(ReadModel))],
    wish: WishDep,
    zone: Annotated[str | None, Query(description="Only facilities of this zone")] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Items on one page")] = 100,
    cursor: Annotated[str | None, Query(description="`next` of the page before")] = None,
) -> Response:
    every = model.atlas.catalogue.facilities
    kept = sorted(key for key, facility in every.items() if zone is None or facility.zone_id == zone)
    start = bisect_right(kept, read_cursor(cursor), key=str)
    page = [every[key] for key in kept[start : start + limit]]
    following = write_cursor(page[-1].facility_id) if start + limit < len(kept) else None
    documents = [facility_document(model, facility, wish.crs) for facility in page]
    if wish.geojson:
        geometries = [
            document["position"] if facility.geometry is None else projected(facility.geometry, wish.crs)
            for facility, document in zip(page, documents, strict=True)
        ]
        return geojson_answer(feature_collection(zip(geometries, documents, strict=True), next=following))
    return json_answer({"facilities": documents, "next": following})
