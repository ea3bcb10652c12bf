"""Feeds zone definitions from the inventory in PostgreSQL to the engine, as entries of its own streams."""

import asyncio
import logging
from collections.abc import Collection, Mapping
from typing import Any, Final

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from parking.bus.cancellation import still_wanted
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock, to_micros, utc_now
from parking.domain.errors import UnavailableError
from parking.occupancy import keys
from parking.occupancy.evidence import ZoneEntry
from parking.occupancy.ports import ReadingStream
from parking.occupancy.shards import SHARDS, shard_of
from parking.places.model import ZoneDefinition
from parking.places.repository import zone_definitions, zone_revisions
from parking.restrictions.model import Closure
from parking.restrictions.repository import closures

EVERY_S: Final = 15.0
"""A wiped live store, or a lost event, is made good within this time."""
RETRY_S: Final = 1.0
TIMEOUT_S: Final = 30.0

_log = logging.getLogger(__name__)
TOGETHER: Final = 200
"""New zones that are read together: a million spaces are never held at once."""
_zone = msgspec.msgpack.Decoder(ZoneEntry)


class _Revision(msgspec.Struct, frozen=True, array_like=True):
    """The beginning of a `ZoneEntry`."""

    zone_id: str
    revision: int


_revision = msgspec.msgpack.Decoder(_Revision)


class ZoneFeeder:
    """Idempotent: a definition that the live store already has is not sent again."""

    def __init__(self, redis: Redis, database: Database, stream: ReadingStream, *, clock: Clock = utc_now) -> None:
        self._redis = redis
        self._database = database
        self._stream = stream
        self._clock = clock

    async def run(self) -> None:
        """Reconcile all zones now and from time to time, through outages of either server."""
        down = False
        while True:
            still_wanted()
            wait_s = EVERY_S
            try:
                await self.reconcile()
            except (UnavailableError, RedisError, SQLAlchemyError, OSError, TimeoutError) as error:
                if not down:
                    _log.warning("zone feeder: waits: %s", error)
                down, wait_s = True, RETRY_S
            else:
                if down:
                    _log.info("zone feeder: goes on")
                down = False
            await asyncio.sleep(wait_s)

    async def reconcile(self, zone_ids: Collection[str] | None = None) -> int:
        """Send the definitions, all or those named, that the live store lacks or has otherwise; how many were sent.

        Only revisions are compared of all; a definition is read when it is to be sent, so many at a time.
        Raises what the servers raise, and `UnavailableError` when the stream cannot be written.
        """
        async with asyncio.timeout(TIMEOUT_S):
            # The live store first: what the inventory gains in between is then seen as a difference, not missed.
            known = await self._known(zone_ids)
            async with self._database.transaction() as session:
                wanted = await zone_revisions(session, zone_ids)
        gone = [ZoneEntry(zone_id, known[zone_id], [], self._now()) for zone_id in known if zone_id not in wanted]
        sent = await self._send(gone)
        # A zone that is new loses nothing to another, and speaks before those that may lose a space to it.
        new = sorted(zone_id for zone_id in wanted if zone_id not in known)
        for start in range(0, len(new), TOGETHER):
            sent += await self._send(await self._define(new[start : start + TOGETHER], known))
        changed = [zone_id for zone_id, revision in known.items() if wanted.get(zone_id, revision) != revision]
        sent += await self._send(await self._define(changed, known))
        if sent and zone_ids is None:
            _log.info("zone feeder: sent %d zone definitions", sent)
        return sent

    def _now(self) -> int:
        return to_micros(self._clock())

    async def _send(self, entries: Collection[ZoneEntry]) -> int:
        async with asyncio.timeout(TIMEOUT_S):
            for entry in entries:
                await self._stream.define_zone(entry)
        return len(entries)

    async def _known(self, zone_ids: Collection[str] | None) -> dict[str, int]:
        """The revisions that the live store has."""
        if zone_ids is not None:
            return {entry.zone_id: entry.revision for entry in await self._entries(zone_ids)}
        known: dict[str, int] = {}
        for shard in SHARDS:
            values: Any = await self._redis.hvals(keys.zones(shard))
            known.update((entry.zone_id, entry.revision) for entry in map(_revision.decode, values))
        return known

    async def _entries(self, zone_ids: Collection[str]) -> list[ZoneEntry]:
        async with self._redis.pipeline(transaction=False) as pipeline:
            for zone_id in zone_ids:
                pipeline.hget(keys.zones(shard_of(zone_id)), zone_id)
            answers: list[bytes | None] = await pipeline.execute()
        return [_zone.decode(value) for value in answers if value is not None]

    async def _define(self, zone_ids: Collection[str], known: Mapping[str, int]) -> list[ZoneEntry]:
        """What to send for zones of which the live store has another revision or none."""
        if not zone_ids:
            return []
        async with asyncio.timeout(TIMEOUT_S):
            before = {entry.zone_id: entry for entry in await self._entries([z for z in zone_ids if z in known])}
            async with self._database.transaction() as session:
                wanted = await zone_definitions(session, zone_ids)
                # After the revisions: a restriction that comes in between is then sent again, not missed.
                closed = await closures(session, self._clock(), zone_ids)
        return differences(wanted, before, closed, self._now())


def differences(
    wanted: Collection[ZoneDefinition],
    known: Mapping[str, ZoneEntry],
    closed: Mapping[str, Collection[Closure]],
    at: int,
) -> list[ZoneEntry]:
    """What to send, in order: removals, then the zones that gain most.

    A zone that gains a space speaks before the one that loses it, so that the space moves with its belief. What is
    known was read before what is wanted; an inventory below it was wound back, and the zone begins anew.
    """
    names = {zone.zone_id for zone in wanted}
    removed = [ZoneEntry(zone_id, entry.revision, [], at) for zone_id, entry in known.items() if zone_id not in names]
    changed: list[tuple[int, ZoneEntry]] = []
    for zone in wanted:
        before = known.get(zone.zone_id)
        if (before is None and not zone.spaces) or (before is not None and before.revision == zone.revision):
            continue
        if before is not None and before.revision > zone.revision:
            removed.append(ZoneEntry(zone.zone_id, before.revision, [], at))
        had = set() if before is None else {space_id for space_id, _ in before.spaces}
        gained = sum(space_id not in had for space_id, _ in zone.spaces)
        changed.append((gained, entry_of_zone(zone, closed.get(zone.zone_id, ()), at)))
    return removed + [entry for _, entry in sorted(changed, key=lambda pair: -pair[0])]


def entry_of_zone(zone: ZoneDefinition, closed: Collection[Closure], at: int) -> ZoneEntry:
    """A zone as the engine is told of it."""
    return ZoneEntry(
        zone.zone_id,
        zone.revision,
        [(str(space_id), in_service) for space_id, in_service in zone.spaces],
        at,
        [(item.space_id, to_micros(item.start), to_micros(item.end), item.reason) for item in closed],
    )
