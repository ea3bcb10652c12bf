"""Where the consumers of the durable bus stand, and what may therefore be trimmed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from parking.bus import keys
from parking.domain.clock import to_micros

RETENTION: Final = timedelta(hours=24)
"""How far back a replay can reach at least as long as memory lasts."""

ENTRIES_KEPT: Final = 50_000
"""Of each partition, where a busy city would fill the memory within the retention: about 50 MB."""
_END: Final = f"{2**64 - 1}-{2**64 - 1}"

EntryId = tuple[int, int]


def entry_id(text: str) -> EntryId:
    """`milliseconds-sequence` as numbers, because as texts they do not sort."""
    milliseconds, _, sequence = text.partition("-")
    return int(milliseconds), int(sequence or 0)


def before(instant: datetime) -> str:
    """The last id that an entry written before `instant` can have."""
    milliseconds = to_micros(instant) // 1000
    return f"{milliseconds - 1}-{2**64 - 1}" if milliseconds > 0 else "0-0"


@dataclass(frozen=True, kw_only=True)
class Position:
    """A consumer in one partition."""

    consumer: str
    partition: int
    delivered: str
    """Last entry that was given out."""
    unfinished: str | None
    """Oldest entry that was given out and is not acknowledged; None when there is none."""
    waiting: int = 0
    """Entries that are not acknowledged, given out or not."""

    @property
    def needs(self) -> str:
        """The oldest entry that must stay: everything before it is finished."""
        if self.unfinished is not None:
            return self.unfinished
        milliseconds, sequence = entry_id(self.delivered)
        return f"{milliseconds}-{sequence + 1}" if sequence < 2**64 - 1 else f"{milliseconds + 1}-0"


async def positions(redis: Redis, partition: int) -> list[Position]:
    """Raises RedisError."""
    name = keys.stream(partition)
    try:
        groups = await redis.xinfo_groups(name)
    except ResponseError as error:
        if "no such key" in str(error):
            return []
        raise
    found = []
    for group in groups:
        consumer = group["name"].decode()
        pending = await redis.xpending(name, consumer) if group["pending"] else None
        found.append(
            Position(
                consumer=consumer,
                partition=partition,
                delivered=group["last-delivered-id"].decode(),
                unfinished=pending["min"].decode() if pending and pending["min"] else None,
                waiting=group["pending"] + (group.get("lag") or 0),
            )
        )
    return found


async def trim(
    redis: Redis, now: datetime, retention: timedelta = RETENTION, *, entries_kept: int = ENTRIES_KEPT
) -> list[Position]:
    """Drop what every consumer has finished and what is older than `retention` or more than `entries_kept`.

    Nothing that a consumer still needs goes, however old. Answers the consumers for which older events than
    `retention` wait. Raises RedisError.
    """
    horizon = f"{max(0, to_micros(now - retention) // 1000)}-0"
    laggards: list[Position] = []
    for partition in keys.PARTITIONS:
        name = keys.stream(partition)
        standing = await positions(redis, partition)
        needed = min((position.needs for position in standing), key=entry_id, default=_END)
        await redis.xtrim(name, minid=min(needed, horizon, key=entry_id), approximate=False)
        excess = await redis.xlen(name) - entries_kept
        if excess > 0:
            await redis.xtrim(name, minid=needed, approximate=True, limit=excess)
        for position in standing:
            if entry_id(position.needs) < entry_id(horizon):
                waiting = await redis.xrange(name, position.needs, f"({horizon}", count=1)
                laggards += [position] if waiting else []
    return laggards
