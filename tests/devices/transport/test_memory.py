"""The transports without a network keep the same promises."""

from devices.transport.memory import MemoryBroker, MemoryPoster
from devices.transport.ports import Answer


async def test_message_comes_again_when_it_was_not_acknowledged() -> None:
    broker = MemoryBroker()
    for number in range(3):
        await broker.publish("t", str(number).encode())
    first, second = await broker.receive(2)
    broker.acknowledge([first])
    broker.reconnect()
    assert [delivery.payload for delivery in await broker.receive(9)] == [second.payload, b"2"]
    assert broker.pending == 2


async def test_handler_answers_when_a_body_is_posted() -> None:
    async def handler(path: str, body: bytes) -> Answer:
        return Answer(202, path.encode() + body)

    assert await MemoryPoster(handler).post("/p", b"q", subject="d1") == Answer(202, b"/pq")
