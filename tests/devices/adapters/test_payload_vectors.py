"""Every shared Bosch and PNI payload decodes to exactly what its source says and to our reading of it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from devices.ports import Message
from devices.registry import installed
from tests.devices.adapters.vectors import Vector, load

KINDS = {"status": "change", "heartbeat": "restate", "startup": "startup", "multi": "change"}
STATES = {True: "occupied", False: "free"}


def test_normalised_facts_are_exact_when_a_shared_payload_is_decoded(shared: Path) -> None:
    for vector in _vectors(shared):
        message, expected = _decode(vector), vector["normalized"]
        assert message.kind == KINDS[expected["event"]], vector["id"]
        assert message.status == STATES[expected["occupied"]], vector["id"]
        assert message.battery_v == expected.get("battery_v"), vector["id"]
        assert message.temperature_c == expected.get("temperature_c"), vector["id"]
        for name in ("firmware", "reset_cause", "vehicle_count", "unparsed_hex"):
            assert message.fields.get(name) == expected.get(name), (vector["id"], name)


def test_original_output_is_reproduced_when_a_shared_payload_is_decoded(shared: Path) -> None:
    for vector in _vectors(shared):
        said = _as_the_sources_say(_decode(vector))
        for name, value in vector["original_output"].items():
            assert value in said[name], (vector["id"], name)


def _vectors(shared: Path) -> list[Vector]:
    return [vector for vector in load(shared, "lorawan_parking.json") if vector["vendor"] in {"Bosch", "PNI"}]


def _decode(vector: Vector) -> Message:
    model, _, firmware = vector["model"].partition(" ")
    found = re.search(r"\d+\.\d+", firmware)
    registry = installed()
    version = registry.version(vector["vendor"], model, found.group() if found else None)
    codec = registry.codec_for(vector["vendor"], model, version)
    (message,) = codec.decode(bytes.fromhex(vector["hex"]), port=vector["fPort"] or 0, version=version)
    return message


def _as_the_sources_say(message: Message) -> Mapping[str, tuple[Any, ...]]:
    """Our facts in the spellings of the decoders that the vectors were copied from."""
    fields = message.fields
    occupied = message.status == "occupied"
    debug = str(fields.get("debug", "")).upper()
    cause = str(fields.get("reset_cause", ""))
    kind = str(fields.get("type", ""))
    return {
        "occupancy": (int(occupied),),
        "occupied": (occupied,),
        "map_state": (int(occupied),),
        "p_state": (message.status,),
        "parking_status": (int(occupied),),
        "parking_status_name": ("occupied",) if occupied else ("vacant",),
        "type": (kind, f"parking {kind}"),
        "message_type": (kind, f"parking_{kind}"),
        "debug": (debug, debug[:20]),
        "debugCodes": (fields.get("debug_codes"),),
        "fwVersion": (fields.get("firmware"),),
        "firmwareVersion": (fields.get("firmware"),),
        "firmware": (fields.get("firmware"),),
        "reset_cause": (f"{cause}_reset", f"{cause}_reset:{fields.get('reset_cause_code')}"),
        "resetCause": (f"{cause}_reset".upper(), cause.replace("_", " ")),
        "battery": (message.battery_v,),
        "batteryVoltage": (message.battery_v,),
        "temperature": (message.temperature_c,),
        "vehicle_count": (fields.get("vehicle_count"),),
        "keep_alive": (int("keep_alive_status" in fields),),
        "reboot_response": (fields.get("reboot_response"),),
        "recalibrate_success": (fields.get("recalibrate_response"),),
        "deactivate_response": (fields.get("deactivate_response"),),
        "unparseable": (str(fields.get("unparsed_hex")).upper(),),
    }
