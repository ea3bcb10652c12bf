"""How far every stage is behind, looked up every few seconds by each worker; they all see the same."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from prometheus_client.core import Metric
from prometheus_client.registry import Collector
from redis.asyncio import Redis
from sqlalchemy import text

from api.figures.families import gauge, gauges
from parking.bus.connection import OUTAGES as BUS_OUTAGES
from parking.bus.lag import ConsumerLag, bus_lag
from parking.db.unit_of_work import Database
from parking.db.watch import OUTAGES as DATABASE_OUTAGES
from parking.domain.clock import Clock, to_micros
from parking.occupancy.checkpoint import Kept, newest_kept
from parking.occupancy.lag import LagReader, ShardLag
from parking.occupancy.repository import history_positions
from parking.occupancy.shards import SHARDS, Shard
from parking.raw.inbox import RedisInbox

EVERY_S: Final = 5.0
_OUTAGES: Final = (*BUS_OUTAGES, *DATABASE_OUTAGES)

_log = logging.getLogger(__name__)


class LagProbe(Collector):
    """Ages are reckoned when somebody asks, so they grow on while a server is away; so does the age of the look itself."""

    def __init__(self, redis: Redis, database: Database, inbox: RedisInbox, clock: Clock) -> None:
        self._redis = redis
        self._database = database
        self._inbox = inbox
        self._clock = clock
        self._reader = LagReader(redis)
        self._history: Mapping[int, str] = {}
        self._shards: Mapping[Shard, ShardLag] = {}
        self._bus: Mapping[str, ConsumerLag] = {}
        self._raw_bytes = 0
        self._outbox = 0
        self._read_only = False
        self._kept: Mapping[int, Kept] = {}
        self._began_ms = to_micros(clock()) // 1000
        self._looked_ms: int | None = None

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.look()
            except _OUTAGES as error:
                _log.debug("figures of lag: %s", error)
            await asyncio.sleep(EVERY_S)

    async def look(self) -> None:
        """Raises what the servers raise; what was seen before stays then."""
        async with self._database.reading() as session:
            positions = await history_positions(session, SHARDS)
            self._history = {shard: position.change_id for shard, position in positions.items()}
            self._kept = await newest_kept(session)
            self._read_only = await session.scalar(text("SHOW transaction_read_only")) == "on"
            self._outbox = await session.scalar(text("SELECT count(*) FROM outbox")) or 0
        self._shards = await self._reader.read(self._history)
        self._bus = await bus_lag(self._redis)
        self._raw_bytes = await self._inbox.waiting_bytes()
        self._looked_ms = self._now_ms()

    def describe(self) -> list[Metric]:
        """Nothing is looked at before the first scrape."""
        return []

    def collect(self) -> Iterator[Metric]:
        if self._looked_ms is None:
            return
        yield gauge(
            "parking_lag_looked_seconds", "Age of the figures of lag", (self._now_ms() - self._looked_ms) / 1000
        )
        yield self._of_shards(
            "parking_shard_owned", "0 where no engine looks after the shard", lambda lag: int(lag.owned)
        )
        yield self._of_shards(
            "parking_shard_readings_entries", "Entries that wait for engine or history", lambda lag: lag.readings
        )
        yield self._of_shards(
            "parking_shard_readings_bytes", "Memory of what waits for engine or history", lambda lag: lag.readings_bytes
        )
        yield self._of_shards("parking_shard_changes_entries", "Entries of changes kept", lambda lag: lag.changes)
        for stage, says, since in (
            ("engine", "Age of the oldest reading that the engine has not applied", lambda lag: lag.engine_ms),
            ("history", "Age of the oldest change that history has not committed", lambda lag: lag.history_ms),
            ("publisher", "Age of the oldest change that is not on the bus", lambda lag: lag.publisher_ms),
        ):
            yield self._of_shards(f"parking_{stage}_lag_seconds", says, self._age(since))
        yield gauges(
            "parking_checkpoint_age_seconds",
            "Age of what a lost live store would be put back from, where something has changed since",
            ("shard",),
            {(str(shard),): self._since(self._unkept_ms(shard, lag)) for shard, lag in self._shards.items()},
        )
        yield gauge("parking_database_read_only", "1 while the database takes no writes", int(self._read_only))
        yield gauge("parking_raw_backlog_bytes", "Memory of messages in the stream, kept or not", self._raw_bytes)
        yield gauge("parking_outbox_events", "Events that are committed and not on the bus", self._outbox)
        yield from self._of_bus()

    def _of_bus(self) -> Iterator[Metric]:
        entries = {(consumer,): lag.entries for consumer, lag in self._bus.items()}
        yield gauges("parking_bus_lag_events", "Events that wait for the consumer", ("consumer",), entries)
        ages = {(consumer,): self._since(lag.oldest_ms) for consumer, lag in self._bus.items()}
        yield gauges("parking_bus_lag_seconds", "Age of the oldest of them", ("consumer",), ages)
        dead = {(consumer,): lag.dead_letters for consumer, lag in self._bus.items()}
        yield gauges("parking_bus_dead_letters", "Events that the consumer gave up", ("consumer",), dead)

    def _of_shards(self, name: str, says: str, value: Callable[[ShardLag], float]) -> Metric:
        return gauges(name, says, ("shard",), {(str(shard),): value(lag) for shard, lag in self._shards.items()})

    def _age(self, since: Callable[[ShardLag], int | None]) -> Callable[[ShardLag], float]:
        return lambda lag: self._since(since(lag))

    def _unkept_ms(self, shard: Shard, lag: ShardLag) -> int | None:
        """When the newest checkpoint was taken, or this process began where there is none; None where it says all there is."""
        kept = self._kept.get(shard)
        if kept is None:
            return self._began_ms if lag.commits else None
        return None if kept.state == (lag.epoch, lag.commits) else to_micros(kept.taken_at) // 1000

    def _since(self, came_ms: int | None) -> float:
        return 0.0 if came_ms is None else max(0.0, (self._now_ms() - came_ms) / 1000)

    def _now_ms(self) -> int:
        return to_micros(self._clock()) // 1000
