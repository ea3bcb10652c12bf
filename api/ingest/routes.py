"""Where devices, gateways and network servers deliver. 202 means durable."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from api.auth.model import ApiKey
from api.deps import caller, provided
from api.errors import PROBLEM_MEDIA_TYPE
from api.ingest.door import IngestDoor
from api.ingest.schemas import ReadingBatch, Report

router = APIRouter(tags=["devices"])
Door = Annotated[IngestDoor, Depends(provided(IngestDoor))]
Caller = Annotated[ApiKey, Depends(caller("readings:write"))]

_PROBLEMS: Final[dict[int, str]] = {
    400: "The body cannot be read",
    401: "No key, a wrong one or a revoked one",
    403: "The key does not allow this",
    413: "The body or the batch is too large",
    415: "The body is not JSON",
    503: "The stream cannot take readings now; repeat the same request after Retry-After",
}


def _answers(**more: str) -> dict[int | str, dict[str, Any]]:
    problems = _PROBLEMS | {int(status.removeprefix("status_")): text for status, text in more.items()}
    schema = {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    answers: dict[int | str, dict[str, Any]] = {
        status: {"description": text, "content": schema} for status, text in sorted(problems.items())
    }
    return {202: {"description": "Durable", "model": Report}} | answers


def _body_of(model: type[BaseModel] | None) -> dict[str, Any]:
    """Bodies are read by our own decoder, one item at a time; this documents them."""
    schema = {"type": "object"} if model is None else {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


@router.post(
    "/v1/readings",
    status_code=202,
    summary="Readings of devices, many at once",
    responses=_answers(),
    openapi_extra=_body_of(ReadingBatch),
)
async def readings(request: Request, door: Door, _key: Caller) -> Response:
    """Good readings pass, a bad one becomes a record in `rejected`; repeat a request that was answered 503."""
    key = door.admit(request.headers)
    return Response(await door.readings(key, await request.body()), 202, media_type="application/json")


@router.post(
    "/v1/uplinks/{source}",
    status_code=202,
    summary="What a network server forwards",
    responses=_answers(status_404="No adapter reads this source"),
    openapi_extra=_body_of(None),
)
async def uplinks(
    request: Request,
    door: Door,
    _key: Caller,
    source: Annotated[str, Path(examples=["things-stack-v3", "chirpstack-v4"])],
    event: Annotated[str, Query(description="Kind of message, where the platform tells it in the address")] = "",
) -> Response:
    """Point the webhook of the network server here; the key goes into its `Authorization` header."""
    key = door.admit(request.headers)
    return Response(await door.uplink(key, source, event, await request.body()), 202, media_type="application/json")
