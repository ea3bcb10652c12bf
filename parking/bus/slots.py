"""Which node of a cluster a command belongs to, pure: the key of a command, its slot, and the table of who serves which."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot
from redis.exceptions import ClusterDownError, DataError

SLOT_COUNT: Final = REDIS_CLUSTER_HASH_SLOTS
Address = tuple[str, int]
"""Host and port."""

_SCRIPTS: Final = frozenset({"EVAL", "EVALSHA"})
_READS: Final = frozenset({"XREAD", "XREADGROUP"})
_KEYLESS: Final = frozenset(
    {"PING", "INFO", "TIME", "CONFIG", "CLUSTER", "SCRIPT", "WAIT", "WAITAOF", "CLIENT", "DBSIZE"}
)


def key_of(words: Sequence[Any]) -> str | bytes:
    """The first key of a command; a command of several touches one slot, or the server refuses it.

    Raises DataError for a command that speaks to a server and not of a key: in a cluster it must say which one.
    """
    name = str(words[0]).upper()
    if name.partition(" ")[0] in _KEYLESS:
        raise DataError(f"{name} names no key: ask one node of the cluster")
    place = 1
    if name in _SCRIPTS:
        place = 3
    elif name in _READS:
        place = next(at for at, word in enumerate(words) if word in {b"STREAMS", "STREAMS"}) + 1
    key: str | bytes = words[place]
    return key


@lru_cache(maxsize=1 << 12)
def slot_of(key: str | bytes) -> int:
    return key_slot(key if isinstance(key, bytes) else key.encode())


@dataclass(frozen=True, slots=True)
class SlotTable:
    """Who serves each slot as the primary, by one node's word at one moment."""

    by_slot: tuple[Address | None, ...]
    replicas: frozenset[Address] = frozenset()

    @classmethod
    def told(cls, rows: Iterable[Sequence[Any]], told_by: Address) -> "SlotTable":
        """From the answer of CLUSTER SLOTS; a node that knows no address of its own is the one that was asked."""
        by_slot: list[Address | None] = [None] * SLOT_COUNT
        replicas: set[Address] = set()
        for first, last, primary, *others in rows:
            by_slot[first : last + 1] = [_address(primary, told_by)] * (last - first + 1)
            replicas.update(_address(other, told_by) for other in others)
        return cls(tuple(by_slot), frozenset(replicas))

    @property
    def primaries(self) -> frozenset[Address]:
        return frozenset(address for address in self.by_slot if address is not None)

    def with_primary(self, slot: int, address: Address) -> "SlotTable":
        return SlotTable((*self.by_slot[:slot], address, *self.by_slot[slot + 1 :]), self.replicas)

    def primary(self, slot: int) -> Address:
        """Raises ClusterDownError when nobody serves the slot."""
        address = self.by_slot[slot]
        if address is None:
            raise ClusterDownError(f"nobody serves slot {slot}")
        return address


def _address(node: Sequence[Any], told_by: Address) -> Address:
    host = node[0].decode() if isinstance(node[0], bytes) else (node[0] or "")
    return (host if host not in {"", "?"} else told_by[0], int(node[1]))
