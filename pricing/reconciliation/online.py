"""How long the devices of a concession were online, and how far its retrofit has come, out of the history.

A device is offline while the space it watches is unknown because nobody has heard of it (`silent`, `never_heard`); the
engine says so three heartbeats after the last message. A device that reports a fault or a doubt, or that is declared faulty, is online. Under a closure
history keeps the closure's reason; an unknown space then counts as one that nobody has heard of.
"""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from parking.retrofit.repository import of_concession
from pricing.reconciliation.model import OnlineTime, Retrofit

_ONLINE = text(
    """
    WITH period AS (
        SELECT tstzmultirange(tstzrange(CAST(:start AS timestamptz), CAST(:end AS timestamptz)))
            - coalesce((SELECT range_agg(during) FROM excused_outage
                        WHERE concession_id IS NULL OR concession_id = :concession_id), '{}'::tstzmultirange) AS counted
    ), watched AS (
        SELECT b.device_id, b.space_id, tstzmultirange(b.valid) * period.counted AS counted
        FROM period, device_binding AS b
        JOIN space AS s ON s.space_id = b.space_id
        JOIN concession_zone AS z ON z.zone_id = s.zone_id AND z.concession_id = :concession_id
        WHERE b.valid && tstzrange(CAST(:start AS timestamptz), CAST(:end AS timestamptz))
    ), spaces AS (
        SELECT DISTINCT space_id FROM watched
    ), told AS (
        SELECT space_id, greatest(at, CAST(:start AS timestamptz)) AS at, shard, change_id, item, is_heard
        FROM spaces CROSS JOIN LATERAL (
            SELECT at, shard, change_id, item, belief <> 'unknown' OR reason IN ('device_fault', 'device_faulty', 'device_uncertain', 'contradictory') AS is_heard
            FROM space_state_change AS c
            WHERE c.space_id = spaces.space_id AND c.at < CAST(:start AS timestamptz)
            ORDER BY at DESC, shard DESC, change_id DESC, item DESC LIMIT 1
        ) AS last
        UNION ALL
        SELECT c.space_id, c.at, c.shard, c.change_id, c.item,
            c.belief <> 'unknown' OR c.reason IN ('device_fault', 'device_faulty', 'device_uncertain', 'contradictory')
        FROM space_state_change AS c JOIN spaces USING (space_id)
        WHERE c.at >= CAST(:start AS timestamptz) AND c.at < CAST(:end AS timestamptz)
    ), spans AS (
        SELECT space_id, is_heard, at,
            lead(at, 1, CAST(:end AS timestamptz)) OVER (PARTITION BY space_id ORDER BY at, shard, change_id, item) AS until
        FROM told
    ), heard AS (
        SELECT space_id, range_agg(tstzrange(at, until)) AS heard
        FROM spans WHERE at < until AND is_heard
        GROUP BY space_id
    ), measured AS (
        SELECT w.device_id,
            (SELECT coalesce(sum(extract(epoch FROM upper(r) - lower(r))), 0) FROM unnest(w.counted) AS r) AS counted_s,
            (SELECT coalesce(sum(extract(epoch FROM upper(r) - lower(r))), 0)
             FROM unnest(w.counted * coalesce(h.heard, '{}'::tstzmultirange)) AS r) AS online_s
        FROM watched AS w LEFT JOIN heard AS h USING (space_id)
    )
    SELECT count(DISTINCT device_id), coalesce(sum(counted_s), 0), coalesce(sum(online_s), 0) FROM measured
    """
)


async def online_time(session: AsyncSession, concession_id: str, start: datetime, end: datetime) -> OnlineTime:
    """Device time in `[start, end)` by the bindings of that time; what is excused is in neither sum.

    A space that history knows nothing of was never heard, so its device was offline.
    """
    values = {"concession_id": concession_id, "start": start, "end": end}
    devices, counted, online = (await session.execute(_ONLINE, values)).one()
    return OnlineTime(devices=int(devices), counted_s=int(counted), online_s=int(online))


async def retrofit(session: AsyncSession, concession_id: str, at: datetime) -> Retrofit:
    """Spaces in service, and those that were retrofitted then (`parking.retrofit`): the rest failed or is to come."""
    planned, accepted = await of_concession(session, concession_id, at)
    return Retrofit(planned=planned, accepted=accepted)
