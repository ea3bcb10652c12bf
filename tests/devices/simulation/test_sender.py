"""The sender goes on through outages and stops at what trying again cannot mend."""

import pytest

from devices.simulation.parcels import READINGS_PATH, Parcel
from devices.simulation.sender import SimulationRefusedError, WireSender
from devices.transport.memory import MemoryBroker, MemoryPoster
from devices.transport.ports import Answer
from parking.domain.errors import UnavailableError

ACCEPTED = Answer(202, b'{"accepted":1,"duplicate":0,"rejected":[]}')
READINGS = [Parcel("reading", "d1", READINGS_PATH, b'{"n":1}'), Parcel("reading", "d2", READINGS_PATH, b'{"n":2}')]


class Door:
    """Answers what it is told to, one after the other, and remembers what came."""

    def __init__(self, *answers: Answer | UnavailableError) -> None:
        self._answers = list(answers)
        self.bodies: list[bytes] = []

    async def __call__(self, path: str, body: bytes) -> Answer:  # noqa: ARG002 - the signature of a handler
        self.bodies.append(body)
        answer = self._answers.pop(0)
        if isinstance(answer, UnavailableError):
            raise answer
        return answer


async def test_readings_travel_together() -> None:
    door = Door(ACCEPTED)
    await WireSender(MemoryPoster(door), MemoryBroker()).send(READINGS)
    assert door.bodies == [b'{"readings":[{"n":1},{"n":2}]}']


async def test_same_body_is_sent_again_when_the_platform_was_away() -> None:
    door = Door(UnavailableError("away"), UnavailableError("away"), ACCEPTED)
    await WireSender(MemoryPoster(door), MemoryBroker()).send(READINGS)
    assert len(door.bodies) == 3
    assert len(set(door.bodies)) == 1


async def test_rejected_readings_are_counted_and_do_not_stop_the_rest() -> None:
    rejected = Answer(202, b'{"accepted":0,"duplicate":0,"rejected":[{"index":0,"code":"unknown_device","detail":""}]}')
    sender = WireSender(MemoryPoster(Door(rejected, ACCEPTED)), MemoryBroker())
    await sender.send(READINGS[:1])
    await sender.send(READINGS[1:])
    assert sender.rejected == 1


async def test_wrong_key_ends_the_simulation() -> None:
    sender = WireSender(MemoryPoster(Door(Answer(401, b'{"code":"key_invalid"}'))), MemoryBroker())
    with pytest.raises(SimulationRefusedError, match="401"):
        await sender.send(READINGS)


async def test_mqtt_parcels_reach_the_broker_in_order() -> None:
    broker = MemoryBroker()
    parcels = [Parcel("mqtt", "d", f"t/{number}", b"") for number in range(50)]
    await WireSender(MemoryPoster(Door()), broker).send(parcels)
    assert [delivery.topic for delivery in await broker.receive(100)] == [parcel.address for parcel in parcels]
