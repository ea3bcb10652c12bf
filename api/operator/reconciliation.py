"""The books beside what others say: trial balance, comparisons, and the list of differences."""

from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Query
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.accounts import audit
from api.auth.accounts.model import Caller
from api.auth.accounts.repository import account_by_name
from api.operator.money_access import scope_of
from api.operator.reconciliation_access import REFUSALS, Clerk, ClockDep, DatabaseDep, Reader, check_city
from api.operator.reconciliation_documents import difference_out
from api.operator.reconciliation_schemas import (
    AssignmentIn,
    BalanceOut,
    ClosingIn,
    DayIn,
    DayOutcome,
    DifferenceOut,
    DifferencePage,
    OutcomeOut,
    StatementIn,
    SumOut,
    TerminalTotalsIn,
    TrialBalance,
)
from parking.domain.clock import Clock
from parking.domain.errors import InvalidInputError, NotFoundError
from pricing.reconciliation import differences
from pricing.reconciliation.comparing import (
    Day,
    TerminalTotal,
    check_day,
    compare_provider,
    compare_terminals,
    keep_rows,
)
from pricing.reconciliation.facilities import check_facilities
from pricing.reconciliation.provider_rows import read_rows
from pricing.reconciliation.tables import DifferenceRow
from pricing.settlement import journal
from pricing.settlement.leakage import leakage

router = APIRouter(tags=["operators"])
DifferenceId = Annotated[int, Path(ge=1, le=2**62)]


@router.get("/v1/operator/trial-balance", summary="Trial balance", responses=REFUSALS)
async def trial_balance(caller: Reader, database: DatabaseDep) -> TrialBalance:
    """Every account of the city; for its own staff only, because one company's books do not balance alone."""
    async with database.transaction() as session:
        check_city(caller)
        balances = sorted((await journal.trial_balance(session)).items())
    sums = []
    for currency in sorted({key[1] for key, _ in balances}):
        amounts = [amount for key, amount in balances if key[1] == currency]
        debit, credit = sum(max(one, 0) for one in amounts), -sum(min(one, 0) for one in amounts)
        sums.append(SumOut(currency=currency, debit=debit, credit=credit, difference=debit - credit))
    accounts = [BalanceOut(account=key[0], currency=key[1], balance=amount) for key, amount in balances]
    return TrialBalance(accounts=accounts, sums=sums)


@router.post("/v1/operator/reconciliation/provider-statements", summary="A provider's statement", responses=REFUSALS)
async def take_provider_statement(
    wish: StatementIn, caller: Clerk, database: DatabaseDep, clock: ClockDep
) -> OutcomeOut:
    """Lines `id,time,amount,kind`, refused whole when one cannot be read. The same statement again changes nothing."""
    rows, day, now = read_rows(wish.csv), _over(wish, clock), clock()
    async with database.transaction() as session:
        check_city(caller)
        await keep_rows(session, wish.provider, day, rows)
        details = {"day": wish.day.isoformat(), "rows": len(rows)}
        await audit.record(session, caller, "statement.taken", wish.provider, at=now, details=details)
        if not wish.is_last:
            return OutcomeOut(compared=False, differing=0, gone=0)
        done = await compare_provider(session, wish.provider, day, at=now)
    return OutcomeOut(compared=True, differing=done.differing, gone=done.gone)


@router.post("/v1/operator/reconciliation/terminal-totals", summary="Terminals' own totals", responses=REFUSALS)
async def take_terminal_totals(
    wish: TerminalTotalsIn, caller: Clerk, database: DatabaseDep, clock: ClockDep
) -> OutcomeOut:
    """By the time at which the terminal took the money."""
    totals = [
        TerminalTotal(
            terminal_id=one.terminal,
            method=one.method,
            payments=one.payments,
            paid=one.paid,
            refunds=one.refunds,
            refunded=one.refunded,
        )
        for one in wish.totals
    ]
    day, now = _over(wish, clock), clock()
    async with database.transaction() as session:
        check_city(caller)
        done = await compare_terminals(session, day, totals, at=now)
        await audit.record(session, caller, "terminals.compared", wish.day.isoformat(), at=now)
    return OutcomeOut(compared=True, differing=done.differing, gone=done.gone)


@router.post("/v1/operator/reconciliation/days", summary="Drawers and stays of a day", responses=REFUSALS)
async def check_a_day(wish: DayIn, caller: Clerk, database: DatabaseDep, clock: ClockDep) -> DayOutcome:
    """Counted drawers that are short or over, stays without a bill, bills that are nobody's debt, facilities' reports."""
    day, now = _over(wish, clock), clock()
    async with database.transaction() as session:
        check_city(caller)
        done = await check_day(session, day, at=now)
        reported = await check_facilities(session, day, at=now)
        lost = await leakage(session, start=day.start, end=day.end)
        await audit.record(session, caller, "day.checked", wish.day.isoformat(), at=now)
    return DayOutcome(
        compared=True,
        differing=done.differing + reported.differing,
        gone=done.gone + reported.gone,
        leaked_stays=lost.stays,
        leaked_amount=lost.amount.amount,
    )


@router.get("/v1/operator/differences", summary="Differences", responses=REFUSALS)
async def list_differences(
    caller: Reader,
    database: DatabaseDep,
    clock: ClockDep,
    state: Annotated[Literal["open", "closed"] | None, Query()] = None,
    cursor: Annotated[int, Query(ge=0, le=2**62, description="`next` of the page before")] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> DifferencePage:
    """A district sees its own, an operating company its own; what nobody can place is the city's."""
    now = clock()
    async with database.transaction() as session:
        scope = scope_of(caller)
        rows = await differences.listed(session, scope, state=state, after=cursor, limit=limit + 1)
    page = [difference_out(row, now) for row in rows[:limit]]
    return DifferencePage(differences=page, next=page[-1].id if len(rows) > limit else None)


@router.post("/v1/operator/differences/{difference}/assignment", summary="Assign a difference", responses=REFUSALS)
async def assign_difference(
    difference: DifferenceId, wish: AssignmentIn, caller: Clerk, database: DatabaseDep, clock: ClockDep
) -> DifferenceOut:
    """To the account of a person; the audit keeps who had it before."""
    now = clock()
    async with database.transaction() as session:
        row = await differences.assign(session, scope_of(caller), difference, wish.to)
        await _check_account(session, wish.to)
        await _record(session, caller, "difference.assigned", row, {"to": wish.to}, now)
        return difference_out(row, now)


@router.post("/v1/operator/differences/{difference}/closing", summary="Close a difference", responses=REFUSALS)
async def close_difference(
    difference: DifferenceId, wish: ClosingIn, caller: Clerk, database: DatabaseDep, clock: ClockDep
) -> DifferenceOut:
    """It stays closed unless other amounts are found later. Closing is for the city's staff, not for the company."""
    now = clock()
    async with database.transaction() as session:
        scope = scope_of(caller)
        if scope.operator_id is not None:
            check_city(caller)
        row = await differences.close(session, scope, difference, reason=wish.reason, by=caller.actor, at=now)
        await _record(session, caller, "difference.closed", row, {"reason": wish.reason}, now)
        return difference_out(row, now)


async def _check_account(session: AsyncSession, actor: str) -> None:
    """Raise `NotFoundError` (`account_unknown`): what nobody holds, nobody looks into."""
    account = await account_by_name(session, actor.removeprefix("account:"))
    if account is None or account.closed_at is not None or not actor.startswith("account:"):
        raise NotFoundError(f"there is no open account {actor[:64]!r}", code="account_unknown")


async def _record(
    session: AsyncSession, caller: Caller, action: str, row: DifferenceRow, details: dict[str, str], now: datetime
) -> None:
    subject = str(row.difference_id)
    await audit.record(session, caller, action, subject, at=now, district_id=row.district_id, details=details)


def _over(wish: StatementIn | TerminalTotalsIn | DayIn, clock: Clock) -> Day:
    """Raise `InvalidInputError` (`day_not_over`): of a day that goes on, much would be missing."""
    day = Day(day=wish.day, zone=ZoneInfo(wish.time_zone))
    if day.end > clock():
        raise InvalidInputError(f"{wish.day} is not over yet", code="day_not_over")
    return day
