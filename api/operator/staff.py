"""Whom accounts and keys work for: an administrator says it, and colleagues see one another."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from api.auth import service as keys
from api.auth.accounts import audit, repository, service
from api.auth.accounts.model import Account, AccountRole
from api.auth.model import CITY, Employer
from api.operator.money_access import scope_of
from api.operator.reconciliation_access import REFUSALS, Admin, ClockDep, DatabaseDep, Reader, check_city
from parking.domain.ids import ID_PATTERN
from pricing.reconciliation.differences import Scope

router = APIRouter(tags=["operators"])
Actor = Annotated[str, Path(pattern=r"^(account|key):[A-Za-z0-9._-]{1,64}$", examples=["account:li.wei"])]


class EmployerIn(BaseModel):
    """An operating company, or with null the city and its districts."""

    model_config = ConfigDict(extra="forbid")

    operator: Annotated[str, Field(pattern=ID_PATTERN)] | None


class Colleague(BaseModel):
    """Somebody who has an account that is open."""

    actor: str = Field(description="What a difference is assigned to", examples=["account:li.wei"])
    name: str
    role: AccountRole
    district: str | None
    is_city: bool = Field(description="Works for the city or a district")
    operator: str | None = Field(description="The company; null beside a false `is_city` is not said")


class Colleagues(BaseModel):
    """Those whom the caller may see, in order of their names."""

    staff: list[Colleague]


@router.get("/v1/operator/staff", summary="People with accounts", responses=REFUSALS)
async def staff(caller: Reader, database: DatabaseDep) -> Colleagues:
    """The whole city sees everybody, a district its own people, a company its own."""
    scope = scope_of(caller)
    async with database.transaction() as session:
        found = await repository.all_accounts(session)
    return Colleagues(staff=[_shown(one) for one in found if one.closed_at is None and _is_seen(one, scope)])


@router.put("/v1/operator/staff/{actor}", status_code=204, summary="Whom somebody works for", responses=REFUSALS)
async def set_employer(actor: Actor, wish: EmployerIn, caller: Admin, database: DatabaseDep, clock: ClockDep) -> None:
    """From now on the account or key sees the money of this employer only."""
    check_city(caller)
    kind, _, name = actor.partition(":")
    employ = service.employ if kind == "account" else keys.employ_key
    async with database.transaction() as session:
        await employ(session, name, CITY if wish.operator is None else Employer(wish.operator))
        await audit.record(session, caller, "staff.set", actor, at=clock(), details={"operator": wish.operator})


def _is_seen(account: Account, scope: Scope) -> bool:
    if scope.operator_id is not None:
        return account.employer == Employer(scope.operator_id)
    return scope.district_id is None or account.district_id == scope.district_id


def _shown(account: Account) -> Colleague:
    return Colleague(
        actor=f"account:{account.name}",
        name=account.name,
        role=account.role,
        district=account.district_id,
        is_city=account.employer == CITY,
        operator=None if account.employer is None else account.employer.operator_id,
    )
