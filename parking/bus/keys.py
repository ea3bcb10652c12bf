"""Names of the bus's keys in Redis. The braces hold the partition and are the cluster's hash tag, on purpose.

Types of events that come in masses have partitions of their own, a family each: whoever does not want them never reads them.
"""

import zlib
from collections.abc import Iterable
from typing import Final

from parking.events.space import SpaceStateChanged, ZoneCountsChanged

PARTITION_COUNT: Final = 8
"""Of each family."""
_MASSES: Final = (SpaceStateChanged.TYPE, ZoneCountsChanged.TYPE)
"""What the engine tells, each a family by itself. All other types are the first family: its partitions have the numbers that all
types shared before there were families, so what lay in them then is read there."""
_FAMILIES: Final = {name: number for number, name in enumerate(_MASSES, 1)}
PARTITIONS: Final = tuple(range(PARTITION_COUNT * (1 + len(_MASSES))))
SHARED_PARTITIONS: Final = PARTITIONS[:PARTITION_COUNT]
"""Those of the first family."""


def partition_of(subject: str, name: str) -> int:
    """CRC-32 of the subject within the family of the type: one subject in one family, one partition, one order."""
    return _FAMILIES.get(name, 0) * PARTITION_COUNT + zlib.crc32(subject.encode()) % PARTITION_COUNT


def partitions_of(types: Iterable[str]) -> tuple[int, ...]:
    """All in which events of these types come; in turn one of each family, so that members which share them share each family."""
    families = sorted({_FAMILIES.get(name, 0) for name in types})
    return tuple(family * PARTITION_COUNT + number for number in range(PARTITION_COUNT) for family in families)


def shared_partition(partition: int) -> int:
    """Where the subjects of a partition were before their type had a family of its own."""
    return partition % PARTITION_COUNT


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
