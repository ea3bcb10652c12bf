"""How a public route answers and documents itself: ready bytes, JSON or GeoJSON, and the problems that may come."""

from typing import Annotated, Any, Final

from fastapi import Depends, Header, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from api.errors import problem_answers
from api.public.documents import Crs, Document, encode
from api.public.queries import GEOJSON, refuse_forecast, wanted_crs, wanted_format
from api.public.schemas import FeatureCollection

_CACHE: Final = {"Cache-Control": "no-cache", "Vary": "Accept"}


class Wish:
    """In which form and coordinates an answer is wanted."""

    def __init__(
        self,
        format: Annotated[str | None, Query(description="`json` or `geojson`", examples=["geojson"])] = None,  # noqa: A002 - the name on the wire
        crs: Annotated[str | None, Query(description="`wgs84` or `gcj02`", examples=["gcj02"])] = None,
        accept: Annotated[str | None, Header(include_in_schema=False)] = None,
    ) -> None:
        self.crs: Crs = wanted_crs(crs)
        self.geojson = wanted_format(format, accept) == "geojson"


def _wish_of_now(request: Request, wish: Annotated[Wish, Depends(Wish)]) -> Wish:
    refuse_forecast(request)
    return wish


WishDep = Annotated[Wish, Depends(_wish_of_now)]
"""Of what is told of now only; a question about another time is refused."""
TimedWishDep = Annotated[Wish, Depends(Wish)]
"""Beside `ArrivalsDep`, which answers about other times."""


def json_answer(document: Document) -> Response:
    return Response(encode(document), 200, _CACHE, "application/json")


def geojson_answer(document: Document) -> Response:
    return Response(encode(document), 200, _CACHE, GEOJSON)


def documented(model: type[BaseModel], *problems: int, geojson: bool = False) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that answers with ready bytes."""
    content: dict[str, Any] = {"application/json": {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}}
    if geojson:
        content[GEOJSON] = {"schema": {"$ref": f"#/components/schemas/{FeatureCollection.__name__}"}}
    answers: dict[int | str, dict[str, Any]] = {200: {"description": model.__doc__, "content": content, "model": model}}
    return answers | problem_answers(*problems)
