"""A lease: one holder at a time, and the next one when it is gone."""

import asyncio

import pytest
from redis.asyncio import Redis

from parking.bus.lease import Lease
from tests.parking.bus.listening import eventually

pytestmark = pytest.mark.service


async def test_work_moves_to_the_other_when_its_lease_is_taken_away(redis: Redis) -> None:
    at_work: list[str] = []

    async def work(name: str) -> None:
        at_work.append(name)
        try:
            await asyncio.Event().wait()
        finally:
            at_work.remove(name)

    first, second = (Lease(redis, "lease", lease_s=0.3) for _ in range(2))
    tasks = [asyncio.ensure_future(first.lead(lambda: work("first")))]
    await eventually(lambda: at_work == ["first"])
    tasks.append(asyncio.ensure_future(second.lead(lambda: work("second"))))
    await asyncio.wait(tasks, timeout=0.6)
    assert at_work == ["first"]
    # For as long as the first one needs to notice: if it were free sooner, the first one would simply go on.
    await redis.set("lease", "somebody")
    await eventually(lambda: at_work == [])
    await redis.delete("lease")
    await eventually(lambda: at_work == ["second"])
    assert tasks[0].done()
    assert tasks[0].exception() is None
    tasks[1].cancel()
    await asyncio.wait(tasks)
    assert at_work == []
    assert await redis.get("lease") is None


async def test_error_of_the_work_is_raised_when_it_fails(redis: Redis) -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await Lease(redis, "lease", lease_s=0.3).lead(fail)
    assert await redis.get("lease") is None
