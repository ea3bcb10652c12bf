"""The functions in front of quotes and payments answer as the routes behind them do, refusals included."""

import json
from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
import pytest

from api.auth.model import Role
from parking.db.unit_of_work import Database
from tests.api.http_process import NO_TLS, bearing, make_key
from tests.api.kerb_people import Kerb, opened_kerb
from tests.scenarios.platform import until

pytestmark = pytest.mark.service
BY_FRONT: Final = {"Content-Type": "application/json"}
BY_ROUTE: Final = BY_FRONT | {"Content-Encoding": "identity"}
"""A named encoding, the plain one too, is left to the route."""
VARYING: Final = ("id", "valid_until", "receipt", "session")
QUOTE: Final = {"space": "S1", "start": "2026-03-02T09:00:00+08:00", "for": "PT2H"}
QUOTES: Final[dict[str, bytes]] = {
    "whole": json.dumps(QUOTE).encode(),
    "by plate": json.dumps(QUOTE | {"plate": "鲁C12345"}).encode(),
    "no space": json.dumps(QUOTE | {"space": "S99"}).encode(),
    "a place that is none": json.dumps(QUOTE | {"zone": "Z1"}).encode(),
    "an unknown field": json.dumps(QUOTE | {"colour": "red"}).encode(),
    "no time zone": json.dumps(QUOTE | {"start": "2026-03-02T09:00:00"}).encode(),
    "no JSON": b"{",
    "nothing": b"",
    "a list": b"[]",
    "not a stay": json.dumps({"session": "none"}).encode(),
}


@pytest.fixture
async def kerb(database: Database, database_url: str, redis_url: str) -> AsyncIterator[Kerb]:
    async with opened_kerb(database, database_url, redis_url, "12:00") as running:
        yield running


def _client(kerb: Kerb) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{kerb.process.port}", verify=NO_TLS)


async def _known(client: httpx.AsyncClient, database: Database, role: Role) -> dict[str, str]:
    """A key of the role that the process has heard of."""
    sender = bearing(await make_key(database, role))

    async def is_known() -> bool:
        return (await client.get("/v1/logins/current", headers=sender)).status_code == 200

    await until(is_known, "the process does not hear of a new key")
    return sender


def _told(answer: httpx.Response) -> tuple[int, str, dict[str, Any]]:
    document = answer.json()
    lasting = {name: document[name] for name in document if name not in VARYING}
    return answer.status_code, answer.headers["content-type"], lasting


async def test_quotes_are_the_same_by_both_ways(kerb: Kerb, database: Database) -> None:
    statuses = set()
    async with _client(kerb) as client:
        roles: tuple[Role, ...] = ("terminal", "sensor")
        senders = [{}, bearing("sp_0"), *[await _known(client, database, role) for role in roles]]
        for sender in senders:
            for name, body in QUOTES.items():
                front, route = [
                    _told(await client.post("/v1/quotes", content=body, headers=sender | way))
                    for way in (BY_FRONT, BY_ROUTE)
                ]
                assert front == route, name
                statuses.add(front[0])
    assert statuses == {200, 400, 401, 403, 404}


async def test_payments_are_the_same_by_both_ways(kerb: Kerb, database: Database) -> None:
    stays = [await kerb.stay("09:00", "11:00", plate_token=f"token-{number}") for number in range(2)]
    running = await kerb.stay("11:30")

    def order(stay: str, amount: int = 450, currency: str = "CNY", **other: object) -> bytes:
        money = {"amount": amount, "currency": currency}
        at = "2026-03-02T11:05:00+08:00"
        return json.dumps({"session": stay, "amount": money, "method": "cash", "paid_at": at} | other).encode()

    async with _client(kerb) as client:
        here, elsewhere = await _known(client, database, "terminal"), await _known(client, database, "sensor")
        refused: list[tuple[bytes, dict[str, str]]] = [
            (order("none"), here),
            (order(running), here),
            (order(stays[0], 10_000), here),
            (order(stays[0], -1), here),
            (order(stays[0], 450, "USD"), here),
            (order(stays[0], method="wechat"), here),
            (order(stays[0], colour="red"), here),
            (b"{", here),
            (order(stays[0]), elsewhere),
            (order(stays[0]), {}),
        ]

        async def pay(body: bytes, way: dict[str, str], sender: dict[str, str], key: str | None) -> httpx.Response:
            named = {} if key is None else {"Idempotency-Key": key}
            return await client.post("/v1/payments", content=body, headers=sender | way | named)

        for number, (body, sender) in enumerate(refused):
            front, route = [_told(await pay(body, way, sender, f"no-{number}")) for way in (BY_FRONT, BY_ROUTE)]
            assert front == route, body
            assert 400 <= front[0] < 500
        keyless = [_told(await pay(order(stays[0]), way, here, None)) for way in (BY_FRONT, BY_ROUTE)]
        assert keyless[0] == keyless[1]
        ways = (BY_FRONT, BY_ROUTE)
        paid = [await pay(order(stay), way, here, stay) for stay, way in zip(stays, ways, strict=True)]
        assert [_told(answer)[0] for answer in paid] == [201, 201]
        assert _told(paid[0]) == _told(paid[1])
        assert paid[0].json()["state"] == "paid"
        # What one way has done the other one repeats.
        again = [await pay(order(stay), way, here, stay) for stay, way in zip(stays, reversed(ways), strict=True)]
        assert [answer.content for answer in again] == [answer.content for answer in paid]
        assert all(answer.headers["idempotent-replayed"] == "true" for answer in again)
        figures = (await client.get("/metrics")).text
    assert 'route="/v1/payments",status="201"} 4.0' in figures


async def test_wrong_signatures_are_refused_alike_by_both_ways(kerb: Kerb) -> None:
    async with _client(kerb) as client:
        unknown = "PARKING-HMAC-SHA256 key=T1.1,timestamp=1,nonce=abcdefgh,signature=00"
        answers = [
            await client.post("/v1/quotes", content=QUOTES["whole"], headers={"Authorization": unknown} | way)
            for way in (BY_FRONT, BY_ROUTE)
        ]
    assert _told(answers[0]) == _told(answers[1])
    assert answers[0].status_code in {401, 403}
