"""From a frame to what travels: a webhook's body, an MQTT message, or one reading of a batch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec

from devices.simulation.envelopes import (
    CHIRPSTACK_APPLICATION,
    chirpstack_join,
    chirpstack_uplink,
    things_stack_uplink,
)
from devices.simulation.envelopes_ctwing import ctwing_report
from devices.simulation.envelopes_onenet import onenet_notice
from devices.simulation.envelopes_thingpark import thingpark_join, thingpark_uplink
from devices.simulation.fleet import Channel
from devices.simulation.frames import frame_of
from devices.simulation.transmission import Transmission, Word
from parking.domain.clock import format_instant

Way = Literal["webhook", "mqtt", "reading"]

THINGS_STACK_PATH: Final = "/v1/uplinks/things-stack-v3"
THINGPARK_PATH: Final = "/v1/uplinks/thingpark"
CTWING_PATH: Final = "/v1/uplinks/ctwing"
ONENET_PATH: Final = "/v1/uplinks/onenet"
READINGS_PATH: Final = "/v1/readings"
KINDS: Final[Mapping[Word, str]] = {"startup": "startup", "change": "change", "heartbeat": "restate"}


@dataclass(frozen=True, slots=True)
class Parcel:
    """`address` is a path of the API or an MQTT topic; readings are joined to batches by who sends them."""

    way: Way
    device_id: str
    address: str
    body: bytes


def pack(frame: Transmission) -> list[Parcel]:
    """Everything that one frame makes travel, in order: behind ChirpStack and ThingPark a join is told before the first uplink of a session."""
    return _PACKERS[frame.device.make.channel](frame)


def _things_stack(frame: Transmission) -> list[Parcel]:
    """The webhook is set up for uplinks only, as most are; a new session shows in their session key."""
    body = things_stack_uplink(frame, *frame_of(frame))
    return [Parcel("webhook", frame.device.device_id, THINGS_STACK_PATH, body)]


def _chirpstack(frame: Transmission) -> list[Parcel]:
    device_id = frame.device.device_id
    topic = f"application/{CHIRPSTACK_APPLICATION}/device/{device_id}/event"
    parcels = [Parcel("mqtt", device_id, f"{topic}/up", chirpstack_uplink(frame, *frame_of(frame)))]
    if frame.word == "startup" or frame.joins:
        parcels.insert(0, Parcel("mqtt", device_id, f"{topic}/join", chirpstack_join(frame)))
    return parcels


def _thingpark(frame: Transmission) -> list[Parcel]:
    device_id = frame.device.device_id
    parcels = [Parcel("webhook", device_id, THINGPARK_PATH, thingpark_uplink(frame, *frame_of(frame)))]
    if frame.word == "startup" or frame.joins:
        parcels.insert(0, Parcel("webhook", device_id, THINGPARK_PATH, thingpark_join(frame)))
    return parcels


def _ctwing(frame: Transmission) -> list[Parcel]:
    return [Parcel("webhook", frame.device.device_id, CTWING_PATH, ctwing_report(frame, *frame_of(frame)))]


def _onenet(frame: Transmission) -> list[Parcel]:
    return [Parcel("webhook", frame.device.device_id, ONENET_PATH, onenet_notice(frame))]


def _reading(frame: Transmission) -> dict[str, Any]:
    return {
        "observed_at": format_instant(frame.observed_at),
        "status": "occupied" if frame.occupied else "free",
        "kind": KINDS[frame.word],
        "session": frame.boot[:12],
        "sequence": frame.sequence,
        # Not the counter alone, which some devices begin anew after 256 messages.
        "id": f"{frame.boot[:12]}-{frame.observed_at}-{frame.sequence}",
        "battery_v": frame.battery_v,
        "temperature_c": frame.temperature_c,
    }


def _json_http(frame: Transmission) -> list[Parcel]:
    body = msgspec.json.encode({"device": frame.device.device_id, **_reading(frame)})
    return [Parcel("reading", frame.device.device_id, READINGS_PATH, body)]


def _json_mqtt(frame: Transmission) -> list[Parcel]:
    topic = f"parking/v1/{frame.device.zone_id}/{frame.device.device_id}/event"
    return [Parcel("mqtt", frame.device.device_id, topic, msgspec.json.encode(_reading(frame)))]


_PACKERS: Final[Mapping[Channel, Callable[[Transmission], list[Parcel]]]] = {
    "things_stack_http": _things_stack,
    "chirpstack_mqtt": _chirpstack,
    "thingpark_http": _thingpark,
    "ctwing_http": _ctwing,
    "onenet_http": _onenet,
    "json_http": _json_http,
    "json_mqtt": _json_mqtt,
}
