"""Runs the real application behind a real server in the test's own loop, beside a real engine when one is wanted."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import httpx
import uvicorn
from redis.asyncio import Redis
from starlette.types import ASGIApp

from api.app import Application, create_app
from api.auth.model import CITY, Role
from api.auth.service import create_key
from api.settings import Settings
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock, utc_now
from parking.occupancy.engine import Engine
from parking.occupancy.feed import ZoneFeeder
from parking.occupancy.reading_stream import RedisReadingStream

Json = dict[str, Any]
PATIENCE_S = 60.0
NO_TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients that speak HTTP alone: each would read the certificates of the whole world, which takes 25 ms."""
SECRET = "0123456789abcdef" * 4
"""Hexadecimal digits of 256 bits, as an installation makes them."""


@dataclass
class Process:
    """A running application and a client of it."""

    app: Application
    client: httpx.AsyncClient
    port: int

    async def get(self, path: str, headers: dict[str, str] | None = None) -> Json:
        answer = await self.client.get(path, headers=headers)
        assert answer.status_code == 200, answer.text
        document: Json = answer.json()
        return document

    async def until(self, path: str, holds: Callable[[Json], bool]) -> Json:
        """The first answer of which `holds` is true."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                document: Json = (await self.client.get(path)).json()
                if holds(document):
                    return document
                await asyncio.sleep(0.05)

    async def until_ready(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while (await self.client.get("/readyz")).status_code != 200:
                await asyncio.sleep(0.05)


def settings_for(database_url: str, redis_url: str) -> Settings:
    return Settings(
        database_url=database_url,
        redis_url=redis_url,
        mqtt_url=None,
        data_dir=Path("unused"),
        host="127.0.0.1",
        port=0,
        secret_key=SECRET,
        plate_key=SECRET,
        test_provider=True,
    )


@asynccontextmanager
async def http_process(
    database_url: str,
    redis_url: str,
    clock: Clock = utc_now,
    **changed: Any,  # noqa: ANN401 - any setting
) -> AsyncIterator[Process]:
    app = create_app(replace(settings_for(database_url, redis_url), **changed), clock)
    config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        async with asyncio.TaskGroup() as group:
            group.create_task(server._serve([listening]))
            async with httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_S, verify=NO_TLS
            ) as client:
                try:
                    await _until(lambda: _is_started(server))
                    yield Process(app, client, port)
                finally:
                    server.should_exit = True


@asynccontextmanager
async def engine_beside(database: Database, redis_url: str) -> AsyncIterator[None]:
    """The engine and its feeder, as the worker runs them."""
    async with Redis.from_url(redis_url) as redis, asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(Engine(redis).run()),
            group.create_task(ZoneFeeder(redis, database, RedisReadingStream(redis)).run()),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


async def make_key(
    database: Database, role: Role = "sensor", *, district: str | None = None, devices: list[str] | None = None
) -> str:
    async with database.transaction() as session:
        _, text = await create_key(
            session, utc_now, role=role, name="test", district_id=district, device_ids=devices, employer=CITY
        )
    return text


def bearing(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def reading(device: str, status: str | None, **members: object) -> dict[str, object]:
    return {"device": device, "observed_at": utc_now().isoformat(), "status": status, "kind": "change", **members}


@asynccontextmanager
async def listening(app: ASGIApp) -> AsyncIterator[str]:
    """Somebody else's server beside ours, at the address that is yielded."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=1))
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        async with asyncio.TaskGroup() as group:
            group.create_task(server._serve([bound]))
            try:
                yield f"http://127.0.0.1:{bound.getsockname()[1]}"
            finally:
                server.should_exit = True


async def _is_started(server: uvicorn.Server) -> bool:
    return server.started


async def _until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await holds():
            await asyncio.sleep(0.01)
