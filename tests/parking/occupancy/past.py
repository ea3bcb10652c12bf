"""A past of the kerb city, for tests that ask for it: published changes, and frames of which one came late."""

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from parking.db.unit_of_work import Database
from parking.domain.clock import to_micros
from parking.occupancy.copy_form import observation_rows
from parking.occupancy.evidence import Observation, SensedStatus
from parking.occupancy.history_rows import Judged
from parking.occupancy.hour_rows import HourRow, copy_hours
from parking.occupancy.partitions import ensure_partitions, months_from
from parking.occupancy.repository import copy_rows
from parking.occupancy.tables import SpaceStateRow

NINE: Final = datetime(2026, 3, 2, 1, tzinfo=UTC)
"""In the morning, in Zibo."""


def after(minutes: int) -> datetime:
    return NINE + timedelta(minutes=minutes)


async def put_past(database: Database) -> None:
    """S1 is taken at 9:10 and left at 9:40; that it was left at 9:20 and taken again at 9:30 comes at ten. S2 is closed at 9:15, with a
    vehicle on it. S3 is watched by a device that is not believed.
    """
    async with database.transaction() as session:
        await ensure_partitions(session, months_from(NINE.date(), 1))
        for minute, space, status, belief, reason in (
            (0, "S1", "unknown", "unknown", "never_heard"),
            (0, "S2", "occupied", "occupied", None),
            (5, "S3", "unknown", "unknown", "device_faulty"),
            (10, "S1", "occupied", "occupied", None),
            (15, "S2", "restricted", "occupied", "market"),
            (40, "S1", "free", "free", None),
        ):
            await put_change(session, after(minute), space, status, belief, reason)
        frames: tuple[tuple[SensedStatus, int, int], ...] = (
            ("occupied", 10, 10),
            ("free", 20, 60),
            ("occupied", 30, 60),
            ("free", 40, 40),
        )
        rows = [
            Judged(0, f"{number}-0", 0, _frame(status, seen, come), "l" if come > seen else "a")
            for number, (status, seen, come) in enumerate(frames)
        ]
        await copy_rows(session, [observation_rows(rows)], [])
        lengths = [2, 0, 1, *[0] * 13]
        await copy_hours(session, [HourRow("Z1", "kerb", NINE, 3, 5400, 2700, 0, 2, 5400, 3300, lengths)])


async def put_change(
    session: AsyncSession,
    at: datetime,
    space: str,
    status: str,
    belief: str,
    reason: str | None,
    *,
    evidence: str = "change",
) -> None:
    row = {"space_id": space, "status": status, "belief": belief, "reason": reason, "at": at, "since": at}
    place = {"shard": 0, "change_id": f"{to_micros(at)}-0", "item": int(space[1]), "zone_id": "Z1"}
    await session.execute(insert(SpaceStateRow), [row | place | {"previous_status": "unknown", "evidence": evidence}])


def _frame(status: SensedStatus, seen: int, come: int) -> Observation:
    return Observation("d1", "S1", "Z1", "change", status, to_micros(after(seen)), to_micros(after(come)), 7200)
