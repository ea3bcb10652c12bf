"""How OneNET pushes what a device of a thing model told it over NB-IoT: named values, each with its time, in a text of JSON.

The names are those of our own profile for named fields. A city's OneNET signs such a push; the simulation's comes with a key, as
everything of it does.
"""

import hashlib
from typing import Final

import msgspec

from devices.simulation.transmission import Transmission

PRODUCT: Final = "demoParking"
KINDS: Final = {"startup": "startup", "change": "change", "heartbeat": "heartbeat"}
UNREADABLE: Final = "?"


def onenet_notice(sent: Transmission) -> bytes:
    """A notice about properties; times are in milliseconds."""
    at = sent.observed_at // 1000
    values: dict[str, object] = {
        "parking_state": UNREADABLE if sent.is_garbled else int(sent.occupied),
        "report_kind": KINDS[sent.word],
        "sequence": sent.sequence,
        "battery_voltage": sent.battery_v,
        "temperature": sent.temperature_c,
        "device_time": sent.device_at,
    }
    if sent.complaint is not None:
        values["fault"] = sent.complaint
    number = hashlib.blake2b(f"{sent.boot}:{sent.sequence}:{at}".encode(), digest_size=8).hexdigest()
    notice = {
        "notifyType": "property",
        "messageType": "notify",
        "productId": PRODUCT,
        "deviceName": sent.device.device_id,
        "imei": sent.device.wire_id,
        "data": {
            "id": number,
            "version": "1.0",
            "params": {name: {"value": value, "time": at} for name, value in values.items()},
        },
    }
    return msgspec.json.encode({"msg": msgspec.json.encode(notice).decode(), "id": number, "time": at})
