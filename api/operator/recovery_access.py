"""Who may decide on bills: the bill's district and payee count, and what needs a person is refused to a key."""

from typing import Annotated, Final

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.accounts.model import Caller
from api.auth.model import ForbiddenError
from api.deps import clock_of, provided
from api.errors import problem_answers
from api.operator.money_access import money_role, scope_of
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.domain.money import Money
from parking.places.tables import ZoneRow
from parking.sessions import service as sessions
from pricing.settlement.tables import BillRow

DatabaseDep = Annotated[Database, Depends(provided(Database))]
ClockDep = Annotated[Clock, Depends(clock_of)]
Reader = Annotated[Caller, Depends(money_role("operator", "approver", "admin"))]
Preparer = Annotated[Caller, Depends(money_role("operator", "approver"))]
Approver = Annotated[Caller, Depends(money_role("approver"))]
"""A role of people only: a key is not a second person."""
REFUSALS: Final = problem_answers(400, 401, 403, 404, 409)


class Amount(BaseModel):
    """Whole minor units (fen)."""

    model_config = ConfigDict(extra="forbid")

    amount: Annotated[int, Field(strict=True)]
    currency: str = Field(pattern="^[A-Z]{3}$")

    def money(self) -> Money:
        return Money(self.amount, self.currency)


def check_person(caller: Caller) -> None:
    """Raise `ForbiddenError` (`person_needed`) for a key: a program decides nothing about a debt; and as `check_authority`."""
    caller.check_authority()
    if not caller.actor.startswith("account:"):
        raise ForbiddenError("a person decides this; log in", code="person_needed")


async def check_stay(session: AsyncSession, caller: Caller, session_id: str) -> str:
    """The district of a stay. Raises `session_unknown`, `district_forbidden`, and as `check_payee`."""
    stay = await sessions.get(session, session_id)
    district_id = await session.scalar(select(ZoneRow.district_id).where(ZoneRow.zone_id == stay.zone_id)) or ""
    caller.check_district(district_id)
    await check_payee(session, caller, session_id)
    return district_id


async def check_payee(session: AsyncSession, caller: Caller, session_id: str) -> None:
    """Raise `ForbiddenError` (`bill_forbidden`) to an operating company for a bill that is not its revenue."""
    company = scope_of(caller).operator_id
    payee = select(BillRow.payee).where(BillRow.session_id == session_id)
    if company is not None and await session.scalar(payee) != company:
        raise ForbiddenError("this bill is not your company's", code="bill_forbidden")


async def own_zones(session: AsyncSession, caller: Caller) -> list[str] | None:
    """None is the whole city."""
    if caller.district_id is None:
        return None
    return list(await session.scalars(select(ZoneRow.zone_id).where(ZoneRow.district_id == caller.district_id)))
