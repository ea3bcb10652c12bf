"""Machines bring pictures of stays: a terminal with its signature, a system of cameras with its key."""

import httpx
import pytest

from api.auth.model import Role
from devices.terminals import signing
from parking.db.unit_of_work import Database
from parking.sessions import service as sessions
from tests.api.http_process import bearing, make_key
from tests.api.terminals.machine import operator_of
from tests.api.terminals.terminal import City, Terminal
from tests.parking.evidence.pictures import telephone_jpeg
from tests.pricing.kerb_city import at

pytestmark = pytest.mark.service
JPEG = telephone_jpeg()


async def brought(city: City, path: str, authorization: dict[str, str], key: str = "k1") -> httpx.Response:
    headers = authorization | {"Idempotency-Key": key, "Content-Type": "image/jpeg"}
    return await city.client.post(path, content=JPEG, headers=headers)


async def by_key(city: City, role: Role, path: str) -> httpx.Response:
    key = await make_key(city.database, role)
    await city.app.serving.keys.load(city.database)
    return await brought(city, path, bearing(key))


async def test_picture_of_a_machine_is_tied_to_the_stay(city: City, database: Database, terminal: Terminal) -> None:
    stay = (await terminal.parked("11:00", "12:10"))["id"]
    path = f"/v1/sessions/{stay}/evidence"
    machine = await (await operator_of(city)).registers("T1")
    signature = signing.authorization(
        machine.secret, machine.key, method="POST", path=path, body=JPEG, at=city.now, nonce="nonce-of-a-picture"
    )
    signed = await brought(city, path, {"Authorization": signature})
    replayed = await brought(city, path, {"Authorization": signature})
    assert (signed.status_code, signed.json()["source"]) == (201, "terminal"), signed.text
    assert (replayed.status_code, replayed.json()["code"]) == (401, "signature_replayed")
    camera = await by_key(city, "integrator", path)
    assert (camera.status_code, camera.json()["source"]) == (201, "camera")
    sensor = await by_key(city, "sensor", path)
    assert (sensor.status_code, sensor.json()["code"]) == (403, "role_missing")
    async with database.transaction() as session:
        proofs = (await sessions.get(session, stay)).evidence
    assert [(one.what, one.source, one.at) for one in proofs[-2:]] == [("pictured", "terminal", at("12:10"))] * 2
