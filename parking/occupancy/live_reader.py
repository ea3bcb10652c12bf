"""The live store as readers see it: a snapshot of a shard, then every change batch after it, and the engines' pulse.

A reader takes `snapshot`, follows `changes` from its `change_id`, and takes a new snapshot of each shard that comes
back in `gaps`: there, entries between its position and the stream were trimmed away or the store began anew.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import msgspec
from redis.asyncio import Redis

from parking.occupancy import keys, lua
from parking.occupancy.evidence import DATA_FIELD
from parking.occupancy.fusion.kept import decode
from parking.occupancy.fusion.learnt import LearntErrors, learnt_errors
from parking.occupancy.model import ChangeBatch, SpaceState, ZoneCounts
from parking.occupancy.shards import SHARDS, Shard, shard_of
from parking.occupancy.streams import START, read_streams

PREVIOUS_FIELD = b"p"
"""Field of a change entry: the id of the entry before it, by which a reader knows that it has missed nothing."""

AT_ONCE: Final = 2000
"""Spaces in one turn of the event loop: a reader has requests to answer meanwhile."""

Value = TypeVar("Value")
_spaces = msgspec.msgpack.Decoder(SpaceState)
_counts = msgspec.msgpack.Decoder(ZoneCounts)
_changes = msgspec.msgpack.Decoder(ChangeBatch)


@dataclass(frozen=True, kw_only=True)
class ShardSnapshot:
    """A shard as it stood right after `change_id`, counts and spaces of the same instant."""

    counts: dict[str, ZoneCounts]
    """By zone id."""
    spaces: dict[str, SpaceState]
    """By space id."""
    change_id: str
    """`0-0` when nothing was ever published."""
    heartbeat_us: int | None
    """When the engine last said that it owns the shard, in microseconds since 1970; None when none ever did."""


@dataclass(frozen=True, kw_only=True)
class ShardChange:
    """One change batch as it stands in the stream of its shard."""

    shard: Shard
    change_id: str
    batch: ChangeBatch


@dataclass(frozen=True, kw_only=True)
class ChangeFeed:
    """What came after the positions asked for; a shard in `gaps` has no entry in `entries`."""

    entries: list[ShardChange]
    """In order within each shard."""
    gaps: frozenset[Shard]


class LiveReader:
    """Reads only. Every method raises `redis.exceptions.RedisError` while the live store cannot answer."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._snapshot = redis.register_script(lua.source("snapshot"))

    async def snapshot(self, shard: int) -> ShardSnapshot:
        answer: Any = await self._snapshot(keys=[keys.meta(shard), keys.counts(shard), keys.spaces(shard)])
        change_id, heartbeat, counts, spaces = answer
        return ShardSnapshot(
            counts=await _decoded(_pairs(counts), _counts.decode),
            spaces=await _decoded(_pairs(spaces), _spaces.decode),
            change_id=START if change_id is None else change_id.decode(),
            heartbeat_us=None if heartbeat is None else int(heartbeat),
        )

    async def changes(self, after: Mapping[Shard, str], *, count: int = 500, block_ms: int = 1000) -> ChangeFeed:
        """Wait up to `block_ms` for entries after the positions; at most `count` per shard at once."""
        names = {keys.changes(shard): shard for shard in after}
        found = await read_streams(
            self._redis, {name: after[shard] for name, shard in names.items()}, count=count, block_ms=block_ms
        )
        entries: list[ShardChange] = []
        gaps: set[Shard] = set()
        for name, rows in found.items():
            shard = names[name]
            if rows[0][1].get(PREVIOUS_FIELD, b"").decode() != after[shard]:
                gaps.add(shard)
                continue
            entries += [
                ShardChange(shard=shard, change_id=change_id, batch=_changes.decode(fields[DATA_FIELD]))
                for change_id, fields in rows
            ]
        return ChangeFeed(entries=entries, gaps=frozenset(gaps))

    async def heartbeats(self) -> dict[Shard, int | None]:
        """Microseconds since 1970 at which an engine last owned each shard; None for one that never was owned."""
        async with self._redis.pipeline(transaction=False) as pipeline:
            for shard in SHARDS:
                pipeline.hget(keys.meta(shard), "heartbeat_us")
            answers: list[bytes | None] = await pipeline.execute()
        return {shard: None if beat is None else int(beat) for shard, beat in zip(SHARDS, answers, strict=True)}

    async def knows_zones(self, zone_ids: Iterable[str]) -> bool:
        """Whether the engine has a definition of each: of a space that it has no place for it believes nothing. Raises `RedisError`."""
        async with self._redis.pipeline(transaction=False) as pipeline:
            for zone_id in zone_ids:
                pipeline.hexists(keys.zones(shard_of(zone_id)), zone_id)
            return all(await pipeline.execute())

    async def learnt_errors(self, zone_id: str, space_id: str) -> LearntErrors | None:
        """What was learnt of the devices at a space; None where two kinds of evidence have not met for long enough."""
        kept: bytes | None = await self._redis.hget(keys.beliefs(shard_of(zone_id)), space_id)  # type: ignore[assignment]  # the client answers bytes
        return None if kept is None else learnt_errors(decode(kept))


async def _decoded(pairs: Sequence[tuple[bytes, bytes]], decode: Callable[[bytes], Value]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for start in range(0, len(pairs), AT_ONCE):
        found.update((name.decode(), decode(data)) for name, data in pairs[start : start + AT_ONCE])
        await asyncio.sleep(0)
    return found


def _pairs(flat: Any) -> list[tuple[bytes, bytes]]:  # noqa: ANN401 - a hash inside a script's answer: list or map
    if isinstance(flat, dict):
        return list(flat.items())
    return list(zip(flat[::2], flat[1::2], strict=True))
