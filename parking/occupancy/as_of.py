"""The spaces of a zone, a district or the city as they were at an instant: as it was published then, or as it is best known now.

What was published then is the last change of each space up to the instant. What is best known now is told anew from all frames that history
has by now, those included that came late (`told_anew.py`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.clock import from_micros, to_micros
from parking.domain.errors import InvalidInputError
from parking.occupancy.model import SpaceChange
from parking.occupancy.partitions import BEFORE, CHANGES, READINGS, month_of, partitions_of
from parking.occupancy.retelling import Story
from parking.occupancy.told_anew import tell_anew

# A space that has moved is looked for where it is now, and counted where it was.
_THEN: Final = text("""
    SELECT s.space_id, c.zone_id, z.district_id, s.facility_id, s.kind, c.status, c.belief, c.reason, c.since, c.observed_at,
        c.evidence, c.device_id, c.confidence, c.at
    FROM space s JOIN zone z ON z.zone_id = s.zone_id CROSS JOIN LATERAL (
        SELECT * FROM space_state_change c WHERE c.space_id = s.space_id AND c.at <= :at
        ORDER BY c.at DESC, c.change_id DESC, c.item DESC LIMIT 1
    ) c
    WHERE (CAST(:zone AS text) IS NULL OR s.zone_id = :zone)
        AND (CAST(:district AS text) IS NULL OR z.district_id = :district)
        AND NOT (c.evidence = 'inventory' AND c.status = 'unknown' AND c.reason IS NOT DISTINCT FROM 'removed')
    ORDER BY s.zone_id, s.space_id
""")


@dataclass(frozen=True, kw_only=True)
class SpaceThen:
    """One space at the instant; `since`, the grounds and the reason are those of its belief."""

    space_id: str
    zone_id: str
    district_id: str
    facility_id: str | None
    kind: str
    status: str
    belief: str
    reason: str | None
    since: datetime
    observed_at: datetime | None
    evidence: str
    device_id: str | None
    confidence: float | None
    at: datetime
    """When this was published; of what was told anew, when the evidence was observed."""


async def published(
    session: AsyncSession, at: datetime, *, zone_id: str | None = None, district_id: str | None = None
) -> list[SpaceThen]:
    """By zone and space. A space that was not in the inventory then is left out.

    Raises InvalidInputError `history_gone` for an instant of which only the last changes before the present are kept.
    """
    kept = [name for name in await partitions_of(session, CHANGES) if name.startswith(BEFORE)]
    if kept and month_of(at) < _month_in(kept[-1]):
        raise InvalidInputError(f"history is kept from {_month_in(kept[-1])} on", code="history_gone")
    rows = await session.execute(_THEN, {"at": at, "zone": zone_id, "district": district_id})
    return [SpaceThen(**row) for row in rows.mappings()]


async def best_known(
    session: AsyncSession, at: datetime, spaces: Sequence[SpaceThen], *, now: datetime
) -> list[SpaceThen]:
    """What was published of these spaces, with what all frames say that history has by now. One read of the frames a space.

    Raises InvalidInputError `history_gone` for an instant whose readings are not kept any more.
    """
    months = await partitions_of(session, READINGS)
    if months and month_of(at) < _month_in(months[0]):
        raise InvalidInputError(f"readings are kept from {_month_in(months[0])} on", code="history_gone")
    found: list[SpaceThen] = []
    for space in spaces:
        told = await tell_anew(session, space.space_id, since=at, until=now)
        found.append(space if told is None else _with(space, told.story, to_micros(at)))
    return found


@dataclass(kw_only=True)
class Counted:
    """How many spaces were in which state; the four add up to `capacity`."""

    capacity: int = 0
    vacant: int = 0
    occupied: int = 0
    unknown: int = 0
    restricted: int = 0
    restricted_occupied: int = 0

    def add(self, space: SpaceThen) -> None:
        self.capacity += 1
        self.vacant += space.status == "free"
        self.occupied += space.status == "occupied"
        self.unknown += space.status == "unknown"
        self.restricted += space.status == "restricted"
        self.restricted_occupied += space.status == "restricted" and space.belief == "occupied"


def unknown_because(spaces: Iterable[SpaceThen]) -> dict[str, int]:
    """How many of them were unknown for which reason."""
    found: dict[str, int] = {}
    for space in spaces:
        if space.status == "unknown":
            reason = space.reason or "unknown"
            found[reason] = found.get(reason, 0) + 1
    return dict(sorted(found.items()))


def _with(space: SpaceThen, story: Story, at: int) -> SpaceThen:
    """A closure held as it was published; below it the belief is the story's."""
    held: SpaceChange | None = None
    for change in story.changes:
        if change.since <= at:
            held = change
    if held is None:
        return space
    is_closed = space.status == "restricted"
    return replace(
        space,
        status=space.status if is_closed else held.belief,
        belief=held.belief,
        reason=space.reason if is_closed else held.reason,
        since=from_micros(held.since),
        observed_at=None if held.observed_at is None else from_micros(held.observed_at),
        evidence=held.evidence,
        device_id=held.device_id,
        confidence=held.confidence,
        at=from_micros(held.at),
    )


def _month_in(name: str) -> date:
    """The month that the name of a partition ends with."""
    return datetime.strptime(name[-7:], "%Y_%m").replace(tzinfo=UTC).date()
