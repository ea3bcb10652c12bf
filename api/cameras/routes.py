"""Where cameras post. Whatever a body says, it is answered with 200 once it is durable: a camera that is answered with an error
sends the same again, or stops. Only a wrong login and too large a body are refused.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from api.cameras.gate import CameraGate, CameraRefusedError
from api.deps import provided
from api.errors import PROBLEM_MEDIA_TYPE, problem_of
from api.ingest.schemas import Report
from api.metrics import HttpMetrics
from devices.cameras.intake import CameraIntake
from devices.ingest.report import IngestReport

router = APIRouter(tags=["devices"])
Gate = Annotated[CameraGate, Depends(provided(CameraGate))]
Intake = Annotated[CameraIntake, Depends(provided(CameraIntake))]
Metrics = Annotated[HttpMetrics, Depends(provided(HttpMetrics))]
Work = Callable[[], Awaitable[Response]]

_PROBLEMS: Final = {
    401: "No login, or a wrong one; the answer asks for digest or basic",
    403: "The key covers no such camera",
    404: "No such adapter",
    413: "The body is larger than 8 MiB",
    503: "It could not be made durable; send the same again",
}
_PROBLEM: Final[dict[str, Any]] = {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "Durable", "model": Report},
    **{status: {"description": text, "content": _PROBLEM} for status, text in _PROBLEMS.items()},
}
_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {
            media_type: {"schema": {"type": "string", "format": "binary"}}
            for media_type in ("application/xml", "application/json", "multipart/form-data", "text/plain")
        },
    },
    "security": [{"key": []}, {"camera_basic": []}, {"camera_digest": []}],
}


@router.post(
    "/v1/cameras/{adapter}",
    status_code=200,
    summary="What a camera says, with its pictures",
    responses=_ANSWERS,
    openapi_extra=_BODY,
)
async def camera_message(
    request: Request,
    gate: Gate,
    intake: Intake,
    metrics: Metrics,
    adapter: Annotated[str, Path(examples=["hikvision", "dahua"])],
    camera: Annotated[str | None, Query(description="Which camera, where the key covers several")] = None,
) -> Response:
    """Type this address into the camera. It logs in with its key as bearer or as the password of HTTP Basic, or by digest."""
    del camera  # Read by the gate.
    return await posted(request, gate, intake, metrics, adapter)


async def posted(
    request: Request, gate: CameraGate, intake: CameraIntake, metrics: HttpMetrics, adapter: str, *, event: str = ""
) -> Response:
    """Answer a message of a camera with its report."""
    report = await taken(request, gate, intake, metrics, adapter, event=event)
    return (
        report if isinstance(report, Response) else Response(msgspec.json.encode(report), media_type="application/json")
    )


async def taken(
    request: Request, gate: CameraGate, intake: CameraIntake, metrics: HttpMetrics, adapter: str, *, event: str = ""
) -> IngestReport | Response:
    """Take a message in, or ask for a login; raises as `CameraGate.admit` and `CameraIntake.take`."""
    try:
        camera, speaker = gate.admit(request, adapter)
    except CameraRefusedError as error:
        return asked(error)
    body = await request.body()
    media_type = request.headers.get("content-type", "")
    report = await intake.take(camera, body, media_type=media_type, event=event, speaker=speaker)
    metrics.count_readings(accepted=report.accepted, duplicate=report.duplicate, rejected=len(report.rejected))
    return report


def asked(error: CameraRefusedError) -> Response:
    """The refusal with its challenges, the one that hides the password first."""
    answer = problem_of(error)
    del answer.headers["WWW-Authenticate"]
    for challenge in error.challenges:
        answer.headers.append("WWW-Authenticate", challenge)
    return answer
