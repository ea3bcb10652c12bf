"""Hikvision's forms beside the shared ones: streams, regions, JSON plates, wrong types, and what must be refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from devices.adapters import multipart
from devices.adapters.camera_hikvision.adapter import CAMERA
from devices.ports import PayloadError, Sighting
from parking.domain.clock import parse_instant

CAPTURED: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "captured.json").read_bytes())
JPEG = b"\xff\xd8\xff\xe0picture\xff\xd9"


def parse(name: str) -> list[Sighting]:
    body = CAPTURED[name]
    return list(CAMERA.parse(body.encode() if isinstance(body, str) else json.dumps(body).encode()))


def test_the_camera_lives_and_no_space_changes_when_a_heartbeat_comes() -> None:
    (beat,) = parse("heartbeat")
    assert (beat.kind, beat.bay, beat.status) == ("telemetry", None, None)
    assert beat.fields == {"event_type": "videoloss", "event_state": "inactive"}


def test_an_unread_plate_is_none_and_a_local_time_is_beijing_when_prefix_and_ampersand_are_odd() -> None:
    (read,) = parse("prefixed")
    assert (read.plate, read.plate_confidence, read.lane, read.channel) == (None, 0.615, "3", "2")
    assert read.observed_at == parse_instant("2026-07-05T12:44:40Z")


def test_the_view_is_told_as_moved_when_the_camera_says_so() -> None:
    (fault,) = parse("scene_change")
    assert (fault.kind, fault.fault) == ("fault", "view_moved")


def test_every_space_is_restated_when_a_poll_lists_regions() -> None:
    sightings = parse("regions")
    assert [(s.bay, s.kind, s.status, s.look_back) for s in sightings] == [
        ("12", "restate", "occupied", False),
        ("13", "restate", "free", False),
    ]
    assert sightings[0].fields["virtual_space"] == "B-12"


def test_zero_confidence_is_a_value_when_a_plate_comes_as_json() -> None:
    (read,) = parse("anpr_json")
    assert (read.plate, read.plate_confidence, read.char_confidences) == (None, 0.0, (0.0,))
    assert read.event_id == "602cf998-1dd2-11b2-a842-be6ebc977415"
    assert read.fields["vehicle_color"] == "white"


def test_the_event_keeps_its_id_when_the_camera_posts_it_again() -> None:
    once = CAPTURED["regions"]
    again = CAMERA.parse(json.dumps(once | {"activePostCount": 2}).encode())
    assert [s.event_id for s in again] == [s.event_id for s in parse("regions")]


@pytest.mark.parametrize("part", [b'name="background"', b'filename="background.jpg"'])
def test_a_picture_is_known_by_its_bytes_when_its_type_is_wrong(part: bytes) -> None:
    space = json.dumps(CAPTURED["regions"]).encode()
    body = (
        b'--x\nContent-Disposition: form-data; name="parkingSpaceDetection"\nContent-Type: application/octet-stream\n\n'
        + space
        + b"\n--x\nContent-Disposition: form-data; "
        + part
        + b"\nContent-Type: application/octet-stream\n\n"
        + JPEG
        + b"\n--x--\n"
    )
    sightings = CAMERA.parse(body, media_type="multipart/form-data; boundary=other")
    assert [picture.content for picture in sightings[0].pictures] == [JPEG]
    assert sightings[0].pictures[0].name.startswith("background")


def test_parts_come_back_when_they_are_written() -> None:
    parts = [multipart.Part("a", "text/plain", b"--x\r\n--boundary inside"), multipart.Part("b", "image/jpeg", JPEG)]
    assert multipart.parse(multipart.write(parts, "boundary"), "multipart/mixed; boundary=boundary") == parts


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>', "xml_forbidden"),
        (b'<!DOCTYPE x [<!ENTITY a "a"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>', "xml_forbidden"),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', "xml_forbidden"),
        (b'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://192.0.2.1/e">%p;]><x/>', "xml_forbidden"),
        (b"<x>" * 40 + b"</x>" * 40, "xml_forbidden"),
        (b"<x>" + b"<y/>" * 6000 + b"</x>", "xml_forbidden"),
        (b"<x>" + b" " * 300_000 + b"</x>", "xml_forbidden"),
        (b"<x>&undefined;</x>", "envelope_invalid"),
        (b"<EventNotificationAlert><eventType>ANPR", "xml_invalid"),
        (b"<EventNotificationAlert><eventType>ANPR</eventType></EventNotificationAlert>", "field_missing"),
        (b"<EventNotificationAlert/>", "field_missing"),
        (b'<?xml version="1.0" encoding="utf-7"?><x/>', "xml_invalid"),
        (b"\x00\x01", "envelope_invalid"),
        (b'{"PackingSpaceRecognition": [{}]}', "field_missing"),
        (b'{"PackingSpaceRecognition": [{"absoulteParkingNum": "1", "isParked": "perhaps"}]}', "status_unknown"),
        (b"--x\r\n\r\n" + JPEG + b"\r\n--x--", "envelope_invalid"),
        (b"--x", "envelope_invalid"),
    ],
)
def test_the_error_is_typed_when_a_body_is_dangerous_or_broken(body: bytes, code: str) -> None:
    with pytest.raises(PayloadError) as refusal:
        CAMERA.parse(body)
    assert refusal.value.code == code


def test_chinese_is_read_when_the_xml_declares_gb2312() -> None:
    text = '<?xml version="1.0" encoding="GB2312"?><EventNotificationAlert><eventType>ANPR</eventType><ANPR><licensePlate>鲁C12345</licensePlate></ANPR></EventNotificationAlert>'
    (read,) = CAMERA.parse(text.encode("gb18030"))
    assert read.plate == "鲁C12345"
    assert "鲁C12345" not in repr(read)
