"""Paying ahead: prepayments of running stays, and balances that only their token knows."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.attempts import in_transaction
from api.auth.accounts.model import Caller
from api.deps import clock_of, json_only, provided, require_role
from api.errors import problem_answers
from api.terminals.desk import check_stay
from api.terminals.prepaid_schemas import (
    BalanceAnswer,
    BalanceLine,
    BalanceStatement,
    Holder,
    NewBalance,
    Payout,
    Prepayment,
    PrepaymentAnswer,
    TopUp,
)
from api.terminals.routes import idempotency_key, said
from api.terminals.schemas import Amount
from parking.db.idempotency import Answer, check_age, once
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.domain.money import Money
from pricing.settlement import balances, prepayments
from pricing.settlement.model import Method, Prepaid
from pricing.settlement.service import new_id

router = APIRouter(tags=["terminals"])
Base = Annotated[Database, Depends(provided(Database))]
ClockDep = Annotated[Clock, Depends(clock_of)]
Key = Annotated[str, Depends(idempotency_key)]
Terminal = Annotated[Caller, Depends(require_role("terminal"))]
WRITES = problem_answers(400, 401, 403, 404, 409, 415, 503)


@router.post(
    "/v1/prepayments",
    status_code=201,
    summary="Pay a running stay ahead",
    response_model=PrepaymentAnswer,
    responses=WRITES,
    dependencies=[Depends(json_only)],
)
async def prepay(caller: Terminal, key: Key, base: Base, clock: ClockDep, wish: Prepayment) -> Response:
    """When the stay ends its bill takes the money; what is too much becomes a refund proposal, what is missing is owed."""

    async def work(session: AsyncSession) -> BaseModel:
        await check_stay(session, caller, wish.session)
        account = None if wish.balance is None else balances.balance_of(wish.balance)
        money = _prepaid(caller, wish.amount, wish.method, wish.paid_at, session_id=wish.session, account=account)
        total = await prepayments.prepay(session, money, until=max(wish.until, clock()))
        return PrepaymentAnswer(
            id=money.prepaid_id,
            session=wish.session,
            until=wish.until.astimezone(UTC),
            amount=wish.amount,
            paid_ahead=_amount(Money(total, wish.amount.currency)),
            receipt=money.receipt_id,
        )

    return await _written(base, clock, caller, key, wish, wish.paid_at, work)


@router.post("/v1/balances", status_code=201, summary="A token for a new balance", responses=problem_answers(400, 503))
async def new_balance() -> NewBalance:
    """Nothing is kept: the balance begins with the first money."""
    return NewBalance(balance=balances.new_token())


@router.post(
    "/v1/balances/top-ups",
    status_code=201,
    summary="Pay into a balance",
    response_model=BalanceAnswer,
    responses=WRITES,
    dependencies=[Depends(json_only)],
)
async def top_up(caller: Terminal, key: Key, base: Base, clock: ClockDep, wish: TopUp) -> Response:
    """Cash goes into the drawer of the key's terminal. A balance is in yuan."""

    async def work(session: AsyncSession) -> BaseModel:
        balance_id = balances.balance_of(wish.balance)
        balances.check_top_up(wish.amount.money(), wish.method, caller.name)
        money = _prepaid(caller, wish.amount, wish.method, wish.paid_at, balance_id=balance_id)
        await prepayments.keep(session, money)
        left = Money(await balances.held(session, balance_id))
        return BalanceAnswer(id=money.prepaid_id, amount=wish.amount, left=_amount(left))

    return await _written(base, clock, caller, key, wish, wish.paid_at, work)


@router.post(
    "/v1/balances/payouts",
    status_code=201,
    summary="Give the rest of a balance back",
    response_model=BalanceAnswer,
    responses=WRITES,
    dependencies=[Depends(json_only)],
)
async def pay_out(caller: Terminal, key: Key, base: Base, clock: ClockDep, wish: Payout) -> Response:
    """In cash, as far as it came in as cash."""

    async def work(session: AsyncSession) -> BaseModel:
        balance_id, payout_id = balances.balance_of(wish.balance), new_id()
        given = await balances.pay_out(
            session,
            balance_id=balance_id,
            payout_id=payout_id,
            drawer_id=caller.name,
            given_by=caller.actor,
            at=wish.paid_out_at,
        )
        left = Money(await balances.held(session, balance_id))
        return BalanceAnswer(id=payout_id, amount=_amount(given), left=_amount(left))

    return await _written(base, clock, caller, key, wish, wish.paid_out_at, work)


@router.post("/v1/balances/statements", summary="What a balance holds and how", responses=problem_answers(400, 503))
async def statement(base: Base, wish: Holder) -> BalanceStatement:
    """For whoever holds the token; one that nothing was paid into is a balance of nothing."""
    balance_id = balances.balance_of(wish.balance)
    lines = await in_transaction(base, partial(balances.statement, balance_id=balance_id))
    shown = [
        BalanceLine(
            at=line.at.astimezone(UTC),
            kind=line.kind,
            reference=line.reference,
            amount=_amount(Money(line.amount)),
            left=_amount(Money(line.left)),
        )
        for line in lines
    ]
    return BalanceStatement(left=shown[0].left if shown else _amount(Money(0)), lines=shown)


def _prepaid(
    caller: Caller,
    amount: Amount,
    method: Method,
    paid_at: datetime,
    *,
    session_id: str | None = None,
    balance_id: str | None = None,
    account: str | None = None,
) -> Prepaid:
    return Prepaid(
        prepaid_id=new_id(),
        receipt_id=new_id(),
        session_id=session_id,
        balance_id=balance_id,
        amount=amount.money(),
        method=method,
        account=account,
        drawer_id=caller.name,
        provider_reference=None,
        taken_by=caller.actor,
        paid_at=paid_at,
    )


def _amount(money: Money) -> Amount:
    return Amount(amount=money.amount, currency=money.currency)


async def _written(
    base: Database,
    clock: Clock,
    caller: Caller,
    key: str,
    wish: BaseModel,
    done_at: datetime,
    work: Callable[[AsyncSession], Awaitable[BaseModel]],
) -> Response:
    """Once for each key of its sender, with the first answer; raises InvalidInputError (`too_old`)."""

    async def write(session: AsyncSession) -> Answer:
        async def first() -> Answer:
            check_age(done_at, clock())
            return Answer(201, (await work(session)).model_dump_json().encode())

        body = {"what": type(wish).__name__} | wish.model_dump(mode="json")
        return await once(session, scope=f"terminals:{caller.actor}", key=key, body=body, work=first)

    return said(await in_transaction(base, write))
