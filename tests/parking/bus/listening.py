"""Consumers for tests of a bus: they remember what they were given, and run as long as a block lasts."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Final

from parking.bus.codec import fact_of
from parking.bus.ports import EventBus, Subscription
from parking.events.envelope import CloudEvent, wrap
from parking.events.place import PlaceChanged
from parking.events.space import SpaceStateChanged

TYPES: Final = frozenset({PlaceChanged.TYPE})
PATIENCE_S: Final = 60.0
_AT: Final = datetime(2026, 1, 1, tzinfo=UTC)


def place_changed(zone_id: str, revision: int) -> CloudEvent:
    fact = PlaceChanged(zone_id=zone_id, district_id="370303", revision=revision, capacity=10)
    return wrap(fact, event_id=f"{zone_id}-{revision}", source="test", time=_AT)


def state_changed(space_id: str, number: int) -> CloudEvent:
    fact = SpaceStateChanged(
        space_id=space_id,
        zone_id="zone-1",
        status="occupied",
        previous_status="free",
        since=_AT,
        observed_at=_AT,
        evidence="change",
        device_id="sensor-1",
        confidence=None,
        reason=None,
    )
    return wrap(fact, event_id=f"{space_id}-state-{number}", source="test", time=_AT)


async def eventually(condition: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    async with asyncio.timeout(patience_s):
        while not condition():
            await asyncio.sleep(0.01)


class Listener:
    """Remembers `(subject, revision)` in the order of delivery; `behave` may raise or wait before it is remembered."""

    def __init__(self, behave: Callable[[str, int], Awaitable[None]] | None = None) -> None:
        self.heard: list[tuple[str, int]] = []
        self.tried: list[tuple[str, int]] = []
        self._behave = behave

    async def __call__(self, event: CloudEvent) -> None:
        fact = fact_of(event)
        assert isinstance(fact, PlaceChanged)
        self.tried.append((fact.zone_id, fact.revision))
        if self._behave is not None:
            await self._behave(fact.zone_id, fact.revision)
        self.heard.append((fact.zone_id, fact.revision))

    def revisions(self, zone_id: str) -> list[int]:
        return [revision for zone, revision in self.heard if zone == zone_id]


def subscribe(
    handler: Callable[[CloudEvent], Awaitable[None]],
    *,
    consumer: str = "listener",
    attempts: int = 3,
    hold_subject: bool = False,
) -> Subscription:
    return Subscription(consumer=consumer, types=TYPES, handler=handler, attempts=attempts, hold_subject=hold_subject)


@contextlib.asynccontextmanager
async def running(bus: EventBus, *subscriptions: Subscription) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Each subscription is one member; leaving the block cancels them and waits until they are gone."""
    tasks = [asyncio.ensure_future(bus.run(subscription)) for subscription in subscriptions]
    try:
        yield tasks
        for task in tasks:
            if task.done() and not task.cancelled():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=PATIENCE_S)
