"""The engine: takes its fair share of the shards, one owner each, and takes over from engines that fell silent."""

import asyncio
import contextlib
import logging
import uuid
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from parking.bus.cancellation import still_wanted
from parking.bus.replicas import has_replicas, replicas_of
from parking.domain.clock import Clock, to_micros, utc_now
from parking.domain.errors import UnavailableError
from parking.occupancy import keys
from parking.occupancy.figures import EngineFigures
from parking.occupancy.followed import Followed
from parking.occupancy.live_store import LiveStore, ShardLostError
from parking.occupancy.recent_commits import RecentCommits
from parking.occupancy.shard_owner import ShardOwner
from parking.occupancy.shards import SHARD_COUNT, SHARDS, Shard

LEASE_MS: Final = 5000
BEAT_S: Final = 1.0
TIMEOUT_S: Final = 10.0
RELEASE_TIMEOUT_S: Final = 1.0
KEPT_EVERY: Final = 0.25
"""Of a lease's length, between two renewals."""
RETRY_S: Final = 0.2
TURNS: Final = 2
"""Shards at work at a time: one waits for its commit while the other reckons. Were all sixteen let in when there is a
backlog, each would wait for all others wherever it waits, and sooner or later a lease would run out.
"""

_log = logging.getLogger(__name__)
_OUTAGES: Final = (RedisError, OSError, TimeoutError)
Rebuild = Callable[[LiveStore, Shard, int], Awaitable[object]]
"""Called with each shard and its token; `rebuild.Rebuilder` is one."""


def share_of(name: str, living: Sequence[str]) -> int:
    """How many shards the engine takes: no two shares differ by more than one, and together they are all shards."""
    each, left = divmod(SHARD_COUNT, len(living))
    return each + (sorted(living).index(name) < left)


def _random_name() -> str:
    return uuid.uuid4().hex


class Engine:
    """Run one per worker process; any number share the shards. `run` goes on through outages of the live store."""

    def __init__(
        self,
        redis: Redis,
        *,
        clock: Clock = utc_now,
        lease_ms: int = LEASE_MS,
        beat_s: float = BEAT_S,
        timeout_s: float = TIMEOUT_S,
        new_name: Callable[[], str] = _random_name,
        rebuild: Rebuild | None = None,
        followed: Followed | None = None,
    ) -> None:
        """`rebuild` puts a shard back that has not begun, before its owner takes it up; without it such a shard is empty."""
        self._redis = redis
        self._store = LiveStore(redis, lease_ms=lease_ms)
        self._clock = clock
        self._lease_ms = lease_ms
        self._beat_s = beat_s
        self._timeout_s = timeout_s
        self._new_name = new_name
        self._rebuild = rebuild
        self._name = new_name()
        self._owners: dict[Shard, ShardOwner] = {}
        self._former: dict[Shard, int] = {}
        self._recent: defaultdict[Shard, RecentCommits] = defaultdict(RecentCommits)
        self._followed = followed or Followed()
        self.figures = EngineFigures()
        self._retry = asyncio.Event()
        self._turns = asyncio.Semaphore(TURNS)
        self._down = False
        self._waiting = False
        """For history, to rebuild from it."""

    @property
    def shards(self) -> frozenset[Shard]:
        """The shards that this engine owns now."""
        return frozenset(self._owners)

    async def run(self) -> None:
        """Until cancelled; every shard is then given back."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep_leases(), name="leases")
                while True:
                    still_wanted()
                    await self._balance(group)
                    self._retry.clear()
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(self._beat_s):
                            await self._retry.wait()
                            # A store that has just failed is given a moment before it is asked again.
                            await asyncio.sleep(RETRY_S)
        finally:
            with contextlib.suppress(*_OUTAGES):
                async with asyncio.timeout(RELEASE_TIMEOUT_S):
                    await self._redis.zrem(keys.ENGINES, self._name)

    async def _keep_leases(self) -> None:
        """Whatever an owner is busy with: to load a large shard, or to work off a backlog, may take longer than a lease."""
        while True:
            await asyncio.sleep(self._lease_ms / 1000 * KEPT_EVERY)
            still_wanted()
            with contextlib.suppress(*_OUTAGES):
                async with asyncio.timeout(self._timeout_s):
                    owners = list(self._owners.values())
                    # An owner that has lost its lease is told so by its own next beat or commit.
                    kept = (self._store.keep(owner.shard, owner.token) for owner in owners)
                    await asyncio.gather(*kept, return_exceptions=True)

    async def _balance(self, group: asyncio.TaskGroup) -> None:
        try:
            async with asyncio.timeout(self._timeout_s):
                share = await self._fair_share()
                for owner in list(self._owners.values())[share:]:
                    owner.leave()
                await self._take_share(share, group)
                await self._look_for_replicas()
        except _OUTAGES as error:
            self._say_down(error)
        else:
            if self._down:
                self._down = False
                _log.info("engine: the live store answers again")

    async def _fair_share(self) -> int:
        now_ms = to_micros(self._clock()) // 1000
        async with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.zadd(keys.ENGINES, {self._name: now_ms})
            pipeline.zremrangebyscore(keys.ENGINES, "-inf", now_ms - self._lease_ms)
            pipeline.zrange(keys.ENGINES, 0, -1)
            living: list[bytes] = (await pipeline.execute())[-1]
        return share_of(self._name, [name.decode() for name in living])

    async def _look_for_replicas(self) -> None:
        """Whether one may be promoted that lacks the newest commits: where replicas are waited for, none does."""
        wanted = not replicas_of(self._redis) and await has_replicas(self._redis)
        for shard in SHARDS:
            self._recent[shard].is_wanted = wanted

    async def _take_share(self, share: int, group: asyncio.TaskGroup) -> None:
        """What other nodes of a cluster serve is taken although one of them is away; raises what that one does."""
        outage: Exception | None = None
        for shard in SHARDS:
            if shard in self._owners:
                continue
            if len(self._owners) >= share:
                break
            try:
                await self._take(shard, group)
            except (RedisError, OSError) as error:
                outage = error
        if outage is not None:
            raise outage

    async def _take(self, shard: Shard, group: asyncio.TaskGroup) -> None:
        token = await self._store.acquire(shard, epoch=self._new_name(), former=self._former.get(shard))
        if token is None:
            return
        self._former[shard] = token
        self.figures.taken += 1
        owner = ShardOwner(
            self._redis,
            self._store,
            shard,
            token=token,
            recent=self._recent[shard],
            clock=self._clock,
            beat_s=self._beat_s,
            timeout_s=self._timeout_s,
            figures=self.figures,
            followed=self._followed,
            turns=self._turns,
        )
        self._owners[shard] = owner
        group.create_task(self._own(owner), name=f"shard-{shard}")

    async def _own(self, owner: ShardOwner) -> None:
        try:
            if self._rebuild is not None:
                await self._rebuild(self._store, owner.shard, owner.token)
            await owner.run()
        except ShardLostError as error:
            self.figures.lost += 1
            _log.warning("engine: %s", error.detail)
        except UnavailableError as error:
            self._say_waiting(error)
        except _OUTAGES as error:
            self._say_down(error)
        finally:
            del self._owners[owner.shard]
            self._retry.set()
            with contextlib.suppress(*_OUTAGES):
                async with asyncio.timeout(RELEASE_TIMEOUT_S):
                    await self._store.release(owner.shard, owner.token)

    def _say_down(self, error: BaseException) -> None:
        if not self._down:
            self._down = True
            _log.warning("engine: the live store does not answer: %s", error)

    def _say_waiting(self, error: UnavailableError) -> None:
        if not self._waiting:
            self._waiting = True
            _log.warning("engine: %s", error.detail)
