"""Whether readings may come in: what the live store says of itself, looked at once a second and never once a request.

A reading that was answered with 202 has no other copy until history has it. So a store that may drop keys, has no memory
left for the work on what it has taken, or keeps no journal on the disk takes nothing more: the sender still has it.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from parking.bus.connection import servers_of
from parking.bus.waiting import ReplicasBehindError
from parking.domain.clock import Clock, utc_now
from parking.domain.errors import UnavailableError
from parking.occupancy import keys
from parking.occupancy.followed import Followed, followed_at
from parking.occupancy.shards import SHARDS, Shard
from parking.occupancy.store_report import (
    HIGH_WATER_BYTES,
    NO_MEMORY,
    READ_ONLY,
    UNWRITABLE,
    Refusal,
    StoreReport,
    readings_may_fill,
    refusal_of,
    report_of,
    together,
)
from parking.occupancy.streams import id_order

TIMEOUT_S: Final = 5.0
LOOK_S: Final = 1.0
SECTIONS: Final = ("server", "memory", "stats", "persistence", "replication")
FULL: Final = "backlog_full"
AWAY: Final = Refusal("live_store_unavailable", "the live store does not take readings now; try again later")
BEHIND: Final = Refusal("replicas_behind", "too few replicas have the readings; try again later")
_BY_ERROR: Final[Mapping[str, Refusal]] = {"OOM": NO_MEMORY, "MISCONF": UNWRITABLE, "READONLY": READ_ONLY}
"""By the first word of what the server refuses a command with."""
_CAUSES: Final[Mapping[str, str]] = {
    "no_engine": "no worker looks after their shards",
    "engine_behind": "the engine is behind",
    "history_behind": "history does not commit them",
}

_log = logging.getLogger(__name__)


class StoreWatch:
    """One for each process that takes readings. `monotonic` counts seconds for the age of what was seen."""

    def __init__(
        self,
        redis: Redis,
        *,
        high_water_bytes: int = HIGH_WATER_BYTES,
        timeout_s: float = TIMEOUT_S,
        monotonic: Callable[[], float] = time.monotonic,
        clock: Clock = utc_now,
    ) -> None:
        self._redis = redis
        self._high_water = high_water_bytes
        self._timeout_s = timeout_s
        self._monotonic = monotonic
        self._clock = clock
        self.followed = Followed()
        """Devices that a person follows, as of the last look."""
        self._looked_at: float | None = None
        self.report: StoreReport | None = None
        """As of the last look; None before the first one."""
        self.waiting: Mapping[Shard, int] = {}
        """Bytes of each shard's readings that history has not committed."""
        self.full: Mapping[Shard, str] = {}
        """Shards that take nothing more, and why not: a name of `_CAUSES`."""
        self.other_lives = 0
        """Times that the store was found to be served by another process than before: a restart, or a failover."""
        self.refused: Counter[str] = Counter()
        """Times that readings or bodies were refused, by code."""
        self.refusal: Refusal | None = None
        """Why nothing at all is taken."""

    @property
    def shut(self) -> frozenset[str]:
        """Codes with which readings are refused now, of all shards or of some."""
        codes = [FULL] if self.full else []
        return frozenset(codes if self.refusal is None else [*codes, self.refusal.code])

    @property
    def why(self) -> list[str]:
        """The same in sentences."""
        said = [] if self.refusal is None else [self.refusal.detail]
        if self.full:
            causes = ", ".join(_CAUSES[cause] for cause in sorted(set(self.full.values())))
            said.append(f"readings of shards {sorted(self.full)} are refused, because too many wait: {causes}")
        return said

    async def run(self) -> None:
        """Look every second until cancelled, whether or not readings come."""
        while True:
            try:
                await self.look()
            except UnavailableError:
                # It is written down in `refusal`, and said there.
                await asyncio.sleep(LOOK_S)
                continue
            await asyncio.sleep(LOOK_S)

    async def admit(self, shards: Iterable[Shard]) -> None:
        """Raise `UnavailableError`, with the code that says why, while readings of these shards may not come in."""
        try:
            await self.look()
            self._admit(shards)
        except UnavailableError as error:
            self.refused[error.code] += 1
            raise

    def _admit(self, shards: Iterable[Shard]) -> None:
        if self.refusal is not None:
            raise UnavailableError(self.refusal.detail, code=self.refusal.code)
        shut = [shard for shard in shards if shard in self.full]
        if shut:
            cause = self.full[shut[0]]
            detail = f"more readings wait than may: {_CAUSES[cause]}; try again later"
            raise UnavailableError(detail, code=FULL, fields={"cause": cause})

    async def look(self) -> None:
        """Ask the store, unless that was done within the last second; raises `UnavailableError` when it does not answer."""
        now = self._monotonic()
        if self._looked_at is not None and now - self._looked_at < LOOK_S:
            return
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._look()
        except (RedisError, OSError, TimeoutError) as error:
            refused = refusal_from(error)
            self._say(refused, self.full)
            raise UnavailableError(refused.detail, code=refused.code) from error
        self._looked_at = now

    async def _look(self) -> None:
        async with self._redis.pipeline(transaction=False) as pipeline:
            for shard in SHARDS:
                pipeline.memory_usage(keys.readings(shard))
            sizes: list[int | None] = await pipeline.execute()
        report = together([await _report(server) for server in await servers_of(self._redis)])
        if self.report is not None and report.run_ids != self.report.run_ids:
            self.other_lives += 1
        self.report = report
        self.followed.devices = await followed_at(self._redis, self._clock())
        self.waiting = {shard: size or 0 for shard, size in zip(SHARDS, sizes, strict=True)}
        most = min(self._high_water, readings_may_fill(self.report.max_bytes))
        over = [shard for shard, size in self.waiting.items() if size > most]
        full = {shard: await self._cause(shard) for shard in over}
        self._say(refusal_of(self.report), full)

    async def _cause(self, shard: Shard) -> str:
        """Who is to blame that a shard's readings pile up."""
        async with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.get(keys.lease(shard))
            pipeline.hget(keys.meta(shard), "position")
            pipeline.xinfo_stream(keys.readings(shard))
            lease, position, stream = await pipeline.execute()
        if lease is None:
            return "no_engine"
        first, last = (id_order(_text(stream[name][0]))[0] for name in ("first-entry", "last-entry"))
        reached = 0 if position is None else id_order(_text(position))[0]
        return "engine_behind" if reached < (first + last) // 2 else "history_behind"

    def _say(self, refusal: Refusal | None, full: Mapping[Shard, str]) -> None:
        """Once on each side: what an operator must know at once is in the log, too."""
        before = self.shut
        self.refusal, self.full = refusal, full
        if self.shut == before:
            return
        if not self.shut:
            _log.info("readings: taken again")
        else:
            _log.error("readings: refused (%s): %s", ", ".join(sorted(self.shut)), "; ".join(self.why))


def refusal_from(error: BaseException) -> Refusal:
    """What a failed command means for whoever brought the reading."""
    if isinstance(error, ReplicasBehindError):
        return BEHIND
    if isinstance(error, ResponseError):
        word = str(error).partition(" ")[0]
        # The client takes the first word off where it knows the error.
        word = {"OutOfMemoryError": "OOM", "ReadOnlyError": "READONLY"}.get(type(error).__name__, word)
        return _BY_ERROR.get(word, AWAY)
    return AWAY


async def least_memory(redis: Redis) -> int:
    """The `maxmemory` of the server that may take least; zero where none is limited."""
    limits = [int((await server.info("memory")).get("maxmemory", 0)) for server in await servers_of(redis)]
    return min((limit for limit in limits if limit), default=0)


async def _report(server: Redis) -> StoreReport:
    about: Any = await server.info(*SECTIONS)
    try:
        answer: Any = await server.config_get("appendfsync")
    except ResponseError:
        # Those that are rented often do not let us ask.
        answer = {}
    return report_of(about, next((_text(value) for value in answer.values()), None))


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
