"""The process itself: memory, processor time, and how late its event loop is."""

import asyncio
import time
from collections.abc import Iterator
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from api.figures.families import histogram
from parking.domain.durations import Durations

TURN_S: Final = 0.25


class LoopDelay(Collector):
    """How much later than asked for a part of the process gets its turn: what every request and every commit waits besides."""

    def __init__(self) -> None:
        self._late = Durations()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            asked = time.perf_counter()
            await asyncio.sleep(TURN_S)
            self._late.add(time.perf_counter() - asked - TURN_S)

    def describe(self) -> list[Metric]:
        """Nothing is looked at before the first scrape."""
        return []

    def collect(self) -> Iterator[Metric]:
        yield histogram("parking_loop_delay_seconds", "How late the event loop gives a turn", (), {(): self._late})


def registry_of_process(delay: LoopDelay) -> CollectorRegistry:
    """One registry per process, nothing global."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(delay)
    return registry
