"""ONVIF events: both forms of a payload, rules named after bays, counters that are none, and the camera's own view."""

import json
from pathlib import Path
from typing import Any

import pytest

from devices.adapters.camera_onvif.adapter import CAMERA
from devices.ports import PayloadError

CAPTURED: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "captured.json").read_bytes())


@pytest.mark.parametrize("event", CAPTURED["events"], ids=lambda event: event["topic"])
def test_only_a_rule_named_after_a_bay_tells_its_state_when_an_event_comes(event: dict[str, Any]) -> None:
    topic = CAPTURED["prefix"] + event["topic"]
    (sighting,) = CAMERA.parse(json.dumps(event["payload"]).encode(), event=topic)
    said = (sighting.kind, sighting.bay, sighting.status, sighting.fault)
    assert said == (event["kind"], event.get("bay"), event.get("status"), event.get("fault"))
    assert sighting.fields["prefix"] == "parking/v1/cameras/cam-7"


def test_both_forms_say_the_same_when_a_relay_switches() -> None:
    long = CAPTURED["events"][0]["payload"]
    short = {"UtcTime": long["UtcTime"], "Source": {"RelayToken": "Relay-1"}, "Data": {"LogicalState": "active"}}
    one, other = (CAMERA.parse(json.dumps(form).encode(), event="c/onvif-ej/Device/x/&1")[0] for form in (long, short))
    assert one == other


def test_zero_is_a_count_when_a_counter_begins() -> None:
    body = json.dumps({"UtcTime": "2026-01-01T00:00:00Z", "Data": {"Count": "0"}}).encode()
    (sighting,) = CAMERA.parse(body, event="c/onvif-ej/RuleEngine/CountAggregation/Counter/&1/In")
    assert sighting.fields["count"] == 0


@pytest.mark.parametrize("body", [b"{}", b"[]", b"x", b'{"Data": '])
def test_the_error_is_typed_when_a_message_is_no_event(body: bytes) -> None:
    with pytest.raises(PayloadError):
        CAMERA.parse(body, event="c/onvif-ej/Device/x/&1")
    with pytest.raises(PayloadError):
        CAMERA.parse(b'{"Data": {}}')
