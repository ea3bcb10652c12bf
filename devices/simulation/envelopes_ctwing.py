"""How CTWing AEP pushes what a device of a transparent product sent over NB-IoT, as public receivers of it show.

It counts nothing: both packet numbers were -1 in every sample. The number of the service says which kind of message it is.
"""

import base64
from typing import Final

import msgspec

from devices.simulation.transmission import Transmission

PRODUCT: Final = "15506850"


def ctwing_report(sent: Transmission, port: int, payload: bytes) -> bytes:
    """A report of data; `timestamp` is the platform's clock, in milliseconds."""
    report = {
        "upPacketSN": -1,
        "upDataSN": -1,
        "topic": "v1/up/ad",
        "timestamp": sent.observed_at // 1000,
        "tenantId": "10457866",
        "serviceId": str(port),
        "protocol": "lwm2m",
        "productId": PRODUCT,
        "payload": {"APPdata": base64.b64encode(payload).decode()},
        "messageType": "dataReport",
        "deviceType": "",
        "deviceId": f"dev-{sent.device.device_id}",
        "assocAssetId": "",
        "IMSI": "undefined",
        "IMEI": sent.device.wire_id,
    }
    return msgspec.json.encode(report)
