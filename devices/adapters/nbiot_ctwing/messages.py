"""The messages that CTWing AEP pushes, in its own spelling, as far as we read them.

Source: the platform's page on message subscription as kept in public projects, and samples of public receivers in
`../shared/vectors/envelopes.json`. A transparent product carries the device's bytes as `payload.APPdata`; a product with a
profile carries named fields, flat or under `serviceData`.
"""

from typing import Final

import msgspec

from devices.adapters.nbiot import ABSENT

DATA: Final = frozenset({"dataReport", "eventReport"})
ONLINE: Final = "deviceOnlineOfflineReport"
COMMAND: Final = "commandResponse"
MERGED: Final = "dataReportTupUnion"
"""Repeats, merged, what other messages have told already."""


class Result(msgspec.Struct, rename="camel"):
    result_code: str = ""


class Push(
    msgspec.Struct,
    rename={
        "message_type": "messageType",
        "device_id": "deviceId",
        "imei": "IMEI",
        "imei_lower": "imei",
        "service_id": "serviceId",
        "event_type": "eventType",
        "event_content": "eventContent",
    },
):
    """One message; `messageType` says which."""

    message_type: str
    device_id: str | int = ""
    imei: str | int | None = None
    imei_lower: str | int | None = None
    timestamp: int | None = None
    """The platform's clock, in milliseconds."""
    service_id: str | int | None = None
    payload: msgspec.Raw = ABSENT
    event_type: str | int | None = None
    """Of an event 1 information, 2 warning, 3 fault; of a device 1 online, 0 offline."""
    event_content: msgspec.Raw = ABSENT
    result: Result | None = None


class Transparent(msgspec.Struct, rename={"app_data": "APPdata"}):
    """The payload of a transparent product."""

    app_data: str


class ServiceReport(msgspec.Struct, rename="camel"):
    """The payload of an older product with a profile."""

    service_id: str | int
    service_data: dict[str, object]
