"""The kerb city behind the real HTTP process, at an hour that the test holds, with one person of each role."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import httpx

from api.auth.accounts.model import AccountRole
from api.auth.accounts.service import create_account
from api.auth.model import CITY
from parking.db.unit_of_work import Database
from pricing.rates.model import RateTable
from tests.api.http_process import NO_TLS, PATIENCE_S, Json, Process, http_process
from tests.pricing import kerb_city

PASSWORD: Final = "kerb and sign"
PEOPLE: Final[dict[str, AccountRole]] = {
    "wang.fang": "attendant",
    "li.wei": "operator",
    "zhao.min": "approver",
    "admin": "admin",
}


class HeldTime:
    """The time stands still until the test moves it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Person:
    """Somebody who is logged in."""

    client: httpx.AsyncClient
    csrf: str

    async def post(self, path: str, body: object, key: str | None = None) -> httpx.Response:
        headers = {"X-CSRF-Token": self.csrf} | ({} if key is None else {"Idempotency-Key": key})
        return await self.client.post(path, json=body, headers=headers)

    async def get(self, path: str) -> Json:
        answer = await self.client.get(path)
        assert answer.status_code == 200, answer.text
        document: Json = answer.json()
        return document


@dataclass
class Kerb:
    """The running city."""

    database: Database
    process: Process
    time: HeldTime

    @asynccontextmanager
    async def person(self, name: str) -> AsyncIterator[Person]:
        address = f"http://127.0.0.1:{self.process.port}"
        async with httpx.AsyncClient(base_url=address, timeout=PATIENCE_S, verify=NO_TLS) as client:
            answer = await client.post("/v1/logins", json={"name": name, "password": PASSWORD})
            assert answer.status_code == 201, answer.text
            yield Person(client, answer.json()["csrf"])

    async def stay(
        self, start: str, end: str | None = None, *, space: str = "S1", plate_token: str | None = None
    ) -> str:
        async with self.database.transaction() as session:
            return await kerb_city.stay(
                session,
                kerb_city.at(start),
                None if end is None else kerb_city.at(end),
                space_id=space,
                plate_token=plate_token,
                energy=None,
            )


@asynccontextmanager
async def opened_kerb(
    database: Database,
    database_url: str,
    redis_url: str,
    clock: str,
    table: RateTable = kerb_city.LINZI,
    **changed: object,
) -> AsyncIterator[Kerb]:
    """`changed` are settings of the application."""
    await kerb_city.build(database, table)
    async with database.transaction() as session:
        for name, role in PEOPLE.items():
            await create_account(session, name=name, password=PASSWORD, role=role, employer=CITY, now=kerb_city.OPENING)
    time = HeldTime(kerb_city.at(clock))
    async with http_process(database_url, redis_url, time, **changed) as process:
        # The engine does not run here; the inventory is all that these pages need.
        await process.until("/v1/spaces/S1/bill", lambda answer: "space" in answer)
        yield Kerb(database, process, time)
