"""The platform's own decoders read what the simulated devices send, and find what was meant."""

from dataclasses import replace
from typing import Final

import msgspec
import pytest

from devices.ingest.decoding import decode_batch, decode_statement
from devices.ingest.report import Rejected
from devices.ports import Message, PayloadError, Uplink
from devices.registry import installed
from devices.simulation.fleet import MAKES, NB_IOT, Device, Make
from devices.simulation.frames.terse import compressed
from devices.simulation.parcels import KINDS, Parcel, pack
from devices.simulation.transmission import Transmission, Word
from parking.domain.clock import to_micros
from parking.occupancy.evidence import SelfReport

AT: Final = 1_784_000_000_123_456
WORDS: Final[tuple[Word, ...]] = ("startup", "change", "heartbeat")
SOURCES: Final = {
    "things_stack_http": "things-stack-v3",
    "chirpstack_mqtt": "chirpstack-v4",
    "thingpark_http": "thingpark",
    "ctwing_http": "ctwing",
    "onenet_http": "onenet",
}
BYTES: Final = [make for make in MAKES if make.channel in SOURCES]
KINDS_OF: Final[dict[str, dict[Word, str]]] = {
    "PlacePod": {"startup": "restate"},
    "DO201": {"startup": "change", "heartbeat": "change"},
    "R719A": {"heartbeat": "change"},
    "LW009-SM": {"startup": "restate"},
}
"""Where the wire knows fewer kinds than the device's life has."""


def frame(make: Make, word: Word, *, occupied: bool = True, sequence: int = 5) -> Transmission:
    name = "node-1" if make.channel in {"json_http", "json_mqtt"} else "0210a1b2c3d4e5f6"
    device = Device(
        device_id=name,
        space_id="s1",
        zone_id="z1",
        make=make,
        heartbeat_s=60,
        health="sound",
        wire_id="001234567890123" if make.channel in NB_IOT else None,
    )
    return Transmission(
        device=device,
        word=word,
        occupied=occupied,
        observed_at=AT,
        boot="00112233445566778899aabbccddeeff",
        sequence=sequence,
        temperature_c=-7,
        battery_v=3.52,
        before_s=4500.0,
        field=(310, -115, 42),
        device_at=AT // 1_000_000 - 3,
    )


def uplinks(sent: Transmission) -> list[Uplink]:
    platform = installed().platform(SOURCES[sent.device.make.channel])
    return [uplink for parcel in pack(sent) for uplink in platform.parse(parcel.body, event=_event(parcel))]


def message(sent: Transmission) -> Message:
    uplink, make = uplinks(sent)[-1], sent.device.make
    codec = installed().codec_for(make.vendor, make.model, make.version)
    (said,) = codec.decode(uplink.payload, port=uplink.port, version=make.version)
    return said


def _event(parcel: Parcel) -> str:
    return parcel.address.rsplit("/", 1)[1] if parcel.way == "mqtt" else ""


def _make(model: str) -> Make:
    return next(make for make in MAKES if make.model == model)


@pytest.mark.parametrize("occupied", [True, False])
@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("make", BYTES, ids=lambda make: make.model)
def test_message_says_what_the_device_meant_when_its_bytes_are_wrapped(
    make: Make, word: Word, *, occupied: bool
) -> None:
    sent = frame(make, word, occupied=occupied)
    said = message(sent)
    assert said.kind == KINDS_OF.get(make.model, {}).get(word, KINDS[word])
    if not (make.model == "R719A" and word == "startup"):
        assert said.status == ("occupied" if occupied else "free")
    assert said.temperature_c in {None, -7.0}
    assert said.battery_v is None or abs(said.battery_v - 3.52) < 0.06
    assert said.fault is None


@pytest.mark.parametrize("make", BYTES, ids=lambda make: make.model)
def test_uplink_names_device_counter_and_time_when_the_platform_tells_them(make: Make) -> None:
    sent = frame(make, "heartbeat")
    (uplink,) = uplinks(sent)
    assert uplink.kind == "data"
    assert uplink.device_id == (sent.device.wire_id or sent.device.device_id)
    instant = uplink.gateway_at or uplink.server_at
    assert instant is not None
    assert abs(to_micros(instant) - AT) < 1000
    assert uplink.sequence == (None if make.channel in NB_IOT else 5)


@pytest.mark.parametrize("model", ["PlacePod", "LW009-SM"])
def test_join_is_told_first_when_a_session_begins(model: str) -> None:
    assert [uplink.kind for uplink in uplinks(frame(_make(model), "startup"))] == ["join", "data"]
    assert [uplink.kind for uplink in uplinks(replace(frame(_make(model), "heartbeat"), joins=True))] == [
        "join",
        "data",
    ]


@pytest.mark.parametrize("make", [make for make in BYTES if make.channel.endswith(("stack_http", "stack_mqtt"))][:3])
def test_first_frame_has_no_counter_field_and_is_read_as_zero(make: Make) -> None:
    sent = frame(make, "startup", sequence=0)
    body = pack(sent)[-1].body
    assert b"f_cnt" not in body
    assert b"fCnt" not in body
    assert uplinks(sent)[-1].sequence == 0


@pytest.mark.parametrize("make", [make for make in BYTES if make.channel not in NB_IOT], ids=lambda make: make.model)
def test_sessions_differ_when_the_device_started_anew(make: Make) -> None:
    first = frame(make, "change")
    one, other = (uplinks(sent)[-1] for sent in (first, replace(first, boot="ff" * 16)))
    assert one.session != other.session


def test_frame_is_marked_late_when_the_gateway_kept_it() -> None:
    assert uplinks(replace(frame(_make("LW009-SM"), "change"), is_late=True))[-1].late


@pytest.mark.parametrize("minutes", [0, 89, 90, 94, 95, 239, 240, 299, 659])
def test_duration_before_is_told_within_its_step_when_nwave_compresses_it(minutes: int) -> None:
    said = message(replace(frame(_make("NPS-4.05"), "change"), before_s=minutes * 60.0 + 59))
    assert said.previous_s is not None
    assert said.previous_s[0] <= minutes * 60 + 59 < said.previous_s[1]
    assert compressed(660 * 60.0) == 127


@pytest.mark.parametrize(
    ("model", "complaint"),
    [
        ("TEKZIPARK", "obstructed"),
        ("TEKZIPARK", "battery_low"),
        ("LW009-SM", "interference"),
        ("LW009-SM", "battery_low"),
        ("R719A", "battery_low"),
        ("SmartParking", "battery_low"),
        ("DO201", "battery_low"),
        ("S-LG-I3", "sensor_failed"),
        ("Fields", "interference"),
    ],
)
def test_complaint_is_told_when_the_wire_has_a_place_for_it(model: str, complaint: SelfReport) -> None:
    said = message(replace(frame(_make(model), "heartbeat"), complaint=complaint))
    assert said.fault == complaint


@pytest.mark.parametrize("model", ["SmartParking", "DO201", "LW009-SM"])
def test_field_is_told_when_the_wire_has_a_place_for_it(model: str) -> None:
    assert message(frame(_make(model), "heartbeat")).magnetic == (310, -115, 42)


def test_clock_of_the_device_is_told_when_it_has_one() -> None:
    said = message(frame(_make("LW009-SM"), "heartbeat"))
    assert said.device_at is not None
    assert said.device_at.timestamp() == AT // 1_000_000 - 3


@pytest.mark.parametrize("make", BYTES, ids=lambda make: make.model)
@pytest.mark.parametrize("word", WORDS)
def test_nobody_can_read_it_when_the_frame_is_garbled(make: Make, word: Word) -> None:
    with pytest.raises(PayloadError):
        message(replace(frame(make, word), is_garbled=True))


@pytest.mark.parametrize("word", WORDS)
def test_json_reading_is_accepted_as_it_stands(word: Word) -> None:
    by_way = {make.channel: make for make in MAKES}
    (by_http,) = pack(frame(by_way["json_http"], word))
    (reading,) = decode_batch(b'{"readings": [' + by_http.body + b"]}")
    assert not isinstance(reading, Rejected)
    (by_mqtt,) = pack(frame(by_way["json_mqtt"], word))
    assert decode_statement(by_mqtt.body, "node-1") == reading
    assert (reading.kind, reading.status, reading.device) == (KINDS[word], "occupied", "node-1")
    assert to_micros(reading.observed_at) == AT
    assert msgspec.json.decode(by_http.body)["sequence"] == 5


@pytest.mark.parametrize("make", MAKES, ids=lambda make: make.channel)
def test_every_make_has_a_profile(make: Make) -> None:
    assert installed().version(make.vendor, make.model, make.version) == make.version
