"""Where devices, gateways and network servers deliver. 202 means durable."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Security
from fastapi.security import HTTPAuthorizationCredentials
from pydantic import BaseModel
from starlette.responses import PlainTextResponse, Response

from api.auth.model import ApiKey
from api.deps import bearer, caller, provided
from api.errors import PROBLEM_MEDIA_TYPE
from api.ingest.door import IngestDoor
from api.ingest.schemas import ReadingBatch, Report

router = APIRouter(tags=["devices"])
_Signed = Annotated[str, Path(examples=["onenet"])]
_KeyId = Annotated[str, Path(description="The public half of the key, as `parking keys list` shows it")]
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


_DURABLE: Final[dict[str, Any]] = {"description": "Durable", "model": Report}


def _answers(**more: str) -> dict[int | str, dict[str, Any]]:
    problems = _PROBLEMS | {int(status.removeprefix("status_")): text for status, text in more.items()}
    schema = {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    answers: dict[int | str, dict[str, Any]] = {
        status: {"description": text, "content": schema} for status, text in sorted(problems.items())
    }
    return {202: _DURABLE} | answers


def _body_of(model: type[BaseModel] | None) -> dict[str, Any]:
    """Bodies are read by our own decoder, one item at a time; this documents them."""
    schema = {"type": "object"} if model is None else {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


_UPLINK_ANSWERS: Final = {
    status: answer
    for status, answer in (_answers(status_404="No adapter reads this source") | {200: _DURABLE}).items()
    if status not in {400, 415}
}


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


async def platform_key(
    request: Request, door: Door, _documented: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)]
) -> ApiKey:
    """The key of a platform, wherever that is able to put it."""
    return door.admit_platform(request.headers, request.query_params)


@router.post(
    "/v1/uplinks/{source}",
    status_code=202,
    summary="What a network server or an IoT platform forwards",
    responses=_UPLINK_ANSWERS,
    openapi_extra=_body_of(None),
)
async def uplinks(
    request: Request,
    door: Door,
    key: Annotated[ApiKey, Depends(platform_key)],
    source: Annotated[str, Path(examples=["things-stack-v3", "chirpstack-v4", "ctwing"])],
    event: Annotated[str, Query(description="Kind of message, where the platform tells it in the address")] = "",
) -> Response:
    """Point the webhook of the platform here. The key goes into its `Authorization` header, as the bearer or as the password of
    HTTP Basic; or into `X-Api-Key`; or, for a platform that can send no header, into the address as `key`.

    Whatever a body says, the answer is the status that this platform takes for success, with the reason of each refusal in it.
    """
    success = door.success(source)
    answer = await door.uplink(key, source, event, await request.body())
    return Response(answer, success, media_type="application/json")


@router.post(
    "/v1/uplinks/{source}/{key_id}",
    status_code=200,
    summary="What a platform forwards that signs instead of sending a key",
    responses=_UPLINK_ANSWERS,
    openapi_extra=_body_of(None),
)
async def signed_uplinks(request: Request, door: Door, source: _Signed, key_id: _KeyId) -> Response:
    """As `/v1/uplinks/{source}`, for OneNET: the signature of each message is proved with the token that `parking keys secret` keeps."""
    success = door.success(source)
    answer = await door.signed_uplink(source, key_id, await request.body())
    return Response(answer, success, media_type="application/json")


@router.get(
    "/v1/uplinks/{source}/{key_id}",
    summary="A platform tests the address",
    response_class=PlainTextResponse,
    responses={status: answer for status, answer in _UPLINK_ANSWERS.items() if status in {401, 403, 404, 503}},
)
async def address_test(request: Request, door: Door, source: _Signed, key_id: _KeyId) -> PlainTextResponse:
    """Repeats `msg` when `signature` fits it, as OneNET asks when an address is entered on its page."""
    return PlainTextResponse(door.confirm(source, key_id, request.query_params))
