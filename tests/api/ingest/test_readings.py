"""The device paths over HTTP: who may come in and in what form; the door in front answers as the route behind it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec
import pytest
from redis.asyncio import Redis

from api.auth.service import revoke_key
from api.edge import BODY_LIMIT
from api.ingest.schemas import Reading as DocumentedReading
from devices.adapters.generic_json.messages import Reading
from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now
from parking.occupancy import keys
from parking.occupancy.evidence import Observation, decode_entry
from parking.occupancy.shards import SHARDS
from parking.occupancy.streams import read_range
from tests.api import small_city
from tests.api.http_process import Process, bearing, http_process, make_key, reading

pytestmark = pytest.mark.service


@dataclass
class Installation:
    """A process with the small city and its keys."""

    process: Process
    database: Database
    sensor: str

    async def post(self, body: object, key: str | None = None, path: str = "/v1/readings") -> httpx.Response:
        headers = bearing(self.sensor if key is None else key)
        return await self.process.client.post(path, json=body, headers=headers)

    async def both(self, content: bytes, headers: dict[str, str]) -> tuple[httpx.Response, httpx.Response]:
        """Through the door, and through the route: a body without a length is left to the route."""

        async def chunked() -> AsyncIterator[bytes]:
            yield content

        client = self.process.client
        through_door = await client.post("/v1/readings", content=content, headers=headers)
        return through_door, await client.post("/v1/readings", content=chunked(), headers=headers)


def outcome(answer: httpx.Response) -> dict[str, Any]:
    """The body, but for which of two equal requests was the first."""
    body: dict[str, Any] = answer.json()
    if answer.status_code == 202:
        body["taken"] = body.pop("accepted") + body.pop("duplicate")
    return body


@asynccontextmanager
async def installed_city(database: Database, database_url: str, redis_url: str) -> AsyncIterator[Installation]:
    await small_city.build(database)
    await small_city.equip(database)
    sensor = await make_key(database)
    async with http_process(database_url, redis_url) as process:
        installation = Installation(process, database, sensor)
        async with asyncio.timeout(60):
            while (await installation.post({"readings": []})).status_code != 202:
                await asyncio.sleep(0.05)
        yield installation


async def test_accepted_readings_stand_in_the_stream(
    database: Database, database_url: str, redis_url: str, redis: Redis
) -> None:
    async with installed_city(database, database_url, redis_url) as city:
        answer = await city.post({"readings": [reading("d1", "occupied", id="a"), reading("d4", "free", id="b")]})
        assert (answer.status_code, answer.json()) == (202, {"accepted": 2, "duplicate": 0, "rejected": []})
        again = await city.post({"readings": [reading("d1", "occupied", id="a")]})
        assert again.json() == {"accepted": 0, "duplicate": 1, "rejected": []}
        figures = (await city.process.client.get("/metrics")).text
        assert 'parking_readings_total{outcome="accepted"} 2.0' in figures
    kept: list[Observation] = []
    for shard in SHARDS:
        for _, fields in await read_range(redis, keys.readings(shard), "-", "+"):
            entry = decode_entry(fields)
            assert isinstance(entry, list)
            kept += entry
    assert {(item.device_id, item.space_id, item.status) for item in kept} == {
        ("d1", "S1", "occupied"),
        ("d4", "S4", "free"),
    }


async def test_door_and_route_answer_alike(database: Database, database_url: str, redis_url: str) -> None:
    def batch(*items: object) -> bytes:
        return msgspec.json.encode({"readings": items})

    async with installed_city(database, database_url, redis_url) as city:
        terminal = await make_key(database, "terminal")
        narrow = await make_key(database, devices=["d2"])
        elsewhere = await make_key(database, "integrator", district="gaoxin")
        gone = await make_key(database)
        async with asyncio.timeout(60):
            while (await city.post({"readings": []}, gone)).status_code != 202:
                await asyncio.sleep(0.05)
        json_type = {"Content-Type": "application/json"}
        good = {**bearing(city.sensor), **json_type}
        cases: list[tuple[bytes, dict[str, str], int]] = [
            (batch(reading("d1", None), reading("nobody", "free"), {"device": 7}), good, 202),
            (batch(reading("d1", "parked"), reading("d1", "free", confidence=2)), good, 202),
            (batch(reading("d1", "free", colour="red")), good, 202),
            (batch(reading("d1", "free")), {**bearing(narrow), **json_type}, 202),
            (batch(reading("d1", "free")), {**bearing(elsewhere), **json_type}, 202),
            (b"", good, 400),
            (b"{", good, 400),
            (b"[]", good, 400),
            (b"\xff\xfe", good, 400),
            (b'{"readings": 1}', good, 400),
            (b'{"readings": [], "more": 1}', good, 400),
            (b"[" * 100_000, good, 400),
            (batch(*[{}] * 10_001), good, 413),
            (batch(), json_type, 401),
            (batch(), {**json_type, "Authorization": "Basic abc"}, 401),
            (batch(), {**json_type, "Authorization": "Bearer nonsense"}, 401),
            (batch(), {**json_type, **bearing(f"sp_{'0' * 12}_{'x' * 43}")}, 401),
            (batch(), {**json_type, **bearing(terminal)}, 403),
            (batch(), {**bearing(city.sensor), "Content-Type": "text/plain"}, 415),
            (batch(), {**good, "Content-Encoding": "gzip"}, 415),
            (b" " * (BODY_LIMIT + 1), good, 413),
        ]
        for content, headers, status in cases:
            through_door, through_route = await city.both(content, headers)
            assert through_door.status_code == through_route.status_code == status, (content[:50], through_door.text)
            assert outcome(through_door) == outcome(through_route)
            assert through_door.headers["content-type"] == through_route.headers["content-type"]


async def test_key_is_refused_within_a_second_when_it_was_revoked(
    database: Database, database_url: str, redis_url: str
) -> None:
    async with installed_city(database, database_url, redis_url) as city:
        async with database.transaction() as session:
            await revoke_key(session, utc_now, city.sensor.split("_")[1])
        async with asyncio.timeout(1):
            while (answer := await city.post({"readings": []})).status_code == 202:
                await asyncio.sleep(0.02)
        assert (answer.status_code, answer.json()["code"]) == (401, "key_revoked")
        assert answer.headers["www-authenticate"] == "Bearer"


def test_documented_reading_has_the_members_that_the_decoder_takes() -> None:
    taken = {field.name for field in msgspec.structs.fields(Reading)}
    assert set(DocumentedReading.model_fields) == taken
    required = {field.name for field in msgspec.structs.fields(Reading) if field.required}
    assert {name for name, field in DocumentedReading.model_fields.items() if field.is_required()} == required
