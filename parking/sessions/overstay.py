"""Suspects stays that are longer than their place allows: once for each, for a person to look at, never a penalty.

Suspected is only what evidence shows to be there beyond the time: a sensor that holds the stay, or a person's word or picture
from after it; a gate sees a vehicle leave, so one that it has not seen leave is there. A permit that holds there, or a reservation of the vehicle, is a right to stand longer.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus import outbox
from parking.events.vehicle import VehicleOverstaySuspected
from parking.sessions.model import WORDS
from parking.sessions.service import SOURCE
from parking.sessions.tables import OverstayRow

_TOGETHER: Final = 500
_BEYOND: Final = text(
    """
    SELECT s.session_id, coalesce(s.space_id, s.facility_id) AS place_id, s.zone_id, s.started_at, place.longest
    FROM session s
    LEFT JOIN space p ON p.space_id = s.space_id
    JOIN zone z ON z.zone_id = s.zone_id
    LEFT JOIN segment g ON g.segment_id = p.segment_id
    LEFT JOIN facility f ON f.facility_id = coalesce(s.facility_id, p.facility_id)
    CROSS JOIN LATERAL (
        SELECT coalesce(p.longest_stay_minutes, g.longest_stay_minutes, f.longest_stay_minutes, z.longest_stay_minutes)
            AS longest
    ) AS place
    CROSS JOIN LATERAL (SELECT s.started_at + place.longest * interval '1 minute' AS over_at) AS allowed
    WHERE s.state = 'open' AND allowed.over_at < :now
      AND (
          s.facility_id IS NOT NULL
          OR (s.last_positive_at IS NOT NULL AND s.paused_at IS NULL)
          OR EXISTS (
              SELECT FROM jsonb_array_elements(s.evidence) AS proof
              WHERE proof->>'source' <> 'sensor' AND proof->>'what' = ANY (CAST(:words AS text[]))
                AND CAST(proof->>'at' AS timestamptz) > allowed.over_at
          )
      )
      AND NOT EXISTS (SELECT FROM overstay o WHERE o.session_id = s.session_id)
      AND NOT EXISTS (
          SELECT FROM permit t
          WHERE t.plate_token = s.plate_token AND t.valid @> CAST(:now AS timestamptz)
            AND (t.revoked_at IS NULL OR t.revoked_at > :now)
            AND (
                cardinality(t.zone_ids) + cardinality(t.facility_ids) = 0
                OR s.zone_id = ANY (t.zone_ids) OR f.facility_id = ANY (t.facility_ids)
            )
      )
      AND NOT EXISTS (
          SELECT FROM reserved_space k JOIN reservation r ON r.reservation_id = k.reservation_id
          WHERE k.space_id = s.space_id AND NOT k.released AND k.during @> CAST(:now AS timestamptz)
            AND r.plate_token = s.plate_token
      )
    ORDER BY s.session_id LIMIT :together
    """
)


async def suspect(session: AsyncSession, now: datetime) -> int:
    """Tell of each overstay that nobody was told of; answers how many."""
    values = {"now": now, "words": list(WORDS), "together": _TOGETHER}
    beyond = (await session.execute(_BEYOND, values)).all()
    if not beyond:
        return 0
    rows = [{"session_id": row.session_id, "longest_minutes": row.longest, "suspected_at": now} for row in beyond]
    await session.execute(insert(OverstayRow), rows)
    facts = [
        VehicleOverstaySuspected(
            session_id=row.session_id,
            space_id=row.place_id,
            zone_id=row.zone_id,
            started_at=row.started_at,
            longest_minutes=row.longest,
            suspected_at=now,
        )
        for row in beyond
    ]
    await outbox.write(session, *facts, source=SOURCE, at=now)
    return len(beyond)
