"""The live store of a shard as its one writer sees it: ownership with a fencing token, load, and one commit per batch.

`occ:{s}:meta` holds `position` (last consumed reading entry), `commits` (how many batches were ever committed: a
batch is taken only on top of the one before it), `fence` (newest token handed out), `epoch` (names this life of the
store; a wiped one gets another), `change` (newest change entry) and `heartbeat_us`.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from redis.asyncio import Redis

from parking.domain.errors import ConflictError
from parking.occupancy import keys, lua
from parking.occupancy.device_window import DeviceWindow
from parking.occupancy.engine_batch import Outcome, ShardState
from parking.occupancy.evidence import ZoneEntry
from parking.occupancy.fusion.kept import Fused
from parking.occupancy.joined import joined
from parking.occupancy.model import SpaceState, ZoneCounts
from parking.occupancy.packed import Packed
from parking.occupancy.recent_commits import Commit
from parking.occupancy.shard_image import read_image
from parking.occupancy.streams import START

POISON_KEPT: Final = 1000
FRESH_ID: Final = "*"
"""The live store chooses the id of a change entry."""

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
        self._keep = redis.register_script(lua.source("keep"))
        self._release = redis.register_script(lua.source("release"))
        self._commit = redis.register_script(lua.source("commit"))
        self._anew = redis.register_script(lua.source("anew"))
        self._clear = redis.register_script(lua.source("clear"))
        self._restore = redis.register_script(lua.source("restore"))

    async def acquire(self, shard: int, *, epoch: str, former: int | None = None) -> int | None:
        """A fencing token greater than all before it; None while another engine holds the lease.

        `epoch` names the store when it has no name yet; `former` is the caller's own last token, whose lease it may
        take over without waiting for its end.
        """
        token: int | None = await self._acquire(
            keys=[keys.meta(shard), keys.lease(shard)], args=[self._lease_ms, epoch, -1 if former is None else former]
        )
        return token

    async def beat(self, shard: int, token: int, heartbeat_us: int | None) -> None:
        """Renew the lease and the heartbeat; raises `ShardLostError` when the lease is another's or has run out.

        Without a heartbeat the shard is kept and nothing is said of how fresh it is.
        """
        heartbeat = "" if heartbeat_us is None else heartbeat_us
        kept = await self._beat(keys=[keys.meta(shard), keys.lease(shard)], args=[token, self._lease_ms, heartbeat])
        if not kept:
            raise ShardLostError(f"the lease of shard {shard} is lost")

    async def keep(self, shard: int, token: int) -> bool:
        """Renew the lease alone, for an owner that cannot beat just now; False when it is lost."""
        return bool(await self._keep(keys=[keys.lease(shard)], args=[token, self._lease_ms]))

    async def release(self, shard: int, token: int) -> None:
        await self._release(keys=[keys.lease(shard)], args=[token])

    async def load(self, shard: int) -> tuple[ShardState, str, int]:
        """State, reading position and number of commits. Taken under the lease, so that nobody else writes."""
        image = await read_image(self._redis, shard)
        return shard_state(image.hashes), image.position, image.commits

    async def is_begun(self, shard: int) -> bool:
        """Whether a batch was ever committed in this life of the store; before that its hashes mean nothing."""
        return bool(await self._redis.hexists(keys.meta(shard), "commits"))

    async def begin_anew(self, shard: int) -> None:
        """Fence the owner off, and let whoever takes the shard next rebuild it."""
        await self._anew(keys=[keys.meta(shard), keys.lease(shard)])

    async def clear(self, shard: int, token: int) -> None:
        """Empty the hashes and the changes of a shard that has not begun; raises `ShardLostError` as `commit_batch` does."""
        names = [of(shard) for of in keys.HASHES.values()]
        if not await self._clear(keys=[keys.meta(shard), keys.changes(shard), *names], args=[token]):
            raise ShardLostError(f"shard {shard} has another owner")

    async def restore(self, shard: int, token: int, name: str, fields: Mapping[str, bytes]) -> None:
        """Put a part of a hash back into a shard that has not begun; raises `ShardLostError` as `commit_batch` does."""
        flat = [part for pair in fields.items() for part in pair]
        if not await self._restore(keys=[keys.meta(shard), keys.HASHES[name](shard)], args=[token, *flat]):
            raise ShardLostError(f"shard {shard} has another owner")

    async def head(self, shard: int) -> tuple[str, int]:
        """Id of the newest change entry and number of commits. Taken under the lease, so that nobody else writes."""
        found: list[bytes | None] = await self._redis.hmget(keys.meta(shard), "change", "commits")  # type: ignore[assignment]
        change_id, commits = found
        return START if change_id is None else change_id.decode(), 0 if commits is None else int(commits)

    async def commit_batch(
        self,
        shard: int,
        outcome: Outcome,
        *,
        token: int,
        commits: int,
        after: str,
        position: str,
        heartbeat_us: int,
        consumed: str = "",
    ) -> Commit:
        """Write a batch on top of the `commits` before it, of which the change entry `after` is the newest.

        `consumed` names the entry of readings that must be where the batch is written: a cluster may have answered the read
        from a primary that was replaced meanwhile.

        Raises `ShardLostError` when the token is fenced off or the store has moved: then nothing was written.
        """
        batch = Commit(after, commits, FRESH_ID, position, outcome.written, outcome.batch)
        change_id = await self._write(shard, batch, token=token, heartbeat_us=heartbeat_us, consumed=consumed)
        return batch._replace(change_id=change_id)

    async def commit_again(self, shard: int, commit: Commit, *, token: int, heartbeat_us: int) -> None:
        """Write a batch that a replica had not got when it was promoted, as it was; raises as `commit_batch` does."""
        await self._write(shard, commit, token=token, heartbeat_us=heartbeat_us)

    async def _write(self, shard: int, commit: Commit, *, token: int, heartbeat_us: int, consumed: str = "") -> str:
        written = commit.written
        args: list[Any] = [token, commit.commits, commit.after, commit.change_id, commit.position, heartbeat_us]
        args += (_encode(commit.batch), consumed)
        for data in written:
            kept = {name: value for name, value in data.items() if value is not None}
            parts: list[bytes] = [b""] * (2 * len(kept))
            parts[::2], parts[1::2] = map(str.encode, kept), kept.values()
            args += (len(parts), joined(parts))
        for data in (written.spaces, written.counts, written.zones, written.beliefs):
            removed = [name for name, value in data.items() if value is None] if None in data.values() else []
            args += (len(removed), joined([name.encode() for name in removed]))
        change_id: bytes | None = await self._commit(
            keys=[
                keys.meta(shard),
                keys.spaces(shard),
                keys.counts(shard),
                keys.zones(shard),
                keys.devices(shard),
                keys.beliefs(shard),
                keys.changes(shard),
                keys.readings(shard),
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


def shard_state(hashes: Mapping[str, Mapping[bytes, bytes]]) -> ShardState:
    """A shard from its hashes, by the names of `keys.HASHES`."""
    return ShardState(
        spaces=Packed(SpaceState, _named(hashes["spaces"])),
        counts=Packed(ZoneCounts, _named(hashes["counts"])),
        zones=Packed(ZoneEntry, _named(hashes["zones"])),
        devices=Packed(DeviceWindow, _named(hashes["devices"])),
        beliefs=Packed(Fused, _named(hashes["beliefs"])),
    )


def _named(rows: Mapping[bytes, bytes]) -> dict[str, bytes]:
    return {name.decode(): data for name, data in rows.items()}
