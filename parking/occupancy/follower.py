"""Every reading as the engine judged it, once and in order per device, for whoever follows the streams from a stored position.

History does the same and more; this reader keeps nothing and holds back trimming for seconds only. What it was too late
for is told, so that nobody takes what he did not hear for silence.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec
from redis.asyncio import Redis

from parking.occupancy import keys
from parking.occupancy.consumed import consumed_readings
from parking.occupancy.evidence import DATA_FIELD, Observation
from parking.occupancy.live_reader import PREVIOUS_FIELD, LiveReader
from parking.occupancy.model import ChangeBatch
from parking.occupancy.shards import SHARDS, Shard
from parking.occupancy.streams import START, Entry, id_order, read_streams

HELD_MS: Final = 60_000
"""A follower that is gone for so long holds nothing any more."""

_batches = msgspec.msgpack.Decoder(ChangeBatch)


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgedReadings:
    """The readings of one engine batch, each with its disposition letter (`ChangeBatch.read`)."""

    shard: Shard
    change_id: str
    at: int
    """When the engine applied it, microseconds since 1970 UTC."""
    readings: list[tuple[Observation, str]]
    last_reading_id: str | None
    """Of the entries that the batch consumed."""
    is_gap: bool
    """Something before it, or of it, is gone."""


class ReadingFollower:
    """Reads only, but for the mark up to where it has stored. Raises `redis.exceptions.RedisError` in outages."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._live = LiveReader(redis)

    async def ends(self) -> dict[Shard, str]:
        """Where each change stream ends now."""
        async with self._redis.pipeline(transaction=False) as pipeline:
            for shard in SHARDS:
                pipeline.hget(keys.meta(shard), "change")
            answers: list[bytes | None] = await pipeline.execute()
        return {
            shard: START if answer is None else answer.decode() for shard, answer in zip(SHARDS, answers, strict=True)
        }

    async def read(self, after: Mapping[Shard, str], *, count: int, block_ms: int) -> list[JudgedReadings]:
        """What came after the positions, waiting for it up to `block_ms`; at most `count` batches of each shard."""
        names = {keys.changes(shard): shard for shard in after}
        positions = {name: after[shard] for name, shard in names.items()}
        found = await read_streams(self._redis, positions, count=count, block_ms=block_ms)
        judged: list[JudgedReadings] = []
        for name, entries in found.items():
            judged += await self._judged(names[name], positions[name], entries)
        return judged

    async def heard_until(self) -> dict[Shard, int | None]:
        """Up to when all evidence of a shard is in, microseconds since 1970 UTC; None where no engine ever was."""
        return await self._live.heartbeats()

    async def hold(self, reading_ids: Mapping[Shard, str]) -> None:
        """Say what is stored: readings above these wait some seconds for this follower."""
        async with self._redis.pipeline(transaction=False) as pipeline:
            for shard, reading_id in reading_ids.items():
                pipeline.set(keys.followed(shard), reading_id, px=HELD_MS)
            await pipeline.execute()

    async def _judged(self, shard: Shard, after: str, entries: list[Entry]) -> list[JudgedReadings]:
        batches = [_batches.decode(fields[DATA_FIELD]) for _, fields in entries]
        found = await consumed_readings(self._redis, shard, batches)
        judged: list[JudgedReadings] = []
        previous = after
        for (change_id, fields), batch in zip(entries, batches, strict=True):
            readings: list[tuple[Observation, str]] = []
            is_gap = fields.get(PREVIOUS_FIELD, b"").decode() != previous
            for entry_id, letters in batch.read:
                said = found.get(entry_id)
                is_gap |= bool(letters) and said is None
                readings += zip(said or (), letters.decode(), strict=False)
            judged.append(
                JudgedReadings(
                    shard=shard,
                    change_id=change_id,
                    at=batch.at,
                    readings=readings,
                    last_reading_id=batch.read[-1][0] if batch.read else None,
                    is_gap=is_gap,
                )
            )
            previous = change_id
        return judged


def resumed(stored: Mapping[Shard, str], ends: Mapping[Shard, str]) -> dict[Shard, str]:
    """Where to read on: at what is stored, from the beginning of a store that is younger than it, else at the end."""
    return {
        shard: end if shard not in stored else stored[shard] if id_order(stored[shard]) <= id_order(end) else START
        for shard, end in ends.items()
    }
