"""Every shared envelope parses to the facts that its entry states."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from devices.adapters import lorawan
from devices.adapters.nbiot_onenet.signing import SIGNING
from devices.ports import PayloadError, PlatformSecret, Uplink
from devices.registry import installed
from parking.domain.clock import parse_instant
from tests.devices.adapters.vectors import Vector, load

SOURCES: Final = {
    "The Things Stack v3": "things-stack-v3",
    "The Things Network v2": "ttn-v2",
    "ChirpStack v4": "chirpstack-v4",
    "ChirpStack v3": "chirpstack-v3",
    "Actility ThingPark": "thingpark",
    "LORIOT": "loriot",
    "Kerlink Wanesy": "wanesy",
    "China Telecom CTWing": "ctwing",
    "China Mobile OneNET": "onenet",
}
"""Beginnings of the names in the file."""
KINDS: Final = {"uplink": "data", "join": "join", "device_status": "status", "network_error": "error"}
NO_BYTES: Final = frozenset({"chirpstack-v3-up-json"})
"""Its documentation has dots where the payload stands: it is refused as it is, and read with bytes in their place."""
SIGNATURE: Final = "onenet-signature-kat"

FACTS: Final[dict[str, Callable[[Uplink], Any]]] = {
    "dev_eui": lambda uplink: uplink.device_id,
    "device_key": lambda uplink: uplink.device_id,
    "server_time": lambda uplink: uplink.server_at,
    "server_time_ms": lambda uplink: uplink.server_at,
    "gateway_time": lambda uplink: uplink.gateway_at,
    "battery_raw": lambda uplink: uplink.battery_pct,
    "f_port": lambda uplink: uplink.port,
    "f_cnt": lambda uplink: uplink.sequence,
    "payload_hex": lambda uplink: uplink.payload.hex(),
    "payload_json": lambda uplink: json.loads(uplink.payload),
    "fields": lambda uplink: json.loads(uplink.payload),
    "late": lambda uplink: uplink.late,
    "best_rssi": lambda uplink: uplink.rssi_dbm,
    "best_snr": lambda uplink: uplink.snr_db,
    "battery_pct": lambda uplink: uplink.battery_pct,
    "service_id": lambda uplink: str(uplink.port),
    "value": lambda uplink: next(iter(json.loads(uplink.payload).values())),
    "lwm2m_path": lambda uplink: next(iter(json.loads(uplink.payload))),
}
EXPECTED: Final[dict[str, Callable[[Any], Any]]] = {
    "server_time": parse_instant,
    "gateway_time": parse_instant,
    "server_time_ms": lorawan.instant_ms,
    "battery_raw": lorawan.battery_pct,
    "f_port": lambda number: number or 0,
}
"""Facts that the file states in another form."""


def test_uplink_states_the_facts_when_a_shared_envelope_is_parsed(shared: Path) -> None:
    compared = 0
    for vector in load(shared, "envelopes.json"):
        if vector["id"] != SIGNATURE:
            _compare(vector, _parse(vector))
            compared += 1
    assert compared > 15


def test_payload_is_refused_when_it_is_no_base64(shared: Path) -> None:
    for vector in load(shared, "envelopes.json"):
        if vector["id"] in NO_BYTES:
            with pytest.raises(PayloadError):
                installed().platform(_source(vector)).parse(json.dumps(vector["body"]).encode())


def test_signature_is_right_when_it_is_the_published_one(shared: Path) -> None:
    for vector in load(shared, "envelopes.json"):
        if vector["id"] == SIGNATURE:
            body = vector["body"]
            assert SIGNING.answer(body, PlatformSecret(body["token"])) == body["msg"]


def _source(vector: Vector) -> str:
    return next(source for name, source in SOURCES.items() if vector["platform"].startswith(name))


def _parse(vector: Vector) -> Uplink:
    body = vector["body"]
    if vector["id"] in NO_BYTES:
        body = body | {"data": "AQ=="}
    (uplink,) = installed().platform(_source(vector)).parse(json.dumps(body).encode())
    return uplink


def _compare(vector: Vector, uplink: Uplink) -> None:
    facts, where = vector["normalized"], vector["id"]
    assert uplink.kind == KINDS[facts["kind"]], where
    for name in facts.keys() & FACTS.keys():
        assert FACTS[name](uplink) == EXPECTED.get(name, _as_it_is)(facts[name]), (where, name)
    if "dedup_key" in facts:
        own_key = "/".join((uplink.device_id, str(uplink.session), str(uplink.sequence)))
        assert facts["dedup_key"] in {uplink.event_id, own_key}, where
    names = {facts[name] for name in ("platform_device_id", "device_name") if name in facts}
    assert names <= {uplink.device_id, *uplink.other_ids}, where
    assert facts.get("code", "") in uplink.detail, where


def _as_it_is(value: object) -> object:
    return value
