"""One partition of the durable bus as the member that owns it sees it: a `LaneStore` over one stream and its group."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from parking.bus import keys
from parking.bus.arrivals import TYPE
from parking.bus.lane import Item, LaneLostError, Taken
from parking.bus.letters import Letter, encode_letter, keep, kept_item, to_kept
from parking.bus.scripts import Script, Scripts, ask
from parking.domain.clock import to_micros

SUBJECT: Final = b"s"
EVENT: Final = b"e"
_PAGE: Final = 256


def item_of(entry_id: bytes, pairs: Sequence[bytes]) -> Item:
    """Read one stream entry; a field that is missing is empty, and what cannot be read becomes a dead letter."""
    fields = dict(zip(pairs[::2], pairs[1::2], strict=True))
    return Item(
        entry_id=entry_id.decode(),
        type=fields.get(TYPE, b"").decode(errors="replace"),
        subject=fields.get(SUBJECT, b"").decode(errors="replace"),
        body=fields.get(EVENT, b""),
    )


class RedisLane:
    """Implements `LaneStore`; every script that moves something checks the lease in the same step."""

    def __init__(
        self,
        redis: Redis,
        scripts: Scripts,
        arrived: asyncio.Event,
        *,
        partition: int,
        consumer: str,
        member: str,
        types: frozenset[str],
    ) -> None:
        self._redis = redis
        self._arrived = arrived
        self._scripts = scripts
        self._partition = partition
        self._consumer = consumer
        self._member = member
        self._types = sorted(types)
        self._stream = keys.stream(partition)
        self._lease = keys.lease(partition, consumer)
        self._attempts = keys.attempts(partition, consumer)
        self._replayed = keys.replayed(partition, consumer)
        self._held = keys.held(partition, consumer)

    async def abandoned(self) -> list[Item]:
        items: list[Item] = []
        cursor: bytes = b"0-0"
        while True:
            page = await self._owned(
                self._scripts.reclaim, [self._stream, self._lease], [self._consumer, self._member, cursor, _PAGE]
            )
            cursor = page[0]
            items += [replace(item_of(entry_id, pairs), suspect=True) for entry_id, pairs in page[1]]
            if cursor == b"0-0":
                return items

    async def take(self, count: int) -> Taken:
        answer = await self._owned(
            self._scripts.take,
            [self._stream, self._lease, self._replayed],
            [self._consumer, self._member, count, *self._types],
        )
        fresh = [item_of(entry_id, pairs) for entry_id, pairs in answer[1]]
        return Taken([kept_item(data, "replay") for data in answer[0]], fresh, answer[2])

    async def wait(self, timeout_s: float) -> None:
        """Replayed letters and moved positions are found when the time is up."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._arrived.wait()
        self._arrived.clear()

    async def finish(self, items: Sequence[Item]) -> None:
        await self._finish(items, hold=False)

    async def count_attempt(self, item: Item) -> int:
        counted: int = await self._redis.hincrby(self._attempts, item.entry_id, 1)
        return counted

    async def bury(self, item: Item, *, reason: str, attempts: int, failed_at: datetime, hold: bool) -> None:
        """The letter is written before the acknowledgement and by the same id every time, so neither is lost."""
        letter = Letter(self._partition, to_kept(item), reason, attempts, to_micros(failed_at))
        letter_id = keys.letter_id(self._consumer, self._partition, item.entry_id)
        await self._redis.sadd(keys.DEAD_CONSUMERS, self._consumer)
        await self._redis.hset(keys.dead(self._consumer), letter_id, encode_letter(letter))
        await self._finish([item], hold=hold)

    async def held(self) -> dict[str, str]:
        answer = await ask(self._redis, "HGETALL", self._held)
        return {subject.decode(): letter.decode() for subject, letter in answer.items()}

    async def set_aside(self, item: Item) -> None:
        await self._owned(
            self._scripts.set_aside,
            [self._stream, self._lease, keys.aside(self._partition, self._consumer, item.subject)],
            [self._consumer, self._member, item.entry_id, keep(item)],
        )

    async def aside(self, subject: str) -> list[Item]:
        kept = await self._owned(
            self._scripts.aside,
            [self._lease, keys.aside(self._partition, self._consumer, subject), self._held],
            [self._member, subject],
        )
        return [kept_item(data, "aside") for data in kept]

    async def _finish(self, items: Sequence[Item], *, hold: bool) -> None:
        arguments: list[str | bytes | int] = [self._consumer]
        for item in items:
            kept = b"" if item.origin == "stream" else keep(item)
            arguments += [item.origin, item.entry_id, item.subject, kept, "1" if hold else "0"]
        prefix = keys.aside_prefix(self._partition, self._consumer)
        await self._scripts.finish(
            keys=[self._stream, self._attempts, self._replayed, self._held, prefix], args=arguments
        )

    async def _owned(self, script: Script, names: list[str], arguments: list[str | bytes | int]) -> Any:  # noqa: ANN401 - as the script answers
        try:
            answer = await script(keys=names, args=arguments)
        except ResponseError as error:
            if "NOGROUP" in str(error):
                raise LaneLostError("the consumer was forgotten") from error
            raise
        if answer is None:
            raise LaneLostError("another member owns the partition")
        return answer
