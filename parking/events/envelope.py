"""The CloudEvents 1.0 envelope in which a fact travels.

Rule: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md — `source` + `id` is unique per distinct
event and therefore the idempotency key of every consumer.
"""

from datetime import datetime
from typing import Literal

import msgspec

from parking.events.fact import Fact


def _version() -> Literal["1.0"]:
    return "1.0"


def _content_type() -> Literal["application/json"]:
    return "application/json"


class CloudEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event on the wire; the names are those of the standard, extensions included."""

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    data: msgspec.Raw
    # Made by factories because `omit_defaults` leaves plain defaults out, and the standard requires these on the wire.
    specversion: Literal["1.0"] = msgspec.field(default_factory=_version)
    datacontenttype: Literal["application/json"] = msgspec.field(default_factory=_content_type)
    dataschema: str = ""
    causationid: str = ""
    correlationid: str = ""
    districtcode: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.source, self.id


def wrap(
    fact: Fact,
    *,
    event_id: str,
    source: str,
    time: datetime,
    causation_id: str = "",
    correlation_id: str = "",
) -> CloudEvent:
    return CloudEvent(
        id=event_id,
        source=source,
        type=fact.TYPE,
        subject=fact.subject,
        time=time,
        data=msgspec.Raw(msgspec.json.encode(fact)),
        dataschema=f"urn:smart-parking:{fact.TYPE}:{fact.VERSION}",
        causationid=causation_id,
        correlationid=correlation_id,
    )
