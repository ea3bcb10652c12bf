"""Turns the publisher's documents into sightings."""

import base64
import binascii
from collections.abc import Sequence
from datetime import tzinfo

import msgspec

from devices.adapters.camera_axis.messages import NAMES, Published
from devices.adapters.camera_values import document, event_id, from_epoch, instant, plate_of, text_of
from devices.ports import PayloadError, Picture, Sighting


class Axis:
    """A document is one plate, one passage, or a motion without either."""

    def parse(
        self, body: bytes, *, media_type: str = "", zone: tzinfo | None = None, event: str = ""
    ) -> Sequence[Sighting]:
        del media_type, event
        told = document(body)
        if not NAMES & told.keys():
            raise PayloadError("neither plate, direction nor value", code="field_missing")
        try:
            found = msgspec.convert(told, Published)
        except msgspec.ValidationError as error:
            raise PayloadError(str(error)[:200], code="type_wrong") from error
        return [_sighting(found, zone)]


def _sighting(found: Published, zone: tzinfo | None) -> Sighting:
    tags, values = found.tags or {}, found.values or {}
    given = found.plate if found.plate is not None else text_of(values.get("plate", tags.get("plate")))
    plate = plate_of(given)
    direction = found.direction or text_of(tags.get("direction"))
    device = found.device or text_of(tags.get("device"))
    at = None if found.timestamp is None else from_epoch(found.timestamp // 1000, found.timestamp % 1000)
    if at is None and zone is not None:
        at = instant(found.local_time, zone)
    fields = {
        "topic": found.topic,
        "device": device,
        "name": found.name or text_of(tags.get("name")),
        "device_time_ms": found.timestamp,
        "value": found.value if found.value is not None else values.get("value"),
    }
    return Sighting(
        kind="plate" if plate is not None or given is not None else "count" if direction is not None else "telemetry",
        lane=text_of(tags.get("location")),
        plate=plate,
        direction=direction,
        observed_at=at,
        event_id=event_id(found.topic, device, found.timestamp, direction) if found.timestamp is not None else None,
        pictures=_picture(found.image),
        plate_texts=() if plate is None else (plate,),
        fields={name: value for name, value in fields.items() if value is not None},
    )


def _picture(text: str | None) -> tuple[Picture, ...]:
    """The picture is an ornament of the plate: where it cannot be read, the plate still counts."""
    if not text:
        return ()
    try:
        content = base64.b64decode(text.partition("base64,")[2] or text, validate=True)
    except (binascii.Error, ValueError):
        return ()
    return (Picture(role="scene", name="image", content=content),)


CAMERA = Axis()
