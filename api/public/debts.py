"""What a plate owes in the whole city. Who types a plate has proved nothing about the car: the amount is all there is."""

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from api.auth.accounts.model import TooManyTriesError
from api.auth.accounts.service import count_try
from api.auth.directory import KeyDirectory
from api.deps import clock_of, provided
from api.errors import problem_answers
from api.public.bill_schemas import Amount
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.privacy.vault import PlateVault
from pricing.arrears import service

PLATES_AN_HOUR: Final = 20

router = APIRouter(tags=["citizens"])


class DebtQuestion(BaseModel):
    """A plate; in a body, so that it stands in no address and no log."""

    model_config = ConfigDict(extra="forbid")

    plate: str = Field(min_length=1, max_length=32, examples=["鲁C12345"])


class Debt(BaseModel):
    """Unpaid and undisputed bills together: no place, no time, not even how many. It blocks no exit."""

    owed: Amount


@router.post("/v1/arrears/queries", summary="What a plate owes", responses=problem_answers(400, 401, 429))
async def owed(
    question: DebtQuestion,
    request: Request,
    database: Annotated[Database, Depends(provided(Database))],
    clock: Annotated[Clock, Depends(clock_of)],
    plates: Annotated[PlateVault, Depends(provided(PlateVault))],
    keys: Annotated[KeyDirectory, Depends(provided(KeyDirectory))],
) -> Debt:
    """Twenty plates an hour from one address, and for one key."""
    authorization = request.headers.get("authorization")
    address = "" if request.client is None else request.client.host
    subjects = [f"address:{address}"]
    if authorization is not None:
        subjects.append(f"key:{keys.identify(authorization).key_id}")
    async with database.transaction() as session:
        within, now = timedelta(hours=1), clock()
        is_allowed = True
        for subject in subjects:
            is_allowed &= await count_try(
                session, scope="debt", subject=subject, limit=PLATES_AN_HOUR, within=within, now=now
            )
    if not is_allowed:
        raise TooManyTriesError("too many plates from here; try again in an hour")
    async with database.transaction() as session:
        bills = await service.owed(session, plates.tokens_of(question.plate))
    return Debt(owed=Amount(amount=sum(bill.left for bill in bills if bill.currency == "CNY"), currency="CNY"))
