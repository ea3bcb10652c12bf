"""How the network servers wrap a device's bytes: The Things Stack v3 and ChirpStack v4, as their documents show it.

Both leave out fields that are zero, empty or false, as protobuf's JSON form does; the first frame of a session has no
counter field at all.
"""

import base64
import hashlib
import uuid
from typing import Any, Final

import msgspec

from devices.simulation.transmission import Transmission
from parking.domain.clock import format_instant

THINGS_STACK_APPLICATION: Final = "smart-parking-demo"
CHIRPSTACK_APPLICATION: Final = "6f1c7a52-3d0e-4f7a-9b55-2f1f4f6f3a10"


def things_stack_uplink(frame: Transmission, port: int, payload: bytes) -> bytes:
    """An uplink message with the metadata of one gateway."""
    at = format_instant(frame.observed_at)
    station = gateway(frame)
    uplink: dict[str, Any] = {
        "session_key_id": _session_key(frame),
        "f_port": port,
        "f_cnt": frame.sequence,
        "frm_payload": base64.b64encode(payload).decode(),
        "rx_metadata": [
            {
                "gateway_ids": {"gateway_id": f"gw-{station}", "eui": station.upper()},
                "time": at,
                "rssi": -97,
                "channel_rssi": -97,
                "snr": 7.5,
            }
        ],
        "settings": {
            "data_rate": {"lora": {"bandwidth": 125000, "spreading_factor": 9, "coding_rate": "4/5"}},
            "frequency": "471900000",
            "time": at,
        },
        "received_at": at,
        "consumed_airtime": "0.185344s",
    }
    if frame.sequence == 0:
        del uplink["f_cnt"]
    return msgspec.json.encode({**_things_stack_head(frame, at), "uplink_message": uplink})


def chirpstack_join(frame: Transmission) -> bytes:
    """A join event."""
    return msgspec.json.encode(_chirpstack_head(frame, "join"))


def chirpstack_uplink(frame: Transmission, port: int, payload: bytes) -> bytes:
    """An up event; `deduplicationId` is one per radio frame, so a repeated delivery carries the same one."""
    station = gateway(frame)
    event = {
        **_chirpstack_head(frame, "up"),
        "adr": True,
        "dr": 3,
        "fCnt": frame.sequence,
        "fPort": port,
        "data": base64.b64encode(payload).decode(),
        "rxInfo": [
            {
                "gatewayId": station,
                "uplinkId": int(frame.boot[:8], 16),
                "gwTime": format_instant(frame.observed_at),
                "rssi": -92,
                "snr": 8.2,
                "context": base64.b64encode(bytes.fromhex(frame.boot[:8])).decode(),
                "metadata": {"region_name": "cn470_0", "region_common_name": "CN470"},
            }
        ],
        "txInfo": {
            "frequency": 470300000,
            "modulation": {"lora": {"bandwidth": 125000, "spreadingFactor": 9, "codeRate": "CR_4_5"}},
        },
    }
    if frame.sequence == 0:
        del event["fCnt"]
    return msgspec.json.encode(event)


def _things_stack_head(frame: Transmission, at: str) -> dict[str, Any]:
    device = frame.device.device_id
    return {
        "end_device_ids": {
            "device_id": f"eui-{device}",
            "application_ids": {"application_id": THINGS_STACK_APPLICATION},
            "dev_eui": device.upper(),
            "join_eui": "0000000000000000",
            "dev_addr": address(frame).upper(),
        },
        "correlation_ids": [f"gs:uplink:{_event_id(frame, 'gs')}"],
        "received_at": at,
    }


def _chirpstack_head(frame: Transmission, event: str) -> dict[str, Any]:
    return {
        "deduplicationId": _event_id(frame, event),
        "time": format_instant(frame.observed_at),
        "deviceInfo": {
            "tenantId": "52f14cd4-c6f1-4fbd-8f87-4025e1d49242",
            "tenantName": "Smart Parking",
            "applicationId": CHIRPSTACK_APPLICATION,
            "applicationName": "Demonstration",
            "deviceProfileId": "14855bf7-d10d-4aee-b618-ebfcb64dc7ad",
            "deviceProfileName": frame.device.make.model,
            "deviceName": frame.device.space_id,
            "devEui": frame.device.device_id,
        },
        "devAddr": address(frame),
    }


def _session_key(frame: Transmission) -> str:
    return base64.b64encode(bytes.fromhex(frame.boot)).decode()


def address(frame: Transmission) -> str:
    """Network address of the session: given anew at every join."""
    return "00" + frame.boot[:6]


def gateway(frame: Transmission) -> str:
    """One gateway serves a zone."""
    return "02" + hashlib.blake2b(frame.device.zone_id.encode(), digest_size=7).hexdigest()


def _event_id(frame: Transmission, event: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{frame.device.device_id}:{frame.boot}:{frame.sequence}:{event}"))
