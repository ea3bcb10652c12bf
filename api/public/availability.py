"""Where to park: zones near a position or inside a box, nearest first."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.deps import provided
from api.public.answers import TimedWishDep, documented, geojson_answer, json_answer
from api.public.arrivals import ArrivalsDep
from api.public.documents import feature_collection, zone_document, zone_geometry
from api.public.queries import wanted_box, wanted_circle
from api.public.read_model import ReadModel
from api.public.schemas import Availability
from parking.domain.errors import InvalidInputError
from parking.domain.ids import ZoneId

router = APIRouter(tags=["citizens"])
Found = list[tuple[ZoneId, float | None]]


@router.get(
    "/v1/availability",
    summary="Zones near a position or inside a box",
    responses=documented(Availability, 400, 503, geojson=True),
)
async def availability(
    model: Annotated[ReadModel, Depends(provided(ReadModel))],
    wish: TimedWishDep,
    arrivals: ArrivalsDep,
    near: Annotated[str | None, Query(description="LAT,LON in degrees WGS 84", examples=["36.81,118.05"])] = None,
    radius_m: Annotated[str | None, Query(description="Metres around `near`, at most 50000", examples=["500"])] = None,
    bbox: Annotated[str | None, Query(description="W,S,E,N in degrees", examples=["118.0,36.7,118.1,36.9"])] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Zones in the answer at most")] = 100,
) -> Response:
    found = _search(model, near, radius_m, bbox)
    documents = [
        {**zone_document(model, zone_id, wish.crs), "distance_m": None if metres is None else round(metres, 1)}
        for zone_id, metres in found[:limit]
    ]
    await arrivals.told_of_zones(documents)
    truncated = len(found) > limit
    if wish.geojson:
        features = [(zone_geometry(model, document["id"], wish.crs), document) for document in documents]
        return geojson_answer(feature_collection(features, truncated=truncated))
    return json_answer({"zones": documents, "truncated": truncated})


def _search(model: ReadModel, near: str | None, radius_m: str | None, bbox: str | None) -> Found:
    """Exactly one of the two ways, whole; raises `InvalidInputError` (`search_incomplete`, `search_ambiguous`)."""
    if bbox is not None and (near is not None or radius_m is not None):
        raise InvalidInputError("give near and radius_m, or bbox, not both", code="search_ambiguous")
    if bbox is not None:
        return [(zone_id, None) for zone_id in model.atlas.zones_within(wanted_box(bbox))]
    if near is None or radius_m is None:
        raise InvalidInputError("give near=LAT,LON with radius_m=R, or bbox=W,S,E,N", code="search_incomplete")
    position, radius = wanted_circle(near, radius_m)
    return [(zone_id, metres) for zone_id, metres in model.atlas.zones_near(position, radius)]
