"""GA/T 1400 documents beside the shared one: lists, subscriptions, pictures within, signs of life."""

import json
from pathlib import Path
from typing import Any

import pytest

from devices.adapters.camera_ga1400.adapter import CAMERA
from devices.ports import PayloadError, Sighting
from parking.domain.clock import parse_instant

CAPTURED: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "captured.json").read_bytes())


def parse(name: str, encoding: str = "utf-8") -> list[Sighting]:
    return list(CAMERA.parse(json.dumps(CAPTURED[name], ensure_ascii=False).encode(encoding)))


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_each_vehicle_is_read_when_a_list_is_posted(encoding: str) -> None:
    first, second = parse("vehicles", encoding)
    assert (first.plate, first.plate_confidence, min(first.char_confidences)) == ("鲁C00001", 0.95, 0.61)
    assert (first.channel, first.lane, second.plate) == ("37030000001210000012", "1", None)
    assert first.observed_at == parse_instant("2026-07-01T00:00:00Z")
    assert [(p.role, bool(p.content), bool(p.url)) for p in first.pictures] == [
        ("scene", True, False),
        ("plate", False, True),
    ]


def test_the_vehicle_is_found_when_a_subscription_wraps_it() -> None:
    (read,) = parse("subscribed")
    assert read.plate == "鲁C00002"


def test_the_camera_lives_when_it_says_so() -> None:
    (beat,) = parse("keepalive")
    assert (beat.kind, beat.fields["event"]) == ("telemetry", "keepalive")


@pytest.mark.parametrize(
    "body", [b"{}", b"x", b'{"MotorVehicleListObject": {"MotorVehicleObject": [{"PlateNo": "1"}]}}']
)
def test_the_error_is_typed_when_a_document_is_none_of_them(body: bytes) -> None:
    with pytest.raises(PayloadError):
        CAMERA.parse(body)
