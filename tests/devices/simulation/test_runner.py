"""The runner keeps the order of each device and waits, without loss, for a far end that is away."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import msgspec

from devices.simulation.city import City
from devices.simulation.faults import NONE
from devices.simulation.parcels import Parcel, pack
from devices.simulation.runner import Runner
from tests.devices.simulation.streets import START, street


class Gate:
    """A far end that can be away for a while."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.parcels: list[Parcel] = []

    async def send(self, parcels: Sequence[Parcel]) -> None:
        await self.open.wait()
        self.parcels.extend(parcels)


def _city() -> City:
    return City(street(400), seed=9, start=START, speed=30, faults=NONE)


@asynccontextmanager
async def running(runner: Runner) -> AsyncIterator[None]:
    task = asyncio.ensure_future(runner.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_everything_arrives_in_order_per_device_when_the_far_end_was_away() -> None:
    gate = Gate()
    runner = Runner(_city(), gate, now=lambda: START + 900)
    async with running(runner):
        await runner.advance()
        assert gate.parcels == []
        gate.open.set()
        await asyncio.wait_for(runner.delivered(), 10)
    expected = [parcel for frame in _city().advance(START + 900) for parcel in pack(frame)]
    assert runner.sent == len(expected) == len(gate.parcels)
    assert _by_device(gate.parcels) == _by_device(expected)


def _by_device(parcels: list[Parcel]) -> dict[str, list[Parcel]]:
    found: dict[str, list[Parcel]] = defaultdict(list)
    for parcel in parcels:
        found[parcel.device_id].append(parcel)
    return found


def test_every_body_is_json_and_every_address_has_no_gaps() -> None:
    for frame in _city().advance(START + 30):
        for parcel in pack(frame):
            assert isinstance(msgspec.json.decode(parcel.body), dict)
            assert "//" not in parcel.address
            assert " " not in parcel.address
