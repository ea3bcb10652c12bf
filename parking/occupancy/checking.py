"""The live store held against PostgreSQL, and put right where it differs: by entries of its own streams, never from outside.

Everything moves while it is looked at. So what is found is looked at once more, and only what is found twice is told.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from parking.db.unit_of_work import Database
from parking.domain.clock import Clock, to_micros, utc_now
from parking.occupancy import keys, rebuild_rows
from parking.occupancy.audit import Finding, What, findings
from parking.occupancy.evidence import MendEntry, ZoneEntry
from parking.occupancy.feed import entry_of_zone
from parking.occupancy.live_store import shard_state
from parking.occupancy.ports import ReadingStream
from parking.occupancy.repository import HistoryPosition, history_positions
from parking.occupancy.retelling import entry_of
from parking.occupancy.shard_image import ShardImage, read_image
from parking.occupancy.shards import SHARDS, Shard, shard_of
from parking.occupancy.streams import id_order
from parking.occupancy.told_anew import tell_anew
from parking.places.repository import zone_definitions, zone_revisions
from parking.restrictions.repository import closures

HISTORY_WITHIN_S: Final = 30.0
AGAIN_AFTER_S: Final = 20.0
"""Longer than the zone feeder needs to tell the engine of a change of the inventory."""
POLL_S: Final = 0.2
_DEFINED: Final[frozenset[What]] = frozenset(
    {"zone_missing", "zone_behind", "space_missing", "space_elsewhere", "service_differs", "closure_differs"}
)
"""What the definition of its zone, sent again, puts right."""
FOR_A_PERSON: Final[frozenset[What]] = frozenset({"entries_set_aside", "windows_unused"})


class Checker:
    """Reads only, but for `repair`. Raises RedisError and what the database raises."""

    def __init__(
        self,
        redis: Redis,
        database: Database,
        stream: ReadingStream,
        *,
        clock: Clock = utc_now,
        again_after_s: float = AGAIN_AFTER_S,
    ) -> None:
        self._redis = redis
        self._database = database
        self._stream = stream
        self._clock = clock
        self._again_after_s = again_after_s

    async def check(self, shards: Collection[Shard] = SHARDS) -> list[Finding]:
        """What is not as it should be, each found twice, one shard after the other."""
        first = {shard: found for shard in shards if (found := await self._look(shard))}
        if not first:
            return []
        await asyncio.sleep(self._again_after_s)
        confirmed: list[Finding] = []
        for shard, found in first.items():
            names = {finding.name for finding in found}
            confirmed += [finding for finding in await self._look(shard) if finding.name in names]
        return confirmed

    async def repair(self, found: Sequence[Finding]) -> None:
        """Send what puts it right; the engines do it, each in its turn.

        A state that differs from history is told anew from the readings there, and then published once more: whichever
        of the two was wrong, both say the same afterwards.
        """
        by_shard: dict[int, list[Finding]] = {}
        for finding in found:
            by_shard.setdefault(finding.shard, []).append(finding)
        for shard, of_shard in by_shard.items():
            await self._define(shard, of_shard)
            differing = [finding.subject for finding in of_shard if finding.what == "history_differs"]
            for space_id in differing:
                await self._correct(space_id)
            counted = [finding.subject for finding in of_shard if finding.what == "counts_differ"]
            surplus = [finding.subject for finding in of_shard if finding.what == "space_surplus"]
            if counted or differing or surplus:
                await self._stream.mend(MendEntry(shard, counted, [*differing, *surplus]))

    async def _define(self, shard: int, found: Sequence[Finding]) -> None:
        zones, closed_at = await self._wanted(shard)
        at = to_micros(closed_at)
        wrong = {finding.subject for finding in found if finding.what in _DEFINED}
        for entry in zones.values():
            if entry.zone_id in wrong or any(space_id in wrong for space_id, _ in entry.spaces):
                await self._stream.define_zone(entry)
        image = await read_image(self._redis, shard)
        known = shard_state(image.hashes).zones
        for finding in found:
            if finding.what == "zone_surplus" and (entry_known := known.get(finding.subject)) is not None:
                await self._stream.define_zone(ZoneEntry(finding.subject, entry_known.revision, [], at))

    async def _correct(self, space_id: str) -> None:
        now = self._clock()
        async with self._database.transaction() as session:
            told = await tell_anew(session, space_id, since=now, until=now)
        if told is not None:
            await self._stream.correct(entry_of(space_id, told.story, heard_at=told.heard_at))

    async def _look(self, shard: Shard) -> list[Finding]:
        image = await read_image(self._redis, shard)
        if not image.commits:
            return []
        place = await self._history_at(shard, image)
        found = await self._of_streams(shard, image)
        if place is not None and place.epoch not in ("", image.epoch):
            found.append(Finding(shard, "history_of_another_life", "", place.epoch, image.epoch))
        wanted, now = await self._wanted(shard)
        state = shard_state(image.hashes)
        told = []
        if place is not None and place.epoch == image.epoch and id_order(place.change_id) >= id_order(image.change_id):
            async with self._database.transaction() as session:
                told = await rebuild_rows.last_changes(session, shard, list(state.spaces))
        at = to_micros(now)
        # In a thread: a whole shard takes long enough to hold up whatever shares the process.
        compare = partial(findings, shard, state, wanted, told, change_id=image.change_id, at=at)
        return found + await asyncio.to_thread(lambda: list(compare()))

    async def _history_at(self, shard: Shard, image: ShardImage) -> HistoryPosition | None:
        """Where history is, once it has what the image rests on; where it does not get there in time, where it is all the same."""
        loop = asyncio.get_running_loop()
        given_up_at = loop.time() + HISTORY_WITHIN_S
        while True:
            async with self._database.transaction() as session:
                place = (await history_positions(session, [shard])).get(shard)
            if place is None or place.epoch != image.epoch or loop.time() >= given_up_at:
                return place
            if id_order(place.change_id) >= id_order(image.change_id):
                return place
            await asyncio.sleep(POLL_S)

    async def _of_streams(self, shard: int, image: ShardImage) -> list[Finding]:
        found: list[Finding] = []
        last = await self._last_id(keys.readings(shard))
        if last is not None and id_order(image.position) > id_order(last):
            found.append(Finding(shard, "position_ahead", "", image.position, last))
        newest = await self._last_id(keys.changes(shard))
        if newest is None or id_order(newest) < id_order(image.change_id):
            found.append(Finding(shard, "changes_missing", "", newest, image.change_id))
        aside = await self._redis.xlen(keys.poison(shard))
        if aside:
            found.append(Finding(shard, "entries_set_aside", "", aside, 0))
        return found

    async def _last_id(self, stream: str) -> str | None:
        try:
            said = await self._redis.xinfo_stream(stream)
        except ResponseError:
            return None
        return bytes(said["last-generated-id"]).decode()

    async def _wanted(self, shard: int) -> tuple[dict[str, ZoneEntry], datetime]:
        now = self._clock()
        async with self._database.transaction() as session:
            zone_ids = [zone_id for zone_id in await zone_revisions(session) if shard_of(zone_id) == shard]
            wanted = await zone_definitions(session, zone_ids)
            closed = await closures(session, now, zone_ids)
        at = to_micros(now)
        return {
            zone.zone_id: entry_of_zone(zone, closed.get(zone.zone_id, ()), at) for zone in wanted if zone.spaces
        }, now


def in_words(found: Collection[Finding]) -> str:
    """How many of each."""
    counted = Counter(finding.what for finding in found)
    return ", ".join(f"{count} {what}" for what, count in sorted(counted.items())) or "nothing"
