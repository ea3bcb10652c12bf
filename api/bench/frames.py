"""Frames of sensors in full envelopes, made beforehand, and the registry of the sensors that send them.

The envelopes have every part that the platforms' documents show, and their sizes: The Things Stack v3 with two
thirds about correlation, gateway and settings, ChirpStack v4 with half about the application.
"""

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

import msgspec

from devices.inventory.model import OPEN_END, Device, DeviceEntry, Watch, silence_after
from parking.domain.ids import DeviceId

PROFILE: Final = ("Bosch", "TPS110", "0.39")
PORT: Final = 1
HEARTBEAT_S: Final = 3600
ZONE_SPACES: Final = 200
THINGS_STACK: Final = "things-stack-v3"
CHIRPSTACK: Final = "chirpstack-v4"


class Sent(NamedTuple):
    """One message as its platform publishes it."""

    topic: str
    body: bytes


class Sensors:
    """The part of the device registry that the door reads: `number` sensors, each on a space of its own."""

    def __init__(self, number: int) -> None:
        self.ids = [f"70b3d57e{place:08x}" for place in range(number)]
        self.entries: Mapping[str, DeviceEntry] = {
            device_id: _entry(device_id, place) for place, device_id in enumerate(self.ids)
        }

    @property
    def wired(self) -> Mapping[str, DeviceEntry]:
        return self.entries


def messages(source: str, sensors: Sensors, *, number: int, at: datetime) -> Sequence[Sent]:
    """Frames of all sensors in turn, each with a counter of its own; every second one says occupied."""
    make = {THINGS_STACK: _things_stack, CHIRPSTACK: _chirpstack}[source]
    sent = []
    for place in range(number):
        visit, sensor = divmod(place, len(sensors.ids))
        instant = _instant(at + timedelta(milliseconds=place % 1000))
        payload = base64.b64encode(bytes((visit + sensor & 1,))).decode()
        sent.append(make(sensors.ids[sensor], visit + 1, payload, instant))
    return sent


def _entry(device_id: str, place: int) -> DeviceEntry:
    vendor, model, version = PROFILE
    device = Device(device_id=DeviceId(device_id), vendor=vendor, model=model, version=version, heartbeat_s=HEARTBEAT_S)
    watch = Watch(0, OPEN_END, f"bench-{place}", f"bench-zone-{place // ZONE_SPACES}", "bench-district")
    return DeviceEntry(device, silence_after(HEARTBEAT_S), (watch,))


def _instant(at: datetime) -> str:
    """Nanoseconds, as both platforms write them."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}789Z"


def _things_stack(device_id: str, counter: int, payload: str, instant: str) -> Sent:
    body: dict[str, Any] = {
        "end_device_ids": {
            "device_id": f"eui-{device_id}",
            "application_ids": {"application_id": "parking"},
            "dev_eui": device_id.upper(),
            "join_eui": "800000000000000C",
            "dev_addr": "00BCB929",
        },
        "correlation_ids": [
            f"{part}:01E0WZGT6Y7657CPFPE5WEYDSQ" for part in ("as:up", "gs:conn", "gs:uplink", "ns:uplink")
        ]
        + ["rpc:/ttn.lorawan.v3.GsNs/HandleUplink:01E0WZGSZXGE1KS577PFBWRJEE"],
        "received_at": instant,
        "uplink_message": {
            "session_key_id": "AXA50tHUGUucuzS/bCGMNw==",
            "f_port": PORT,
            "f_cnt": counter,
            "frm_payload": payload,
            "decoded_payload": {"type": "status", "occupied": True},
            "rx_metadata": [
                {
                    "gateway_ids": {"gateway_id": "gtw1", "eui": "9C5C8E00001A05C4"},
                    "time": instant,
                    "timestamp": 2463457000,
                    "rssi": -35,
                    "channel_rssi": -35,
                    "snr": 5,
                    "uplink_token": "ChIKEAoEZ3R3MRIInFyOAAAaBcQQ6L3Vlgk=",
                    "channel_index": 2,
                }
            ],
            "settings": {
                "data_rate": {"lora": {"bandwidth": 125000, "spreading_factor": 7}},
                "data_rate_index": 5,
                "coding_rate": "4/6",
                "frequency": "868300000",
                "timestamp": 2463457000,
                "time": instant,
            },
            "consumed_airtime": "0.056576s",
            "locations": {
                "user": {"latitude": 36.81, "longitude": 118.05, "altitude": 30, "source": "SOURCE_REGISTRY"}
            },
            "received_at": instant,
        },
    }
    return Sent(f"v3/parking@city/devices/eui-{device_id}/up", msgspec.json.encode(body))


def _chirpstack(device_id: str, counter: int, payload: str, instant: str) -> Sent:
    application = "17c82e96-be03-4f38-aef3-f83d48582d97"
    body: dict[str, Any] = {
        "deduplicationId": f"3ac7e3c4-{device_id[-4:]}-4b8d-9386-{counter:012x}",
        "time": instant,
        "deviceInfo": {
            "tenantId": "52f14cd4-c6f1-4fbd-8f87-4025e1d49242",
            "tenantName": "ChirpStack",
            "applicationId": application,
            "applicationName": "Parking of the city",
            "deviceProfileId": "14855bf7-d10d-4aee-b618-ebfcb64dc7ad",
            "deviceProfileName": "In-ground sensor",
            "deviceName": f"Sensor {device_id}",
            "devEui": device_id,
            "tags": {"key": "value"},
        },
        "devAddr": "00189440",
        "dr": 1,
        "fCnt": counter,
        "fPort": PORT,
        "data": payload,
        "rxInfo": [
            {
                "gatewayId": "0016c001f153a14c",
                "uplinkId": 4217106255,
                "gwTime": instant,
                "rssi": -36,
                "snr": 10.5,
                "context": "E3OWOQ==",
                "metadata": {"region_name": "cn470_0", "region_common_name": "CN470"},
            }
        ],
        "txInfo": {
            "frequency": 470300000,
            "modulation": {"lora": {"bandwidth": 125000, "spreadingFactor": 11, "codeRate": "CR_4_5"}},
        },
    }
    return Sent(f"application/{application}/device/{device_id}/event/up", msgspec.json.encode(body))
