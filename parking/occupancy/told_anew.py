"""A space told anew from history in PostgreSQL, and the engine told what it came to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus.codec import fact_of
from parking.bus.ports import Subscription
from parking.db.prepared import Prepared
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock, to_micros
from parking.events.envelope import CloudEvent
from parking.events.space import SpaceEvidenceReordered
from parking.occupancy.evidence import Observation
from parking.occupancy.ports import ReadingStream
from parking.occupancy.retelling import Closing, Story, entry_of, retell
from parking.occupancy.stored_readings import SELECTED, reading_of
from parking.occupancy.tables import SpaceStateRow

CONSUMER: Final = "occupancy-order"
_BACK: Final = tuple(timedelta(days=days) for days in (1, 8, 64))
"""How far back to look for the last evidence to the contrary, without which nobody knows since when a state holds."""
_ENOUGH: Final = 20_000
"""Frames after which no more are looked for: a camera that has looked so often knows since when."""
_AHEAD: Final = timedelta(minutes=5)
"""A frame may be observed so much later than received: clocks are allowed to be a little ahead."""
_FRAMES: Final = Prepared(f"""
    SELECT {SELECTED} FROM observation
    WHERE space_id = $1 AND observed_at >= $2 AND received_at >= $3 AND disposition <> 'u'
""")  # noqa: S608 - the columns are constants


@dataclass(frozen=True, kw_only=True)
class ToldAnew:
    """What history says of a space."""

    story: Story
    heard_at: int
    """Last receipt of a message about it, in microseconds."""
    newest: int
    """Newest observed time of a frame, in microseconds."""


async def tell_anew(session: AsyncSession, space_id: str, *, since: datetime, until: datetime) -> ToldAnew | None:
    """Tell a space from history, right from `since` on; None where history knows nothing of it."""
    told: ToldAnew | None = None
    known = -1
    for back in _BACK:
        frames = await _frames(session, space_id, since - back)
        if len(frames) == known:
            break
        known = len(frames)
        if not frames:
            continue
        closings, silences = await _published(session, space_id, since - back)
        zone_id = max(frames, key=lambda frame: frame.received_at).zone_id
        told = ToldAnew(
            story=retell(space_id, zone_id, frames, closings, silences, until=to_micros(until)),
            heard_at=max(frame.received_at for frame in frames),
            newest=max(frame.observed_at for frame in frames),
        )
        if known > _ENOUGH or _is_grounded(told.story, to_micros(since)):
            break
    return told


class OrderKeeper:
    """The consumer `occupancy-order`: corrects the engine's state of a space whose frames came out of order."""

    def __init__(self, database: Database, stream: ReadingStream, clock: Clock) -> None:
        self._database = database
        self._stream = stream
        self._clock = clock

    @property
    def subscription(self) -> Subscription:
        return Subscription(consumer=CONSUMER, types=frozenset({SpaceEvidenceReordered.TYPE}), handler=self.handle)

    async def handle(self, event: CloudEvent) -> None:
        """Again it does the same: what the engine is told is what history says. Raises as the servers do."""
        fact = fact_of(event)
        if not isinstance(fact, SpaceEvidenceReordered):
            return
        async with self._database.transaction() as session:
            told = await tell_anew(session, fact.space_id, since=fact.evidence_from, until=self._clock())
        if told is not None:
            await self._stream.correct(entry_of(fact.space_id, told.story, heard_at=told.heard_at))


def _is_grounded(story: Story, since: int) -> bool:
    """Whether the state at `since` and that of now both begin with a change from another that was known."""
    before = [change for change in story.changes if change.since <= since]
    return story.state.turned_after is not None and bool(before) and before[-1].turned_after is not None


async def _frames(session: AsyncSession, space_id: str, since: datetime) -> list[Observation]:
    return [reading_of(row) for row in await _FRAMES.rows(session, space_id, since, since - _AHEAD)]


async def _published(session: AsyncSession, space_id: str, since: datetime) -> tuple[Sequence[Closing], Sequence[int]]:
    """When the space was closed and opened since then, with how it stood before; and when it was taken to be silent."""
    row = SpaceStateRow
    columns = (row.at, row.status, row.evidence, row.reason, row.since)
    own = row.space_id == space_id
    before = select(*columns).where(own, row.at < since).order_by(row.at.desc()).limit(1)
    after = select(*columns).where(own, row.at >= since).order_by(row.at, row.change_id, row.item)
    closings: list[Closing] = []
    silences: list[int] = []
    is_closed = False
    for each in [*(await session.execute(before)), *(await session.execute(after))]:
        if each.evidence == "silence":
            silences.append(to_micros(each.since))
        if (each.status == "restricted") != is_closed:
            is_closed = not is_closed
            reason = each.reason if each.evidence == "restriction" else None
            closings.append(Closing(at=to_micros(each.at), is_closed=is_closed, evidence=each.evidence, reason=reason))
    return closings, silences
