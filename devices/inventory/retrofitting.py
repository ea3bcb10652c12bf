"""Keeps the figures of the retrofit true to the registry: which spaces an accepted device watches that has been heard there.

Whatever binds, accepts or takes away asks for its spaces at once; a job of the schedule asks for all, because a first word
and a space that leaves the street are nobody's deed here.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from parking.retrofit import service as retrofit
from parking.retrofit.repository import Begun

MOST: Final = 5000
"""The first words of a whole city would be more than one transaction should hold."""
# A test is passed by what the device said on the space, and what it said then never became the state of the space.
_BEGUN: Final = text(
    """
    SELECT DISTINCT ON (s.space_id) s.space_id, d.device_id
    FROM space s
    JOIN device_binding b ON b.space_id = s.space_id AND b.valid @> CAST(:at AS timestamptz)
    JOIN device d ON d.device_id = b.device_id AND d.stage = 'accepted' AND d.removed_at IS NULL
    WHERE s.removed_at IS NULL AND s.space_id > :after
      AND (:everywhere OR s.space_id = ANY(CAST(:spaces AS text[])))
      AND NOT EXISTS (SELECT FROM retrofit_span r WHERE r.space_id = s.space_id AND upper_inf(r.valid))
      AND (
        EXISTS (
            SELECT FROM space_state_change c
            WHERE c.space_id = s.space_id AND c.device_id = d.device_id AND c.at >= lower(b.valid)
        )
        OR EXISTS (
            SELECT FROM device_step t
            WHERE t.device_id = d.device_id AND t.deed = 'pass' AND t.at >= lower(b.valid)
        )
      )
    ORDER BY s.space_id, d.device_id
    LIMIT CAST(:most AS integer)
    """
)
_ENDED: Final = text(
    """
    SELECT r.space_id
    FROM retrofit_span r JOIN space s ON s.space_id = r.space_id
    WHERE upper_inf(r.valid)
      AND (:everywhere OR r.space_id = ANY(CAST(:spaces AS text[])))
      AND (
        s.removed_at IS NOT NULL
        OR NOT EXISTS (
            SELECT FROM device_binding b
            JOIN device d ON d.device_id = b.device_id AND d.stage = 'accepted' AND d.removed_at IS NULL
            WHERE b.space_id = r.space_id AND b.valid @> CAST(:at AS timestamptz)
        )
      )
    """
)


async def follow(
    session: AsyncSession, at: datetime, space_ids: Collection[str] | None = None, *, after: str = ""
) -> str | None:
    """Bring the figures of these spaces, or with None of all, to what the registry says now.

    Of all at most `MOST` begin at once, those that come `after` a space: with more to come it answers the last of them, and whoever
    asks goes on from there in a transaction of its own.
    """
    if space_ids is not None and not space_ids:
        return None
    most = MOST if space_ids is None else None
    values = {"at": at, "everywhere": space_ids is None, "spaces": list(space_ids or ()), "after": after, "most": most}
    begun = [Begun(row.space_id, row.device_id, at) for row in await session.execute(_BEGUN, values)]
    ended = [] if after else list(await session.scalars(_ENDED, values))
    if begun or ended:
        await retrofit.progress(session, begun, ended, at)
    return begun[-1].space_id if len(begun) == most else None
