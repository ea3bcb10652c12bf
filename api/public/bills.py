"""The page behind the code on a sign: what is owed and why, and a plate for a stay that has none."""

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Request
from starlette.responses import Response

from api.auth.accounts.model import TooManyTriesError
from api.auth.accounts.service import count_try
from api.deps import clock_of, provided
from api.errors import problem_answers
from api.public.bill_documents import SpaceBills, check_place, space_names
from api.public.bill_schemas import Claimed, PlateClaim, SpaceBill, SpaceNames
from api.public.proofs import StayProofs
from api.public.read_model import ReadModel
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.domain.errors import ConflictError
from parking.privacy.vault import PlateVault
from parking.sessions import service as sessions

PLATES_AN_HOUR: Final = 20
DRIVER: Final = "driver"
"""Who somebody without an account is written down as."""

router = APIRouter(tags=["citizens"])
DatabaseDep = Annotated[Database, Depends(provided(Database))]
ClockDep = Annotated[Clock, Depends(clock_of)]
Bills = Annotated[SpaceBills, Depends(provided(SpaceBills))]
Proofs = Annotated[StayProofs, Depends(provided(StayProofs))]
Proof = Annotated[str | None, Header(alias="X-Stay-Proof", description="What a claim or a payment has answered")]


async def names_of(space: str, model: Annotated[ReadModel, Depends(provided(ReadModel))]) -> SpaceNames:
    return space_names(model.atlas.catalogue, space)


@router.get("/v1/spaces/{space}/bill", summary="What is owed at a space", responses=problem_answers(404))
async def read_bill(
    names: Annotated[SpaceNames, Depends(names_of)],
    response: Response,
    database: DatabaseDep,
    clock: ClockDep,
    bills: Bills,
    proof: Proof = None,
) -> SpaceBill:
    """A stay with a plate shows its amount; times and lines only with its proof."""
    response.headers["Cache-Control"] = "no-store"
    async with database.transaction() as session:
        return await bills.at_space(session, names, now=clock(), proof=proof)


@router.post("/v1/spaces/{space}/claims", summary="Say whose stay it is", responses=problem_answers(400, 404, 409, 429))
async def claim(
    names: Annotated[SpaceNames, Depends(names_of)],
    wish: PlateClaim,
    request: Request,
    database: DatabaseDep,
    clock: ClockDep,
    bills: Bills,
    proofs: Proofs,
    plates: Annotated[PlateVault, Depends(provided(PlateVault))],
) -> Claimed:
    """A stay that has a plate is refused whatever the plate is, so that nobody learns by trying where a car stands."""
    now = clock()
    await _count_plate_try(request, database, clock)
    async with database.transaction() as session:
        stay = await sessions.for_update(session, wish.session)
        check_place(names, stay)
        if stay.is_attributed:
            raise ConflictError("this stay has its plate already; it can be paid as it is", code="session_claimed")
        sealed = await plates.seal(session, wish.plate, now)
        await sessions.claim(session, wish.session, plate=sealed, source="app", now=now, by=DRIVER)
        proof = proofs.give(wish.session)
        return Claimed(proof=proof, bill=await bills.at_space(session, names, now=now, proof=proof))


async def _count_plate_try(request: Request, database: Database, clock: Clock) -> None:
    """Counted for itself, so that a refused plate counts as well."""
    address = "" if request.client is None else request.client.host
    async with database.transaction() as session:
        is_allowed = await count_try(
            session, scope="plate", subject=address, limit=PLATES_AN_HOUR, within=timedelta(hours=1), now=clock()
        )
    if not is_allowed:
        raise TooManyTriesError("too many plates from here; try again in an hour")
