"""The readings that the engine's batches consumed, as they stand in the stream, for those who follow the changes."""

from collections.abc import Sequence

from redis.asyncio import Redis

from parking.occupancy import keys
from parking.occupancy.evidence import Observation, decode_entry
from parking.occupancy.model import ChangeBatch
from parking.occupancy.streams import read_range


async def consumed_readings(redis: Redis, shard: int, batches: Sequence[ChangeBatch]) -> dict[str, list[Observation]]:
    """By id of their entry; one that holds no readings, and one that was trimmed away, is left out."""
    spoken = [entry_id for batch in batches for entry_id, letters in batch.read if letters]
    if not spoken:
        return {}
    found: dict[str, list[Observation]] = {}
    wanted = set(spoken)
    for entry_id, fields in await read_range(redis, keys.readings(shard), spoken[0], spoken[-1]):
        if entry_id in wanted:
            evidence = decode_entry(fields)
            if isinstance(evidence, list):
                found[entry_id] = evidence
    return found
