"""Pictures and plates of a camera come to the stay that they show, once, and never over another plate."""

import json
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from devices.adapters import multipart
from devices.cameras.evidence import WAITS_FOR_A_STAY
from devices.ports import PayloadError
from devices.registry import installed
from parking.db.unit_of_work import Database
from parking.domain.errors import UnavailableError
from parking.events.session import SessionContradicted
from parking.sessions.service import stop
from tests.devices.cameras.city import BAY, CameraCity, camera_city
from tests.parking.evidence.pictures import telephone_jpeg
from tests.parking.sessions.city import SPACE, VAULT, stays, told

pytestmark = pytest.mark.service
PLATE = "鲁C12345"
JPEG = telephone_jpeg()


def message(city: CameraCity, status: str, at: datetime, **more: object) -> tuple[bytes, str]:
    space = {"absoulteParkingNum": BAY, "isParked": "yes" if status == "occupied" else "no"}
    told = {"vehicleEnterState": "enter" if status == "occupied" else "exit", "plateNo": PLATE, "plateConfidence": 97}
    trigger, pictures = more.pop("trigger", "change"), more.pop("pictures", (JPEG,))
    document = {
        "dateTime": at.isoformat(),
        "eventType": "PackingSpaceRecognition",
        "triggerType": trigger,
        "PackingSpaceRecognition": [space | told | more],
    }
    parts = [multipart.Part("space", "application/json", json.dumps(document).encode())]
    assert isinstance(pictures, Sequence)
    parts += [multipart.Part("backgroundImage", "image/jpeg", picture) for picture in pictures]
    assert city.camera.adapter == "hikvision"
    return multipart.write(parts, "b"), "multipart/form-data; boundary=b"


async def says(city: CameraCity, status: str, at: datetime, **more: object) -> None:
    body, media_type = message(city, status, at, **more)
    report = await city.intake.take(city.camera, body, media_type=media_type)
    assert report.rejected == []


async def contradictions(database: Database) -> list[str]:
    return [fact.reason for fact in await told(database) if isinstance(fact, SessionContradicted)]


async def test_picture_and_plate_come_to_the_stay_once_when_a_car_parks(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    city = await camera_city(database)
    at = city.now() - timedelta(seconds=5)
    await says(city, "occupied", at)
    await says(city, "occupied", at)
    # The stay begins a moment later, when the engine has spoken.
    assert await city.work() == 1
    assert (await city.waiting(), await city.pictures()) == (1, [])
    begun = await city.begin(at)
    city.ahead += timedelta(seconds=10)
    assert await city.work() == 1
    (stay,) = await stays(database)
    assert stay.plate_token in VAULT.tokens_of(PLATE)
    assert [(proof.what, proof.source, proof.by) for proof in stay.evidence[1:]] == [
        ("pictured", "sensor", "camera:C1"),
        ("claimed", "sensor", "camera:C1"),
    ]
    (picture,) = await city.pictures()
    assert (picture.session_id, picture.source, picture.media_type) == (begun.session_id, "camera", "image/jpeg")
    await says(city, "occupied", at)
    assert (await city.work(), len(await city.pictures()), await city.waiting()) == (0, 1, 0)
    assert PLATE.encode() not in b"".join(raw.body for raw in city.stream.messages)
    assert JPEG not in b"".join(raw.body for raw in city.stream.messages)
    assert PLATE not in "".join(record.getMessage() for record in caplog.records if record.name.startswith("devices"))


async def test_one_wrong_character_is_the_same_car_and_two_are_for_a_person_when_a_plate_differs(
    database: Database,
) -> None:
    city = await camera_city(database)
    at = city.now() - timedelta(minutes=30)
    begun = await city.begin(at, PLATE)
    for second, plate in enumerate(("鲁C12346", "鲁C99999", "鲁C99999")):
        await says(city, "occupied", at + timedelta(minutes=2, seconds=second), trigger="polling", plateNo=plate)
    await says(city, "occupied", at + timedelta(minutes=3), trigger="polling", plateNo="鲁C88888", plateConfidence=70)
    assert await city.work() == 4
    (stay,) = await stays(database)
    assert (stay.session_id, stay.plate_token) == (begun.session_id, begun.plate_token)
    assert await contradictions(database) == ["plate_differs", "plate_differs"]
    assert await city.pictures() == []


async def test_the_stay_that_ended_gets_the_plate_when_it_is_read_on_leaving(database: Database) -> None:
    city = await camera_city(database)
    at = city.now() - timedelta(minutes=30)
    first = await city.begin(at)
    left = city.now() - timedelta(minutes=1)
    async with database.transaction() as session:
        await stop(session, first.session_id, ended_at=left, source="terminal", now=city.now())
    second = await city.begin(left + timedelta(seconds=50))
    await says(city, "free", left)
    assert await city.work() == 1
    owners = {stay.session_id: stay.plate_token for stay in await stays(database)}
    assert owners[first.session_id] in VAULT.tokens_of(PLATE)
    assert owners[second.session_id] is None


async def test_a_missed_car_is_found_when_the_camera_looks_back(database: Database) -> None:
    city = await camera_city(database)
    at = city.now() - timedelta(minutes=9)
    await says(city, "occupied", at, trigger="timedSnapshot")
    assert await city.work() == 1
    assert await contradictions(database) == ["occupied_without_session"]
    assert [picture.session_id for picture in await city.pictures()] == [None]
    (observation,) = city.stream.observations
    assert (observation.kind, observation.status) == ("telemetry", "occupied")


async def test_pictures_stay_with_the_space_when_no_stay_ever_begins(database: Database) -> None:
    city = await camera_city(database)
    await says(city, "occupied", city.now(), pictures=[JPEG, b"\xff\xd8\xff cut off"])
    assert await city.work() == 1
    city.ahead = WAITS_FOR_A_STAY
    assert await city.work() == 1
    (picture,) = await city.pictures()
    assert (picture.session_id, picture.space_id) == (None, SPACE)
    assert await city.waiting() == 0


async def test_a_body_that_no_adapter_reads_is_an_error_record_when_it_comes(database: Database) -> None:
    city = await camera_city(database)
    report = await city.intake.take(city.camera, b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', media_type="text/xml")
    assert [rejected.code for rejected in report.rejected] == ["xml_forbidden"]
    (raw,) = city.stream.messages
    assert (raw.body, raw.outcomes[0].kind, raw.outcomes[0].device_id) == (b"", "undecodable", "C1")


async def test_nothing_is_taken_when_the_stream_is_down(database: Database) -> None:
    city = await camera_city(database)
    city.stream.is_down = True
    body, media_type = message(city, "occupied", city.now())
    with pytest.raises(UnavailableError):
        await city.intake.take(city.camera, body, media_type=media_type)
    assert await city.waiting() == 0
    city.stream.is_down = False
    report = await city.intake.take(city.camera, body, media_type=media_type)
    assert (report.accepted, await city.waiting()) == (1, 1)


async def test_the_kept_body_says_the_same_when_it_is_replayed(database: Database) -> None:
    city = await camera_city(database)
    await says(city, "occupied", city.now())
    (raw,) = city.stream.messages
    parcel = city.intake.examine_again(raw, _Anybody())
    assert parcel.observations == city.stream.observations


async def test_a_camera_and_its_bays_are_gone_when_it_is_removed(database: Database) -> None:
    city = await camera_city(database, password="secret of a camera")
    assert city.service.login_of(city.camera) == ("C1", "secret of a camera")
    async with database.transaction() as session:
        await city.service.remove(session, "C1")
    await city.cameras.refresh()
    assert city.cameras.get("C1") is None
    with pytest.raises(PayloadError):
        installed().camera("hikvision").parse(b"")


class _Anybody:
    speaker_id = ""

    def covers(self, device_id: str, district_id: str) -> bool:
        return bool(device_id and district_id)
