"""Turns GA/T 1400 documents into sightings: vehicles that were seen, and signs that a camera lives."""

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from typing import Any

from devices.adapters.camera_ga1400.messages import KNOWN, PICTURE_TYPES, SIGNS_OF_LIFE, stamp, vehicles
from devices.adapters.camera_values import BEIJING, dictionary, document, event_id, items, plate_of, share, text_of
from devices.ports import PayloadError, Picture, Sighting


class ViewLibrary:
    """`event` is the path below `/VIID`, which the objects in the document name as well."""

    def parse(
        self, body: bytes, *, media_type: str = "", zone: tzinfo | None = None, event: str = ""
    ) -> Sequence[Sighting]:
        del media_type
        whole = document(body)
        sign = next((name for name in SIGNS_OF_LIFE if name in whole), None)
        if sign is not None:
            return [Sighting(kind="telemetry", fields={"event": sign.removesuffix("Object").lower()})]
        if not KNOWN & whole.keys():
            raise PayloadError(
                f"no object of GA/T 1400 that is read here{event and ' in ' + event[:64]}", code="envelope_invalid"
            )
        return [_sighting(one, zone or BEIJING) for one in vehicles(whole)]


def _sighting(vehicle: Mapping[str, Any], zone: tzinfo) -> Sighting:
    record = text_of(vehicle.get("MotorVehicleID"))
    if record is None:
        raise PayloadError("a vehicle has no MotorVehicleID", code="field_missing")
    at_text = text_of(vehicle.get("PassTime")) or text_of(vehicle.get("MarkTime")) or text_of(vehicle.get("AppearTime"))
    local = stamp(at_text, zone)
    plate = plate_of(vehicle.get("PlateNo"))
    pictures = tuple(_pictures(vehicle))
    fields = {
        "record_id": record,
        "tollgate": text_of(vehicle.get("TollgateID")),
        "device": text_of(vehicle.get("DeviceID")),
        "device_time_local": None if local is None else local.astimezone(zone).replace(tzinfo=None).isoformat(),
        "evidence": [picture.name for picture in pictures] or None,
        "plate_class": text_of(vehicle.get("PlateClass")),
        "plate_color": text_of(vehicle.get("PlateColor")),
        "vehicle_color": text_of(vehicle.get("VehicleColor")),
        "vehicle_type": text_of(vehicle.get("VehicleClass")),
        "speed": text_of(vehicle.get("Speed")),
    }
    return Sighting(
        kind="plate",
        lane=text_of(vehicle.get("LaneNo")),
        channel=text_of(vehicle.get("TollgateID")) or text_of(vehicle.get("DeviceID")),
        plate=plate,
        plate_confidence=share(vehicle.get("PlateReliability")),
        char_confidences=_characters(text_of(vehicle.get("PlateCharReliability"))),
        direction=text_of(vehicle.get("Direction")),
        observed_at=local,
        event_id=event_id(record, at_text),
        pictures=pictures,
        plate_texts=() if plate is None else (plate,),
        fields={name: value for name, value in fields.items() if value is not None},
    )


def _characters(text: str | None) -> tuple[float, ...]:
    """`A-98,B-76` or `98,76`: one figure a character."""
    found = (share(one.rpartition("-")[2]) for one in (text or "").split(","))
    return tuple(figure for figure in found if figure is not None)


def _pictures(vehicle: Mapping[str, Any]) -> Iterator[Picture]:
    for number in range(1, 6):
        url = text_of(vehicle.get(f"StorageUrl{number}"))
        if url is not None:
            yield Picture(role="vehicle" if number == 1 else "scene", name=f"StorageUrl{number}", url=url)
    for number, part in enumerate(items(dictionary(vehicle.get("SubImageList")).get("SubImageInfoObject"))):
        image = dictionary(part)
        role = PICTURE_TYPES.get((text_of(image.get("Type")) or "").zfill(2), "scene")
        content, url = _content(text_of(image.get("Data"))), text_of(image.get("StoragePath")) or ""
        if content or url:
            yield Picture(role=role, name=f"SubImage{number + 1}", content=content, url=url)


def _content(text: str | None) -> bytes:
    try:
        return b"" if text is None else base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


CAMERA = ViewLibrary()
