"""The past over HTTP: how full places were at an instant, and hour by hour."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from pydantic import AwareDatetime
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.auth.accounts.model import Caller
from api.errors import problem_answers
from api.operator.device_access import ClockDep, DatabaseDep, Reader
from api.operator.occupancy_schemas import OccupancyThen, PlaceThen, SpaceThenOut, Told
from parking.domain.errors import InvalidInputError, NotFoundError
from parking.domain.ids import ID_PATTERN
from parking.occupancy.as_of import SpaceThen, best_known, published
from parking.occupancy.history_export import export_csv
from parking.places.tables import ZoneRow

router = APIRouter(tags=["operators"])
REFUSALS: Final = problem_answers(400, 401, 403, 404, 503)
MOST_TOLD: Final = 500
"""Spaces that one request tells anew; the command line tells any number."""
LONGEST: Final = timedelta(days=92)
_CSV: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}
Identifier = Annotated[str | None, Query(pattern=ID_PATTERN)]


@router.get("/v1/operator/occupancy", summary="How full places were at an instant", responses=REFUSALS)
async def occupancy(
    caller: Reader,
    database: DatabaseDep,
    clock: ClockDep,
    *,
    at: Annotated[AwareDatetime, Query(description="Of the past")],
    zone: Identifier = None,
    district: Identifier = None,
    told: Annotated[
        Told,
        Query(description="`published`: as it was told then. `best_known`: as all evidence says that has come by now"),
    ] = "published",
) -> OccupancyThen:
    """A space is looked for in the zone in which it is now, and counted in that in which it was."""
    now = clock()
    if at > now:
        raise InvalidInputError("the instant is in the future", code="instant_in_future")
    if told == "best_known" and zone is None:
        raise InvalidInputError("best known is told of one zone", code="zone_required")
    async with database.transaction() as session:
        scope = await _scope(session, caller, zone, district)
        spaces = await published(session, at, zone_id=zone, district_id=scope)
        if told == "best_known":
            if len(spaces) > MOST_TOLD:
                raise InvalidInputError(f"best known is told of {MOST_TOLD} spaces at most", code="zone_too_large")
            spaces = await best_known(session, at, spaces, now=now)
    return OccupancyThen(
        at=at,
        told=told,
        districts=_places(spaces, lambda space: space.district_id),
        zones=_places(spaces, lambda space: space.zone_id),
        facilities=_places(spaces, lambda space: space.facility_id),
        spaces=None if zone is None else [SpaceThenOut.of(space) for space in spaces],
    )


@router.get(
    "/v1/operator/occupancy/hours",
    summary="How full a zone was hour by hour, as a table",
    response_class=Response,
    responses=REFUSALS | _CSV,
)
async def hours(
    caller: Reader,
    database: DatabaseDep,
    *,
    zone: Annotated[str, Query(pattern=ID_PATTERN)],
    start: Annotated[AwareDatetime, Query(alias="from")],
    end: Annotated[AwareDatetime, Query(alias="to", description="Before it; three months after `from` at most")],
) -> Response:
    """CSV in UTF-8 with its mark, as spreadsheets want it: the columns of `docs/history.md`."""
    if not start < end <= start + LONGEST:
        raise InvalidInputError("`to` is after `from` and three months later at most", code="range_invalid")
    lines = bytearray("\N{ZERO WIDTH NO-BREAK SPACE}".encode())

    async def take(data: bytes) -> None:
        lines.extend(data)

    async with database.transaction() as session:
        await _scope(session, caller, zone, None)
        await export_csv(session, "hours", start, end, take, zone_id=zone)
    headers = {"Content-Disposition": f'attachment; filename="hours-{zone}.csv"'}
    return Response(bytes(lines), media_type="text/csv; charset=utf-8", headers=headers)


async def _scope(session: AsyncSession, caller: Caller, zone_id: str | None, district_id: str | None) -> str | None:
    """The district to look in; None for the whole city. Raises where the caller may not, or there is no such zone."""
    if zone_id is not None:
        of_zone = await session.scalar(select(ZoneRow.district_id).where(ZoneRow.zone_id == zone_id))
        if of_zone is None:
            raise NotFoundError(f"there is no zone {zone_id}", code="zone_unknown")
        caller.check_district(of_zone)
    if district_id is not None:
        caller.check_district(district_id)
    return district_id or caller.district_id


def _places(spaces: Sequence[SpaceThen], key: Callable[[SpaceThen], str | None]) -> list[PlaceThen]:
    found: dict[str, list[SpaceThen]] = {}
    for space in spaces:
        place_id = key(space)
        if place_id is not None:
            found.setdefault(place_id, []).append(space)
    return [PlaceThen.named(place_id, mine) for place_id, mine in sorted(found.items())]
