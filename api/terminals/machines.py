"""The paths by which a payment machine looks after itself: its clock, its heartbeat, its keys."""

from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.auth.accounts.model import Caller
from api.auth.model import ForbiddenError
from api.auth.terminals import TerminalGate
from api.deps import clock_of, json_only, provided, require_role
from api.errors import problem_answers
from devices.terminals import service, signing
from devices.terminals.model import Health, Heartbeat, health_of
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.privacy.vault import PlateVault
from pricing.quotes.package import encode, package_of

router = APIRouter(tags=["terminals"])
REFUSALS: Final = problem_answers(400, 401, 403, 404, 413, 415, 503)
Base = Annotated[Database, Depends(provided(Database))]
ClockDep = Annotated[Clock, Depends(clock_of)]
Terminal = Annotated[Caller, Depends(require_role("terminal"))]
TerminalId = Annotated[str, Path(description="The id under which the terminal is registered")]
_Word = Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,39}$")]


class ServerTime(BaseModel):
    """Our time; the terminal sets its clock by it."""

    server_time: datetime
    offset_s: int | None = Field(
        description="Whole seconds by which the caller's clock is ahead; null when it was not told"
    )
    tolerance_s: int = Field(description="A signed request whose time is further off is refused as `clock_off`")


class HeartbeatIn(BaseModel):
    """How the terminal is."""

    model_config = ConfigDict(extra="forbid")

    at: AwareDatetime = Field(description="By the terminal's clock")
    version: str = Field(min_length=1, max_length=64, description="Of its program")
    stock: dict[_Word, Annotated[int, Field(ge=0, le=100)]] = Field(
        default={}, max_length=16, description="Percent left of what runs out", examples=[{"paper": 40, "coins": 12}]
    )
    faults: list[_Word] = Field(
        default=[], max_length=32, description="Every fault there is now", examples=[["printer_jam"]]
    )


class HeartbeatAnswer(ServerTime):
    """Our time, and how we see the terminal."""

    health: Health


class KeyOrder(BaseModel):
    """Asks for a new key."""

    model_config = ConfigDict(extra="forbid")

    overlap_hours: int = Field(default=24, ge=0, le=168, description="How long the key that signs this goes on")


class KeyAnswer(BaseModel):
    """A new key, shown once."""

    key: str
    secret: str


@router.get("/v1/clock", summary="What time it is", responses=problem_answers(400))
async def clock_check(
    clock: ClockDep, at: Annotated[AwareDatetime | None, Query(description="The time of the caller's clock")] = None
) -> ServerTime:
    """Open to everybody: a terminal whose clock is wrong cannot sign."""
    now = clock()
    return ServerTime(
        server_time=now,
        offset_s=None if at is None else signing.offset_s(at, now),
        tolerance_s=int(signing.CLOCK_TOLERANCE.total_seconds()),
    )


@router.post(
    "/v1/terminals/{terminal_id}/heartbeats",
    summary="The terminal lives, and how it is",
    responses=REFUSALS,
    dependencies=[Depends(json_only)],
)
async def heartbeat(
    caller: Terminal, base: Base, clock: ClockDep, terminal_id: TerminalId, told: HeartbeatIn
) -> HeartbeatAnswer:
    """Every five minutes. Faults that begin or end and stocks that run low are told to operators once."""
    check_terminal(caller, terminal_id)
    heard = Heartbeat(at=told.at, version=told.version, stock=told.stock, faults=tuple(dict.fromkeys(told.faults)))
    now = clock()
    async with base.transaction() as session:
        terminal = await service.hear(session, terminal_id, heard, now)
    return HeartbeatAnswer(
        server_time=now,
        offset_s=signing.offset_s(told.at, now),
        tolerance_s=int(signing.CLOCK_TOLERANCE.total_seconds()),
        health=health_of(terminal, now),
    )


@router.post(
    "/v1/terminals/{terminal_id}/keys",
    status_code=201,
    summary="Change the terminal's key",
    responses=REFUSALS,
    dependencies=[Depends(json_only)],
)
async def change_key(
    caller: Terminal,
    base: Base,
    clock: ClockDep,
    gate: Annotated[TerminalGate, Depends(provided(TerminalGate))],
    terminal_id: TerminalId,
    order: KeyOrder,
    authorization: Annotated[str, Header(include_in_schema=False)] = "",
) -> KeyAnswer:
    """The key that signs this request goes on for the overlap; every other one ends at once."""
    check_terminal(caller, terminal_id)
    signing_key = signing_key_of(authorization)
    async with base.transaction() as session:
        made = await service.rotate(
            session,
            terminal_id,
            gate.secret,
            now=clock(),
            kept=signing_key,
            overlap=timedelta(hours=order.overlap_hours),
        )
    return KeyAnswer(key=made.key_id, secret=made.secret)


@router.get(
    "/v1/terminals/{terminal_id}/package",
    summary="What it needs to settle offline",
    response_class=Response,
    responses=REFUSALS,
)
async def package(
    caller: Terminal,
    base: Base,
    clock: ClockDep,
    gate: Annotated[TerminalGate, Depends(provided(TerminalGate))],
    plates: Annotated[PlateVault, Depends(provided(PlateVault))],
    terminal_id: TerminalId,
    authorization: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """Rate tables, the prices of its zones' spaces and the permits that hold there, with an expiry.

    A permit names its vehicle by the first 32 digits of the HMAC-SHA256 of `plate`, a line feed and the normalised plate,
    with the secret of the key that signs the request, in hex: the terminal recognises a plate that it sees.
    The header `Package-Signature` is the HMAC-SHA256 of `document`, a line feed and the body, with the secret of the key
    that signs the request, in hex: the terminal checks it before it uses the package, each time.
    """
    check_terminal(caller, terminal_id)
    key_id = signing_key_of(authorization)
    secret = signing.secret_of(gate.secret, terminal_id, key_id)
    name = partial(signing.plate_name, secret)
    async with base.transaction() as session:
        terminal = await service.terminal_of(session, terminal_id)
        made = await package_of(session, terminal_id, terminal.zone_ids, clock(), plates=plates, name=name)
    document = encode(made)
    signature = signing.seal(secret, document)
    headers = {"Package-Signature": signature, "Package-Key": key_id}
    return Response(document, 200, headers, "application/json")


def check_terminal(caller: Caller, terminal_id: str) -> None:
    """Raise `ForbiddenError` (`terminal_other`): a terminal speaks for itself alone."""
    if caller.name != terminal_id:
        raise ForbiddenError(f"this key belongs to the terminal {caller.name!r}", code="terminal_other")


def signing_key_of(authorization: str) -> str:
    """Id of the key that signed; raises `ForbiddenError` (`signature_required`) where a key was sent along instead."""
    if not signing.is_signed(authorization):
        raise ForbiddenError("only a registered terminal that signs may do this", code="signature_required")
    return signing.read(authorization).key_id
