"""Spaces of which frames came out of order: until the watermark has passed they are told anew from history, not followed.

A frame may be held back for an hour on its way. For so long after the last one that came out of order, whoever keeps an
account of the space takes it from history (`retelling.py`) whenever history has grown, and lets the changes that the engine
publishes meanwhile alone. The note is made in the transaction that writes the frame into history, so that what is told anew
always holds the frame that caused it. When nothing more came, it is told once more and the note is settled.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import case, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus import outbox
from parking.db.prepared import Prepared
from parking.domain.clock import from_micros
from parking.events.space import SpaceEvidenceReordered
from parking.occupancy.evidence import Observation
from parking.occupancy.history_rows import Judged, Published
from parking.occupancy.tables import UnsettledSpaceRow

LATENESS: Final = timedelta(hours=1)
"""How long a frame may be on its way; source: devices.md, section 2 (network servers hold frames up to an hour)."""
QUIET: Final = timedelta(minutes=1)
"""A note is settled when the space was quiet for so long before the watermark: then nothing about it is under way."""
KEPT: Final = timedelta(days=1)
"""As long as the bus may deliver a change again."""
DISORDERED: Final = b"lo"
"""Dispositions of frames that came out of order."""

_SOURCE: Final = "parking.occupancy"
_TOGETHER: Final = 500
_TOLD_ANEW: Final = Prepared("SELECT space_id, until FROM unsettled_space WHERE space_id = ANY($1::text[])")
_DUE: Final = text(
    """
    SELECT u.space_id, u.zone_id, u.evidence_from,
        EXISTS (
            SELECT FROM space_state_change c WHERE c.space_id = u.space_id AND c.at > u.until - CAST(:quiet AS interval)
        ) AS is_busy
    FROM unsettled_space u WHERE u.settled_at IS NULL AND u.until <= :now
    ORDER BY u.until LIMIT :together FOR UPDATE
    """
)


@dataclass(frozen=True, kw_only=True)
class Unsettled:
    """A space that is told anew at present."""

    zone_id: str
    evidence_from: datetime
    until: datetime


async def unsettled_spaces(session: AsyncSession) -> dict[str, Unsettled]:
    """By space, those that are not settled."""
    columns = (UnsettledSpaceRow.space_id, UnsettledSpaceRow.zone_id, UnsettledSpaceRow.evidence_from)
    rows = await session.execute(
        select(*columns, UnsettledSpaceRow.until).where(UnsettledSpaceRow.settled_at.is_(None))
    )
    return {
        row.space_id: Unsettled(zone_id=row.zone_id, evidence_from=row.evidence_from, until=row.until) for row in rows
    }


async def told_anew_until(session: AsyncSession, space_ids: Collection[str]) -> dict[str, datetime]:
    """By space, up to when its changes are no news, because it is or was told anew from history; nothing where it never was."""
    rows = await _TOLD_ANEW.rows(session, list(space_ids))
    return {row[0]: row[1] for row in rows}


async def note(
    session: AsyncSession,
    readings: Iterable[Judged],
    changes: Iterable[Published],
    known: Mapping[str, Unsettled],
    now: datetime,
) -> dict[str, Unsettled]:
    """Note the spaces of frames out of order, and tell of those and of all that are `known` and of which more came.

    In the transaction that writes the rows. Answers what is known now of each space that was told of.
    """
    late: dict[str, Unsettled] = {}
    touched: set[str] = set()
    for reading in readings:
        space_id = reading.observation.space_id
        if reading.letter in "lo":
            late[space_id] = _earlier(late.get(space_id), reading.observation, now)
        if reading.letter in "acwlo" and space_id in known:
            touched.add(space_id)
    touched.update(
        each.change.space_id for each in changes if each.change.space_id in known and each.change.evidence != "history"
    )
    if late:
        await _keep(session, late)
    told = {space_id: known[space_id] for space_id in touched} | {
        space_id: _joined(known.get(space_id), found) for space_id, found in late.items()
    }
    await _tell(session, told, now)
    return told


async def settle_due(session: AsyncSession, now: datetime) -> int:
    """Settle the notes whose watermark has passed in quiet, each told once more; the others wait. Answers how many."""
    due = (await session.execute(_DUE, {"now": now, "quiet": QUIET, "together": _TOGETHER})).all()
    busy = [row.space_id for row in due if row.is_busy]
    quiet = {
        row.space_id: Unsettled(zone_id=row.zone_id, evidence_from=row.evidence_from, until=now)
        for row in due
        if not row.is_busy
    }
    if busy:
        later = update(UnsettledSpaceRow).where(UnsettledSpaceRow.space_id.in_(busy)).values(until=now + 2 * QUIET)
        await session.execute(later.execution_options(synchronize_session=False))
    if quiet:
        settled = update(UnsettledSpaceRow).where(UnsettledSpaceRow.space_id.in_(quiet)).values(settled_at=now)
        await session.execute(settled.execution_options(synchronize_session=False))
        await _tell(session, quiet, now)
    await session.execute(delete(UnsettledSpaceRow).where(UnsettledSpaceRow.settled_at < now - KEPT))
    return len(quiet)


def _earlier(found: Unsettled | None, observation: Observation, now: datetime) -> Unsettled:
    observed_at = from_micros(observation.observed_at)
    if found is not None and found.evidence_from <= observed_at:
        return found
    return Unsettled(zone_id=observation.zone_id, evidence_from=observed_at, until=now + LATENESS)


def _joined(known: Unsettled | None, found: Unsettled) -> Unsettled:
    if known is None or found.evidence_from <= known.evidence_from:
        return found
    return Unsettled(zone_id=found.zone_id, evidence_from=known.evidence_from, until=found.until)


async def _keep(session: AsyncSession, late: Mapping[str, Unsettled]) -> None:
    rows = [
        {"space_id": space_id, "zone_id": found.zone_id, "evidence_from": found.evidence_from, "until": found.until}
        for space_id, found in sorted(late.items())
    ]
    wish = insert(UnsettledSpaceRow).values(rows)
    new = wish.excluded
    row = UnsettledSpaceRow
    earliest = case(
        (row.settled_at.is_(None), func.least(row.evidence_from, new.evidence_from)), else_=new.evidence_from
    )
    await session.execute(
        wish.on_conflict_do_update(
            index_elements=[row.space_id],
            set_={
                "zone_id": new.zone_id,
                "evidence_from": earliest,
                "until": func.greatest(row.until, new.until),
                "settled_at": None,
            },
        )
    )


async def _tell(session: AsyncSession, spaces: Mapping[str, Unsettled], now: datetime) -> None:
    facts = [
        SpaceEvidenceReordered(space_id=space_id, zone_id=found.zone_id, evidence_from=found.evidence_from)
        for space_id, found in sorted(spaces.items())
    ]
    if facts:
        await outbox.write(session, *facts, source=_SOURCE, at=now)
