"""Every shared payload decodes to exactly what its source says and to our reading of it; every command is written so."""

import re
from pathlib import Path

from devices.ports import Message
from devices.registry import installed
from tests.devices.adapters.spellings import as_the_sources_say
from tests.devices.adapters.vectors import Vector, load

KINDS = {
    "status": "change",
    "heartbeat": "restate",
    "startup": "startup",
    "multi": "change",
    "tag_registration": "change",
    "fault": "fault",
    "error": "fault",
    "count": "count",
    "daily": "telemetry",
    "service": "telemetry",
    "config_ack": "config",
    "config": "config",
}
STATES = {True: "occupied", False: "free", None: None}
TOLD = {"battery_v", "temperature_c"}
"""Facts that stand in the message itself and not only among its fields."""
IMPOSSIBLE_C = -117


def test_normalised_facts_are_exact_when_a_shared_payload_is_decoded(shared: Path) -> None:
    for vector in _vectors(shared, "uplink"):
        message, expected = _decode(vector), dict(vector["normalized"])
        event = expected.pop("event")
        counts_vehicles = vector["model"].startswith("NCC")
        assert message.kind == ("telemetry" if counts_vehicles and event == "heartbeat" else KINDS[event]), vector["id"]
        assert message.status == STATES[expected.pop("occupied")], vector["id"]
        for name, value in expected.items():
            if name in TOLD and value != IMPOSSIBLE_C:
                assert getattr(message, name) == value, (vector["id"], name)
            elif name in TOLD:
                assert (getattr(message, name), message.fields[name]) == (None, value), vector["id"]
            elif name != "frame_counter":
                assert message.fields[name] == value, (vector["id"], name)
            else:
                assert message.sequence == value, vector["id"]


def test_original_output_is_reproduced_when_a_shared_payload_is_decoded(shared: Path) -> None:
    for vector in _vectors(shared, "uplink"):
        said = as_the_sources_say(_decode(vector), bytes.fromhex(vector["hex"]))
        for name, value in vector["original_output"].items():
            assert value in said[name], (vector["id"], name)


def test_bytes_are_exact_when_a_shared_command_is_encoded(shared: Path) -> None:
    for vector in _vectors(shared, "downlink"):
        vendor, model, version = _profile(vector)
        downlink = installed().encoder_for(vendor, model, version).encode(vector["downlink_data"], version=version)
        assert (downlink.port, downlink.payload.hex()) == (vector["fPort"], vector["hex"]), vector["id"]


def _vectors(shared: Path, direction: str) -> list[Vector]:
    vectors = [vector for vector in load(shared, "lorawan_parking.json") if vector["direction"] == direction]
    assert vectors
    return vectors


def _decode(vector: Vector) -> Message:
    vendor, model, version = _profile(vector)
    codec = installed().codec_for(vendor, model, version)
    (message,) = codec.decode(bytes.fromhex(vector["hex"]), port=vector["fPort"] or 0, version=version)
    return message


def _profile(vector: Vector) -> tuple[str, str, str]:
    """Vendor, model and codec generation: the vectors write the firmware behind the model."""
    vendor, model = vector["vendor"], vector["model"]
    firmware = re.search(r"fw v?([\d.]+)", model)
    model = model.partition(" (")[0]
    return vendor, model, installed().version(vendor, model, _generation(model, firmware))


def _generation(model: str, firmware: re.Match[str] | None) -> str | None:
    if model == "Smart Parking v2":
        return "2"
    return None if firmware is None else firmware.group(1).rstrip(".")
