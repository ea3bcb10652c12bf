"""The publisher's documents: plates with and without a picture, passages, motion."""

import json
from pathlib import Path
from typing import Any

import pytest

from devices.adapters.camera_axis.adapter import CAMERA
from devices.ports import PayloadError, Sighting
from parking.domain.clock import parse_instant

CAPTURED: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "captured.json").read_bytes())


def parse(document: dict[str, Any]) -> Sighting:
    (sighting,) = CAMERA.parse(json.dumps(document).encode())
    return sighting


def test_direction_is_read_when_it_stands_among_the_tags() -> None:
    passage = parse(CAPTURED["direction"])
    assert (passage.kind, passage.direction, passage.fields["value"]) == ("count", "in", 1)
    assert passage.observed_at == parse_instant("2020-04-26T06:57:29.091Z")


def test_the_picture_comes_with_the_plate_when_it_is_sent() -> None:
    read = parse(CAPTURED["plate"])
    assert read.plate == "ABC123"
    assert read.pictures[0].content.startswith(b"\xff\xd8\xff")
    assert parse(CAPTURED["plate"] | {"image": "no base64!"}).pictures == ()


def test_motion_is_a_sign_of_life_when_nothing_else_is_told() -> None:
    assert parse(CAPTURED["motion"]).kind == "telemetry"


@pytest.mark.parametrize("body", [b"{}", b"x", b'{"plate": 7}'])
def test_the_error_is_typed_when_a_document_is_none_of_them(body: bytes) -> None:
    with pytest.raises(PayloadError):
        CAMERA.parse(body)
