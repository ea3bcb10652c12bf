"""Concurrent callers share appends, and each returns only after its own part is durable."""

import asyncio
from collections.abc import Sequence

import pytest

from devices.ingest import appends
from devices.ingest.appends import SharedAppends
from parking.domain.errors import UnavailableError
from parking.occupancy.evidence import Observation
from parking.raw.model import RawMessage
from tests.devices.ingest.streams import MemoryStream


class GatedStream(MemoryStream):
    """Takes one append for each permit."""

    def __init__(self) -> None:
        super().__init__()
        self.permits = asyncio.Semaphore(0)
        self.entered = asyncio.Semaphore(0)

    async def append(self, observations: Sequence[Observation], messages: Sequence[RawMessage]) -> None:
        self.entered.release()
        await self.permits.acquire()
        await super().append(observations, messages)

    def allow(self, count: int) -> None:
        for _ in range(count):
            self.permits.release()


def one(number: int) -> list[Observation]:
    return [Observation("d1", "s", "z", "change", "free", number, number, 60)]


def numbers(stream: MemoryStream) -> list[list[int]]:
    return [[observation.observed_at for observation in append] for append in stream.appends]


async def test_callers_share_the_next_append_when_one_is_under_way() -> None:
    stream = GatedStream()
    shared = SharedAppends(stream)
    async with asyncio.TaskGroup() as group:
        first = group.create_task(shared.append(one(0)))
        await stream.entered.acquire()
        later = [group.create_task(shared.append(one(number))) for number in range(1, 5)]
        await asyncio.sleep(0)
        assert not any(task.done() for task in (first, *later))
        stream.allow(2)
    assert numbers(stream) == [[0], [1, 2, 3, 4]]


async def test_every_caller_of_a_group_fails_when_its_append_does() -> None:
    stream = GatedStream()
    stream.is_down = True
    shared = SharedAppends(stream)
    stream.allow(4)
    outcomes = await asyncio.gather(*(shared.append(one(number)) for number in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [UnavailableError] * 3
    stream.is_down = False
    await shared.append(one(9))
    assert numbers(stream) == [[9]]


async def test_the_others_are_stored_when_the_caller_that_appends_is_cancelled() -> None:
    stream = GatedStream()
    shared = SharedAppends(stream)
    first, leader, follower = (asyncio.ensure_future(shared.append(one(number))) for number in range(3))
    await stream.entered.acquire()
    stream.allow(1)
    await first
    await stream.entered.acquire()
    leader.cancel()
    await asyncio.wait([leader])
    stream.allow(1)
    await follower
    assert leader.cancelled()
    assert numbers(stream) == [[0], [1, 2]]


async def test_a_group_is_closed_when_it_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(appends, "GROUP_LIMIT", 2)
    stream = GatedStream()
    shared = SharedAppends(stream)
    async with asyncio.TaskGroup() as group:
        for number in range(6):
            group.create_task(shared.append(one(number)))
        await stream.entered.acquire()
        stream.allow(6)
    assert numbers(stream) == [[0], [1, 2], [3, 4], [5]]
