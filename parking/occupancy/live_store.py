"""The live store of a shard as its one writer sees it: ownership with a fencing token, load, and one commit per batch.

`occ:{s}:meta` holds `position` (last consumed reading entry), `commits` (how many batches were ever committed: a
batch is taken only on top of the one before it), `fence` (newest token handed out), `epoch` (names this life of the
store; a wiped one gets another), `change` (newest change entry) and `heartbeat_us`.
"""

from collections.abc import Mapping
from itertools import chain
from typing import Any, Final

import msgspec
from redis.asyncio import Redis

from parking.domain.errors import ConflictError
from parking.occupancy import keys, lua
from parking.occupancy.device_window import DeviceWindow
from parking.occupancy.engine_batch import Outcome, ShardState
from parking.occupancy.evidence import ZoneEntry
from parking.occupancy.model import SpaceState, ZoneCounts
from parking.occupancy.packed import Packed
from parking.occupancy.streams import START

POISON_KEPT: Final = 1000

_encode = msgspec.msgpack.Encoder().encode


class ShardLostError(ConflictError):
    """Another engine owns the shard now, or the store is not where this engine left it: memory is worthless."""

    code = "shard_lost"


class LiveStore:
    """Speaks for one owner; every method raises `redis.exceptions.RedisError` while the server cannot answer."""

    def __init__(self, redis: Redis, *, lease_ms: int) -> None:
        self._redis = redis
        self._lease_ms = lease_ms
        self._acquire = redis.register_script(lua.source("acquire"))
        self._beat = redis.register_script(lua.source("beat"))
        self._release = redis.register_script(lua.source("release"))
        self._commit = redis.register_script(lua.source("commit"))

    async def acquire(self, shard: int, *, epoch: str, former: int | None = None) -> int | None:
        """A fencing token greater than all before it; None while another engine holds the lease.

        `epoch` names the store when it has no name yet; `former` is the caller's own last token, whose lease it may
        take over without waiting for its end.
        """
        token: int | None = await self._acquire(
            keys=[keys.meta(shard), keys.lease(shard)], args=[self._lease_ms, epoch, -1 if former is None else former]
        )
        return token

    async def beat(self, shard: int, token: int, heartbeat_us: int) -> None:
        """Renew the lease and the heartbeat; raises `ShardLostError` when the lease is another's or has run out."""
        kept = await self._beat(keys=[keys.meta(shard), keys.lease(shard)], args=[token, self._lease_ms, heartbeat_us])
        if not kept:
            raise ShardLostError(f"the lease of shard {shard} is lost")

    async def release(self, shard: int, token: int) -> None:
        await self._release(keys=[keys.lease(shard)], args=[token])

    async def load(self, shard: int) -> tuple[ShardState, str, int]:
        """State, reading position and number of commits. Taken under the lease, so that nobody else writes."""
        async with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.hgetall(keys.spaces(shard))
            pipeline.hgetall(keys.counts(shard))
            pipeline.hgetall(keys.zones(shard))
            pipeline.hgetall(keys.devices(shard))
            pipeline.hmget(keys.meta(shard), "position", "commits")
            spaces, counts, zones, devices, (position, commits) = await pipeline.execute()
        state = ShardState(
            spaces=Packed(SpaceState, _named(spaces)),
            counts=Packed(ZoneCounts, _named(counts)),
            zones=Packed(ZoneEntry, _named(zones)),
            devices=Packed(DeviceWindow, _named(devices)),
        )
        return state, START if position is None else position.decode(), 0 if commits is None else int(commits)

    async def commit_batch(
        self, shard: int, outcome: Outcome, *, token: int, commits: int, position: str, heartbeat_us: int
    ) -> str:
        """Write a batch on top of the `commits` before it; returns the id of its change entry.

        Raises `ShardLostError` when the token is fenced off or the store has moved: then nothing was written.
        """
        written = outcome.written
        args: list[Any] = [token, commits, position, heartbeat_us, _encode(outcome.batch)]
        for data in written:
            kept = data.items() if None not in data.values() else [(n, d) for n, d in data.items() if d is not None]
            args.append(2 * len(kept))
            args += chain.from_iterable(kept)
        for data in (written.spaces, written.counts, written.zones):
            removed = [name for name, value in data.items() if value is None] if None in data.values() else []
            args.append(len(removed))
            args += removed
        change_id: bytes | None = await self._commit(
            keys=[
                keys.meta(shard),
                keys.spaces(shard),
                keys.counts(shard),
                keys.zones(shard),
                keys.devices(shard),
                keys.changes(shard),
            ],
            args=args,
        )
        if change_id is None:
            raise ShardLostError(f"shard {shard} has another owner")
        return change_id.decode()

    async def set_aside(self, shard: int, entry_id: str, fields: Mapping[bytes, bytes]) -> None:
        """Keep an unreadable reading entry where a person can look at it."""
        kept: Any = {b"id": entry_id.encode(), **fields}
        await self._redis.xadd(keys.poison(shard), kept, maxlen=POISON_KEPT, approximate=True)


def _named(rows: Mapping[bytes, bytes]) -> dict[str, bytes]:
    return {name.decode(): data for name, data in rows.items()}
