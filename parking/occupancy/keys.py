"""Every key of the live store, named in one place.

The braces are the cluster's hash tag, on purpose: all keys of a shard lie on one slot, so that one script may touch
them together.
"""

from collections.abc import Callable, Mapping
from typing import Final

ENGINES: Final = "occ:engines"
"""Sorted set of living engines by the time they last said so; it belongs to no shard."""


def readings(shard: int) -> str:
    """Stream of accepted evidence, encoded by `evidence.py`."""
    return f"readings:{{{shard}}}"


def changes(shard: int) -> str:
    """Stream of `ChangeBatch`, one entry per engine batch."""
    return f"changes:{{{shard}}}"


def spaces(shard: int) -> str:
    """Hash: space id to MessagePack `SpaceState`."""
    return f"occ:{{{shard}}}:spaces"


def counts(shard: int) -> str:
    """Hash: zone id to MessagePack `ZoneCounts`."""
    return f"occ:{{{shard}}}:counts"


def zones(shard: int) -> str:
    """Hash: zone id to MessagePack `ZoneEntry`, the definition that the engine works with."""
    return f"occ:{{{shard}}}:zones"


def devices(shard: int) -> str:
    """Hash: device id to MessagePack `DeviceWindow`."""
    return f"occ:{{{shard}}}:devices"


def beliefs(shard: int) -> str:
    """Hash: space id to MessagePack `Fused`, of spaces on which two kinds of evidence have met."""
    return f"occ:{{{shard}}}:beliefs"


def meta(shard: int) -> str:
    """Hash: `position`, `commits`, `fence`, `epoch`, `change`, `heartbeat_us`; see `live_store.py`."""
    return f"occ:{{{shard}}}:meta"


def lease(shard: int) -> str:
    """The fencing token of the engine that owns the shard; expires with its silence."""
    return f"occ:{{{shard}}}:lease"


def poison(shard: int) -> str:
    """Stream of reading entries that this version could not read, kept for a person to look at."""
    return f"occ:{{{shard}}}:poison"


def followed(shard: int) -> str:
    """Id of the last reading entry that whoever follows the health of devices has stored; gone when nobody follows."""
    return f"occ:{{{shard}}}:followed"


def published(shard: int) -> str:
    """Id of the last entry of `changes` that the publisher put on the bus."""
    return f"occ:{{{shard}}}:published"


def settled(shard: int) -> str:
    """Written by whoever waits until replicas have what was read of the shard (`settling.py`); it says nothing else."""
    return f"occ:{{{shard}}}:settled"


HASHES: Final[Mapping[str, Callable[[int], str]]] = {
    "spaces": spaces,
    "counts": counts,
    "zones": zones,
    "devices": devices,
    "beliefs": beliefs,
}
"""What a shard is made of: all that is loaded with it, kept in its checkpoints and put back when the store was lost."""
