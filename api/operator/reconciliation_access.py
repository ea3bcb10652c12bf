"""Who may see which money: the city's staff by district, an operating company's staff its own concessions."""

from typing import Annotated, Final

from fastapi import Depends, Path
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.accounts.model import Caller
from api.auth.model import ForbiddenError
from api.deps import clock_of, provided
from api.errors import problem_answers
from api.operator.money_access import money_role, scope_of
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.domain.ids import ID_PATTERN
from pricing.reconciliation import terms
from pricing.reconciliation.differences import Scope
from pricing.reconciliation.terms import Concession

DatabaseDep = Annotated[Database, Depends(provided(Database))]
ClockDep = Annotated[Clock, Depends(clock_of)]
Reader = Annotated[Caller, Depends(money_role("operator", "approver", "admin"))]
Clerk = Annotated[Caller, Depends(money_role("operator"))]
Approver = Annotated[Caller, Depends(money_role("approver"))]
Admin = Annotated[Caller, Depends(money_role("admin"))]
ConcessionId = Annotated[str, Path(pattern=ID_PATTERN)]
REFUSALS: Final = problem_answers(400, 401, 403, 404, 409)


def check_city(caller: Caller) -> None:
    """Raise `ForbiddenError` (`city_only`) for whoever answers for a part of the city only."""
    if not scope_of(caller).is_city:
        raise ForbiddenError("this is for those who answer for the whole city", code="city_only")


def covers(scope: Scope, place: Concession) -> bool:
    """A district covers a concession that lies in it as a whole; a company covers its own."""
    if scope.operator_id is not None and scope.operator_id != place.operator_id:
        return False
    return scope.district_id is None or place.district_ids == {scope.district_id}


async def check_concession(session: AsyncSession, caller: Caller, concession_id: str) -> Concession:
    """Raise `concession_unknown`, and `ForbiddenError` (`concession_forbidden`) for somebody else's."""
    place = await terms.concession(session, concession_id)
    if not covers(scope_of(caller), place):
        raise ForbiddenError("this concession is not yours", code="concession_forbidden")
    return place
