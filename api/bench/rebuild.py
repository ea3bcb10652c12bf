"""`parking bench rebuild`: a live store that is lost, and how long until it is back as it was.

Every device has spoken once before the checkpoint and once after it; the limit is the same fields written into an empty
store by nothing but HSET.
"""

import time
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from redis.asyncio import Redis
from sqlalchemy import text

from api.bench.history import servers
from api.bench.history_load import HistoryLoad
from api.bench.report import Figure
from api.bench.usage import processor_s_of_all
from api.embedded.server import EmbeddedServer
from parking.bus.connection import open_redis
from parking.db.engine import open_engine
from parking.db.unit_of_work import Database
from parking.occupancy import keys
from parking.occupancy.checkpoint import Checkpointer
from parking.occupancy.engine_batch import ShardState
from parking.occupancy.history import HistoryWriter
from parking.occupancy.live_store import shard_state
from parking.occupancy.model import SpaceState
from parking.occupancy.rebuild import FIELDS_AT_ONCE, Rebuilt
from parking.occupancy.rebuild_all import rebuild_all
from parking.occupancy.shard_image import ShardImage, read_image
from parking.occupancy.shards import SHARDS, Shard
from parking.occupancy.tally import count_anew

SPACES: Final = 100_000
TARGET_S: Final = 60.0
TOGETHER: Final = 20_000
"""Spaces in one statement, which has a time limit."""
_POOL: Final = 4
_MIB: Final = 1024 * 1024
_DISTRICT: Final = "INSERT INTO district (district_id, name, name_en) VALUES ('bench', '测', 'Bench')"
_ZONES: Final = """
    INSERT INTO zone (zone_id, district_id, name, name_en, area_class, revision)
    SELECT DISTINCT zone_id, 'bench', zone_id, zone_id, 'I', 1 FROM unnest(CAST(:zones AS text[])) AS zone_id
    ON CONFLICT DO NOTHING
"""
_SPACES: Final = """
    INSERT INTO space (space_id, zone_id, kind, use, geometry, in_service)
    SELECT space_id, zone_id, 'kerb', 'ordinary', '{}', true
    FROM unnest(CAST(:spaces AS text[]), CAST(:zones AS text[])) AS s (space_id, zone_id)
"""


class Spent(NamedTuple):
    """Seconds by the clock, and of the processors: this process, PostgreSQL, the live store."""

    seconds: float
    own: float
    database: float
    store: float

    @property
    def processor(self) -> float:
        return self.own + self.database + self.store


class RebuildFailedError(RuntimeError):
    """What came back is not what was lost."""


async def measure_rebuild(*, spaces: int) -> list[Figure]:
    """With checkpoints and without. Raises `RebuildFailedError` when a shard is not what it was."""
    async with servers() as (postgres, valkey):
        database, redis = Database(open_engine(postgres.url, pool_size=_POOL)), open_redis(valkey.url)
        both: tuple[EmbeddedServer, EmbeddedServer] = (postgres, valkey)
        try:
            load, writer = HistoryLoad(redis, spaces=spaces), HistoryWriter(redis, database)
            await _inventory(database, load)
            await load.define()
            await load.speak()
            await _catch_up(writer)
            checkpointer = Checkpointer(redis, database)
            taken = await _timed(both, lambda: _checkpoint(checkpointer))
            await load.speak()
            await _catch_up(writer)
            lost = [await read_image(redis, shard) for shard in SHARDS]
            await redis.flushall()
            plain = await _timed(both, lambda: _put(redis, lost))
            with_checkpoint = await _rebuilt(both, redis, database, lost)
            async with database.transaction() as session:
                size = await session.scalar(text("SELECT sum(length(body)) FROM live_checkpoint"))
                await session.execute(text("TRUNCATE live_checkpoint"))
            without = await _rebuilt(both, redis, database, lost)
        finally:
            await redis.aclose()
            await database.close()
    return [
        *_figures("rebuild from checkpoints", with_checkpoint, plain),
        *_figures("rebuild from history alone", without, plain),
        Figure(name="checkpoints of all shards", value=taken.seconds, unit="s"),
        Figure(name="processor time of all checkpoints", value=taken.processor, unit="s"),
        Figure(name="size of all checkpoints", value=float(size or 0) / _MIB, unit="MiB"),
    ]


def _figures(name: str, spent: Spent, plain: Spent) -> list[Figure]:
    return [
        Figure(name=name, value=spent.seconds, unit="s", limit=plain.seconds, target=TARGET_S),
        Figure(name=f"{name}, processor time of who rebuilds", value=spent.own, unit="s", limit=plain.own),
        Figure(name=f"{name}, processor time of PostgreSQL", value=spent.database, unit="s"),
        Figure(name=f"{name}, processor time of the live store", value=spent.store, unit="s", limit=plain.store),
    ]


async def _inventory(database: Database, load: HistoryLoad) -> None:
    async with database.transaction() as session:
        await session.execute(text(_DISTRICT))
    homes = load.spaces
    for start in range(0, len(homes), TOGETHER):
        spaces, zones = zip(*homes[start : start + TOGETHER], strict=True)
        async with database.transaction() as session:
            await session.execute(text(_ZONES), {"zones": list(zones)})
            await session.execute(text(_SPACES), {"spaces": list(spaces), "zones": list(zones)})


async def _catch_up(writer: HistoryWriter) -> None:
    while await writer.step():
        pass


async def _checkpoint(checkpointer: Checkpointer) -> None:
    for shard in SHARDS:
        await checkpointer.take(shard)


async def _rebuilt(
    both: tuple[EmbeddedServer, EmbeddedServer], redis: Redis, database: Database, lost: list[ShardImage]
) -> Spent:
    await redis.flushall()
    done: list[Rebuilt] = []

    async def rebuild() -> None:
        done.extend(await rebuild_all(redis, database, anew=False))

    spent = await _timed(both, rebuild)
    for shard, before in zip(SHARDS, lost, strict=True):
        after = await read_image(redis, shard)
        differing = [name for name in keys.HASHES if _said(name, after) != _said(name, before)]
        if differing or after.position != before.position:
            raise RebuildFailedError(f"shard {shard} is not what it was: {', '.join(differing)}")
        _count(shard, shard_state(after.hashes))
    return spent


def _count(shard: Shard, state: ShardState) -> None:
    """Raises `RebuildFailedError` where a zone does not count its spaces."""
    inside: dict[str, list[SpaceState]] = {zone_id: [] for zone_id in state.counts}
    for space in state.spaces.values():
        inside[space.zone_id].append(space)
    for zone_id, counts in state.counts.items():
        if counts != count_anew(zone_id, inside[zone_id], revision=counts.revision):
            raise RebuildFailedError(f"shard {shard}: zone {zone_id} does not count its spaces")


def _said(name: str, image: ShardImage) -> object:
    """A definition is read anew where there is no checkpoint; what counts of it is in it."""
    return image.hashes[name].keys() if name == "zones" else image.hashes[name]


async def _put(redis: Redis, images: list[ShardImage]) -> None:
    for shard, image in zip(SHARDS, images, strict=True):
        for name, of in keys.HASHES.items():
            pairs = list(image.hashes[name].items())
            for start in range(0, len(pairs), FIELDS_AT_ONCE):
                await redis.hset(of(shard), mapping=dict(pairs[start : start + FIELDS_AT_ONCE]))


async def _timed(both: tuple[EmbeddedServer, EmbeddedServer], work: Callable[[], Awaitable[None]]) -> Spent:
    postgres, valkey = both
    began, own = time.perf_counter(), time.process_time()
    database, store = processor_s_of_all(postgres.pid), processor_s_of_all(valkey.pid)
    await work()
    return Spent(
        time.perf_counter() - began,
        time.process_time() - own,
        processor_s_of_all(postgres.pid) - database,
        processor_s_of_all(valkey.pid) - store,
    )
