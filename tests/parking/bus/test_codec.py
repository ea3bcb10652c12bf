"""Events on the wire: the JSON format of CloudEvents, and what cannot be read."""

from datetime import UTC, datetime

import msgspec
import pytest

from parking.bus.codec import UnknownEventTypeError, UnreadableEventError, decode, encode, fact_of
from parking.events.envelope import CloudEvent, wrap
from parking.events.place import PlaceChanged

FACT = PlaceChanged(zone_id="z1", district_id="370303", revision=7, capacity=0)
AT = datetime(2026, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)


def test_every_required_attribute_stands_on_the_wire_when_an_event_is_encoded() -> None:
    wire = msgspec.json.decode(encode(wrap(FACT, event_id="e1", source="parking.places", time=AT)))
    assert wire == {
        "specversion": "1.0",
        "id": "e1",
        "source": "parking.places",
        "type": "parking.place.changed",
        "subject": "z1",
        "time": "2026-05-06T07:08:09.123456Z",
        "datacontenttype": "application/json",
        "dataschema": "urn:smart-parking:parking.place.changed:1",
        "data": {"zone_id": "z1", "district_id": "370303", "revision": 7, "capacity": 0},
    }


def test_fact_is_the_same_when_it_comes_back() -> None:
    event = wrap(FACT, event_id="e1", source="parking.places", time=AT, causation_id="c", correlation_id="r")
    again = decode(encode(event))
    assert again == event
    assert again.key == ("parking.places", "e1")
    assert fact_of(again) == FACT


def test_unknown_field_is_tolerated_when_a_newer_publisher_sends_it() -> None:
    event = wrap(FACT, event_id="e1", source="s", time=AT)
    newer = msgspec.structs.replace(
        event, data=msgspec.Raw(b'{"zone_id":"z1","district_id":"370303","revision":7,"capacity":0,"new":1}')
    )
    assert fact_of(newer) == FACT


def test_unregistered_type_is_refused_when_published_and_told_when_read() -> None:
    stranger = CloudEvent(id="1", source="s", type="no.such.thing", subject="x", time=AT, data=msgspec.Raw(b"{}"))
    with pytest.raises(UnknownEventTypeError):
        encode(stranger)
    with pytest.raises(UnknownEventTypeError):
        fact_of(decode(msgspec.json.encode(stranger)))


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b"{}", b'{"specversion":"0.3"}', b'"text"'])
def test_bytes_are_refused_when_they_are_no_event(body: bytes) -> None:
    with pytest.raises(UnreadableEventError):
        decode(body)
