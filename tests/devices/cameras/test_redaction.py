"""What is kept of a body in clear holds no picture and no plate, and says the same of spaces."""

import json

import pytest

from devices.adapters import multipart
from devices.cameras.redaction import redacted
from devices.registry import installed
from tests.parking.evidence.pictures import telephone_jpeg

JPEG = telephone_jpeg()
PLATE = "鲁C12345"
SPACE = {
    "dateTime": "2026-06-12T08:15:30+08:00",
    "PackingSpaceRecognition": [
        {"absoulteParkingNum": "12", "isParked": "yes", "plateNo": PLATE, "vehicleEnterState": "enter"}
    ],
}
ANPR = (
    "<EventNotificationAlert><eventType>ANPR</eventType><dateTime>2026-06-12T08:15:30+08:00</dateTime>"
    f"<ANPR><licensePlate>{PLATE}</licensePlate><originalLicensePlate>{PLATE}</originalLicensePlate></ANPR>"
    "</EventNotificationAlert>"
)


@pytest.mark.parametrize(
    ("maker", "head"),
    [
        ("hikvision", json.dumps(SPACE).encode()),
        ("hikvision", json.dumps(SPACE, ensure_ascii=False).encode()),
        ("hikvision", json.dumps(SPACE, ensure_ascii=False).encode("gb18030")),
        ("hikvision", ANPR.encode()),
        ("hikvision", b'<?xml version="1.0" encoding="GBK"?>' + ANPR.encode("gb18030")),
        (
            "dahua",
            (
                "Events[0].Code=TrafficParkingSpaceParking\r\nEvents[0].UTC=1749687330\r\n"
                f"Events[0].TrafficCar.Lane=12\r\nEvents[0].TrafficCar.PlateNumber={PLATE}\r\n"
            ).encode(),
        ),
    ],
)
def test_the_same_is_said_of_spaces_without_plate_and_picture_when_a_body_is_redacted(maker: str, head: bytes) -> None:
    camera = installed().camera(maker)
    body = multipart.write(
        [multipart.Part("head", "text/plain", head), multipart.Part("p.jpg", "image/jpeg", JPEG)], "b"
    )
    sightings = camera.parse(body, media_type="multipart/form-data; boundary=b")
    assert (sightings[0].plate, len(sightings[0].pictures)) == (PLATE, 1)
    kept, media_type = redacted(body, "multipart/form-data; boundary=b", sightings)
    for spelt in (PLATE.encode(), PLATE.encode("gb18030"), json.dumps(PLATE).encode()[1:-1], JPEG[:40]):
        assert spelt not in kept
    again = camera.parse(kept, media_type=media_type)
    assert [(s.kind, s.bay, s.status, s.observed_at, s.event_id) for s in again] == [
        (s.kind, s.bay, s.status, s.observed_at, s.event_id) for s in sightings
    ]
