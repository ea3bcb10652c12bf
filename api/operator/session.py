"""Logging in and out, for every role of people. The browser keeps the token in a cookie that no script can read."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.auth.accounts import audit, model, service
from api.auth.accounts.model import Caller, CallerRole, TooManyTriesError
from api.auth.model import CITY
from api.deps import LOGIN_COOKIE, clock_of, current_caller, login_token, provided
from api.errors import problem_answers
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock

router = APIRouter(tags=["logins"])
DatabaseDep = Annotated[Database, Depends(provided(Database))]
ClockDep = Annotated[Clock, Depends(clock_of)]


class Credentials(BaseModel):
    """A name and its password."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=100)
    password: str = Field(max_length=model.LONGEST_PASSWORD)


class LoggedIn(BaseModel):
    """Who is logged in, and what a page sends in X-CSRF-Token with every write."""

    name: str
    role: CallerRole
    district: str | None = Field(description="The only district of the account; null is the whole city")
    employer: Literal["city", "company"] | None = Field(
        description="Whom the account or key works for; null is not said, and then it sees nothing of the money"
    )
    operator: str | None = Field(description="The operating company that it works for")
    csrf: str | None = Field(description="Null for the bearer of a key, who needs none")
    expires_at: datetime | None = None


@router.post("/v1/logins", status_code=201, summary="Log in", responses=problem_answers(400, 401, 429))
async def log_in(
    credentials: Credentials, request: Request, response: Response, database: DatabaseDep, clock: ClockDep
) -> LoggedIn:
    """Ten wrong passwords in a quarter of an hour close a name for the rest of it."""
    now = clock()
    async with database.transaction() as session:
        within = model.PASSWORD_TRIES_WITHIN
        is_allowed = await service.count_try(
            session, scope="password", subject=credentials.name, limit=model.PASSWORD_TRIES, within=within, now=now
        )
    if not is_allowed:
        raise TooManyTriesError("too many wrong passwords for this name; try again in a quarter of an hour")
    async with database.transaction() as session:
        login = await service.log_in(session, name=credentials.name, password=credentials.password, now=now)
        account = login.account
        caller = service.caller_with(account)
        await audit.record(session, caller, "login.opened", account.name, at=now)
    response.set_cookie(
        LOGIN_COOKIE,
        login.token,
        max_age=int(model.LOGIN_LASTS.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return _logged_in(caller, model.csrf_of(login.token), login.expires_at)


@router.get("/v1/logins/current", summary="Who calls", responses=problem_answers(401))
async def current(request: Request, caller: Annotated[Caller, Depends(current_caller)]) -> LoggedIn:
    has_key = "authorization" in request.headers
    csrf = None if has_key else model.csrf_of(await login_token(request))
    return _logged_in(caller, csrf)


@router.delete("/v1/logins/current", status_code=204, summary="Log out", responses=problem_answers(401, 403))
async def log_out(
    token: Annotated[str, Depends(login_token)], response: Response, database: DatabaseDep, clock: ClockDep
) -> None:
    now = clock()
    async with database.transaction() as session:
        caller = await service.caller_of(session, token, now)
        await service.log_out(session, token)
        await audit.record(session, caller, "login.closed", caller.name, at=now)
    response.delete_cookie(LOGIN_COOKIE, httponly=True, samesite="lax")


def _logged_in(caller: Caller, csrf: str | None, expires_at: datetime | None = None) -> LoggedIn:
    employer = caller.employer
    return LoggedIn(
        name=caller.name,
        role=caller.role,
        district=caller.district_id,
        employer=None if employer is None else "city" if employer == CITY else "company",
        operator=None if employer is None else employer.operator_id,
        csrf=csrf,
        expires_at=expires_at,
    )
