"""The one path of gates and of lots and malls with systems of their own."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Path
from starlette.responses import Response

from api.auth.model import ApiKey
from api.deps import caller, json_only, provided
from api.errors import problem_answers
from api.gates.desk import GateDesk
from api.gates.schemas import TransactionReport, Transactions
from parking.domain.ids import ID_PATTERN

router = APIRouter(tags=["facilities"])
Reporter = Annotated[ApiKey, Depends(caller("facilities:report"))]
FacilityId = Annotated[str, Path(pattern=ID_PATTERN, description="The facility of the inventory")]


@router.post(
    "/v1/facilities/{facility}/transactions",
    summary="Entries, exits, payments, free spaces and prices of a facility",
    response_model=TransactionReport,
    responses=problem_answers(400, 401, 403, 404, 413, 415, 503),
    dependencies=[Depends(json_only)],
)
async def report(
    facility: FacilityId,
    batch: Transactions,
    key: Reporter,
    desk: Annotated[GateDesk, Depends(provided(GateDesk))],
) -> Response:
    """Items are taken in their order; batches may repeat, overlap and come late. The key must name the facility."""
    return Response(msgspec.json.encode(await desk.take(key, facility, batch.items)), media_type="application/json")
