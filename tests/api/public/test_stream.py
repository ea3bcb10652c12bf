"""Server-sent events: what changes arrives whole, a break is resumed, and a slow reader costs no memory."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest

from api.public import stream
from api.public.atlas import Atlas
from api.public.journal import Journal
from api.public.position import read_position
from api.public.read_model import ReadModel
from api.public.stream import NOWHERE, Listener
from parking.db.unit_of_work import Database
from parking.occupancy.shards import SHARDS
from tests.api import small_city
from tests.api.city_in_memory import BEAT_US, catalogue, filled_model, freed
from tests.api.http_process import Process, bearing, engine_beside, http_process, make_key, reading


@dataclass
class Event:
    """One parsed event; the id is the last one that stood before or in it."""

    name: str
    data: dict[str, object]
    last_id: str


class Reader:
    """Parses the stream as the standard says, so far as the platform uses it."""

    def __init__(self, texts: AsyncIterator[bytes]) -> None:
        self._texts = texts
        self._rest = b""
        self.last_id = ""

    async def next(self) -> Event:
        async with asyncio.timeout(60):
            while True:
                event = await self._block()
                if event is not None:
                    return event

    async def take(self, count: int) -> list[Event]:
        return [await self.next() for _ in range(count)]

    async def until_marked(self) -> str:
        """Read up to the next id."""
        before = self.last_id
        async with asyncio.timeout(60):
            while self.last_id == before:
                await self._block()
        return self.last_id

    async def _block(self) -> Event | None:
        while b"\n\n" not in self._rest:
            self._rest += await anext(self._texts)
        block, self._rest = self._rest.split(b"\n\n", 1)
        fields = dict(line.split(": ", 1) for line in block.decode().split("\n") if not line.startswith(":"))
        self.last_id = fields.get("id", self.last_id)
        return Event(fields["event"], json.loads(fields["data"]), self.last_id) if "data" in fields else None


def listen(model: ReadModel, zones: frozenset[str] | None = None, last: str | None = None) -> Reader:
    return Reader(Listener(model, zones, None).events(None if last is None else read_position(last)))


async def test_listener_gets_present_counts_and_then_what_changes() -> None:
    model = filled_model()
    reader = listen(model)
    assert [(e.name, e.data["id"]) for e in await reader.take(2)] == [("zone", "Z1"), ("zone", "Z2")]
    await reader.until_marked()
    model.apply(freed("1001-0"))
    space, zone = await reader.take(2)
    assert (space.name, space.data["id"], space.data["status"]) == ("space", "S1", "free")
    assert (zone.name, zone.data["vacant"]) == ("zone", 2)


async def test_only_wanted_zones_are_told() -> None:
    model = filled_model()
    reader = listen(model, frozenset({"Z2"}))
    assert (await reader.next()).data["id"] == "Z2"
    model.apply(freed("1001-0"))
    model.observe({}, connected=False)
    event = await reader.next()
    assert (event.data["id"], event.data["stale"]) == ("Z2", True)


async def test_missed_changes_come_when_the_last_id_is_given() -> None:
    model = filled_model()
    first = listen(model)
    last = await first.until_marked()
    model.apply(freed("1001-0"))
    again = listen(model, last=last)
    names = [(event.name, event.data.get("id")) for event in await again.take(4)]
    assert names == [("space", "S1"), ("zone", "Z1"), ("zone", "Z1"), ("zone", "Z2")]
    assert again.last_id != last


async def test_listener_starts_over_when_its_place_is_gone() -> None:
    reader = Reader(Listener(filled_model(), None, None).events(NOWHERE))
    assert (await reader.next()).name == "reset"
    assert (await reader.next()).name == "zone"


async def test_slow_listener_starts_over_and_the_ring_stays_small() -> None:
    model = filled_model()
    model.journal = Journal(capacity=50)
    reader = listen(model)
    await reader.take(2)
    await reader.until_marked()
    for number in range(200):
        model.apply(freed(f"{2000 + number}-0", status="free" if number % 2 else "occupied"))
    event = await reader.next()
    assert (event.name, event.data["reason"]) == ("reset", "you read too slowly")
    model.apply(freed("3000-0", status="occupied"))
    assert (await reader.next()).data["status"] == "occupied"


async def test_everyone_starts_over_when_the_inventory_changed() -> None:
    model = filled_model()
    reader = listen(model)
    await reader.until_marked()
    model.adopt_inventory(Atlas(catalogue()))
    assert (await reader.next()).name == "reset"


async def test_silent_stream_is_kept_open_by_comments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "KEEPALIVE_S", 0.01)
    texts = Listener(filled_model(), None, None).events(None)
    async with asyncio.timeout(60):
        found = [await anext(texts) for _ in range(3)]
    assert found[2].startswith(b": still here\nid: ")


async def test_staleness_is_told_when_it_turns() -> None:
    model = filled_model()
    reader = listen(model)
    await reader.take(2)
    await reader.until_marked()
    model.observe({}, connected=False)
    assert [event.data["stale"] for event in await reader.take(2)] == [True, True]
    model.observe(dict.fromkeys(SHARDS, BEAT_US + 1), connected=True)
    assert [event.data["stale"] for event in await reader.take(2)] == [False, False]


@asynccontextmanager
async def opened(process: Process, last: str = "") -> AsyncIterator[Reader]:
    headers = {"Last-Event-ID": last} if last else {}
    async with process.client.stream("GET", "/v1/stream", headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Reader(answer.aiter_raw())


@pytest.mark.service
async def test_reading_is_told_over_http_and_resumed_by_another_process(
    database: Database, database_url: str, redis_url: str
) -> None:
    await small_city.build(database)
    await small_city.equip(database)
    key = await make_key(database)

    async def post(client: httpx.AsyncClient, status: str) -> None:
        answer = await client.post("/v1/readings", json={"readings": [reading("d1", status)]}, headers=bearing(key))
        assert answer.status_code == 202

    async with (
        engine_beside(database, redis_url),
        http_process(database_url, redis_url) as one,
        http_process(database_url, redis_url) as other,
    ):
        await one.until_ready()
        await other.until_ready()
        async with opened(one) as reader:
            last = await reader.until_marked()
            await post(one.client, "occupied")
            while (event := await reader.next()).name != "space":
                pass
            assert (event.data["id"], event.data["status"]) == ("S1", "occupied")
        await other.until("/v1/zones/Z1", lambda found: found["occupied"] == 1)
        async with opened(other, last) as reader:
            events = await reader.take(2)
            assert [event.name for event in events] == ["space", "zone"]
