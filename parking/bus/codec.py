"""Events to bytes and back: CloudEvents 1.0 in the JSON format, facts by the registry and never by a looked-up name.

Rule: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from parking.domain.errors import InvalidInputError
from parking.events.envelope import CloudEvent
from parking.events.fact import Fact
from parking.events.registry import BY_TYPE


class UnreadableEventError(InvalidInputError):
    """The bytes are no CloudEvent, or its data is not what its type promises."""

    code = "event_unreadable"


class UnknownEventTypeError(InvalidInputError):
    """No class is registered for the type: a newer publisher, or a mistake."""

    code = "event_type_unknown"


_encoder = msgspec.json.Encoder()
_events = msgspec.json.Decoder(CloudEvent)
_facts: Final[Mapping[str, msgspec.json.Decoder[Fact]]] = MappingProxyType(
    {name: msgspec.json.Decoder(cls) for name, cls in BY_TYPE.items()}
)


def encode(event: CloudEvent) -> bytes:
    """Raises `UnknownEventTypeError`: what is not in the registry is not published."""
    if event.type not in BY_TYPE:
        raise UnknownEventTypeError(f"{event.type!r} is not in the registry of events")
    return _encoder.encode(event)


def decode(body: bytes) -> CloudEvent:
    """Read the envelope only, so that a type that is new to us still travels. Raises `UnreadableEventError`."""
    try:
        return _events.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UnreadableEventError(f"not a CloudEvent: {error}") from error


def fact_of(event: CloudEvent) -> Fact:
    """Read the data as the class of its type.

    Raises `UnknownEventTypeError` and `UnreadableEventError`; neither gets better by trying again, so a bus makes a
    dead letter of either at once.
    """
    decoder = _facts.get(event.type)
    if decoder is None:
        raise UnknownEventTypeError(f"{event.type!r} is not in the registry of events")
    try:
        return decoder.decode(event.data)
    except msgspec.MsgspecError as error:
        raise UnreadableEventError(f"data of {event.type}: {error}") from error
