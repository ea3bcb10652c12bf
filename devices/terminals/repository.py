"""All SQL of terminals."""

from datetime import datetime

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from devices.terminals.model import Heartbeat, Terminal
from devices.terminals.tables import TerminalKeyRow, TerminalNonceRow, TerminalRow
from parking.places.tables import OperatorRow, ZoneRow


async def add(session: AsyncSession, terminal: Terminal) -> bool:
    """Whether the id was free."""
    row = insert(TerminalRow).values(
        terminal_id=terminal.terminal_id,
        operator_id=terminal.operator_id,
        district_id=terminal.district_id,
        zone_ids=list(terminal.zone_ids),
        located=terminal.located,
        registered_at=terminal.registered_at,
        stock={},
        faults=[],
    )
    made = await session.execute(row.on_conflict_do_nothing().returning(TerminalRow.terminal_id))
    return made.scalar_one_or_none() is not None


async def operator_exists(session: AsyncSession, operator_id: str) -> bool:
    return await session.get(OperatorRow, operator_id) is not None


async def districts_of(session: AsyncSession, zone_ids: tuple[str, ...]) -> dict[str, str]:
    rows = await session.execute(select(ZoneRow.zone_id, ZoneRow.district_id).where(ZoneRow.zone_id.in_(zone_ids)))
    return {row.zone_id: row.district_id for row in rows}


async def load(session: AsyncSession, terminal_id: str, *, lock: bool = False) -> Terminal | None:
    wanted = select(TerminalRow).where(TerminalRow.terminal_id == terminal_id)
    row = await session.scalar(wanted.with_for_update() if lock else wanted)
    return None if row is None else _terminal(row)


async def listed(session: AsyncSession, district_id: str | None) -> list[Terminal]:
    wanted = select(TerminalRow).order_by(TerminalRow.terminal_id)
    if district_id is not None:
        wanted = wanted.where(TerminalRow.district_id == district_id)
    return [_terminal(row) for row in await session.scalars(wanted)]


async def revoke(session: AsyncSession, terminal_id: str, at: datetime) -> None:
    """One that is revoked already keeps its first instant."""
    changed = update(TerminalRow).where(TerminalRow.terminal_id == terminal_id)
    await session.execute(changed.values(revoked_at=func.coalesce(TerminalRow.revoked_at, at)))


async def write_heartbeat(
    session: AsyncSession, terminal_id: str, heard: Heartbeat, *, heard_at: datetime, offset_s: int
) -> None:
    changed = update(TerminalRow).where(TerminalRow.terminal_id == terminal_id)
    values = {
        "heard_at": heard_at,
        "reported_at": heard.at,
        "offset_s": offset_s,
        "version": heard.version,
        "stock": dict(heard.stock),
        "faults": list(heard.faults),
    }
    await session.execute(changed.values(values))


async def add_key(session: AsyncSession, terminal_id: str, key_id: str, at: datetime) -> None:
    session.add(TerminalKeyRow(key_id=key_id, terminal_id=terminal_id, valid_from=at))
    await session.flush()


async def newest_key(session: AsyncSession, terminal_id: str) -> str | None:
    wanted = select(TerminalKeyRow.key_id).where(TerminalKeyRow.terminal_id == terminal_id)
    found: str | None = await session.scalar(wanted.order_by(TerminalKeyRow.valid_from.desc()).limit(1))
    return found


async def end_keys(
    session: AsyncSession, terminal_id: str, *, kept: str | None, kept_until: datetime, now: datetime
) -> None:
    """The key that is kept goes on until then, and never longer than it would have; every other one ends now."""
    ours = TerminalKeyRow.terminal_id == terminal_id
    ending = {True: TerminalKeyRow.key_id == kept, False: TerminalKeyRow.key_id != (kept or "")}
    for is_kept, condition in ending.items():
        until = kept_until if is_kept else now
        running = or_(TerminalKeyRow.valid_to.is_(None), TerminalKeyRow.valid_to > until)
        await session.execute(update(TerminalKeyRow).where(ours, condition, running).values(valid_to=until))


async def key(session: AsyncSession, key_id: str) -> tuple[Terminal, TerminalKeyRow] | None:
    joined = select(TerminalRow, TerminalKeyRow).join(
        TerminalKeyRow, TerminalKeyRow.terminal_id == TerminalRow.terminal_id
    )
    found = (await session.execute(joined.where(TerminalKeyRow.key_id == key_id))).one_or_none()
    return None if found is None else (_terminal(found[0]), found[1])


async def keep_nonce(session: AsyncSession, key_id: str, nonce: str, *, at: datetime, forget_before: datetime) -> bool:
    """Whether it is new; those of the key that no clock check lets through any more go."""
    old = delete(TerminalNonceRow).where(TerminalNonceRow.key_id == key_id, TerminalNonceRow.at < forget_before)
    await session.execute(old)
    row = insert(TerminalNonceRow).values(key_id=key_id, nonce=nonce, at=at).on_conflict_do_nothing()
    return (await session.execute(row.returning(TerminalNonceRow.nonce))).scalar_one_or_none() is not None


def _terminal(row: TerminalRow) -> Terminal:
    return Terminal(
        terminal_id=row.terminal_id,
        operator_id=row.operator_id,
        district_id=row.district_id,
        zone_ids=tuple(row.zone_ids),
        located=row.located,
        registered_at=row.registered_at,
        revoked_at=row.revoked_at,
        heard_at=row.heard_at,
        reported_at=row.reported_at,
        offset_s=row.offset_s,
        version=row.version,
        stock=row.stock,
        faults=tuple(row.faults),
    )
