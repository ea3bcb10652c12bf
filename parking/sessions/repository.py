"""All SQL of stays. Functions take the session of the caller's transaction and never end it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Select, case, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from parking.db.prepared import Prepared
from parking.places.tables import SpaceRow
from parking.sessions.model import WORDS, Gap, ParkingSession, Proof
from parking.sessions.tables import SessionRow

_LOCK_SPACE: Final = 0x57A7
_LOCK: Final = Prepared(
    """
    SELECT pg_advisory_xact_lock($1, number)
    FROM (SELECT DISTINCT hashtext(place) AS number FROM unnest($2::text[]) AS wanted (place) ORDER BY 1) AS ordered
    """
)
_UNHEARD: Final = text(
    """
    SELECT session_id FROM session
    WHERE state = 'open' AND facility_id IS NULL AND last_positive_at IS NULL AND pause_reason IS DISTINCT FROM 'silent'
      AND started_at < :before
      AND NOT EXISTS (
          SELECT FROM jsonb_array_elements(evidence) AS proof
          WHERE proof->>'source' <> 'sensor' AND proof->>'what' = ANY (CAST(:words AS text[]))
            AND CAST(proof->>'at' AS timestamptz) >= :before
      )
    ORDER BY session_id LIMIT :limit
    """
)
_COLUMNS: Final = tuple(column.key for column in SessionRow.__table__.columns)
_FIND: Final = Prepared(f"SELECT {', '.join(_COLUMNS)} FROM session WHERE session_id = $1")  # noqa: S608 - our own columns
_HOLD: Final = Prepared(f"SELECT {', '.join(_COLUMNS)} FROM session WHERE session_id = $1 FOR UPDATE")  # noqa: S608 - as above
_HOLD_ALL: Final = Prepared(
    f"""
    SELECT {", ".join(_COLUMNS)} FROM session WHERE session_id = ANY($1::text[])
    ORDER BY started_at, session_id FOR UPDATE
    """  # noqa: S608 - as above
)
"""In the order in which whoever tells the stays of a place anew holds them, so that the two do not wait in a circle."""
_OPEN: Final = Prepared(
    f"""
    SELECT {", ".join(_COLUMNS)} FROM session WHERE space_id = ANY($1::text[]) AND state = 'open'
    ORDER BY session_id FOR UPDATE
    """  # noqa: S608 - as above
)
_LATEST: Final = Prepared(
    f"""
    SELECT {", ".join(f"latest.{name}" for name in _COLUMNS)} FROM unnest($1::text[]) AS wanted (space_id)
    CROSS JOIN LATERAL (
        SELECT * FROM session WHERE session.space_id = wanted.space_id ORDER BY started_at DESC, session_id DESC LIMIT 1
    ) AS latest
    """  # noqa: S608 - as above
)
_ADD: Final = Prepared(
    f"""
    INSERT INTO session ({", ".join(_COLUMNS)})
    SELECT {", ".join(_COLUMNS)} FROM jsonb_populate_recordset(NULL::session, $1)
    """  # noqa: S608 - as above
)
_SAVE: Final = Prepared(
    f"""
    UPDATE session SET {", ".join(f"{name} = became.{name}" for name in _COLUMNS if name != "session_id")}
    FROM jsonb_populate_recordset(NULL::session, $1) AS became WHERE session.session_id = became.session_id
    """  # noqa: S608 - as above
)


async def lock_space(session: AsyncSession, space_id: str) -> None:
    """Whoever moves the stays of a space waits here for whoever does already."""
    await lock_places(session, [space_id])


async def lock_places(session: AsyncSession, place_ids: Collection[str]) -> None:
    """As `lock_space`, for several: at once and in one order, so that nobody waits for another in a circle."""
    await _LOCK.rows(session, _LOCK_SPACE, list(place_ids))


async def zone_of_space(session: AsyncSession, space_id: str) -> str | None:
    """The zone of a space in use."""
    query = select(SpaceRow.zone_id).where(SpaceRow.space_id == space_id, SpaceRow.removed_at.is_(None))
    zone_id: str | None = await session.scalar(query)
    return zone_id


async def find(session: AsyncSession, session_id: str, *, lock: bool = False) -> ParkingSession | None:
    row = await (_HOLD if lock else _FIND).row(session, session_id)
    return None if row is None else _of_rows([row])[0]


async def hold_all(session: AsyncSession, session_ids: Collection[str]) -> list[ParkingSession]:
    """Those of these stays that are there, locked."""
    return _of_rows(await _HOLD_ALL.rows(session, list(session_ids)))


async def open_on(session: AsyncSession, space_id: str, *, lock: bool = False) -> ParkingSession | None:
    query = select(SessionRow.__table__).where(SessionRow.space_id == space_id, SessionRow.state == "open")
    return await _one(session, query.with_for_update() if lock else query)


async def latest_on(session: AsyncSession, space_id: str) -> ParkingSession | None:
    query = select(SessionRow.__table__).where(SessionRow.space_id == space_id)
    return await _one(session, query.order_by(SessionRow.started_at.desc(), SessionRow.session_id.desc()).limit(1))


async def open_and_latest_on(
    session: AsyncSession, space_ids: Collection[str]
) -> tuple[list[ParkingSession], list[ParkingSession]]:
    """The open stays on these spaces, locked, and of each space the one that started last."""
    wanted = list(space_ids)
    return _of_rows(await _OPEN.rows(session, wanted)), _of_rows(await _LATEST.rows(session, wanted))


async def overlapping(session: AsyncSession, space_id: str, start: datetime, end: datetime) -> list[ParkingSession]:
    """Stays on the space that share time with `[start, end)`, oldest first, locked."""
    query = select(SessionRow.__table__).where(
        SessionRow.space_id == space_id,
        SessionRow.started_earliest < end,
        (SessionRow.ended_latest > start) | (SessionRow.state == "open"),
    )
    return await _many(session, query.order_by(SessionRow.started_at).with_for_update())


async def ended_before(session: AsyncSession, space_id: str, instant: datetime) -> ParkingSession | None:
    """The stay on the space that ended last before an instant."""
    query = select(SessionRow.__table__).where(
        SessionRow.space_id == space_id, SessionRow.state == "ended", SessionRow.ended_latest <= instant
    )
    return await _one(session, query.order_by(SessionRow.ended_latest.desc(), SessionRow.started_at.desc()).limit(1))


async def at_facility(
    session: AsyncSession, facility_id: str, plate_token: str, start: datetime, end: datetime | None
) -> list[ParkingSession]:
    """Stays of a plate at a facility as a whole that share time with `[start, end]`, oldest first, locked."""
    wanted = [
        SessionRow.facility_id == facility_id,
        SessionRow.plate_token == plate_token,
        (SessionRow.ended_latest >= start) | (SessionRow.state == "open"),
    ]
    if end is not None:
        wanted.append(SessionRow.started_at <= end)
    query = select(SessionRow.__table__).where(*wanted)
    return await _many(session, query.order_by(SessionRow.started_at, SessionRow.session_id).with_for_update())


async def paused_before(
    session: AsyncSession, before: datetime, undecided_before: datetime, limit: int
) -> list[ParkingSession]:
    """Open stays without evidence since `before`, other than those on restricted spaces; where only people told of a
    stay, since `undecided_before`.
    """
    silent_since = case((SessionRow.last_positive_at.is_(None), undecided_before), else_=before)
    query = select(SessionRow.__table__).where(
        SessionRow.state == "open", SessionRow.paused_at < silent_since, SessionRow.pause_reason != "restricted"
    )
    return await _many(session, query.order_by(SessionRow.session_id).limit(limit))


async def unheard_since(session: AsyncSession, before: datetime, limit: int) -> list[ParkingSession]:
    """Open stays of which only people told, the last of them before that instant, and that are not paused for it.

    A gate sees a vehicle leave, so its silence says that the vehicle is in.
    """
    ids = await session.scalars(_UNHEARD, {"before": before, "words": list(WORDS), "limit": limit})
    query = select(SessionRow.__table__).where(SessionRow.session_id.in_(ids.all()))
    return await _many(session, query.order_by(SessionRow.session_id))


async def listed(
    session: AsyncSession,
    *,
    zone_ids: Collection[str] | None = None,
    space_id: str | None = None,
    plate_tokens: Collection[str] | None = None,
    state: str | None = None,
    attributed: bool | None = None,
    after: str | None = None,
    limit: int = 100,
) -> list[ParkingSession]:
    """Newest first by id; `after` is the last id of the page before."""
    wanted: list[ColumnElement[bool]] = []
    if zone_ids is not None:
        wanted.append(SessionRow.zone_id.in_(zone_ids))
    if space_id is not None:
        wanted.append(SessionRow.space_id == space_id)
    if plate_tokens is not None:
        wanted.append(SessionRow.plate_token.in_(plate_tokens))
    if state is not None:
        wanted.append(SessionRow.state == state)
    if attributed is not None:
        wanted.append(SessionRow.plate_token.is_not(None) if attributed else SessionRow.plate_token.is_(None))
    if after is not None:
        wanted.append(SessionRow.session_id < after)
    query = select(SessionRow.__table__).where(*wanted).order_by(SessionRow.session_id.desc()).limit(limit)
    return await _many(session, query)


async def add(session: AsyncSession, stay: ParkingSession) -> None:
    await add_all(session, [stay])


async def add_all(session: AsyncSession, stays: Sequence[ParkingSession]) -> None:
    await _ADD.rows(session, _encoded(stays))


async def save(session: AsyncSession, stay: ParkingSession) -> None:
    """Write the whole stay: the caller read it under a lock, or what another did in between is lost."""
    await save_all(session, [stay])


async def save_all(session: AsyncSession, stays: Sequence[ParkingSession]) -> None:
    """As `save`, for several different ones."""
    await _SAVE.rows(session, _encoded(stays))


def _encoded(stays: Sequence[ParkingSession]) -> str:
    """As the table's own row type reads it: the columns are named as the fields."""
    return msgspec.json.encode(stays).decode()


def _stay(fields: dict[str, Any]) -> ParkingSession:
    gaps = msgspec.convert(fields["gaps"], tuple[Gap, ...])
    evidence = msgspec.convert(fields["evidence"], tuple[Proof, ...])
    return ParkingSession(**fields | {"gaps": gaps, "evidence": evidence})


def _of_rows(rows: Sequence[Sequence[Any]]) -> list[ParkingSession]:
    return [_stay(dict(zip(_COLUMNS, row, strict=True))) for row in rows]


async def _one(session: AsyncSession, query: Select[Any]) -> ParkingSession | None:
    row = (await session.execute(query)).mappings().first()
    return None if row is None else _stay(dict(row))


async def _many(session: AsyncSession, query: Select[Any]) -> list[ParkingSession]:
    return [_stay(dict(row)) for row in (await session.execute(query)).mappings()]
