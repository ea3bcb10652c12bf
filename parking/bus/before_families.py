"""What lies in the shared partitions from before its type had a family of its own: it is heard, and before what came later.

A consumer of such a type goes on in the shared partitions where it stood, and begins in those of the family once nothing of the
family waits for it there. An installation that never was without families finds nothing here.
"""

from collections.abc import Container, Mapping
from typing import Final

from redis.asyncio import Redis

from parking.bus import keys
from parking.bus.arrivals import TYPE
from parking.bus.positions import positions
from parking.bus.scripts import ask

_PAGE: Final = 256


async def standing_in(redis: Redis, consumer: str) -> set[int]:
    """The shared partitions in which a consumer has a place. Raises RedisError."""
    return {
        position.partition
        for partition in keys.SHARED_PARTITIONS
        for position in await positions(redis, partition)
        if position.consumer == consumer
    }


async def is_waiting(redis: Redis, consumer: str, types: Container[str], *, before: int) -> bool:
    """Whether events of these types that belong to a partition `before` wait for the consumer where they were before.

    Raises RedisError.
    """
    partition = keys.shared_partition(before)
    standing = {position.consumer: position for position in await positions(redis, partition)}
    if partition == before or consumer not in standing:
        return False
    first = standing[consumer].needs
    while True:
        found = await ask(redis, "XRANGE", keys.stream(partition), first, "+", "COUNT", _PAGE)
        if any(_is_of(fields, before, types) for _, fields in found):
            return True
        if len(found) < _PAGE:
            return False
        first = f"({found[-1][0].decode()}"


def _is_of(fields: Mapping[bytes, bytes], partition: int, types: Container[str]) -> bool:
    name = fields.get(TYPE, b"").decode(errors="replace")
    return name in types and partition in keys.partitions_of([name])
