"""Use cases of terminals: register, change keys, revoke, prove who calls, hear how it is. Callers own the transaction."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from devices.terminals import model, repository, signing
from devices.terminals.model import Heartbeat, Terminal, TerminalRefusedError
from devices.terminals.signing import Signed
from parking.bus import outbox
from parking.domain.errors import ConflictError, InvalidInputError, NotFoundError
from parking.domain.ids import is_identifier
from parking.events.fact import Fact
from parking.events.terminal import TerminalFaultCleared, TerminalFaultReported, TerminalStockReported

SOURCE: Final = "devices.terminals"


@dataclass(frozen=True, kw_only=True, slots=True)
class NewKey:
    """What a terminal is given; the secret is shown once."""

    key_id: str
    secret: str


async def register(session: AsyncSession, terminal: Terminal, installation_secret: str) -> NewKey:
    """Raises InvalidInputError (`terminal_invalid`), NotFoundError (`operator_unknown`, `zone_unknown`) and
    ConflictError (`terminal_exists`, `zone_elsewhere` for a zone of another district).
    """
    if not is_identifier(terminal.terminal_id) or not terminal.zone_ids:
        raise InvalidInputError("a terminal has an id and at least one zone", code="terminal_invalid")
    if not await repository.operator_exists(session, terminal.operator_id):
        raise NotFoundError(f"there is no operator {terminal.operator_id!r}", code="operator_unknown")
    districts = await repository.districts_of(session, terminal.zone_ids)
    for zone_id in terminal.zone_ids:
        if zone_id not in districts:
            raise NotFoundError(f"there is no zone {zone_id!r}", code="zone_unknown")
        if districts[zone_id] != terminal.district_id:
            raise ConflictError(f"the zone {zone_id!r} is in another district", code="zone_elsewhere")
    if not await repository.add(session, terminal):
        raise ConflictError(f"there is a terminal {terminal.terminal_id!r} already", code="terminal_exists")
    return await _new_key(session, terminal.terminal_id, installation_secret, terminal.registered_at)


async def rotate(
    session: AsyncSession,
    terminal_id: str,
    installation_secret: str,
    *,
    now: datetime,
    kept: str | None = None,
    overlap: timedelta = model.OVERLAP,
) -> NewKey:
    """A new key; `kept` (None: the newest) goes on for the overlap, every other key ends now.

    A terminal keeps the key it signs with, so that an answer that is lost never locks it out. Raises as `terminal_of`,
    and `TerminalRefusedError` (`terminal_revoked`).
    """
    terminal = await terminal_of(session, terminal_id, lock=True)
    if terminal.revoked_at is not None:
        raise _revoked(terminal_id)
    kept = kept or await repository.newest_key(session, terminal_id)
    await repository.end_keys(session, terminal_id, kept=kept, kept_until=now + overlap, now=now)
    return await _new_key(session, terminal_id, installation_secret, now)


async def revoke(session: AsyncSession, terminal_id: str, now: datetime) -> None:
    """From now on nothing that it signs is taken; idempotent. Raises as `terminal_of`."""
    await terminal_of(session, terminal_id, lock=True)
    await repository.revoke(session, terminal_id, now)


async def terminal_of(session: AsyncSession, terminal_id: str, *, lock: bool = False) -> Terminal:
    """Raises NotFoundError (`terminal_unknown`)."""
    found = await repository.load(session, terminal_id, lock=lock)
    if found is None:
        raise NotFoundError(f"there is no terminal {terminal_id!r}", code="terminal_unknown")
    return found


async def listed(session: AsyncSession, district_id: str | None) -> list[Terminal]:
    return await repository.listed(session, district_id)


async def prove(
    session: AsyncSession,
    signed: Signed,
    installation_secret: str,
    *,
    method: str,
    path: str,
    body: bytes,
    now: datetime,
) -> Terminal:
    """Who signed the request; its nonce is used up. Commit before the request is done, so that a refusal keeps it.

    Raises `TerminalRefusedError` (`key_invalid`, `key_expired`, `terminal_revoked`, `signature_replayed`, and what
    `signing.check` raises).
    """
    found = await repository.key(session, signed.key_id)
    if found is None:
        raise TerminalRefusedError("no such key", code="key_invalid")
    terminal, key = found
    secret = signing.secret_of(installation_secret, terminal.terminal_id, signed.key_id)
    signing.check(signed, secret, method=method, path=path, body=body, now=now)
    if terminal.revoked_at is not None:
        raise _revoked(terminal.terminal_id)
    if key.valid_to is not None and key.valid_to <= now:
        raise TerminalRefusedError("a newer key has taken its place", code="key_expired")
    is_new = await repository.keep_nonce(
        session, signed.key_id, signed.nonce, at=now, forget_before=now - 2 * signing.CLOCK_TOLERANCE
    )
    if not is_new:
        raise TerminalRefusedError("this nonce was used before; sign each request anew", code="signature_replayed")
    return terminal


async def hear(session: AsyncSession, terminal_id: str, heard: Heartbeat, now: datetime) -> Terminal:
    """Keep what the terminal says of itself and tell what changed; one that is older than the last changes nothing.

    Raises as `terminal_of`.
    """
    before = await terminal_of(session, terminal_id, lock=True)
    if before.reported_at is not None and heard.at < before.reported_at:
        return before
    offset_s = signing.offset_s(heard.at, now)
    await repository.write_heartbeat(session, terminal_id, heard, heard_at=now, offset_s=offset_s)
    await outbox.write(session, *_facts(before, heard), source=SOURCE, at=now)
    return replace(
        before,
        heard_at=now,
        reported_at=heard.at,
        offset_s=offset_s,
        version=heard.version,
        stock=heard.stock,
        faults=heard.faults,
    )


def _facts(before: Terminal, heard: Heartbeat) -> list[Fact]:
    told, whose, at = model.transition(before, heard), before.terminal_id, heard.at
    return [
        *(TerminalFaultReported(terminal_id=whose, fault=fault, reported_at=at) for fault in told.begun),
        *(TerminalFaultCleared(terminal_id=whose, fault=fault, reported_at=at) for fault in told.cleared),
        *(
            TerminalStockReported(terminal_id=whose, what=what, left_percent=heard.stock[what], reported_at=at)
            for what in told.low
        ),
    ]


async def _new_key(session: AsyncSession, terminal_id: str, installation_secret: str, at: datetime) -> NewKey:
    key_id = secrets.token_hex(6)
    await repository.add_key(session, terminal_id, key_id, at)
    return NewKey(key_id=key_id, secret=signing.secret_of(installation_secret, terminal_id, key_id))


def _revoked(terminal_id: str) -> TerminalRefusedError:
    return TerminalRefusedError(f"the terminal {terminal_id!r} is revoked", code="terminal_revoked")
