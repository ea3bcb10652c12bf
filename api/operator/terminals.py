"""Payment machines as their operators see them: registered, given new keys, revoked, and how each is."""

from datetime import datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.auth.accounts import audit
from api.auth.accounts.model import Caller
from api.auth.model import ForbiddenError
from api.auth.terminals import TerminalGate
from api.deps import clock_of, json_only, provided, require_role
from api.errors import problem_answers
from devices.terminals import service
from devices.terminals.model import Health, Terminal, health_of
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.domain.ids import ID_PATTERN

router = APIRouter(tags=["operators"])
REFUSALS: Final = problem_answers(400, 401, 403, 404, 409, 413, 415, 503)
Base = Annotated[Database, Depends(provided(Database))]
ClockDep = Annotated[Clock, Depends(clock_of)]
Gate = Annotated[TerminalGate, Depends(provided(TerminalGate))]
Reader = Annotated[Caller, Depends(require_role("operator", "approver", "admin"))]
Keeper = Annotated[Caller, Depends(require_role("operator", "admin"))]
_Id = Annotated[str, Field(pattern=ID_PATTERN)]


class TerminalIn(BaseModel):
    """A payment machine that is put up."""

    model_config = ConfigDict(extra="forbid")

    id: _Id
    operator: _Id
    district: _Id
    zones: list[_Id] = Field(min_length=1, max_length=50, description="Where it takes money; its package prices these")
    located: str = Field(min_length=1, max_length=200, examples=["中心路 12 号 / 12 Centre Road"])


class TerminalKey(BaseModel):
    """A terminal's key; the secret is shown once."""

    terminal: str
    key: str
    secret: str


class TerminalOut(BaseModel):
    """A terminal and what it last said of itself."""

    id: str
    operator: str
    district: str
    zones: list[str]
    located: str
    health: Health
    registered_at: datetime
    revoked_at: datetime | None
    heard_at: datetime | None
    offset_s: int | None = Field(description="How far its clock was ahead at the last heartbeat")
    version: str | None
    stock: dict[str, int]
    faults: list[str]


class TerminalList(BaseModel):
    """The terminals of the caller's district."""

    terminals: list[TerminalOut]


@router.get("/v1/operator/terminals", summary="Payment machines and how they are", responses=problem_answers(401, 403))
async def terminals(caller: Reader, base: Base, clock: ClockDep) -> TerminalList:
    async with base.transaction() as session:
        found = await service.listed(session, caller.district_id)
    company = _company(caller)
    own = [terminal for terminal in found if company in {None, terminal.operator_id}]
    return TerminalList(terminals=[_out(terminal, clock()) for terminal in own])


@router.post(
    "/v1/operator/terminals",
    status_code=201,
    summary="Register a payment machine",
    responses=REFUSALS,
    dependencies=[Depends(json_only)],
)
async def register(wish: TerminalIn, caller: Keeper, base: Base, clock: ClockDep, gate: Gate) -> TerminalKey:
    """Answers its first key, which nobody can show again."""
    _check_keeper(caller, wish.operator, wish.district)
    terminal = Terminal(
        terminal_id=wish.id,
        operator_id=wish.operator,
        district_id=wish.district,
        zone_ids=tuple(dict.fromkeys(wish.zones)),
        located=wish.located,
        registered_at=clock(),
    )
    async with base.transaction() as session:
        made = await service.register(session, terminal, gate.secret)
        await audit.record(
            session,
            caller,
            "terminal.registered",
            wish.id,
            at=clock(),
            district_id=wish.district,
            details={"key": made.key_id, "zones": list(terminal.zone_ids)},
        )
    return TerminalKey(terminal=wish.id, key=made.key_id, secret=made.secret)


@router.post(
    "/v1/operator/terminals/{terminal_id}/keys", status_code=201, summary="Give it a new key", responses=REFUSALS
)
async def new_key(
    terminal_id: str,
    caller: Keeper,
    base: Base,
    clock: ClockDep,
    gate: Gate,
    overlap_hours: Annotated[int, Query(ge=0, le=168, description="How long the newest key before it goes on")] = 24,
) -> TerminalKey:
    async with base.transaction() as session:
        kept = await service.terminal_of(session, terminal_id)
        _check_keeper(caller, kept.operator_id, kept.district_id)
        made = await service.rotate(
            session, terminal_id, gate.secret, now=clock(), overlap=timedelta(hours=overlap_hours)
        )
        await audit.record(
            session, caller, "terminal.key_changed", terminal_id, at=clock(), details={"key": made.key_id}
        )
    return TerminalKey(terminal=terminal_id, key=made.key_id, secret=made.secret)


@router.post(
    "/v1/operator/terminals/{terminal_id}/revoke",
    status_code=204,
    summary="Take no more from it",
    response_class=Response,
    responses=REFUSALS,
)
async def revoke(terminal_id: str, caller: Keeper, base: Base, clock: ClockDep) -> None:
    """Nothing that it signs is taken from now on; what it had taken is in the ledger."""
    async with base.transaction() as session:
        kept = await service.terminal_of(session, terminal_id)
        _check_keeper(caller, kept.operator_id, kept.district_id)
        await service.revoke(session, terminal_id, clock())
        await audit.record(session, caller, "terminal.revoked", terminal_id, at=clock())


def _company(caller: Caller) -> str | None:
    return None if caller.employer is None else caller.employer.operator_id


def _check_keeper(caller: Caller, operator_id: str, district_id: str) -> None:
    """Raise `ForbiddenError` (`district_forbidden`, `terminal_forbidden`): a company keeps its own machines."""
    caller.check_district(district_id)
    if _company(caller) not in {None, operator_id}:
        raise ForbiddenError("this machine is not your company's", code="terminal_forbidden")


def _out(terminal: Terminal, now: datetime) -> TerminalOut:
    return TerminalOut(
        id=terminal.terminal_id,
        operator=terminal.operator_id,
        district=terminal.district_id,
        zones=list(terminal.zone_ids),
        located=terminal.located,
        health=health_of(terminal, now),
        registered_at=terminal.registered_at,
        revoked_at=terminal.revoked_at,
        heard_at=terminal.heard_at,
        offset_s=terminal.offset_s,
        version=terminal.version,
        stock=dict(terminal.stock),
        faults=list(terminal.faults),
    )
