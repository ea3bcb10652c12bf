"""Packets of MQTT, cut anywhere, too large, or not MQTT at all."""

import random
import struct

import pytest

from devices.transport import mqtt_packets
from devices.transport.mqtt_packets import CONNACK, LARGEST_MESSAGE, PUBLISH, SUBACK, Packet, PacketError, PacketReader


def publish(topic: str, payload: bytes, *, mid: int | None = None) -> bytes:
    content = mqtt_packets._text(topic) + (b"" if mid is None else struct.pack("!H", mid)) + payload
    return mqtt_packets._framed(0x30 if mid is None else 0x32, content)


STREAM = b"".join(
    (
        b"\x20\x02\x01\x00",
        b"\x90\x03\x00\x01\x01",
        publish("a/b", b"first", mid=7),
        b"\xd0\x00",
        publish("泊位/1", b"", mid=65535),
        publish("c", b"x" * 300),
    )
)
READ = [
    Packet(CONNACK, codes=b"\x01\x00"),
    Packet(SUBACK, codes=b"\x00\x01\x01"),
    Packet(PUBLISH, "a/b", b"first", 1, 7),
    Packet(PUBLISH, "泊位/1", b"", 1, 65535),
    Packet(PUBLISH, "c", b"x" * 300, 0, 0),
]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50, len(STREAM)])
def test_packets_are_the_same_however_they_are_cut(size: int) -> None:
    reader = PacketReader()
    read = [packet for start in range(0, len(STREAM), size) for packet in reader.feed(STREAM[start : start + size])]
    assert read == READ


@pytest.mark.parametrize("size", [10, 4096, 10**7])
def test_message_is_passed_over_when_it_is_too_large(size: int) -> None:
    whole = publish("big", b"x" * (LARGEST_MESSAGE + 1), mid=9) + publish("a", b"1", mid=10)
    reader = PacketReader()
    pieces = [whole[:size], *(whole[start : start + 10**6] for start in range(size, len(whole), 10**6))]
    read = [packet for piece in pieces for packet in reader.feed(piece)]
    assert [(packet.topic, packet.mid, packet.is_oversized) for packet in read] == [("big", 9, True), ("a", 10, False)]
    assert read[0].payload == b""


def test_login_carries_user_and_session() -> None:
    packet = mqtt_packets.connect("me", user="u", password="p", keepalive_s=20, keeps_session=True)
    assert packet == b"\x10\x14\x00\x04MQTT\x04\xc0\x00\x14\x00\x02me\x00\x01u\x00\x01p"
    assert mqtt_packets.connect("", user=None, password="", keepalive_s=1, keeps_session=False)[9] == 2


def test_acknowledgements_stand_one_after_the_other() -> None:
    assert mqtt_packets.acknowledgements([1, 65535]) == b"\x40\x02\x00\x01\x40\x02\xff\xff"
    assert mqtt_packets.subscribe(1, ["a/+", "b"], qos=1) == b"\x82\x0c\x00\x01\x00\x03a/+\x01\x00\x01b\x01"


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 400 Bad Request\r\n",
        b"\x30\xff\xff\xff\xff\xff\x01",
        b"\x32\x03\x00\x05a",
        b"\x32\x00",
        b"\x36\x05\x00\x01a\x00\x01",
        b"\x32\x05\x00\x01\xff\x00\x01",
        b"\x20\xff\xff\xff\x7f",
    ],
)
def test_connection_is_given_up_when_the_other_side_does_not_speak_mqtt(data: bytes) -> None:
    with pytest.raises(PacketError):
        PacketReader().feed(data)


def test_nothing_but_a_refusal_is_raised_when_bytes_are_random() -> None:
    chance = random.Random(1)  # noqa: S311 - repeatable, not secret
    for _ in range(3_000):
        reader = PacketReader()
        try:
            for _ in range(3):
                damaged = bytearray(STREAM)
                for _ in range(chance.randrange(4)):
                    damaged[chance.randrange(len(damaged))] = chance.randrange(256)
                reader.feed(bytes(damaged) if chance.random() < 0.7 else chance.randbytes(40))
        except PacketError:
            continue
