"""Every shared envelope of the platforms that we read parses to the facts that its entry states."""

import json
from pathlib import Path

from devices.ports import Uplink
from devices.registry import installed
from parking.domain.clock import parse_instant
from tests.devices.adapters.vectors import Vector, load

SOURCES = {"The Things Stack v3": "things-stack-v3", "ChirpStack v4": "chirpstack-v4"}
KINDS = {"uplink": "data", "join": "join", "device_status": "status", "network_error": "error"}


def test_uplink_states_the_facts_when_a_shared_envelope_is_parsed(shared: Path) -> None:
    for vector in load(shared, "envelopes.json"):
        if vector["platform"] in SOURCES:
            _compare(vector, _parse(vector))


def _parse(vector: Vector) -> Uplink:
    (uplink,) = installed().platform(SOURCES[vector["platform"]]).parse(json.dumps(vector["body"]).encode())
    return uplink


def _compare(vector: Vector, uplink: Uplink) -> None:
    facts = vector["normalized"]
    assert uplink.kind == KINDS[facts["kind"]], vector["id"]
    assert uplink.device_id == facts["dev_eui"], vector["id"]
    assert uplink.battery_pct == facts.get("battery_pct"), vector["id"]
    for name, instant in (("server_time", uplink.server_at), ("gateway_time", uplink.gateway_at)):
        if name in facts:
            assert instant == parse_instant(facts[name]), (vector["id"], name)
    if facts["kind"] == "uplink":
        assert uplink.payload.hex() == facts["payload_hex"], vector["id"]
        assert uplink.sequence == facts["f_cnt"], vector["id"]
        assert uplink.port == (facts["f_port"] or 0), vector["id"]
        own_key = "/".join((uplink.device_id, str(uplink.session), str(uplink.sequence)))
        assert facts["dedup_key"] in {uplink.event_id, own_key}, vector["id"]
