"""The edge: request ids, body limits, other origins, and a last resort that tells no secret."""

import logging

import httpx
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from api.edge import BODY_LIMIT, Edge
from api.metrics import HttpMetrics
from tests.api.city_in_memory import application, client_of


async def failing(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise ValueError("the secret")


def client_of_failing() -> httpx.AsyncClient:
    app = Edge(failing, HttpMetrics(CollectorRegistry()))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://parking")


async def test_defect_is_a_problem_without_a_traceback(caplog: pytest.LogCaptureFixture) -> None:
    async with client_of_failing() as client:
        answer = await client.get("/v1/zones", headers={"X-Request-ID": "r-1"})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert answer.json()["request_id"] == answer.headers["x-request-id"] == "r-1"
    assert "secret" not in answer.text
    assert any(record.levelno == logging.ERROR and "r-1" in record.message for record in caplog.records)


async def test_client_that_hangs_up_is_counted_and_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    async def reading(scope: Scope, receive: Receive, _send: Send) -> None:
        await Request(scope, receive).body()

    async def hang_up() -> Message:
        return {"type": "http.disconnect"}

    async def send(_message: Message) -> None:
        raise AssertionError

    registry = CollectorRegistry()
    scope = {"type": "http", "method": "POST", "path": "/v1/readings", "headers": []}
    with caplog.at_level(logging.INFO):
        await Edge(reading, HttpMetrics(registry))(scope, hang_up, send)
    assert [record.levelno for record in caplog.records] == [logging.INFO]
    assert 'status="499"' in generate_latest(registry).decode()


@pytest.mark.parametrize("given", ["", "a b", "x" * 200, 'a"b'])
async def test_request_id_is_replaced_when_it_cannot_stand_in_a_log(given: str) -> None:
    async with client_of(application()) as client:
        for path in ("/v1/zones/Z1", "/healthz"):
            answer = await client.get(path, headers={"X-Request-ID": given})
            assert len(answer.headers["x-request-id"]) == 32


async def test_request_id_is_echoed_when_it_is_well_made() -> None:
    async with client_of(application()) as client:
        for path in ("/v1/zones/Z1", "/v1/zones", "/nowhere"):
            assert (await client.get(path, headers={"X-Request-ID": "r.1"})).headers["x-request-id"] == "r.1"


async def test_large_body_is_refused_when_its_length_is_said() -> None:
    async with client_of(application()) as client:
        answer = await client.post("/v1/readings", content=b"x" * (BODY_LIMIT + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_wrong_method_is_a_problem_and_names_the_right_one() -> None:
    async with client_of(application()) as client:
        answer = await client.delete("/v1/zones")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "GET"
    assert answer.headers["content-type"] == "application/problem+json"


async def test_any_web_page_may_read_what_is_public_and_nothing_else() -> None:
    origin = {"Origin": "https://map.example"}
    preflight = {**origin, "Access-Control-Request-Method": "GET"}
    async with client_of(application()) as client:
        for path in ("/v1/zones/Z1", "/v1/zones", "/v1/zones/Z9", "/openapi.json"):
            assert (await client.get(path, headers=origin)).headers["access-control-allow-origin"] == "*"
        asked = await client.options("/v1/zones/Z1", headers=preflight)
        assert (asked.status_code, asked.headers["access-control-allow-methods"]) == (204, "GET")
        closed = await client.options("/v1/readings", headers=preflight)
        assert "access-control-allow-origin" not in closed.headers
        assert closed.status_code == 405
