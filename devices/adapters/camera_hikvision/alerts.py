"""Alerts of ISAPI: a plate that was read, and everything that shares the stream with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Final

from devices.adapters.camera_hikvision.messages import FAULTS, PLATES
from devices.adapters.camera_values import BEIJING, dictionary, event_id, instant, plate_of, share, text_of
from devices.adapters.safe_xml import Element
from devices.ports import PayloadError, Picture, Sighting

_SHORTEST_UUID: Final = 8
_ANPR: Final = "anpr"
_COLOURS: Final = ("color", "vehicleColor")


@dataclass(frozen=True, kw_only=True)
class Facts:
    """One alert, whichever form it came in; texts as the camera wrote them."""

    kind: str
    active: bool
    at: str | None
    channel: str | None
    address: str | None
    uuid: str | None
    anpr: Mapping[str, str]
    """Every text below the element ANPR by its own name, the first of each."""


def facts_of_xml(alert: Element) -> Facts:
    """Raises `PayloadError` for an alert that does not say what it is about."""
    anpr = next((child for child in alert.children if child.name.lower() == _ANPR), None)
    texts: dict[str, str] = {}
    for element in [] if anpr is None else anpr.everything():
        if element.text.strip():
            texts.setdefault(element.name, element.text.strip())
    return _facts({child.name: child.text.strip() for child in reversed(alert.children)}, texts)


def facts_of_json(whole: Mapping[str, Any]) -> Facts:
    """As `facts_of_xml`; newer firmware writes the same names as JSON, the element as `ANPR` or `aNPR`."""
    outer = dictionary(whole.get("EventNotificationAlert")) or whole
    anpr = next((dictionary(value) for name, value in outer.items() if name.lower() == _ANPR), {})
    texts: dict[str, str] = {}
    for part in (anpr, *(dictionary(value) for value in anpr.values())):
        for name, value in part.items():
            text = text_of(value)
            if text is not None:
                texts.setdefault(name, text)
    return _facts({name: text_of(value) or "" for name, value in outer.items()}, texts)


def _facts(outer: Mapping[str, str], anpr: Mapping[str, str]) -> Facts:
    kind = outer.get("eventType") or ("ANPR" if anpr else "")
    if not kind:
        raise PayloadError("the alert has no eventType", code="field_missing")
    return Facts(
        kind=kind,
        active=outer.get("eventState", "active").lower() != "inactive",
        at=outer.get("dateTime") or None,
        channel=outer.get("channelID") or outer.get("dynChannelID") or None,
        address=outer.get("ipAddress") or None,
        uuid=outer.get("UUID") or outer.get("uuid") or None,
        anpr=anpr,
    )


def sighting(facts: Facts, pictures: tuple[Picture, ...], zone: tzinfo | None) -> Sighting:
    """A plate for ANPR, the camera's word about its own view, or a sign that it lives."""
    if facts.kind.lower() == _ANPR:
        return _plate(facts, pictures, zone)
    fault = FAULTS.get(facts.kind.lower()) if facts.active else None
    return Sighting(
        kind="telemetry" if fault is None else "fault",
        channel=facts.channel,
        observed_at=instant(facts.at, zone or BEIJING),
        event_id=event_id(facts.kind, facts.channel, facts.at) if facts.at else None,
        fault=fault,
        fields={"event_type": facts.kind, "event_state": "active" if facts.active else "inactive"},
    )


def _plate(facts: Facts, pictures: tuple[Picture, ...], zone: tzinfo | None) -> Sighting:
    anpr = facts.anpr
    if "licensePlate" not in anpr and "originalLicensePlate" not in anpr:
        raise PayloadError("the ANPR alert has no licensePlate", code="field_missing")
    plate = plate_of(anpr.get("licensePlate")) or plate_of(anpr.get("originalLicensePlate"))
    characters = tuple(found for found in map(share, anpr.get("plateCharBelieve", "").split(",")) if found is not None)
    best = max(pictures, key=lambda picture: (picture.role != "plate", len(picture.content)), default=None)
    own = facts.uuid if facts.uuid is not None and len(facts.uuid) >= _SHORTEST_UUID else None
    return Sighting(
        kind="plate",
        channel=facts.channel,
        lane=anpr.get("line"),
        plate=plate,
        plate_confidence=share(anpr.get("confidenceLevel")),
        char_confidences=characters,
        direction=anpr.get("direction"),
        observed_at=instant(facts.at, zone or BEIJING),
        event_id=own or event_id("ANPR", facts.channel, facts.at, anpr.get("line"), anpr.get("index")),
        pictures=pictures,
        plate_texts=tuple({text for name in PLATES if (text := plate_of(anpr.get(name))) is not None}),
        fields=_told(
            event_type=facts.kind,
            camera_ip=facts.address,
            channel=facts.channel,
            device_time=facts.at,
            vehicle_color=next((anpr[name] for name in _COLOURS if name in anpr), None),
            vehicle_type=anpr.get("vehicleType"),
            plate_color=anpr.get("plateColor"),
            plate_type=anpr.get("plateType"),
            list_name=anpr.get("vehicleListName"),
            speed=anpr.get("speed"),
            images=[picture.name for picture in pictures] or None,
            best_image=None if best is None else best.name,
        ),
    )


def _told(**fields: object) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None}
