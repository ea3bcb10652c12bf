"""A registered payment machine that signs, and the operator who registered it."""

import json
from datetime import datetime
from itertools import count

import httpx

from devices.terminals import signing
from tests.api.http_process import bearing, make_key
from tests.api.terminals.terminal import City, Json

_nonces = count(1)
PLACE = {"operator": "LZ", "district": "370305", "zones": ["Z1"], "located": "中心路 12 号"}


class Operator:
    """Whoever holds an operator's key."""

    def __init__(self, city: City, headers: dict[str, str]) -> None:
        self._city = city
        self.headers = headers

    async def post(self, path: str, body: Json | None = None) -> httpx.Response:
        return await self._city.client.post(path, json=body, headers=self.headers)

    async def get(self, path: str) -> Json:
        answer = await self._city.client.get(path, headers=self.headers)
        assert answer.status_code == 200, answer.text
        document: Json = answer.json()
        return document

    async def registers(self, terminal_id: str) -> "Machine":
        answer = await self.post("/v1/operator/terminals", {"id": terminal_id, **PLACE})
        assert answer.status_code == 201, answer.text
        return Machine(self._city, terminal_id, answer.json()["key"], answer.json()["secret"])


class Machine:
    """Signs with its key by the time of the city's clock."""

    def __init__(self, city: City, terminal_id: str, key: str, secret: str) -> None:
        self.city = city
        self.terminal_id = terminal_id
        self.key = key
        self.secret = secret

    def with_key(self, given: Json) -> "Machine":
        return Machine(self.city, self.terminal_id, given["key"], given["secret"])

    def signed(
        self, method: str, path: str, body: object = None, *, at: datetime | None = None, key: str = "unused"
    ) -> httpx.Request:
        content = b"" if body is None else json.dumps(body).encode()
        value = signing.authorization(
            self.secret,
            self.key,
            method=method,
            path=path,
            body=content,
            at=at or self.city.now,
            nonce=f"nonce-{next(_nonces):06}",
        )
        told = {"Authorization": value, "Content-Type": "application/json", "Idempotency-Key": key}
        return self.city.client.build_request(method, path, content=content, headers=told)

    async def send(self, request: httpx.Request) -> httpx.Response:
        return await self.city.client.send(request)

    async def post(self, path: str, body: object = None, *, key: str = "unused") -> httpx.Response:
        return await self.send(self.signed("POST", path, body, key=key))

    async def beats(self, **told: object) -> httpx.Response:
        body = {"at": self.city.now.isoformat(), "version": "1.0", **told}
        return await self.post(f"/v1/terminals/{self.terminal_id}/heartbeats", body)


async def operator_of(city: City, district: str | None = None) -> Operator:
    key = await make_key(city.database, "operator", district=district)
    await city.app.serving.keys.load(city.database)
    return Operator(city, bearing(key))
