"""Whatever a stranger asks or sends: an answer of the documented kind, never a defect of ours.

Paths, methods and parameters are those of our own OpenAPI document, so that a new route is tried without being named.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.app import Application
from api.auth.model import ApiKey, hash_secret, write_key
from devices.ingest.appends import SharedAppends
from tests.api.city_in_memory import MODIFIED, application
from tests.devices.ingest.streams import MemoryStream

SECRET = "s" * 43
KEY = {"Authorization": f"Bearer {write_key('0' * 12, SECRET)}", "Content-Type": "application/json"}
LEFT_OUT = {"/v1/stream", "/readyz"}
"""The stream never ends once it is answered; readiness answers 503 without servers, by design."""

inbox = MemoryStream()


@cache
def city() -> Application:
    """Made when the first question comes: every process of a test run loads this file, one asks."""
    app = application()
    app.serving.keys.replace(
        [
            ApiKey(
                key_id="0" * 12,
                secret_hash=hash_secret(SECRET),
                role="sensor",
                name="fuzz",
                district_id=None,
                device_ids=None,
                created_at=MODIFIED,
            )
        ]
    )
    app.serving._devices._entries = {}
    ingest = app.serving.door._ingest
    ingest._inbox, ingest._appends = inbox, SharedAppends(inbox)
    return app


@cache
def gets() -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = city().api.openapi()["paths"]
    return {path: operations["get"] for path, operations in paths.items() if "get" in operations}


words = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "Z1",
            "Z9",
            "36.81,118.05",
            "118,36,119,37",
            "-0",
            "1e400",
            "NaN",
            "0,0,0,0,0",
            "geojson",
            "gcj02",
            "2026-01-01",
            "2026-01-01T00:00:00Z",
            "0001-01-01T00:00:00+23:59",
            "9999-12-31T23:59:59-23:59",
            "\x00",
            "１２",
            "None",
        ]
    ),
    st.integers().map(str),
    st.floats().map(str),
)


@st.composite
def questions(draw: st.DrawFn) -> str:
    path = draw(st.sampled_from(sorted(set(gets()) - LEFT_OUT)))
    parameters = gets()[path].get("parameters", [])
    for parameter in parameters:
        if parameter["in"] == "path":
            path = path.replace("{" + parameter["name"] + "}", quote(draw(words), safe=""))
    names = [parameter["name"] for parameter in parameters if parameter["in"] == "query"]
    asked = draw(st.lists(st.tuples(st.sampled_from([*names, "other"]), words), max_size=5))
    return f"{path}?{urlencode(asked)}" if asked else path


async def ask(method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> httpx.Response:
    transport = httpx.ASGITransport(app=city(), raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://parking") as client:
        return await client.request(method, target, headers=headers, content=body)


def check(answer: httpx.Response) -> None:
    # No server is there: what is read from the database says so, and nothing else may fail.
    away = answer.status_code == 503 and answer.json()["code"] == "database_unavailable"
    assert answer.status_code < 500 or away, answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert {"type", "title", "status", "detail", "code"} <= set(answer.json())
        assert "Traceback" not in answer.text


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(questions())
async def test_any_question_is_answered(target: str) -> None:
    check(await ask("GET", target))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]), st.text(max_size=40))
async def test_any_path_and_method_is_answered(method: str, path: str) -> None:
    answer = await ask(method, "/" + quote(path))
    if method != "HEAD":
        check(answer)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
items = st.dictionaries(
    st.sampled_from(["device", "observed_at", "status", "kind", "sequence", "id", "confidence", "battery_v", "more"]),
    json_values
    | st.sampled_from(["d1", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-07-01T08:00:00Z", "free"]),
)
bodies = st.one_of(
    st.binary(max_size=60),
    json_values.map(lambda value: json.dumps(value).encode()),
    st.lists(items, max_size=4).map(lambda found: json.dumps({"readings": found}).encode()),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    bodies,
    st.sampled_from(["/v1/readings", "/v1/uplinks/things-stack-v3", "/v1/uplinks/chirpstack-v4", "/v1/uplinks/x"]),
    st.sampled_from(["", "?event=up", "?event=join", "?event=%00"]),
)
async def test_any_body_is_answered(body: bytes, path: str, query: str) -> None:
    answer = await ask("POST", path + query, KEY, body)
    check(answer)
    if answer.status_code == 202:
        assert set(answer.json()) == {"accepted", "duplicate", "rejected"}
        if "uplinks" in path:
            assert inbox.messages[-1].body == body


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=80))
async def test_any_authorization_is_answered(authorization: str) -> None:
    answer = await ask("POST", "/v1/readings", {"Authorization": authorization.strip()}, b'{"readings": []}')
    check(answer)
    assert answer.status_code == 401
