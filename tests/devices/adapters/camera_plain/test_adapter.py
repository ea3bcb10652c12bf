"""One look through a plain camera: restatements, faults, and what is no look."""

import json
from pathlib import Path

import pytest

from devices.adapters.camera_plain.adapter import CAMERA
from devices.ports import PayloadError
from parking.domain.clock import parse_instant

CAPTURED = json.loads((Path(__file__).parent / "data" / "captured.json").read_bytes())
LOOK = json.dumps(CAPTURED["look"]).encode()


def test_each_bay_is_restated_when_the_view_is_well() -> None:
    said = CAMERA.parse(LOOK)
    assert [(one.kind, one.bay, one.status, one.confidence) for one in said] == [
        ("restate", "1", "occupied", 0.98),
        ("restate", "2", None, 0.61),
        ("restate", "3", "free", 0.99),
    ]
    assert {one.observed_at for one in said} == {parse_instant("2026-11-28T00:00:00Z")}


def test_each_bay_is_at_fault_and_says_no_status_when_the_view_is_bad() -> None:
    said = CAMERA.parse(json.dumps(CAPTURED["fault"]).encode())
    assert [(one.kind, one.bay, one.fault, one.status) for one in said] == [
        ("fault", "1", "view_moved", None),
        ("fault", "2", "view_moved", None),
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff\xfe",
        LOOK.replace(b"+08:00", b""),
        LOOK.replace(b'"free"', b'"empty"'),
        LOOK.replace(b"0.98", b"1.98"),
        LOOK.replace(b'"bay": "1"', b'"bay": ""'),
        b'{"observed_at": "2026-11-28T08:00:00Z", "bays": []}',
        b'{"bays": ' + b"[" * 100_000,
    ],
)
def test_the_error_is_typed_when_a_body_is_no_look(body: bytes) -> None:
    with pytest.raises(PayloadError):
        CAMERA.parse(body)
