"""The process as a whole: it lives without its servers, says what is missing, and documents itself."""

import json
from pathlib import Path

import pytest

from api.app import create_app
from api.settings import SettingMissingError, Settings
from tests.api.city_in_memory import application, client_of
from tests.api.http_process import http_process

SNAPSHOT = Path(__file__).parent / "data" / "openapi.json"
OF_ANY_TYPE = {"/v1/cameras/{adapter}", "/v1/uplinks/{source}"}
"""Cameras and platforms claim wrong types; what a body is shows in its bytes."""
OPEN_TO_ALL = {
    "/v1/appeals",
    "/v1/arrears/queries",
    "/v1/balances",
    "/v1/balances/orders",
    "/v1/balances/returns",
    "/v1/balances/statements",
    "/v1/invoices",
    "/v1/logins",
    "/v1/providers/test/notices",
    "/v1/providers/{provider}/notices",
    "/v1/spaces/{space}/claims",
    "/v1/spaces/{space}/orders",
    "/v1/spaces/{space}/payments",
    "/v1/uplinks/{source}/{key_id}",
}
"""Writes without a key: a login, a notice that carries its own signature, and a driver at a space, or
who holds a receipt: objecting and asking what a plate owes are counted, an invoice needs the receipt's id."""
NOWHERE = ("postgresql://nobody@127.0.0.1:1/none", "redis://127.0.0.1:1/0")


async def test_process_lives_and_says_what_is_missing_when_no_server_is_there() -> None:
    async with http_process(*NOWHERE) as process:
        assert (await process.client.get("/healthz")).json() == {"status": "ok"}
        ready = await process.client.get("/readyz")
        assert (ready.status_code, ready.json()["code"], ready.headers["retry-after"]) == (503, "not_ready", "1")
        assert "the database does not answer" in ready.json()["missing"]
        assert "the live store is not heard" in ready.json()["missing"]
        zones = await process.client.get("/v1/zones")
        assert (zones.status_code, zones.json()["code"]) == (503, "inventory_unavailable")
        stream = await process.client.get("/v1/stream")
        assert (stream.status_code, stream.json()["code"]) == (503, "inventory_unavailable")
        key = "sp_" + "0" * 12 + "_" + "x" * 43
        posted = await process.client.post("/v1/readings", headers={"Authorization": f"Bearer {key}"}, json={})
        assert (posted.status_code, posted.json()["code"]) == (503, "keys_unavailable")
        assert "parking_feed_connected 0.0" in (await process.client.get("/metrics")).text


def test_application_is_refused_when_an_address_is_missing() -> None:
    settings = Settings(database_url=None, redis_url=None, mqtt_url=None, data_dir=Path("x"), host="", port=1)
    with pytest.raises(SettingMissingError):
        create_app(settings)


async def test_openapi_document_is_the_one_that_was_agreed() -> None:
    """A difference must be meant: then write the new document to the file, and tell in the changelog what changed."""
    async with client_of(application()) as client:
        document = (await client.get("/openapi.json")).json()
    document["info"].pop("version")
    assert document == json.loads(SNAPSHOT.read_text(encoding="utf-8"))


async def test_openapi_document_is_whole() -> None:
    async with client_of(application()) as client:
        document = (await client.get("/openapi.json")).json()
    text = json.dumps(document)
    for reference in {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}:
        assert reference in document["components"]["schemas"], reference
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], path
            assert "422" not in operation["responses"], path
            if method == "post":
                answers = set(operation["responses"])
                assert {"400", "413", "503"} <= answers, path
                if path in OPEN_TO_ALL:
                    continue
                assert {"key": []} in operation["security"], path
                assert {"401", "403"} <= answers, path
                if {"devices", "terminals"} & set(operation["tags"]) and path not in OF_ANY_TYPE:
                    assert "415" in answers, path
                    assert "requestBody" in operation, path


async def test_events_are_documented() -> None:
    async with client_of(application()) as client:
        document = (await client.get("/asyncapi.json")).json()
    assert document["asyncapi"].startswith("3.")
    assert "parking.space.state_changed" in json.dumps(document)


async def test_pages_and_documents_of_others_are_not_loaded_from_elsewhere() -> None:
    async with client_of(application()) as client:
        assert (await client.get("/docs")).status_code == 404
        assert (await client.get("/redoc")).status_code == 404
        page = await client.get("/")
        assert page.headers["content-type"].startswith("text/html")
