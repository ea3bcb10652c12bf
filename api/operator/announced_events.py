"""Events that the city announces, so that forecasts do not take their days for ordinary ones."""

from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.auth.accounts import audit
from api.operator.rate_access import (
    LARGEST_VERSION,
    REFUSALS,
    ClockDep,
    DatabaseDep,
    Preparer,
    Reader,
    check_zones,
    zones_of,
)
from api.operator.rate_schemas import Zones
from pricing.arrivals import repository, service
from pricing.arrivals.model import AnnouncedEvent

router = APIRouter(tags=["operators"])
EventId = Annotated[int, Path(ge=1, le=LARGEST_VERSION)]
MOST_LISTED = timedelta(days=400)


class EventIn(BaseModel):
    """Days on which something draws people or keeps them away; past ones too, of which forecasts learn."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"name": "夜市", "from": "2026-06-05", "until": "2026-06-07", "zones": ["Z1"]}]
        },
    )

    name: str = Field(
        min_length=1,
        max_length=100,
        pattern=r"^[^\x00-\x1f]*\S[^\x00-\x1f]*$",
        description="Days of one name resemble each other",
    )
    first_day: date = Field(alias="from")
    end_day: date = Field(alias="until", description="The first day after it")
    zones: Zones | None = Field(default=None, description="Null: the whole city")


class EventMade(BaseModel):
    """The id by which it is withdrawn."""

    id: int


class EventOut(BaseModel):
    """An announced event that nobody withdrew."""

    id: int
    name: str
    first_day: date = Field(serialization_alias="from")
    end_day: date = Field(serialization_alias="until")
    zones: list[str] | None
    announced_by: str
    announced_at: datetime

    @classmethod
    def of(cls, event: AnnouncedEvent) -> "EventOut":
        return cls(
            id=event.event_id,
            name=event.name,
            first_day=event.first_day,
            end_day=event.end_day,
            zones=None if event.zone_ids is None else list(event.zone_ids),
            announced_by=event.announced_by,
            announced_at=event.announced_at,
        )


class EventList(BaseModel):
    """In the order of their days."""

    events: list[EventOut]


@router.get("/v1/operator/announced-events", summary="Announced events", responses=REFUSALS)
async def announced(caller: Reader, database: DatabaseDep, clock: ClockDep) -> EventList:
    """Those that are to come and those of the last 400 days."""
    async with database.transaction() as session:
        own = await zones_of(session, caller)
        found = await repository.events(session, (clock() - MOST_LISTED).date())
    return EventList(
        events=[
            EventOut.of(one) for one in found if own is None or one.zone_ids is None or not own.isdisjoint(one.zone_ids)
        ]
    )


@router.post("/v1/operator/announced-events", status_code=201, summary="Announce an event", responses=REFUSALS)
async def announce(wish: EventIn, caller: Preparer, database: DatabaseDep, clock: ClockDep) -> EventMade:
    """Forecasts of these zones are made anew within minutes and take its days for days of the same name."""
    async with database.transaction() as session:
        await check_zones(session, caller, wish.zones)
        zones = None if wish.zones is None else list(dict.fromkeys(wish.zones))
        made = await service.announce(
            session, wish.name.strip(), (wish.first_day, wish.end_day), zones, by=caller.actor, at=clock()
        )
        await audit.record(session, caller, "event.announced", str(made), at=clock())
    return EventMade(id=made)


@router.post(
    "/v1/operator/announced-events/{event_id}/withdraw",
    status_code=204,
    summary="Withdraw an announced event",
    response_class=Response,
    responses=REFUSALS,
)
async def withdraw(event_id: EventId, caller: Preparer, database: DatabaseDep, clock: ClockDep) -> None:
    """Its days are ordinary ones again."""
    async with database.transaction() as session:
        found = await service.withdraw(session, event_id, by=caller.actor, at=clock())
        await check_zones(session, caller, found.zone_ids)
        await audit.record(session, caller, "event.withdrawn", str(event_id), at=clock())
