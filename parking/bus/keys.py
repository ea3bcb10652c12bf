"""Names of the bus's keys in Redis. The braces hold the partition and are the cluster's hash tag, on purpose."""

import zlib
from typing import Final

PARTITION_COUNT: Final = 8
PARTITIONS: Final = tuple(range(PARTITION_COUNT))


def partition_of(subject: str) -> int:
    """CRC-32 of the subject modulo the number of partitions: one subject, one partition, one order."""
    return zlib.crc32(subject.encode()) % PARTITION_COUNT


def stream(partition: int) -> str:
    return f"bus:{{{partition}}}"


def lease(partition: int, consumer: str) -> str:
    return f"bus:{{{partition}}}:lease:{consumer}"


def attempts(partition: int, consumer: str) -> str:
    """Hash: entry id → attempts that are known to have failed."""
    return f"bus:{{{partition}}}:attempts:{consumer}"


def replayed(partition: int, consumer: str) -> str:
    """List of letters that a person sent back to their consumer."""
    return f"bus:{{{partition}}}:again:{consumer}"


def held(partition: int, consumer: str) -> str:
    """Hash: subject held back → entry id of the letter that holds it, empty while it is being released."""
    return f"bus:{{{partition}}}:held:{consumer}"


def aside_prefix(partition: int, consumer: str) -> str:
    return f"bus:{{{partition}}}:aside:{consumer}:"


def aside(partition: int, consumer: str, subject: str) -> str:
    """List of events that stand behind a held subject."""
    return aside_prefix(partition, consumer) + subject


def members(consumer: str) -> str:
    """Sorted set: member → its last sign of life."""
    return f"bus:members:{consumer}"


def dead(consumer: str) -> str:
    """Hash: letter id → letter."""
    return f"dead:{{{consumer}}}"


DEAD_CONSUMERS: Final = "dead:consumers"
"""Set of consumers that have had a dead letter."""


def letter_id(consumer: str, partition: int, entry_id: str) -> str:
    return f"{consumer}/{partition}-{entry_id}"
