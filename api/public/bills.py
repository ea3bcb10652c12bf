"""The page behind the code on a sign: what is owed and why, a plate for a stay that has none, and paying it."""

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Request
from starlette.responses import Response

from api.auth.accounts.model import TooManyTriesError
from api.auth.accounts.service import count_try
from api.deps import clock_of, provided
from api.errors import problem_answers
from api.public.bill_documents import SpaceBills, amount_json, bill_lines, space_names
from api.public.bill_schemas import Claimed, Paid, PlateClaim, SpaceBill, SpaceNames, SpacePayment
from api.public.proofs import StayProofs
from api.public.read_model import ReadModel
from parking.db.idempotency import Answer, checked_key, once
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.domain.errors import ConflictError, NotFoundError
from parking.domain.money import Money
from parking.privacy.vault import PlateVault
from parking.sessions import service as sessions
from parking.sessions.model import ParkingSession
from pricing.quotes.service import issued_fee
from pricing.settlement import service as settlement

PLATES_AN_HOUR: Final = 20
PAYER: Final = "driver"
"""Who a payment without an account is written down as."""

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
        _check_place(names, stay)
        if stay.is_attributed:
            raise ConflictError("this stay has its plate already; it can be paid as it is", code="session_claimed")
        sealed = await plates.seal(session, wish.plate, now)
        await sessions.claim(session, wish.session, plate=sealed, source="app", now=now, by=PAYER)
        proof = proofs.give(wish.session)
        return Claimed(proof=proof, bill=await bills.at_space(session, names, now=now, proof=proof))


@router.post(
    "/v1/spaces/{space}/payments",
    status_code=201,
    summary="Pay what is owed at a space",
    response_model=Paid,
    responses=problem_answers(400, 404, 409),
)
async def pay(
    names: Annotated[SpaceNames, Depends(names_of)],
    wish: SpacePayment,
    database: DatabaseDep,
    clock: ClockDep,
    proofs: Proofs,
    key: Annotated[str | None, Header(alias="Idempotency-Key")] = None,
) -> Response:
    """Ends the stay, fixes its fee and collects it through the test provider, all at once or not at all."""
    now, shown = clock(), Money(wish.amount.amount, wish.amount.currency)
    checked = checked_key(key)
    async with database.transaction() as session:

        async def work() -> Answer:
            stay = await sessions.get(session, wish.session)
            _check_place(names, stay)
            await sessions.stop(session, wish.session, ended_at=now, source="app", now=now, by=PAYER)
            bill = await settlement.settle(session, wish.session, at=now)
            owed = Money(bill.left, bill.currency)
            if bill.left == 0 or owed != shown:
                code = "bill_already_paid" if bill.left == 0 else "amount_changed"
                raise ConflictError(f"{owed} is owed", code=code, fields={"owed": amount_json(owed).model_dump()})
            order = await settlement.order_payment(session, wish.session)
            payment = await settlement.provider_paid(
                session, order_id=order.order_id, reference=order.order_id, amount=shown, paid_at=now
            )
            fee = await issued_fee(session, wish.session)
            paid = Paid(
                receipt=payment.receipt_id,
                payee=await settlement.payee_name(session, bill),
                amount=amount_json(payment.amount),
                paid_at=payment.paid_at,
                proof=proofs.give(wish.session),
                lines=None if stay.is_attributed or fee is None else bill_lines(fee.lines),
            )
            return Answer(201, paid.model_dump_json().encode())

        answer = await once(session, scope="space_payments", key=checked, body=[names.id, wish.model_dump()], work=work)
    return Response(answer.body, answer.status, media_type="application/json")


async def _count_plate_try(request: Request, database: Database, clock: Clock) -> None:
    """Counted for itself, so that a refused plate counts as well."""
    address = "" if request.client is None else request.client.host
    async with database.transaction() as session:
        is_allowed = await count_try(
            session, scope="plate", subject=address, limit=PLATES_AN_HOUR, within=timedelta(hours=1), now=clock()
        )
    if not is_allowed:
        raise TooManyTriesError("too many plates from here; try again in an hour")


def _check_place(names: SpaceNames, stay: ParkingSession) -> None:
    if stay.space_id != names.id:
        raise NotFoundError("there is no such stay on this space", code="session_unknown")
