"""The platform's own decoders read what the simulated devices send, and find what was meant."""

from dataclasses import replace
from typing import Final

import msgspec
import pytest

from devices.ingest.decoding import decode_batch, decode_statement
from devices.ingest.report import Rejected
from devices.ports import Uplink
from devices.registry import installed
from devices.simulation.fleet import MAKES, Channel, Device, Make
from devices.simulation.parcels import KINDS, Parcel, pack
from devices.simulation.sensors import Transmission, Word
from parking.domain.clock import to_micros

AT: Final = 1_784_000_000_123_456
WORDS: Final[tuple[Word, ...]] = ("startup", "change", "heartbeat")


def frame(channel: Channel, word: Word, *, occupied: bool, sequence: int = 5) -> Transmission:
    make = next(make for make in MAKES if make.channel == channel)
    name = "0210a1b2c3d4e5f6" if make.vendor != "Generic" else "node-1"
    device = Device(device_id=name, space_id="s1", zone_id="z1", make=make, heartbeat_s=60, health="sound")
    return Transmission(
        device=device,
        word=word,
        occupied=occupied,
        observed_at=AT,
        boot="00112233445566778899aabbccddeeff",
        sequence=sequence,
        temperature_c=-7,
        battery_v=3.52,
    )


def uplinks(source: str, parcels: list[Parcel]) -> list[Uplink]:
    platform = installed().platform(source)
    return [uplink for parcel in parcels for uplink in platform.parse(parcel.body, event=_event(parcel))]


def _event(parcel: Parcel) -> str:
    return parcel.address.rsplit("/", 1)[1] if parcel.way == "mqtt" else ""


@pytest.mark.parametrize("occupied", [True, False])
@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize(
    ("channel", "source"), [("things_stack_http", "things-stack-v3"), ("chirpstack_mqtt", "chirpstack-v4")]
)
def test_uplink_says_what_the_device_meant(channel: Channel, source: str, word: Word, *, occupied: bool) -> None:
    sent = frame(channel, word, occupied=occupied)
    *joins, uplink = uplinks(source, pack(sent))
    is_first = word == "startup" and source == "chirpstack-v4"
    assert [join.kind for join in joins] == (["join"] if is_first else [])
    assert (uplink.kind, uplink.device_id, uplink.sequence) == ("data", sent.device.device_id, 5)
    assert uplink.gateway_at is not None
    assert to_micros(uplink.gateway_at) == AT
    make = sent.device.make
    codec = installed().codec_for(make.vendor, make.model, make.version)
    (message,) = codec.decode(uplink.payload, port=uplink.port, version=make.version)
    expected = "restate" if channel == "chirpstack_mqtt" and word == "startup" else KINDS[word]
    assert (message.kind, message.status) == (expected, "occupied" if occupied else "free")
    if word == "heartbeat":
        assert message.temperature_c == -7


@pytest.mark.parametrize("channel", ["things_stack_http", "chirpstack_mqtt"])
def test_first_frame_has_no_counter_field_and_is_read_as_zero(channel: Channel) -> None:
    source = "things-stack-v3" if channel == "things_stack_http" else "chirpstack-v4"
    parcels = pack(frame(channel, "startup", occupied=True, sequence=0))
    assert b"f_cnt" not in parcels[-1].body
    assert b"fCnt" not in parcels[-1].body
    assert uplinks(source, parcels)[-1].sequence == 0


def test_sessions_differ_when_the_device_started_anew() -> None:
    for channel, source in (("things_stack_http", "things-stack-v3"), ("chirpstack_mqtt", "chirpstack-v4")):
        first = frame(channel, "change", occupied=True)  # type: ignore[arg-type] # the loop widens the literal
        again = replace(first, boot="ff" * 16)
        one, other = (uplinks(source, pack(sent))[-1] for sent in (first, again))
        assert one.session != other.session


@pytest.mark.parametrize("word", WORDS)
def test_json_reading_is_accepted_as_it_stands(word: Word) -> None:
    (by_http,) = pack(frame("json_http", word, occupied=True))
    (reading,) = decode_batch(b'{"readings": [' + by_http.body + b"]}")
    assert not isinstance(reading, Rejected)
    (by_mqtt,) = pack(frame("json_mqtt", word, occupied=True))
    assert decode_statement(by_mqtt.body, "node-1") == reading
    assert (reading.kind, reading.status, reading.device) == (KINDS[word], "occupied", "node-1")
    assert to_micros(reading.observed_at) == AT
    assert msgspec.json.decode(by_http.body)["sequence"] == 5


@pytest.mark.parametrize("make", MAKES, ids=lambda make: make.channel)
def test_every_make_has_a_profile(make: Make) -> None:
    assert installed().version(make.vendor, make.model, make.version) == make.version
