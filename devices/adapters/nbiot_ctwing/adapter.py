"""Turns messages of CTWing AEP into uplinks."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, Literal

import msgspec

from devices.adapters import lorawan, nbiot
from devices.adapters.nbiot_ctwing.messages import COMMAND, DATA, MERGED, ONLINE, Push, ServiceReport, Transparent
from devices.ports import PayloadError, Uplink

_push = msgspec.json.Decoder(Push, strict=False)
_transparent = msgspec.json.Decoder(Transparent)
_service_report = msgspec.json.Decoder(ServiceReport)
_fields = msgspec.json.Decoder(dict[str, object])

SEVERITIES: Final[Mapping[str, str]] = MappingProxyType({"1": "information", "2": "warning", "3": "fault"})
_PORT = re.compile(r"[0-9]{1,3}\Z")
UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class CTWing:
    """A report of data or of an event is what the device said; all else is about the network.

    The port of a product with named fields is the number of its service, where it has one.
    """

    def parse(self, body: bytes, *, event: str = "") -> Sequence[Uplink]:  # noqa: ARG002 - the port's signature
        push = lorawan.read_envelope(_push, body)
        if push.message_type in DATA:
            return [_data(push)]
        if push.message_type == ONLINE:
            return [_uplink(push, "status", detail="online" if str(push.event_type) == "1" else "offline")]
        if push.message_type == COMMAND:
            code = "" if push.result is None else push.result.result_code
            return [_uplink(push, "status", detail=lorawan.detail("command", code))]
        if push.message_type == MERGED:
            return [_uplink(push, "status", detail=MERGED)]
        raise PayloadError(f"no message of CTWing: {push.message_type[:32]!r}", code="envelope_invalid")


def _data(push: Push) -> Uplink:
    is_event = push.message_type == "eventReport"
    content = bytes(push.event_content if is_event else push.payload)
    service, payload = _payload(content)
    service_id = service if service is not None else push.service_id
    words = ("event", SEVERITIES.get(str(push.event_type), "")) if is_event else ()
    if service_id not in {None, ""} and not _port(service_id):
        words = (*words, f"service {service_id}")
    return _uplink(push, "data", port=_port(service_id), payload=payload, detail=lorawan.detail(*words))


def _payload(content: bytes) -> tuple[str | int | None, bytes]:
    """The service that the payload names itself, and the device's bytes or its fields.

    Raises `PayloadError` for what is neither.
    """
    try:
        return None, lorawan.payload_bytes(_transparent.decode(content).app_data)
    except UNREADABLE:
        pass
    try:
        report = _service_report.decode(content)
    except UNREADABLE:
        return None, nbiot.fields_payload(lorawan.read_envelope(_fields, content))
    return report.service_id, nbiot.fields_payload(report.service_data)


def _port(service_id: str | int | None) -> int:
    """A service's number; larger ones than a port can be and names are told in the detail."""
    text = str(service_id)
    return int(text) if _PORT.match(text) and int(text) <= lorawan.LARGEST_PORT else 0


def _uplink(
    push: Push, kind: Literal["data", "status"], *, port: int = 0, payload: bytes = b"", detail: str = ""
) -> Uplink:
    imei = push.imei if push.imei is not None else push.imei_lower
    device_id, other_ids = nbiot.identity("" if imei is None else str(imei), str(push.device_id))
    said = payload or detail.encode()
    return Uplink(
        kind=kind,
        device_id=device_id,
        port=port,
        payload=payload,
        session=None,
        sequence=None,
        event_id=nbiot.event_id(push.timestamp, push.message_type.encode(), str(port).encode(), said),
        gateway_at=None,
        server_at=lorawan.instant_ms(push.timestamp),
        detail=detail,
        other_ids=other_ids,
    )


PLATFORM = CTWing()
