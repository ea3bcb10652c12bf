"""Kerb segments with the counts of their spaces: what the sign at the corner shows."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from api.deps import provided
from api.public.answers import TimedWishDep, documented, geojson_answer, json_answer
from api.public.arrivals import ArrivalsDep
from api.public.documents import feature_collection
from api.public.level_schemas import SegmentDetail, SegmentPage
from api.public.queries import page_of
from api.public.read_model import ReadModel
from api.public.segment_documents import segment_detail, segment_document, segment_geometry
from parking.domain.errors import NotFoundError
from parking.domain.ids import SegmentId

router = APIRouter(tags=["citizens"])
Model = Annotated[ReadModel, Depends(provided(ReadModel))]


@router.get(
    "/v1/segments",
    summary="Kerb segments with their counts",
    responses=documented(SegmentPage, 400, 503, geojson=True),
)
async def segments(
    model: Model,
    wish: TimedWishDep,
    arrivals: ArrivalsDep,
    zone: Annotated[str | None, Query(description="Only segments of this zone")] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Items on one page")] = 100,
    cursor: Annotated[str | None, Query(description="`next` of the page before")] = None,
) -> Response:
    every = model.atlas.catalogue.segments
    kept = (key for key, segment in every.items() if zone is None or segment.zone_id == zone)
    ids, following = page_of(kept, cursor, limit)
    page = [every[key] for key in ids]
    documents = [segment_document(model, segment, wish.crs) for segment in page]
    await arrivals.told_of_segments(documents)
    if wish.geojson:
        geometries = [segment_geometry(model, segment, wish.crs) for segment in page]
        return geojson_answer(feature_collection(zip(geometries, documents, strict=True), next=following))
    return json_answer({"segments": documents, "next": following})


@router.get(
    "/v1/segments/{segment_id}",
    summary="One kerb segment with its counts",
    responses=documented(SegmentDetail, 400, 404, 503, geojson=True),
)
async def segment(
    model: Model,
    wish: TimedWishDep,
    arrivals: ArrivalsDep,
    segment_id: Annotated[str, Path(description="Id of the inventory")],
) -> Response:
    found = model.atlas.catalogue.segments.get(SegmentId(segment_id))
    if found is None:
        raise NotFoundError(f"there is no segment {segment_id[:64]!r}", code="segment_unknown")
    document = segment_detail(model, found, wish.crs)
    await arrivals.told_of_segments([document])
    if wish.geojson:
        return geojson_answer(feature_collection([(segment_geometry(model, found, wish.crs), document)]))
    return json_answer(document)
