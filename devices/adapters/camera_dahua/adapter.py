"""Turns what Dahua cameras stream, post or answer into sightings."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from typing import Any

from devices.adapters import multipart
from devices.adapters.camera_dahua import messages, sightings
from devices.adapters.camera_values import dictionary, document, items, role_of
from devices.ports import PayloadError, Picture, Sighting


class Dahua:
    """A part of the stream with the pictures that follow it, or JSON; `zone` says that the camera counts local time as UTC."""

    def parse(
        self, body: bytes, *, media_type: str = "", zone: tzinfo | None = None, event: str = ""
    ) -> Sequence[Sighting]:
        if not multipart.is_multipart(body, media_type):
            return _read(body, (), zone, event)
        parts = multipart.parse(body, media_type)
        found: list[Sighting] = []
        pictures: list[Picture] = []
        # Pictures follow the text that they belong to.
        for number, part in reversed(list(enumerate(parts))):
            if part.is_picture:
                name = part.name or f"picture{number}"
                pictures.insert(0, Picture(role=role_of(name), name=name, content=part.content))
            elif part.content.strip():
                found[:0] = _read(part.content, tuple(pictures), zone, event)
                pictures.clear()
        if not found:
            raise PayloadError("no part is text or JSON", code="envelope_invalid")
        return found


def _read(content: bytes, pictures: tuple[Picture, ...], zone: tzinfo | None, event: str) -> list[Sighting]:
    text = _text(content)
    if text.strip().lower() == messages.HEARTBEAT:
        return [Sighting(kind="telemetry", fields={"event": "heartbeat"})]
    if text.lstrip().startswith("{"):
        return [sightings.of_event(_flat(one), pictures, zone) for one in _events(document(content))]
    if event == "read-back":
        return [sightings.of_status(status, zone) for status in messages.read_statuses(text)]
    return [sightings.of_event(one, pictures, zone) for one in messages.read_events(text)]


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030", "replace")


def _events(whole: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The events of a notification, or the document itself where it is one."""
    params = dictionary(whole.get("params"))
    listed = (
        items(params.get("eventList")) if "eventList" in params else items(whole.get("eventList", whole.get("Events")))
    )
    if not listed and ("Code" in whole or "Data" in whole):
        listed = [whole]
    if not listed:
        raise PayloadError("the document lists no event", code="envelope_invalid")
    for one in listed:
        if not isinstance(one, dict):
            raise PayloadError("an event is no object", code="type_wrong")
        yield {**one, **dictionary(one.get("Data"))}


def _flat(event: Mapping[str, Any], above: str = "", depth: int = 4) -> dict[str, str]:
    """Objects within the event as the text form writes them: `TrafficCar.PlateNumber`."""
    flat: dict[str, str] = {}
    for name, value in event.items():
        if isinstance(value, dict):
            if depth:
                flat |= _flat(value, f"{above}{name}.", depth - 1)
        elif not isinstance(value, list) and value is not None:
            flat[above + name] = str(value)
    return flat


CAMERA = Dahua()
