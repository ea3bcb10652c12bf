"""Every shared message of a camera parses to the facts that its entry states."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from devices.adapters.camera_dahua.messages import read_events
from devices.adapters.camera_onvif.messages import read_topic
from devices.ports import Sighting
from devices.registry import installed
from parking.domain.clock import parse_instant
from tests.devices.adapters.vectors import Vector, load

MAKERS = {"Hikvision": "hikvision", "Dahua": "dahua", "ONVIF": "onvif", "Axis": "axis", "GA/T": "ga1400"}
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) + b"\xff\xd9"
KINDS = {"plate_read": "plate", "vehicle_seen": "plate", "onvif_event": "telemetry", "ignored": "telemetry"}


def test_facts_are_exact_when_a_shared_message_is_parsed(shared: Path) -> None:
    vectors = {vector["id"]: vector for vector in load(shared, "cameras.json")}
    for vector in vectors.values():
        facts = vector["normalized"]
        match facts["kind"]:
            case "grammar":
                assert read_events(vector["body"]) == facts["events"], vector["id"]
            case "topic_parse":
                for topic in vector["body"]:
                    _check_topic(topic)
            case "semantics":
                _check_states(vector)
            case "space_status" | "space_status_batch":
                _check_spaces(vector, _parse(vector, vectors))
            case "heartbeat":
                (beat,) = _parse(vector, vectors)
                assert (beat.kind, beat.bay, beat.fields["event"]) == ("telemetry", None, "heartbeat")
            case kind:
                (sighting,) = _parse(vector, vectors)
                assert sighting.kind == KINDS[kind], vector["id"]
                _check_fields(vector["id"], facts, sighting)


def _parse(vector: Vector, vectors: Mapping[str, Vector]) -> Sequence[Sighting]:
    maker = next(name for start, name in MAKERS.items() if vector["vendor"].startswith(start))
    body = vector["body"]
    content = body.encode() if isinstance(body, str) else json.dumps(body, ensure_ascii=False).encode()
    inner = vectors["hik-anpr-old-stdcgi"]["body"].encode()
    content = content.replace(b"{XML of hik-anpr-old-stdcgi}", inner).replace(b"{JPEG}", JPEG)
    return installed().camera(maker).parse(content, media_type=vector["content_type"])


def _check_fields(name: str, facts: Mapping[str, Any], sighting: Sighting) -> None:
    """Each fact where our form has it, the rest in the fields under its own name."""
    said = dict(sighting.fields) | {
        "kind": facts["kind"],
        "plate": sighting.plate,
        "confidence": sighting.plate_confidence,
        "min_char_confidence": min(sighting.char_confidences, default=None),
        "direction": sighting.direction,
        "channel": sighting.channel,
        "lane": sighting.lane,
    }
    assert {fact: said.get(fact) for fact in facts} == facts, name
    at = sighting.observed_at
    if "device_time" in facts:
        assert at == parse_instant(facts["device_time"]), name
    if "true_utc_s" in facts:
        assert at is not None
        assert int(at.timestamp()) == facts["true_utc_s"], name
    if "device_time_local" in facts:
        assert at is not None
        assert at.isoformat() == "2017-01-09T03:55:00+00:00", name


def _check_spaces(vector: Vector, sightings: Sequence[Sighting]) -> None:
    facts = vector["normalized"]
    expected = facts.get("spaces", [facts])
    assert len(sightings) == len(expected), vector["id"]
    for space, sighting in zip(expected, sightings, strict=True):
        assert sighting.kind == "change", vector["id"]
        assert sighting.bay == space["space"], vector["id"]
        assert sighting.status == ("occupied" if space["occupied"] else "free"), vector["id"]
        assert sighting.plate == space["plate"], vector["id"]
        assert sighting.fields["event"] == space["event"], vector["id"]
        assert sighting.lane == space.get("lane"), vector["id"]
        for name in ("camera_ip", "device_utc_s"):
            assert sighting.fields.get(name) == facts.get(name), vector["id"]
        if "device_time" in facts:
            assert sighting.observed_at == parse_instant(facts["device_time"]), vector["id"]


def _check_topic(topic: str) -> None:
    parts = read_topic(topic)
    before, _, after = topic.partition("/onvif-ej/")
    assert parts.prefix == before
    assert parts.token == after.partition("&")[2].partition("/")[0]


def _check_states(vector: Vector) -> None:
    """Only `byState` 0 is an event; the vector names the meanings."""
    meanings = vector["body"]["byState"]
    assert set(meanings) == {"0", "1", "2"}
    for state, (kind, look_back) in {"0": ("change", False), "1": ("restate", False), "2": ("restate", True)}.items():
        (sighting,) = _aid(byState=int(state), byVehicleEnterState=1)
        assert (sighting.kind, sighting.look_back, sighting.status) == (kind, look_back, "occupied"), meanings[state]
    (left,) = _aid(byState=0, byVehicleEnterState=2)
    assert (left.kind, left.status) == ("change", "free")
    (invalid,) = _aid(byState=1, byVehicleEnterState=0)
    assert (invalid.kind, invalid.status) == ("telemetry", None)


def _aid(**fields: int) -> Sequence[Sighting]:
    body = {"byParkingID": "12", "byEntireBelieve": 91, "sLicense": "TEST0001", "dateTime": "2026-07-01T08:00:00+08:00"}
    return installed().camera("hikvision").parse(json.dumps(body | fields).encode())
