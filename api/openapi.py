"""The OpenAPI document: what the framework derives, with our one shape of errors instead of the framework's."""

from collections.abc import Iterator
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from api.errors import Problem
from api.ingest.schemas import ReadingBatch
from api.public.schemas import FeatureCollection

DESCRIPTION: Final = """\
Live parking of a city: zones, spaces, lots and garages, and the doors through which sensors speak.

Errors are problem documents (RFC 9457, `application/problem+json`) with a stable `code`. Times are RFC 3339 with a
zone; geometry is GeoJSON in WGS 84 unless `crs=gcj02` is asked for. Every number carries `observed_at`, `age_s` and
`stale`: a stale number is the last known one and may be wrong by now. Zero is a number; `null` means not known.
"""
_MODELS: Final[tuple[type[BaseModel], ...]] = (Problem, FeatureCollection, ReadingBatch)
"""Shapes that routes name in words, because they read and write bytes of their own."""
_LOGINS_OF_CAMERAS: Final = {
    "camera_basic": {"type": "http", "scheme": "basic", "description": "A key as the password, under any user name"},
    "camera_digest": {"type": "http", "scheme": "digest", "description": "A camera's id and the password made for it"},
}
_FRAMEWORK_ONLY: Final = ("HTTPValidationError", "ValidationError")
_OF_EVERY_WRITE: Final = {
    "400": "The request is not what the path expects",
    "413": "The body is too large",
    "503": "A server that the answer needs is away; try again",
}


def document(app: FastAPI) -> dict[str, Any]:
    """Build it anew; the caller keeps it."""
    openapi = get_openapi(
        title=app.title,
        version=app.version,
        description=DESCRIPTION,
        routes=app.routes,
        tags=[
            {"name": "citizens", "description": "Open to everyone, in any web page"},
            {"name": "devices", "description": "Keys of role sensor or integrator"},
            {"name": "facilities", "description": "Keys of role integrator that name the facility: what gates report"},
            {"name": "terminals", "description": "Keys of role terminal: stays, payments, receipts, offline batches"},
            {"name": "attendants", "description": "People of role attendant: shifts, plates, cash"},
            {"name": "enforcement", "description": "Keys and people of role enforcement: facts, never debts"},
            {"name": "operators", "description": "People of role operator, approver or admin: proposals, rates, audit"},
            {"name": "logins", "description": "Every role of people"},
            {"name": "machines", "description": "For the people who run the installation"},
        ],
    )
    openapi["components"]["securitySchemes"] |= _LOGINS_OF_CAMERAS
    schemas = openapi["components"]["schemas"]
    for name in _FRAMEWORK_ONLY:
        schemas.pop(name, None)
    for model in _MODELS:
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= schema.pop("$defs", {})
        schemas[model.__name__] = schema
    for operations in openapi["paths"].values():
        for operation in operations.values():
            # Our answer to an invalid request is a 400 problem, documented on the route.
            operation["responses"].pop("422", None)
    for operation in _writes(openapi):
        # The edge of the process answers these on every path, before a route is asked.
        for status, meaning in _OF_EVERY_WRITE.items():
            operation["responses"].setdefault(status, _problem(meaning))
    return openapi


def _writes(openapi: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for operations in openapi["paths"].values():
        yield from (operation for method, operation in operations.items() if method != "get")


def _problem(meaning: str) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": meaning, "content": content}
