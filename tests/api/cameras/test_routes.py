"""The door of cameras over HTTP: who a camera is comes from its login, and whatever it says is answered with 200."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from api.edge import BODY_LIMIT, CAMERA_BODY_LIMIT
from devices.adapters import multipart
from devices.adapters.camera_values import BEIJING
from devices.cameras.model import Camera
from devices.cameras.service import CameraService, NewCamera
from devices.inventory.sealing import DeviceSafe
from devices.inventory.service import DeviceService
from devices.registry import installed
from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now
from parking.occupancy import keys
from parking.occupancy.evidence import Observation, decode_entry
from parking.occupancy.shards import SHARDS
from parking.occupancy.streams import read_range
from tests.api import small_city
from tests.api.http_process import SECRET, Process, bearing, http_process, make_key
from tests.parking.evidence.pictures import telephone_jpeg

pytestmark = pytest.mark.service
PASSWORD = "a password for digest"


@dataclass
class Doors:
    """Two cameras over the spaces S1 and S2, a third over S4 that answers digest, and a key of the first two."""

    process: Process
    key: str

    async def post(self, adapter: str, body: bytes | str, **more: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
        more.setdefault("headers", bearing(self.key))
        return await self.process.client.post(f"/v1/cameras/{adapter}", content=body, **more)


def space(number: str = "1", parked: str = "yes") -> str:
    told = {"absoulteParkingNum": number, "isParked": parked, "vehicleEnterState": "enter", "plateNo": "鲁C12345"}
    return json.dumps({"dateTime": utc_now().isoformat(), "ipAddress": "192.0.2.99", "PackingSpaceRecognition": [told]})


@asynccontextmanager
async def doors(database: Database, database_url: str, redis_url: str) -> AsyncIterator[Doors]:
    await small_city.build(database)
    service = CameraService(installed(), DeviceService(installed(), utc_now), DeviceSafe(SECRET), utc_now)
    wishes = [
        NewCamera(camera=Camera(camera_id="cam-1", adapter="hikvision", mode="push"), bays={"1": "S1"}),
        NewCamera(camera=Camera(camera_id="cam-2", adapter="hikvision", mode="push"), bays={"1": "S2"}),
        NewCamera(
            camera=Camera(camera_id="cam-3", adapter="ga1400", mode="push"),
            bays={"37030000001210000012": "S4"},
            password=PASSWORD,
        ),
    ]
    async with database.transaction() as session:
        for wish in wishes:
            await service.add(session, wish)
    key = await make_key(database, devices=["cam-1"])
    async with http_process(database_url, redis_url) as process:
        installation = Doors(process, key)
        async with asyncio.timeout(60):
            while (await installation.post("hikvision", space())).status_code != 200:
                await asyncio.sleep(0.05)
        yield installation


async def observations(redis: Redis) -> list[Observation]:
    found: list[Observation] = []
    for shard in SHARDS:
        for _, fields in await read_range(redis, keys.readings(shard), "-", "+"):
            entry = decode_entry(fields)
            found += entry if isinstance(entry, list) else []
    return found


def login(scheme: str, key: str) -> dict[str, str]:
    return {"Authorization": f"{scheme} " + base64.b64encode(f"admin:{key}".encode()).decode()}


async def test_camera_is_what_its_login_says_and_200_what_it_is_answered_with(
    database: Database, database_url: str, redis: Redis, redis_url: str
) -> None:
    async with doors(database, database_url, redis_url) as city:
        await _says_what_it_sees(city, redis)
        await _is_refused(city)
        await _is_bounded_and_never_an_error(city)
        await _speaks_ga1400(city, redis)
    async with database.transaction() as session:
        sealed = (await session.scalars(text("SELECT sealed FROM camera_message WHERE sealed IS NOT NULL"))).all()
    assert sealed
    assert not any("鲁C12345".encode() in body for body in sealed)


async def _says_what_it_sees(city: Doors, redis: Redis) -> None:
    parts = [multipart.Part("s", "application/json", space().encode())]
    parts += [multipart.Part("backgroundImage", "image/jpeg", telephone_jpeg())]
    body = multipart.write(parts, "b")
    for headers in (bearing(city.key), login("Basic", city.key), login("basic", city.key)):
        answer = await city.post(
            "hikvision", body, headers=headers | {"Content-Type": "multipart/form-data; boundary=b"}
        )
        assert answer.status_code == 200
        report = answer.json()
        assert (report["accepted"] + report["duplicate"], report["rejected"]) == (1, [])
    seen = await observations(redis)
    assert {(one.device_id, one.space_id, one.kind, one.status) for one in seen} == {
        ("cam-1:1", "S1", "change", "occupied")
    }


async def _is_refused(city: Doors) -> None:
    for headers in (
        {},
        {"Authorization": "Basic !"},
        login("Basic", city.key[:-1] + "x"),
        {"Authorization": "Bearer x"},
    ):
        answer = await city.post("hikvision", space(), headers=headers)
        assert answer.status_code == 401
        challenges = answer.headers.get_list("www-authenticate")
        assert [challenge.partition(" ")[0] for challenge in challenges] == ["Digest", "Basic"]
    foreign = await city.post("hikvision", space(), params={"camera": "cam-2"})
    assert (foreign.status_code, foreign.json()["code"]) == (403, "camera_forbidden")
    other = await city.post("dahua", "Heartbeat")
    assert (other.status_code, other.json()["code"]) == (403, "camera_adapter_wrong")


async def _is_bounded_and_never_an_error(city: Doors) -> None:
    for body, code in (
        (b"", "envelope_invalid"),
        (b"\xff\xfe\x00", "envelope_invalid"),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "xml_forbidden"),
        (b"--x\r\n\r\nno end", "envelope_invalid"),
        (space("77").encode(), "unknown_device"),
        (b" " * (BODY_LIMIT + 1), "envelope_invalid"),
    ):
        answer = await city.post("hikvision", body)
        assert answer.status_code == 200, body[:40]
        assert [rejected["code"] for rejected in answer.json()["rejected"]] == [code]
    too_large = await city.post("hikvision", b" " * (CAMERA_BODY_LIMIT + 1))
    assert (too_large.status_code, too_large.json()["code"]) == (413, "body_too_large")


async def _speaks_ga1400(city: Doors, redis: Redis) -> None:
    client, digest = city.process.client, httpx.DigestAuth("cam-3", PASSWORD)
    vehicle = {
        "MotorVehicleID": "3703000000119000000102",
        "TollgateID": "37030000001210000012",
        "PlateNo": "鲁C54321",
        "PassTime": utc_now().astimezone(BEIJING).strftime("%Y%m%d%H%M%S"),
    }
    listed = {"MotorVehicleListObject": {"MotorVehicleObject": [vehicle]}}
    for prefix in ("/VIID", "/v1/cameras/ga1400/VIID"):
        nobody = await client.post(f"{prefix}/System/Register", json={"RegisterObject": {"DeviceID": "cam-3"}})
        assert nobody.status_code == 401
        registered = await client.post(
            f"{prefix}/System/Register", json={"RegisterObject": {"DeviceID": "D1"}}, auth=digest
        )
        status = registered.json()["ResponseStatusObject"]
        assert (registered.status_code, status["StatusCode"], status["Id"]) == (200, "0", "D1")
        time = await client.get(f"{prefix}/System/Time", auth=digest)
        assert len(time.json()["SystemTimeObject"]["LocalTime"]) == 14
        posted = await client.post(f"{prefix}/MotorVehicles", json=listed, auth=digest)
        (status,) = posted.json()["ResponseStatusListObject"]["ResponseStatusObject"]
        assert (status["StatusCode"], status["Id"]) == ("0", vehicle["MotorVehicleID"])
        assert posted.headers["content-type"].startswith("application/VIID+JSON")
        unread = await client.post(f"{prefix}/MotorVehicles", content=b"{", auth=digest)
        assert (
            unread.status_code,
            unread.json()["ResponseStatusListObject"]["ResponseStatusObject"][0]["StatusCode"],
        ) == (200, "6")
    read = [one for one in await observations(redis) if one.kind == "plate"]
    assert {(one.device_id, one.space_id, one.status) for one in read} == {("cam-3:37030000001210000012", "S4", None)}
