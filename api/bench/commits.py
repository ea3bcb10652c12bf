"""How many readings a second go from the streams into the committed live state, and into history beside it.

The streams are kept a little ahead of the engine, so that it always has work and never a mountain of it. A figure
stands only when every space is in the end what its evidence says, and every zone counts its own spaces.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg
import msgspec
from redis.asyncio import Redis

from api.bench.evidence import BATCH, CityEvidence, Entry
from api.bench.street import Street
from api.bench.usage import processor_s
from parking.bus.connection import open_redis
from parking.occupancy import keys
from parking.occupancy.evidence import DATA_FIELD
from parking.occupancy.live_reader import LiveReader
from parking.occupancy.model import ChangeBatch, SpaceState
from parking.occupancy.shards import SHARDS, Shard
from parking.occupancy.streams import START, id_order
from parking.occupancy.tally import count_anew

GROUP: Final = 50
"""Entries that are appended in one round trip."""
AHEAD: Final = 20
"""Groups that may wait for the engine: a second's work at the target."""
POLL_S: Final = 0.005
DONE_WITHIN_S: Final = 300.0
GENERATOR: Final = "generator"

_changes: Final = msgspec.msgpack.Decoder(ChangeBatch)
Reached = Callable[[], Awaitable[Mapping[Shard, str]]]


class StateWrongError(RuntimeError):
    """The live state is not what the evidence says: there is no figure."""


@dataclass(frozen=True, kw_only=True)
class Committed:
    """Readings a second until the last was committed, and processor time of each by process, in microseconds."""

    per_second: float
    spent_us: Mapping[str, float]


async def live_commits(street: Street, evidence: CityEvidence, *, readings: int) -> Committed:
    """Until the live state has the last reading. Raises `StateWrongError`."""
    async with open_redis(street.settings.required_redis_url) as redis:

        async def reached() -> Mapping[Shard, str]:
            return await _positions(redis)

        return await _measured(street, evidence, redis, reached, readings)


async def history_commits(street: Street, evidence: CityEvidence, *, readings: int) -> Committed:
    """Until history has the last reading as well, each once. Raises `StateWrongError`."""
    connection = await asyncpg.connect(street.settings.required_database_url)
    try:
        async with open_redis(street.settings.required_redis_url) as redis:
            stored = _Stored(redis, connection)
            found = await _measured(street, evidence, redis, stored.reached, readings)
            await _check_history(connection, evidence)
            return found
    finally:
        await connection.close()


class _Stored:
    """How far history has come in the streams of readings: its position names a change, and that what it was made of."""

    def __init__(self, redis: Redis, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._redis = redis
        self._connection = connection
        self._changes: dict[Shard, str] = {}
        self._reached: dict[Shard, str] = dict.fromkeys(SHARDS, START)

    async def reached(self) -> Mapping[Shard, str]:
        rows = await self._connection.fetch("SELECT shard, change_id FROM history_position")
        stored = {Shard(row["shard"]): row["change_id"] for row in rows}
        moved = {shard: change for shard, change in stored.items() if change not in {self._changes.get(shard), START}}
        async with self._redis.pipeline(transaction=False) as pipeline:
            for shard, change in moved.items():
                pipeline.xrange(keys.changes(shard), change, change)
            found = await pipeline.execute()
        for shard, entries in zip(moved, found, strict=True):
            read = _changes.decode(entries[0][1][DATA_FIELD]).read
            if read:
                self._reached[shard] = read[-1][0]
        self._changes = stored
        return self._reached


async def _measured(street: Street, evidence: CityEvidence, redis: Redis, reached: Reached, readings: int) -> Committed:
    entries = await asyncio.to_thread(evidence.entries, readings)
    pids = street.processes
    used = {name: processor_s(pid) for name, pid in pids.items()}
    own = time.process_time()
    began = time.perf_counter()
    async with asyncio.timeout(DONE_WITHIN_S):
        await _pour(redis, entries, reached)
    total = len(entries) * BATCH
    per_second = total / (time.perf_counter() - began)
    spent = {name: (processor_s(pid) - used[name]) / total * 1e6 for name, pid in pids.items()}
    spent[GENERATOR] = (time.process_time() - own) / total * 1e6
    await _check_state(redis, evidence)
    return Committed(per_second=per_second, spent_us=spent)


async def _pour(redis: Redis, entries: Sequence[Entry], reached: Reached) -> None:
    """Append everything, at most `AHEAD` groups before what `reached` tells, and wait until it has the last entry."""
    waiting: deque[Mapping[Shard, str]] = deque()
    for start in range(0, len(entries), GROUP):
        waiting.append(await _append(redis, entries[start : start + GROUP]))
        while len(waiting) > AHEAD:
            await _drain(waiting, reached)
    while waiting:
        await _drain(waiting, reached)


async def _append(redis: Redis, entries: Sequence[Entry]) -> Mapping[Shard, str]:
    """The last entry in each stream."""
    async with redis.pipeline(transaction=False) as pipeline:
        for shard, fields in entries:
            pipeline.xadd(keys.readings(shard), fields)  # type: ignore[arg-type] # the stubs forbid bytes
        ids: list[bytes] = await pipeline.execute()
    return {shard: entry_id.decode() for (shard, _), entry_id in zip(entries, ids, strict=True)}


async def _drain(waiting: deque[Mapping[Shard, str]], reached: Reached) -> None:
    now = {shard: id_order(position) for shard, position in (await reached()).items()}
    before = len(waiting)
    while waiting and all(now[shard] >= id_order(entry_id) for shard, entry_id in waiting[0].items()):
        waiting.popleft()
    if len(waiting) == before:
        await asyncio.sleep(POLL_S)


async def _positions(redis: Redis) -> Mapping[Shard, str]:
    async with redis.pipeline(transaction=False) as pipeline:
        for shard in SHARDS:
            pipeline.hget(keys.meta(shard), "position")
        found: list[bytes | None] = await pipeline.execute()
    return {shard: START if value is None else value.decode() for shard, value in zip(SHARDS, found, strict=True)}


async def _check_state(redis: Redis, evidence: CityEvidence) -> None:
    reader = LiveReader(redis)
    wanted = evidence.believed()
    for shard in SHARDS:
        found = await reader.snapshot(shard)
        by_zone: dict[str, list[SpaceState]] = {zone_id: [] for zone_id in found.counts}
        for space_id, state in found.spaces.items():
            by_zone[state.zone_id].append(state)
            if wanted.pop(space_id, "unknown") != state.belief:
                raise StateWrongError(f"space {space_id} is {state.belief}")
        for zone_id, counts in found.counts.items():
            anew = count_anew(zone_id, by_zone[zone_id], revision=counts.revision)
            if (anew.vacant, anew.occupied, anew.unknown) != (counts.vacant, counts.occupied, counts.unknown):
                raise StateWrongError(f"zone {zone_id} counts {counts}")
    if wanted:
        raise StateWrongError(f"{len(wanted)} spaces are missing")


async def _check_history(connection: "asyncpg.Connection[asyncpg.Record]", evidence: CityEvidence) -> None:
    rows = await connection.fetchval("SELECT count(*) FROM observation WHERE session = $1", evidence.session)
    if rows != evidence.appended - evidence.duplicates:
        raise StateWrongError(f"{evidence.appended} readings with {evidence.duplicates} copies left {rows} rows")
