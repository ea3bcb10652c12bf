"""Turns what Hikvision cameras push or stream into sightings: XML or JSON, alone or with pictures beside it."""

from collections.abc import Iterator, Sequence
from datetime import tzinfo

from devices.adapters import multipart
from devices.adapters.camera_hikvision import alerts, sdk, spaces
from devices.adapters.camera_values import document, role_of
from devices.adapters.safe_xml import Element
from devices.adapters.safe_xml import parse as parse_xml
from devices.ports import PayloadError, Picture, Sighting


class Hikvision:
    """Which form a body has shows in its bytes; the type that a camera claims is often wrong."""

    def parse(
        self, body: bytes, *, media_type: str = "", zone: tzinfo | None = None, event: str = ""
    ) -> Sequence[Sighting]:
        if not multipart.is_multipart(body, media_type):
            return _read(body, (), zone)
        parts = multipart.parse(body, media_type)
        pictures = tuple(_pictures(parts))
        found: list[Sighting] = []
        heads = [part for part in parts if not part.is_picture and part.content.strip()]
        for part in heads:
            found.extend(_read(part.content, pictures if len(heads) == 1 else (), zone))
        if not heads:
            raise PayloadError(
                f"no part of {len(parts)} is XML or JSON{event and ' of ' + event[:32]}", code="envelope_invalid"
            )
        return found


def _pictures(parts: Sequence[multipart.Part]) -> Iterator[Picture]:
    for number, part in enumerate(parts):
        if part.is_picture:
            name = part.name or f"part{number}"
            yield Picture(role=role_of(name), name=name, content=part.content)


def _read(content: bytes, pictures: tuple[Picture, ...], zone: tzinfo | None) -> Sequence[Sighting]:
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n\0")[:1]
    if start == b"<":
        return [alerts.sighting(alerts.facts_of_xml(_alert(parse_xml(content))), pictures, zone)]
    if start != b"{":
        raise PayloadError("neither XML nor JSON", code="envelope_invalid")
    whole = document(content)
    if sdk.is_struct(whole):
        return [sdk.sighting(whole, pictures, zone)]
    found = spaces.sightings(whole, pictures, zone)
    return found if found is not None else [alerts.sighting(alerts.facts_of_json(whole), pictures, zone)]


def _alert(root: Element) -> Element:
    for element in root.everything():
        if element.name.lower() == "eventnotificationalert":
            return element
    raise PayloadError(f"the XML is no EventNotificationAlert but {root.name[:64]!r}", code="envelope_invalid")


CAMERA = Hikvision()
