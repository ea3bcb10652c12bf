"""The catalogue of events as an AsyncAPI document, generated from the registry and from nothing else.

Rule: https://www.asyncapi.com/docs/reference/specification/v3.0.0
"""

import inspect
from typing import Any, Final

import msgspec

from parking.events.fact import Fact
from parking.events.registry import EVENT_CLASSES

ASYNCAPI_VERSION: Final = "3.0.0"
_REFERENCE: Final = "#/components/schemas/{name}"


def schemas() -> dict[str, Any]:
    """JSON schema (2020-12) of the data of every registered event, by class name."""
    _, components = msgspec.json.schema_components(EVENT_CLASSES, ref_template=_REFERENCE)
    return dict(sorted(components.items()))


def document(version: str) -> dict[str, Any]:
    """The whole document; `version` is that of the product."""
    return {
        "asyncapi": ASYNCAPI_VERSION,
        "info": {
            "title": "Smart Parking events",
            "version": version,
            "description": "CloudEvents 1.0 in JSON. `source` and `id` together are the idempotency key; events of "
            "one subject arrive in order, at least once. Unknown fields are to be tolerated.",
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {cls.TYPE: _channel(cls) for cls in EVENT_CLASSES},
        "operations": {
            cls.__name__: {
                "action": "send",
                "channel": {"$ref": f"#/channels/{cls.TYPE}"},
                "summary": _summary(cls),
            }
            for cls in EVENT_CLASSES
        },
        "components": {
            "messages": {cls.__name__: _message(cls) for cls in EVENT_CLASSES},
            "schemas": schemas(),
        },
    }


def _summary(cls: type[Fact]) -> str:
    return (inspect.getdoc(cls) or "").partition("\n")[0]


def _channel(cls: type[Fact]) -> dict[str, Any]:
    return {
        "address": cls.TYPE,
        "messages": {cls.__name__: {"$ref": f"#/components/messages/{cls.__name__}"}},
    }


def _message(cls: type[Fact]) -> dict[str, Any]:
    """The envelope with the data of this type in it."""
    return {
        "name": cls.TYPE,
        "title": cls.__name__,
        "summary": _summary(cls),
        "contentType": "application/cloudevents+json",
        "payload": {
            "type": "object",
            "required": ["specversion", "id", "source", "type", "subject", "time", "data"],
            "properties": {
                "specversion": {"const": "1.0"},
                "id": {"type": "string"},
                "source": {"type": "string"},
                "type": {"const": cls.TYPE},
                "subject": {"type": "string"},
                "time": {"type": "string", "format": "date-time"},
                "datacontenttype": {"const": "application/json"},
                "dataschema": {"const": f"urn:smart-parking:{cls.TYPE}:{cls.VERSION}"},
                "causationid": {"type": "string"},
                "correlationid": {"type": "string"},
                "districtcode": {"type": "string"},
                "data": {"$ref": _REFERENCE.format(name=cls.__name__)},
            },
        },
    }
