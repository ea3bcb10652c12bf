"""Keeps how many vehicles are inside each facility that reports passages, in the transaction of each report.

What is reckoned is in `parking.occupancy.gate_counts` and `gate_tracks`; here it is loaded, fed and kept. The caller holds the
facility's lock (`repository.lock_facility`). A facility of which nobody knows how many spaces it has is not reckoned.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.clock import from_micros, to_micros
from parking.gates import repository
from parking.gates.model import FacilityCount, Passage
from parking.gates.tables import GateEstimateRow, PassageRow
from parking.gates.visits import ENTRY_OF_EXIT, NEXT_OF_ENTRY
from parking.occupancy.gate_counts import GateCount, begin, counted, passed, resized
from parking.occupancy.gate_tracks import LOOK_EVERY, REMEMBERED, Dwells, Matches, looked
from parking.places.tables import SpaceRow
from parking.sessions.at_facility import READ_AGAIN

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(GateCount).decode
_MOST_REPEATED: Final = 2000
"""Passages after a count that came late, which are reckoned again on top of it; of an older one nothing is taken."""

_LEFT = text(f"""
    SELECT x.at AS left_at, e.at AS entered_at FROM reported_passage x {ENTRY_OF_EXIT}
    WHERE x.facility_id = :facility_id AND x.direction = 'exit' AND x.at > :since AND x.at <= :until
        AND num_nonnulls(x.visit_id, x.plate_token) > 0
        AND NOT EXISTS (
            SELECT FROM reported_passage r
            WHERE r.facility_id = x.facility_id AND r.plate_token = x.plate_token AND r.direction = 'exit'
                AND (r.at < x.at OR r.at = x.at AND r.item_id < x.item_id) AND r.at >= x.at - CAST(:again_within AS interval)
        )
""")  # noqa: S608 - the part is a constant
_CAME_BACK = text("""
    SELECT count(*) FILTER (WHERE b.direction = 'exit') AS returned,
        count(*) FILTER (WHERE b.direction = 'entry' AND b.at < n.at - CAST(:again_within AS interval)) AS repeated
    FROM reported_passage n CROSS JOIN LATERAL (
        SELECT p.direction, p.at FROM reported_passage p
        WHERE p.facility_id = n.facility_id AND p.plate_token = n.plate_token AND p.item_id <> n.item_id AND p.at < n.at
        ORDER BY p.at DESC, p.direction DESC, p.item_id DESC LIMIT 1
    ) b
    WHERE n.facility_id = :facility_id AND n.direction = 'entry' AND n.at > :since AND n.at <= :until
""")
_INSIDE = text(f"""
    SELECT n.at FROM reported_passage n {NEXT_OF_ENTRY}
    WHERE n.facility_id = :facility_id AND n.direction = 'entry' AND n.at > :remembered AND n.at <= :until
        AND num_nonnulls(n.visit_id, n.plate_token) > 0 AND next.direction IS NULL
        AND NOT EXISTS (
            SELECT FROM reported_passage o
            WHERE o.facility_id = n.facility_id AND o.visit_id = n.visit_id AND o.direction = 'exit' AND o.at >= n.at
        )
""")  # noqa: S608 - the part is a constant


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What is kept of a facility."""

    count: GateCount
    dwells: Dwells


def read(row: GateEstimateRow) -> GateCount:
    return _decode(row.count)


async def follow_passage(session: AsyncSession, passage: Passage) -> None:
    """A passage was kept. What a reader saw twice within a minute passed once."""
    if await _is_read_again(session, passage):
        return
    at = to_micros(passage.at)
    known = await _known(session, passage.facility_id)
    if known is None:
        known = await _begun(session, passage.facility_id, at)
        if known is None:
            return
    count, dwells = passed(known.count, passage.direction, at), known.dwells
    if at - count.looked_at >= LOOK_EVERY:
        count = resized(count, await _capacity(session, passage.facility_id) or count.capacity)
        found = await _matches(session, passage.facility_id, count.looked_at, at)
        count, dwells = looked(count, dwells, found, at)
    await _keep(session, passage.facility_id, count, dwells if dwells is not known.dwells else None)


async def follow_count(session: AsyncSession, told: FacilityCount) -> None:
    """A newer count than the one before was kept; it may be older than passages that are known already."""
    known = await _known(session, told.facility_id)
    if known is None:
        return
    before = resized(known.count, told.capacity)
    later = await _passages_after(session, told)
    if len(later) > _MOST_REPEATED:
        return
    count = counted(before, told.capacity - told.vacant, to_micros(told.observed_at))
    for row in later:
        count = passed(count, "entry" if row.direction == "entry" else "exit", to_micros(row.at))
    await _keep(session, told.facility_id, msgspec.structs.replace(count, today=before.today), None)


async def _known(session: AsyncSession, facility_id: str) -> Estimate | None:
    row = await session.get(GateEstimateRow, facility_id, populate_existing=True)
    return None if row is None else Estimate(count=_decode(row.count), dwells=tuple(row.dwells))


async def _begun(session: AsyncSession, facility_id: str, at: int) -> Estimate | None:
    told = await repository.count_now(session, facility_id)
    if told is not None and told.capacity:
        count = begin(told.capacity, to_micros(told.observed_at))
        return Estimate(count=counted(count, told.capacity - told.vacant, count.at), dwells=())
    capacity = await _capacity(session, facility_id)
    return None if capacity is None else Estimate(count=begin(capacity, at), dwells=())


async def _capacity(session: AsyncSession, facility_id: str) -> int | None:
    """As the facility told it last, else as many as the inventory has; None where neither knows of any."""
    told = await repository.count_now(session, facility_id)
    if told is not None and told.capacity:
        return told.capacity
    listed = select(func.count()).where(SpaceRow.facility_id == facility_id, SpaceRow.removed_at.is_(None))
    return int((await session.execute(listed)).scalar_one()) or None


async def _is_read_again(session: AsyncSession, passage: Passage) -> bool:
    if passage.plate_token is None:
        return False
    row = PassageRow
    other = select(row.item_id).where(
        row.facility_id == passage.facility_id,
        row.plate_token == passage.plate_token,
        row.direction == passage.direction,
        row.item_id != passage.item_id,
        row.at.between(passage.at - READ_AGAIN, passage.at + READ_AGAIN),
    )
    return (await session.execute(other.limit(1))).first() is not None


async def _passages_after(session: AsyncSession, told: FacilityCount) -> Sequence[PassageRow]:
    row = PassageRow
    query = (
        select(row).where(row.facility_id == told.facility_id, row.at > told.observed_at).order_by(row.at, row.item_id)
    )
    return (await session.scalars(query.limit(_MOST_REPEATED + 1))).all()


async def _matches(session: AsyncSession, facility_id: str, since: int, until: int) -> Matches:
    values = {
        "facility_id": facility_id,
        "since": from_micros(max(since, until - REMEMBERED)),
        "until": from_micros(until),
        "remembered": from_micros(until - REMEMBERED),
        "again_within": READ_AGAIN,
    }
    left = (await session.execute(_LEFT, _only(values, "facility_id", "since", "until", "again_within"))).all()
    back = (await session.execute(_CAME_BACK, _only(values, "facility_id", "since", "until", "again_within"))).one()
    inside = await session.scalars(_INSIDE, _only(values, "facility_id", "remembered", "until"))
    return Matches(
        visits=[(to_micros(row.entered_at), to_micros(row.left_at)) for row in left if row.entered_at is not None],
        unmatched=sum(row.entered_at is None for row in left),
        returned=back.returned,
        repeated=back.repeated,
        inside=[to_micros(at) for at in inside],
    )


def _only(values: dict[str, object], *names: str) -> dict[str, object]:
    return {name: values[name] for name in names}


async def _keep(session: AsyncSession, facility_id: str, count: GateCount, dwells: Dwells | None) -> None:
    """Lengths of visits are many numbers, so they are written only when they have changed."""
    members = {"count": _encode(count), "written_at": func.now()} | ({} if dwells is None else {"dwells": list(dwells)})
    row = insert(GateEstimateRow).values({"dwells": [], "facility_id": facility_id} | members)
    await session.execute(row.on_conflict_do_update(index_elements=[GateEstimateRow.facility_id], set_=members))
    await repository.announce(session)
