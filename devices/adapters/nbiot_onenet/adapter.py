"""Turns messages of OneNET into uplinks."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

import msgspec

from devices.adapters import lorawan, nbiot
from devices.adapters.nbiot_onenet.messages import COMMAND, DATA_POINT, ONLINE, Item, Notice, Property, Push
from devices.adapters.nbiot_onenet.signing import text_of
from devices.ports import PayloadError, Uplink

_push = msgspec.json.Decoder(Push)
_items = msgspec.json.Decoder(list[msgspec.Raw])
_item = msgspec.json.Decoder(Item, strict=False)
_notice = msgspec.json.Decoder(Notice, strict=False)
_property = msgspec.json.Decoder(Property, strict=False)

_RESOURCE = re.compile(r"([0-9]{1,5})_([0-9]{1,5})_([0-9]{1,5})\Z")
THING_MODEL: Final = frozenset({"property", "event"})
UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class OneNet:
    """A data point becomes one named field; an LwM2M resource is named by its path, `3302/0/5500`."""

    def parse(self, body: bytes, *, event: str = "") -> Sequence[Uplink]:  # noqa: ARG002 - the port's signature
        msg = text_of(lorawan.read_envelope(_push, body).msg)
        if not msg.lstrip().startswith(b"["):
            return [_uplink(msgspec.Raw(msg))]
        items: list[msgspec.Raw] = lorawan.read_envelope(_items, msg)
        return lorawan.each(items, _uplink)


def _uplink(raw: msgspec.Raw) -> Uplink:
    item = lorawan.read_envelope(_item, bytes(raw))
    if item.notify_type in THING_MODEL:
        return _thing_model(item)
    if item.notify_type is not None:
        return _made(item, "status", detail=lorawan.detail("notice", item.notify_type))
    if item.type == DATA_POINT:
        if bytes(item.value) in nbiot.NOTHING or not item.ds_id:
            raise PayloadError("a data point without a name or a value", code="envelope_invalid")
        return _made(item, "data", payload=msgspec.json.encode({_name(item.ds_id): item.value}))
    if item.type == ONLINE:
        return _made(item, "status", detail="offline" if item.status == 0 else "online")
    if item.type == COMMAND:
        return _made(item, "status", detail="command")
    raise PayloadError(f"no message of OneNET: type {item.type}", code="envelope_invalid")


def _name(stream: str) -> str:
    resource = _RESOURCE.match(stream)
    return stream if resource is None else "/".join(resource.groups())


def _thing_model(item: Item) -> Uplink:
    """All values of one notice belong together; the newest of their times is the message's."""
    notice = lorawan.read_envelope(_notice, bytes(item.data))
    if not notice.params:
        raise PayloadError("a notice without values", code="envelope_invalid")
    fields: dict[str, msgspec.Raw] = {}
    times: list[int] = []
    for name, raw in notice.params.items():
        fields[name] = raw
        try:
            wrapped = _property.decode(raw)
        except UNREADABLE:
            continue
        fields[name] = wrapped.value
        if wrapped.time is not None:
            times.append(wrapped.time)
    at = item.at if item.at is not None else max(times, default=None)
    return _made(item, "data", payload=msgspec.json.encode(fields), at=at)


def _made(
    item: Item, kind: Literal["data", "status"], *, payload: bytes = b"", detail: str = "", at: int | None = None
) -> Uplink:
    at = item.at if at is None else at
    names = (item.dev_id, item.device_id, item.dev_name, item.device_name)
    device_id, other_ids = nbiot.identity(_text(item.imei), *(_text(name) for name in names))
    server_at: datetime | None = lorawan.instant_ms(at)
    return Uplink(
        kind=kind,
        device_id=device_id,
        port=0,
        payload=payload,
        session=None,
        sequence=None,
        event_id=nbiot.event_id(at, payload or detail.encode()),
        gateway_at=None,
        server_at=server_at,
        detail=detail,
        other_ids=other_ids,
    )


def _text(name: str | int | None) -> str:
    return "" if name is None else str(name)


PLATFORM = OneNet()
