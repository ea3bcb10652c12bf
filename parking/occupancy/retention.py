"""Old history goes by whole months, and what later days still stand on stays.

The last change of a space before the cut is carried into one partition for all of the past (`space_state_change_before_*`), so that the
state at any later instant, the roll-up, statements and a rebuild find it, however long ago a space fell silent. A table
is locked for the moment in which its partitions change; whoever reads longer than `PATIENCE` puts it off to the next run.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from parking.occupancy.partitions import BEFORE, CHANGES, READINGS, before_name, month_of, partitions_of
from parking.occupancy.tables import OccupancyHourRow

PATIENCE: Final = "2s"
"""The history writer waits behind this for so long at most."""
TOGETHER: Final = 20_000
"""Spaces whose last change is looked for in one statement, which may not take longer than any other."""
_BOUND: Final = text("SELECT space_id FROM space WHERE space_id > :after ORDER BY space_id OFFSET :skipped LIMIT 1")
_CARRIED: Final = """
    INSERT INTO {name}
    SELECT last.* FROM space s CROSS JOIN LATERAL (
        SELECT * FROM space_state_change c WHERE c.space_id = s.space_id AND c.at < '{cut}T00:00:00Z'
        ORDER BY c.at DESC, c.change_id DESC, c.item DESC LIMIT 1
    ) last
    WHERE s.space_id > :after AND (CAST(:upto AS text) IS NULL OR s.space_id <= :upto)
        AND (s.removed_at IS NULL OR s.removed_at >= '{cut}T00:00:00Z')
"""


async def forget_readings(session: AsyncSession, *, now: datetime, kept: timedelta) -> int:
    """Drop the months whose readings are all older; answers how many."""
    cut = month_of(now - kept)
    over = [name for name in await partitions_of(session, READINGS) if name < f"{READINGS}_{cut:%Y_%m}"]
    await _drop(session, over)
    return len(over)


async def forget_changes(session: AsyncSession, *, now: datetime, kept: timedelta, together: int = TOGETHER) -> int:
    """Drop the months whose changes are all older and counted into hours; answers how many."""
    counted = await session.scalar(select(func.max(OccupancyHourRow.hour)))
    if counted is None:
        return 0
    cut = min(month_of(now - kept), month_of(counted))
    present = await partitions_of(session, CHANGES)
    carried = [name for name in present if name.startswith(BEFORE)]
    over = [name for name in present if name not in carried and name < f"{CHANGES}_{cut:%Y_%m}"]
    if not over:
        return 0
    name = before_name(cut)
    await session.execute(text(f"CREATE TABLE {name} (LIKE {CHANGES} INCLUDING ALL)"))
    carry = text(_CARRIED.format(name=name, cut=cut))
    after, upto = "", await session.scalar(_BOUND, {"after": "", "skipped": together - 1})
    while upto is not None:
        await session.execute(carry, {"after": after, "upto": upto})
        after, upto = upto, await session.scalar(_BOUND, {"after": upto, "skipped": together - 1})
    await session.execute(carry, {"after": after, "upto": None})
    await _drop(session, [*over, *carried])
    attach = f"ALTER TABLE {CHANGES} ATTACH PARTITION {name} FOR VALUES FROM (MINVALUE) TO ('{cut}T00:00:00Z')"
    await session.execute(text(attach))
    return len(over)


async def forget_hours(session: AsyncSession, *, now: datetime, kept: timedelta) -> None:
    oldest = now - kept
    await session.execute(delete(OccupancyHourRow).where(OccupancyHourRow.hour < oldest))


async def _drop(session: AsyncSession, names: list[str]) -> None:
    await session.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE}'"))
    for name in sorted(names):
        await session.execute(text(f"DROP TABLE {name}"))
