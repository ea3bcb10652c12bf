"""GA/T 1400 (国标视图库): the paths that its cameras post to, below our own address and at the root.

Of such a camera one sets host and port, and with some makers a prefix: both end here. It registers, keeps alive and posts; each
request proves its login, because an identity in a header proves nothing.
"""

from datetime import datetime, timedelta, timezone
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from api.cameras.gate import CameraRefusedError
from api.cameras.routes import Gate, Intake, Metrics, asked, taken
from api.deps import clock_of
from devices.ingest.report import IngestReport
from parking.domain.clock import Clock

router = APIRouter(tags=["devices"], include_in_schema=False)
"""The standard documents these paths; ours would only repeat it."""
ADAPTER: Final = "ga1400"
MEDIA_TYPE: Final = "application/VIID+JSON;charset=utf-8"
PREFIXES: Final = ("/VIID", "/v1/cameras/ga1400/VIID")
_OK, _NOT_READ = ("0", "OK"), ("6", "invalid JSON content")
"""Codes of the standard's ResponseStatus: 0 is well, 6 is content that is not valid."""
_BEIJING: Final = timezone(timedelta(hours=8))
_IDS: Final = ("MotorVehicleID", "NotificationID", "DeviceID", "FaceID", "PersonID", "NonMotorVehicleID")
_MOST_IDS: Final = 500


async def view_objects(
    request: Request,
    gate: Gate,
    intake: Intake,
    metrics: Metrics,
    clock: Annotated[Clock, Depends(clock_of)],
    path: Annotated[str, Path()],
) -> Response:
    """Everything that is posted: registration, signs of life, vehicles, notifications."""
    report = await taken(request, gate, intake, metrics, ADAPTER, event=path)
    if isinstance(report, Response):
        return report
    return _answer(await request.body(), request.url.path, report, clock())


async def system_time(request: Request, gate: Gate, clock: Annotated[Clock, Depends(clock_of)]) -> Response:
    """The time of the platform, by which such cameras set their clocks."""
    try:
        gate.admit(request, ADAPTER)
    except CameraRefusedError as error:
        return asked(error)
    told = {"VIIDServerID": "", "TimeMode": "1", "LocalTime": _local(clock()), "TimeZone": "Asia/Shanghai"}
    return Response(msgspec.json.encode({"SystemTimeObject": told}), media_type=MEDIA_TYPE)


for prefix in PREFIXES:
    router.add_api_route(f"{prefix}/System/Time", system_time, methods=["GET"])
    router.add_api_route(f"{prefix}/{{path:path}}", view_objects, methods=["POST"])


def _answer(body: bytes, path: str, report: IngestReport, now: datetime) -> Response:
    """A status for each object that was posted; one for a registration or a sign of life."""
    code, text = _NOT_READ if report.rejected and not report.accepted and _is_unread(report) else _OK
    status: dict[str, Any] = {"RequestURL": path, "StatusCode": code, "StatusString": text, "LocalTime": _local(now)}
    if path.rpartition("/VIID/")[2].startswith("System/"):
        return _document({"ResponseStatusObject": status | {"Id": next(iter(_ids_in(body)), "")}})
    statuses = [status | {"Id": one} for one in _ids_in(body)] or [status | {"Id": ""}]
    return _document({"ResponseStatusListObject": {"ResponseStatusObject": statuses}})


def _is_unread(report: IngestReport) -> bool:
    return any(rejected.code in {"json_invalid", "envelope_invalid", "field_missing"} for rejected in report.rejected)


def _document(answer: dict[str, Any]) -> Response:
    return Response(msgspec.json.encode(answer), media_type=MEDIA_TYPE)


def _ids_in(body: bytes) -> list[str]:
    """The ids of the posted objects, which their sender looks for in the answer."""
    try:
        found: list[str] = []
        _collect(msgspec.json.decode(body), found, 8)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []
    return found[:_MOST_IDS]


def _collect(node: object, found: list[str], depth: int) -> None:
    if depth == 0 or len(found) >= _MOST_IDS:
        return
    for value in node if isinstance(node, list) else node.values() if isinstance(node, dict) else ():
        if isinstance(value, dict):
            own = next((value[name] for name in _IDS if isinstance(value.get(name), str)), None)
            if own is not None:
                found.append(own[:64])
                continue
        _collect(value, found, depth - 1)


def _local(now: datetime) -> str:
    return now.astimezone(_BEIJING).strftime("%Y%m%d%H%M%S")
