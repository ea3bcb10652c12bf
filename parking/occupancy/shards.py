"""Shards: how the city is cut into independent single-writer pieces, and how their keys are named.

A zone lives whole in one shard, so its counts and its spaces change in one script on one hash slot. The braces in
every key are the cluster's hash tag, on purpose.
"""

import zlib
from typing import Final, NewType

Shard = NewType("Shard", int)

SHARD_COUNT: Final = 16
SHARDS: Final[tuple[Shard, ...]] = tuple(Shard(number) for number in range(SHARD_COUNT))


def shard_of(zone_id: str) -> Shard:
    """CRC-32 of the id modulo the number of shards: the same on every machine and in every version."""
    return Shard(zlib.crc32(zone_id.encode()) % SHARD_COUNT)
