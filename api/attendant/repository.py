"""SQL of shifts and of the attendant's list."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import Row, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.attendant.tables import ShiftRow
from parking.places.tables import ZoneRow
from parking.sessions.tables import SessionRow

_KERB_COLUMNS: Final = """
    SELECT s.session_id, coalesce(s.space_id, s.facility_id) AS space_id, s.zone_id, z.name AS zone_name, z.name_en AS zone_name_en,
           coalesce(g.name, f.name) AS street, coalesce(g.name_en, f.name_en) AS street_en,
           s.state, s.started_at, s.ended_at, s.ended_latest, s.plate_token, z.district_id
    FROM session s
    JOIN zone z ON z.zone_id = s.zone_id
    LEFT JOIN space p ON p.space_id = s.space_id
    LEFT JOIN segment g ON g.segment_id = p.segment_id
    LEFT JOIN facility f ON f.facility_id = coalesce(s.facility_id, p.facility_id)
"""
_KERB_LIST: Final = text(
    _KERB_COLUMNS
    + """
    WHERE z.district_id = :district_id AND (CAST(:zone_id AS text) IS NULL OR s.zone_id = :zone_id)
      AND s.state = 'open' AND p.kind = 'kerb'
      AND strpos(
          lower(concat_ws(' ', s.space_id, z.name, z.name_en, g.name, g.name_en, f.name, f.name_en)), lower(:words)
      ) > 0
    ORDER BY s.plate_token IS NOT NULL, s.started_at, s.session_id
    LIMIT :limit
    """
)
_KERB_STAY: Final = text(_KERB_COLUMNS + " WHERE s.session_id = :session_id")
_STAY_AT: Final = text(
    """
    SELECT session_id FROM session
    WHERE space_id = :space_id AND started_at <= :at AND (ended_latest IS NULL OR ended_latest >= :at)
    ORDER BY started_at DESC LIMIT 1
    """
)
_WITHOUT_PLATE: Final = text(
    """
    SELECT count(*) FROM session s JOIN zone z ON z.zone_id = s.zone_id JOIN space p ON p.space_id = s.space_id
    WHERE z.district_id = :district_id AND (CAST(:zone_id AS text) IS NULL OR s.zone_id = :zone_id)
      AND s.state = 'open' AND p.kind = 'kerb' AND s.plate_token IS NULL
    """
)


async def insert_shift(session: AsyncSession, **columns: Any) -> bool:  # noqa: ANN401 - columns of the table
    """Whether the account had no open shift."""
    row = insert(ShiftRow).values(**columns).on_conflict_do_nothing().returning(ShiftRow.shift_id)
    return (await session.execute(row)).scalar_one_or_none() is not None


async def open_shift(session: AsyncSession, account_name: str, *, lock: bool = False) -> ShiftRow | None:
    """The account's open shift; with `lock` nobody closes it until the transaction ends."""
    wanted = select(ShiftRow).where(ShiftRow.account_name == account_name, ShiftRow.closed_at.is_(None))
    return cast("ShiftRow | None", await session.scalar(wanted.with_for_update() if lock else wanted))


async def shift_by_id(session: AsyncSession, shift_id: str) -> ShiftRow | None:
    """Held until the transaction ends."""
    wanted = select(ShiftRow).where(ShiftRow.shift_id == shift_id).with_for_update()
    return cast("ShiftRow | None", await session.scalar(wanted))


async def close_shift(session: AsyncSession, shift_id: str, *, closed_at: datetime, close_id: str) -> None:
    closing = update(ShiftRow).where(ShiftRow.shift_id == shift_id)
    await session.execute(closing.values(closed_at=closed_at, close_id=close_id))


async def district_of_zone(session: AsyncSession, zone_id: str) -> str | None:
    return cast("str | None", await session.scalar(select(ZoneRow.district_id).where(ZoneRow.zone_id == zone_id)))


async def kerb_list(
    session: AsyncSession, *, district_id: str, zone_id: str | None, words: str, limit: int
) -> tuple[Sequence[Row[Any]], int]:
    """Open stays at the kerb whose place holds the words, and how many there have no plate, whatever the words."""
    where = {"district_id": district_id, "zone_id": zone_id}
    rows = (await session.execute(_KERB_LIST, {**where, "words": words, "limit": limit})).all()
    return rows, int((await session.execute(_WITHOUT_PLATE, where)).scalar_one())


async def kerb_stay(session: AsyncSession, session_id: str) -> Row[Any] | None:
    return (await session.execute(_KERB_STAY, {"session_id": session_id})).one_or_none()


async def stays_in(session: AsyncSession, stay_ids: Collection[str], district_id: str | None) -> Sequence[str]:
    """Of the stays those in the district; None is the whole city."""
    wanted = select(SessionRow.session_id).join(ZoneRow, ZoneRow.zone_id == SessionRow.zone_id)
    wanted = wanted.where(SessionRow.session_id.in_(stay_ids)).order_by(SessionRow.session_id)
    if district_id is not None:
        wanted = wanted.where(ZoneRow.district_id == district_id)
    return (await session.scalars(wanted)).all()


async def stay_at(session: AsyncSession, space_id: str, at: datetime) -> str | None:
    """Of the stays on a space the one that lasted at the instant."""
    found = await session.execute(_STAY_AT, {"space_id": space_id, "at": at})
    return cast("str | None", found.scalar_one_or_none())
