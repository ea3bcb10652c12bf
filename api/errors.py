"""Every refusal over HTTP as a problem document (RFC 9457) with a stable code; nothing else ever leaves as an error."""

import http
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.auth.accounts.model import TooManyTriesError
from api.auth.model import ForbiddenError, UnauthorizedError
from devices.ports import SignatureError
from devices.terminals.model import TerminalRefusedError
from parking.db.outage import AWAY, is_away, said_of
from parking.domain.errors import ConflictError, InvalidInputError, NotFoundError, ParkingError, UnavailableError

log = logging.getLogger(__name__)

PROBLEM_MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_S: Final = 1

_STATUS_BY_CLASS: Final[tuple[tuple[type[ParkingError], int], ...]] = (
    (UnauthorizedError, 401),
    (TerminalRefusedError, 401),
    (SignatureError, 401),
    (ForbiddenError, 403),
    (TooManyTriesError, 429),
    (NotFoundError, 404),
    (ConflictError, 409),
    (UnavailableError, 503),
    (InvalidInputError, 400),
)
_STATUS_BY_CODE: Final[Mapping[str, int]] = {
    "body_too_large": 413,
    "batch_too_large": 413,
    "media_type_unsupported": 415,
    "signature_invalid": 403,
    "forecast_not_available": 501,
}
_CODE_BY_STATUS: Final[Mapping[int, tuple[str, str]]] = {
    400: ("request_invalid", "the request cannot be read"),
    404: ("path_unknown", "there is nothing at this path; /openapi.json lists what there is"),
    405: ("method_not_allowed", "this path does not answer this method"),
    413: ("body_too_large", ""),
}
"""Code and sentence for what the framework refuses by itself; without a sentence, the one it was refused with."""


class Problem(BaseModel):
    """A problem document (RFC 9457). `code` is stable and made for machines; `detail` is a sentence for people."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:smart-parking:problem:zone_unknown",
                    "title": "Zone unknown",
                    "status": 404,
                    "detail": "there is no zone 'Z9'",
                    "code": "zone_unknown",
                }
            ]
        },
    )

    type: str = Field(description="A name of the problem, the same wherever it occurs")
    title: str
    status: int
    detail: str
    code: str


def status_of(error: ParkingError) -> int:
    """HTTP status of a refusal: by its code where that says more than its class, else by class."""
    by_code = _STATUS_BY_CODE.get(error.code)
    if by_code is not None:
        return by_code
    return next((status for kind, status in _STATUS_BY_CLASS if isinstance(error, kind)), 400)


def problem(status: int, code: str, detail: str, fields: Mapping[str, object] | None = None) -> Response:
    """`fields` are added to the document and never replace its own members."""
    document = dict(fields or {}) | {
        "type": f"urn:smart-parking:problem:{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "detail": detail,
        "code": code,
    }
    headers = {}
    if status == http.HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if status == http.HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(RETRY_AFTER_S)
    return Response(msgspec.json.encode(document), status, headers, PROBLEM_MEDIA_TYPE)


def problem_of(error: ParkingError) -> Response:
    return problem(status_of(error), error.code, error.detail, error.fields)


def refusal_of(error: Exception) -> Response | None:
    """What our own errors and those of a database that is away are answered with; None for every other one."""
    if isinstance(error, ParkingError):
        return problem_of(error)
    if not is_away(error):
        return None
    log.warning("the database is away: %s", type(error).__name__)
    return problem(503, *said_of(error))


def internal_problem(request_id: str) -> Response:
    """For a defect of ours: the log has the traceback under this request id, the caller gets the id."""
    detail = "something is wrong on our side; the request id finds it in our log"
    return problem(500, "internal_error", detail, {"request_id": request_id})


def _validation_problem(errors: Sequence[Mapping[str, object]]) -> Response:
    fields = []
    for error in errors:
        path = error.get("loc")
        names = [str(part) for part in path] if isinstance(path, Sequence) else []
        fields.append({"in": names[0] if names else "", "name": ".".join(names[1:]), "detail": str(error.get("msg"))})
    said = "; ".join(f"{field['name']}: {field['detail']}" for field in fields)
    return problem(400, "request_invalid", said or "the request is not valid", {"fields": fields})


def _http_problem(error: HTTPException) -> Response:
    code, detail = _CODE_BY_STATUS.get(error.status_code, ("request_refused", str(error.detail)))
    answer = problem(error.status_code, code, detail or str(error.detail))
    answer.headers.update(error.headers or {})
    return answer


def problem_answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    schema = {"schema": {"$ref": f"#/components/schemas/{Problem.__name__}"}}
    return {
        status: {"description": "A problem document", "content": {PROBLEM_MEDIA_TYPE: schema}} for status in statuses
    }


def install(app: FastAPI) -> None:
    """Make the application answer refusals of ours, of the framework and of its validation in one shape."""

    async def our_error(_request: Request, error: Exception) -> Response:
        answer = refusal_of(error)
        if answer is None:
            raise error
        return answer

    async def validation_error(_request: Request, error: Exception) -> Response:
        if not isinstance(error, RequestValidationError):
            raise error
        return _validation_problem(error.errors())

    async def http_error(_request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise error
        return _http_problem(error)

    for kind in (ParkingError, DBAPIError, *AWAY):
        app.add_exception_handler(kind, our_error)
    app.add_exception_handler(RequestValidationError, validation_error)
    app.add_exception_handler(HTTPException, http_error)
