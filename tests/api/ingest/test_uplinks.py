"""What platforms deliver over HTTP: each proves itself in its own way and is answered as it wants to be."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import md5
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis

from api.auth.service import keep_platform_secret
from api.edge import BODY_LIMIT
from devices.inventory.sealing import DeviceSafe
from devices.inventory.service import DeviceService
from devices.inventory.wishes import NewDevice
from devices.ports import PlatformSecret
from devices.registry import installed
from parking.db.unit_of_work import Database
from parking.domain.clock import to_micros, utc_now
from parking.domain.errors import InvalidInputError, NotFoundError
from parking.raw.model import STREAM
from tests.api import small_city
from tests.api.http_process import SECRET, Process, bearing, http_process, make_key

pytestmark = pytest.mark.service

EUI = "70b3d57ed0000001"
IMEI = "860000000000001"
TOKEN = "token of the city"
NONCE = "abcd1234"


@dataclass
class Installation:
    process: Process
    key: str

    @property
    def key_id(self) -> str:
        return self.key.split("_")[1]

    async def post(self, source: str, body: bytes, headers: dict[str, str] | None = None) -> httpx.Response:
        given = bearing(self.key) if headers is None else headers
        return await self.process.client.post(f"/v1/uplinks/{source}", content=body, headers=given)


@asynccontextmanager
async def installed_city(database: Database, database_url: str, redis_url: str) -> AsyncIterator[Installation]:
    await small_city.build(database)
    wishes = [
        NewDevice(device_id=EUI, vendor="Bosch", model="TPS110", version="0.29", space_id="S1"),
        NewDevice(device_id="bay-7", vendor="Generic", model="Fields", space_id="S2", wire_id=IMEI),
    ]
    async with database.transaction() as session:
        report = await DeviceService(installed(), utc_now).register_many(session, wishes)
        assert not report.errors
    key = await make_key(database)
    async with database.transaction() as session:
        await keep_platform_secret(session, DeviceSafe(SECRET), key.split("_")[1], PlatformSecret(TOKEN))
    async with http_process(database_url, redis_url) as process:
        city = Installation(process, key)
        async with asyncio.timeout(60):
            # Keys and devices are read once the process runs.
            while (await city.post("things-stack-v3", stranger())).status_code != 202:
                await asyncio.sleep(0.05)
        yield city


def frame(counter: int = 1) -> bytes:
    at = utc_now().isoformat()
    message = {"f_port": 1, "f_cnt": counter, "frm_payload": "AQ==", "session_key_id": "a", "received_at": at}
    return json.dumps({"end_device_ids": {"dev_eui": EUI.upper()}, "uplink_message": message}).encode()


def stranger() -> bytes:
    return frame().replace(EUI.upper().encode(), b"70B3D57ED0000002")


def point(value: int = 1) -> str:
    at = to_micros(utc_now() - timedelta(seconds=1)) // 1000
    return json.dumps({"type": 1, "imei": IMEI, "dev_id": 7, "ds_id": "3302_0_5500", "value": value, "at": at})


def signature(msg: str) -> str:
    return base64.b64encode(md5(f"{TOKEN}{NONCE}{msg}".encode(), usedforsecurity=False).digest()).decode()


def pushed(msg: str, signed: str | None = None) -> bytes:
    return json.dumps({"msg": msg, "nonce": NONCE, "signature": signature(msg) if signed is None else signed}).encode()


async def test_key_opens_the_door_wherever_a_platform_can_put_it(
    database: Database, database_url: str, redis_url: str
) -> None:
    async with installed_city(database, database_url, redis_url) as city:
        login = base64.b64encode(f"anyone:{city.key}".encode()).decode()
        ways: list[tuple[str, dict[str, str]]] = [
            ("things-stack-v3", bearing(city.key)),
            ("things-stack-v3", {"Authorization": f"Basic {login}"}),
            ("things-stack-v3", {"X-Api-Key": city.key}),
            (f"things-stack-v3?key={city.key}", {}),
        ]
        for counter, (address, headers) in enumerate(ways):
            answer = await city.post(address, frame(counter), headers)
            assert (answer.status_code, answer.json()["accepted"]) == (202, 1), address
        wrong = f"sp_{city.key_id}_{'x' * 43}"
        refused: list[tuple[str, dict[str, str], str]] = [
            ("things-stack-v3", {}, "key_missing"),
            ("things-stack-v3", bearing(wrong), "key_invalid"),
            ("things-stack-v3", {"Authorization": "Basic ###"}, "key_invalid"),
            ("things-stack-v3", {"X-Api-Key": wrong}, "key_invalid"),
            (f"things-stack-v3?key={wrong}", {}, "key_invalid"),
            (f"things-stack-v3?key={city.key}", bearing(wrong), "key_invalid"),
        ]
        for address, headers, code in refused:
            answer = await city.post(address, frame(), headers)
            assert (answer.status_code, answer.json()["code"]) == (401, code), (address, headers)


async def test_only_a_login_a_size_and_an_unknown_source_are_refused(
    database: Database, database_url: str, redis_url: str, redis: Redis
) -> None:
    async with installed_city(database, database_url, redis_url) as city:
        unknown = await city.post("nobody", b"{}")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "source_unknown")
        assert (await city.post("ctwing", b" " * (BODY_LIMIT + 1))).status_code == 413
        for source, success in (("things-stack-v3", 202), ("thingpark", 202), ("ctwing", 200), ("onenet", 200)):
            for body in (b"", b"{", b"\xff\xfe", b"[" * 100_000, b"a=b&c=d"):
                answer = await city.post(source, body, bearing(city.key) | {"Content-Type": "text/plain"})
                assert (answer.status_code, answer.json()["rejected"][0]["code"]) == (success, "envelope_invalid")
        answer = await city.post("things-stack-v3", stranger())
        assert (answer.status_code, answer.json()["rejected"][0]["code"]) == (202, "unknown_device")
        assert await redis.xlen(STREAM) > 0


async def test_signed_messages_are_taken_and_forged_ones_are_not(
    database: Database, database_url: str, redis_url: str
) -> None:
    async with installed_city(database, database_url, redis_url) as city:
        address = f"onenet/{city.key_id}"
        taken = await city.post(address, pushed(point()), {})
        assert (taken.status_code, taken.json()) == (200, {"accepted": 1, "duplicate": 0, "rejected": []})
        forged = await city.post(address, pushed(point(0), signature(point(1))), {})
        assert (forged.status_code, forged.json()["code"]) == (401, "platform_signature_invalid")
        assert (await city.post(address, b"{}", {})).status_code == 401
        assert (await city.post("onenet/000000000000", pushed(point()), {})).status_code == 401
        sealed = json.dumps({"enc_msg": "AAAA", "nonce": NONCE, "msg_signature": signature("AAAA")}).encode()
        unreadable = await city.post(address, sealed, {})
        assert (unreadable.status_code, unreadable.json()["rejected"][0]["code"]) == (200, "envelope_invalid")
        unsigned = await city.post(f"chirpstack-v4/{city.key_id}", b"{}", {})
        assert (unsigned.status_code, unsigned.json()["code"]) == (404, "source_unsigned")
        await _address_is_confirmed(city.process.client, address)


async def _address_is_confirmed(client: httpx.AsyncClient, address: str) -> None:
    query: dict[str, Any] = {"msg": "check me", "nonce": NONCE, "signature": signature("check me")}
    right = await client.get(f"/v1/uplinks/{address}", params=query)
    assert (right.status_code, right.text) == (200, "check me")
    assert right.headers["content-type"].startswith("text/plain")
    wrong = await client.get(f"/v1/uplinks/{address}", params=query | {"nonce": "abcd1235"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "platform_signature_invalid")


async def test_secret_of_a_platform_is_refused_when_it_is_none(database: Database) -> None:
    async with database.transaction() as session:
        with pytest.raises(InvalidInputError):
            await keep_platform_secret(session, DeviceSafe(SECRET), "0" * 12, PlatformSecret(""))
        with pytest.raises(NotFoundError):
            await keep_platform_secret(session, DeviceSafe(SECRET), "0" * 12, PlatformSecret("t"))
