"""What follows from a written feature: spaces that move along, spaces that leave, and the new revision of zones."""

from collections.abc import Collection
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_LOCK_KEY: Final = 0x504C4143
_LOCK = text("SELECT pg_advisory_xact_lock(:key)")

_CARRY = text("""
    UPDATE space SET zone_id = parent.zone_id, kind = parent.kind, modified_at = :at
    FROM (
        SELECT segment_id AS parent_id, zone_id, 'kerb' AS kind, true AS is_segment FROM segment
        UNION ALL
        SELECT facility_id, zone_id, kind, false FROM facility
    ) parent
    WHERE parent.parent_id = ANY(CAST(:ids AS text[]))
      AND parent.parent_id = CASE WHEN parent.is_segment THEN space.segment_id ELSE space.facility_id END
      AND (space.zone_id, space.kind) <> (parent.zone_id, parent.kind)
""")

_PRUNE = text("""
    UPDATE space SET removed_at = :at, modified_at = :at
    WHERE removed_at IS NULL AND zone_id = ANY(CAST(:zone_ids AS text[]))
      AND NOT space_id = ANY(CAST(:kept AS text[]))
    RETURNING zone_id
""")

_REMOVE_ZONES = text("""
    UPDATE zone SET removed_at = :at
    WHERE removed_at IS NULL AND zone_id = ANY(CAST(:zone_ids AS text[]))
    RETURNING zone_id
""")

_RENEW = text("""
    UPDATE zone
    SET revision = nextval('zone_revision'), modified_at = coalesce(CAST(:at AS timestamptz), modified_at)
    WHERE zone_id = ANY(CAST(:zone_ids AS text[]))
    RETURNING zone_id, district_id, revision,
              (SELECT count(*) FROM space s WHERE s.zone_id = zone.zone_id AND s.removed_at IS NULL) AS capacity
""")

_NOTIFY = text("SELECT pg_notify(:channel, :payload)")


class RenewedZone(NamedTuple):
    """A zone that got a new revision."""

    zone_id: str
    district_id: str
    revision: int
    capacity: int


async def lock_inventory(session: AsyncSession) -> None:
    """One writer of the inventory at a time; the lock ends with the transaction."""
    await session.execute(_LOCK, {"key": _LOCK_KEY})


async def carry_spaces(session: AsyncSession, parent_ids: Collection[str], at: datetime) -> None:
    """Let the spaces of segments and facilities follow them to their zone and kind."""
    await session.execute(_CARRY, {"ids": list(parent_ids), "at": at})


async def prune_spaces(
    session: AsyncSession, zone_ids: Collection[str], kept: Collection[str], at: datetime
) -> list[str]:
    """Take every space of these zones out of use but those kept; returns the zone of each one that left."""
    parameters = {"zone_ids": list(zone_ids), "kept": list(kept), "at": at}
    return list(await session.scalars(_PRUNE, parameters))


async def remove_zones(session: AsyncSession, zone_ids: Collection[str], at: datetime) -> list[str]:
    """Take zones out of use and return those that were in use; their spaces are `prune_spaces`'s task."""
    return list(await session.scalars(_REMOVE_ZONES, {"zone_ids": list(zone_ids), "at": at}))


async def renew_zones(session: AsyncSession, zone_ids: Collection[str], at: datetime | None) -> list[RenewedZone]:
    """Give zones new revisions; in order of id. Without `at` the engine hears of them and the inventory is as it was."""
    found = await session.execute(_RENEW, {"zone_ids": list(zone_ids), "at": at})
    return sorted(RenewedZone(*row) for row in found)


async def announce(session: AsyncSession, channel: str, payload: str) -> None:
    """Wake those who listen, once the transaction has committed."""
    await session.execute(_NOTIFY, {"channel": channel, "payload": payload})
