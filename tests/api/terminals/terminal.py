"""The application on a real database, the time held still, and a payment machine that speaks to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from api.app import create_app
from api.auth.model import Role
from api.settings import Settings
from parking.db.unit_of_work import Database
from tests.api.http_process import bearing, make_key
from tests.pricing.kerb_city import at

SECRET = "a secret of this installation alone; long enough"
Json = dict[str, Any]
_keys = count(1)


def fen(amount: int, currency: str = "CNY") -> Json:
    return {"amount": amount, "currency": currency}


class City:
    """The application; `now` is what its clock says."""

    def __init__(self, database_url: str, database: Database, wechat_file: Path | None = None) -> None:
        self.now = at("12:10")
        settings = Settings(
            database_url=database_url,
            redis_url="redis://127.0.0.1:1/0",
            mqtt_url=None,
            data_dir=Path("unused"),
            host="127.0.0.1",
            port=0,
            secret_key=SECRET,
            plate_key=SECRET,
            wechat_file=wechat_file,
        )
        self.app = create_app(settings, lambda: self.now)
        self.database = database
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app=self.app), base_url="http://parking")

    async def terminal(self, role: Role = "terminal", district: str | None = None) -> "Terminal":
        key = await make_key(self.database, role, district=district)
        await self.app.serving.keys.load(self.database)
        return Terminal(self, bearing(key))


class Terminal:
    """A machine with a key; the key's name, and so the terminal's, is `test`."""

    def __init__(self, city: City, headers: dict[str, str]) -> None:
        self._city = city
        self._headers = headers

    async def post(self, path: str, body: Json, *, key: str | None = None) -> httpx.Response:
        """`key` None makes a new one."""
        headers = self._headers | {"Idempotency-Key": key or f"key-{next(_keys)}"}
        return await self._city.client.post(path, json=body, headers=headers)

    async def get(self, path: str, **query: str) -> httpx.Response:
        return await self._city.client.get(path, params=query, headers=self._headers)

    async def parked(
        self, start: str, end: str, *, plate: str | None = "鲁C12345", space: str = "S1", energy: str | None = None
    ) -> Json:
        """A stay that began and ended, as the stop answers it."""
        vehicle = {"class": "small", "energy": energy}
        body = {"space": space, "plate": plate, "started_at": at(start).isoformat(), "vehicle": vehicle}
        self._city.now = at(end)
        started = await self.post("/v1/sessions", body)
        assert started.status_code == 201, started.text
        return await self.stopped(started.json()["id"], at(end))

    async def stopped(self, session: str, ended_at: datetime) -> Json:
        answer = await self.post(f"/v1/sessions/{session}/stop", {"ended_at": ended_at.isoformat()})
        assert answer.status_code == 200, answer.text
        document: Json = answer.json()
        return document

    async def paid(self, session: str, amount: int, *, key: str | None = None, method: str = "cash") -> httpx.Response:
        order = {"session": session, "amount": fen(amount), "method": method, "paid_at": self._city.now.isoformat()}
        return await self.post("/v1/payments", order, key=key)


@asynccontextmanager
async def kerb(database_url: str, database: Database, wechat_file: Path | None = None) -> AsyncIterator[City]:
    """`database` has the city and the keys, `database_url` is what the application is told."""
    city = City(database_url, database, wechat_file)
    async with city.client:
        try:
            yield city
        finally:
            await city.app.serving._database.close()
            await city.app.serving._redis.aclose()
            await city.app.serving._providers.close()
