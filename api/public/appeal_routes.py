"""Objecting to a bill: one tap from the page of the space, or by key; anybody may, and a person decides."""

from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from api.auth.accounts.model import TooManyTriesError
from api.auth.accounts.service import count_try
from api.deps import clock_of, provided
from api.errors import problem_answers
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from pricing.settlement import appeals
from pricing.settlement.appeals import AppealReason
from pricing.settlement.correction_tables import AppealRow

APPEALS_AN_HOUR: Final = 20
OBJECTOR: Final = "driver"

router = APIRouter(tags=["citizens"])
DatabaseDep = Annotated[Database, Depends(provided(Database))]
ClockDep = Annotated[Clock, Depends(clock_of)]


class AppealWish(BaseModel):
    """What is wrong with the bill of a stay. No plate belongs into the words."""

    model_config = ConfigDict(extra="forbid")

    session: str = Field(max_length=64)
    reason: AppealReason = "other"
    words: str | None = Field(default=None, max_length=500)


class Appeal(BaseModel):
    """An objection and what became of it."""

    id: str
    session: str
    state: Literal["waiting", "upheld", "rejected"]
    reason: str
    filed_at: datetime
    decided_at: datetime | None
    why: str | None = Field(description="The decision in words")


@router.post("/v1/appeals", status_code=201, summary="Object to a bill", responses=problem_answers(400, 404, 429))
async def file(wish: AppealWish, request: Request, database: DatabaseDep, clock: ClockDep) -> Appeal:
    """The bill is disputed until a person has decided: no reminder, no further stage. Objecting twice is once."""
    now = clock()
    await _count(request, database, now)
    async with database.transaction() as session:
        row = await appeals.file(session, wish.session, reason=wish.reason, words=wish.words, by=OBJECTOR, at=now)
        return _appeal(row)


@router.get("/v1/appeals/{appeal_id}", summary="What became of an objection", responses=problem_answers(404))
async def read(appeal_id: str, database: DatabaseDep) -> Appeal:
    """Open to whoever holds the id, which nobody can guess."""
    async with database.transaction() as session:
        return _appeal(await appeals.find(session, appeal_id))


async def _count(request: Request, database: Database, now: datetime) -> None:
    address = "" if request.client is None else request.client.host
    async with database.transaction() as session:
        is_allowed = await count_try(
            session, scope="appeal", subject=address, limit=APPEALS_AN_HOUR, within=timedelta(hours=1), now=now
        )
    if not is_allowed:
        raise TooManyTriesError("too many objections from here; try again in an hour")


def _appeal(row: AppealRow) -> Appeal:
    state: dict[str | None, Literal["waiting", "upheld", "rejected"]] = {"upheld": "upheld", "rejected": "rejected"}
    return Appeal(
        id=row.appeal_id,
        session=row.session_id,
        state=state.get(row.outcome, "waiting"),
        reason=row.reason,
        filed_at=row.filed_at,
        decided_at=row.decided_at,
        why=row.why,
    )
