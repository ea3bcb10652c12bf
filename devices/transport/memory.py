"""Transports without a network, for a simulation and its receiver in one process."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from devices.transport.ports import Answer, Delivery


class MemoryPoster:
    """Hands every body to `handler(path, body)`, which answers as the HTTP process would."""

    def __init__(self, handler: Callable[[str, bytes], Awaitable[Answer]]) -> None:
        self._handler = handler

    async def post(self, path: str, body: bytes, *, subject: str) -> Answer:  # noqa: ARG002 - one process keeps every order
        return await self._handler(path, body)


class MemoryBroker:
    """A publisher and its one subscriber; what is not acknowledged is delivered again after `reconnect`."""

    def __init__(self) -> None:
        self._waiting: deque[Delivery] = deque()
        self._unacknowledged: dict[int, Delivery] = {}
        self._arrived = asyncio.Event()
        self._count = 0

    async def publish(self, topic: str, payload: bytes) -> None:
        self._count += 1
        self._waiting.append(Delivery(topic, payload, mid=self._count))
        self._arrived.set()

    async def receive(self, limit: int) -> Sequence[Delivery]:
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
        taken = [self._waiting.popleft() for _ in range(min(limit, len(self._waiting)))]
        self._unacknowledged.update((delivery.mid, delivery) for delivery in taken)
        return taken

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            self._unacknowledged.pop(delivery.mid, None)

    def reconnect(self) -> None:
        self._waiting.extendleft(sorted(self._unacknowledged.values(), key=lambda d: d.mid, reverse=True))
        self._unacknowledged.clear()
        self._arrived.set()

    @property
    def pending(self) -> int:
        """Messages that nobody has acknowledged."""
        return len(self._waiting) + len(self._unacknowledged)
