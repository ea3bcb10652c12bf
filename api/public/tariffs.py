"""`GET /v1/tariffs`: the price board that every driver may read before parking."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.deps import provided
from api.public.answers import documented, json_answer
from api.public.board_documents import board_document
from api.public.documents import Document
from api.public.price_schemas import TariffPage
from api.public.queries import page_of
from api.public.read_model import ReadModel
from parking.domain.clock import from_micros
from parking.domain.ids import ZoneId

router = APIRouter(tags=["citizens"])


@router.get("/v1/tariffs", summary="The public price board", responses=documented(TariffPage, 400, 404, 503))
async def tariffs(
    model: Annotated[ReadModel, Depends(provided(ReadModel))],
    zone: Annotated[str | None, Query(description="Only this zone", examples=["ZD-001"])] = None,
    district: Annotated[str | None, Query(description="Only zones of this district", examples=["370303"])] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Zones on one page")] = 100,
    cursor: Annotated[str | None, Query(description="`next` of the page before")] = None,
) -> Response:
    if zone is not None:
        model.zone(zone)
    every = model.atlas.catalogue.zones
    kept = (
        zone_id
        for zone_id, listed in every.items()
        if zone in {None, zone_id} and district in {None, listed.zone.district_id}
    )
    page, following = page_of(kept, cursor, limit)
    return json_answer({"tariffs": [_entry(model, zone_id) for zone_id in page], "next": following})


def _entry(model: ReadModel, zone_id: ZoneId) -> Document:
    facts = model.atlas.zone_facts[zone_id]
    area_class = model.atlas.catalogue.zones[zone_id].zone.area_class
    instant = from_micros(model.now_us())
    board = model.prices.board
    coming = board.coming(zone_id, instant)
    return {
        "zone": zone_id,
        "name": facts["name"],
        "name_en": facts["name_en"],
        "district": facts["district"],
        "area_class": area_class,
        "places": [
            board_document(posting, area_class, coming, instant, board) for posting in board.posted(zone_id, instant)
        ],
        "coming": [board_document(posting, area_class, [], posting.start, board) for posting in coming],
    }
