"""The packets of MQTT 3.1.1 that a reader needs, as bytes; pure. Source: OASIS standard mqtt-v3.1.1, chapters 2 and 3.

A client library spends more time on a message than its decoding takes. What a subscriber needs of the protocol is
little, and reading whole chunks of the socket at once lets one process take a city's messages.
"""

import struct
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

CONNACK: Final = 2
PUBLISH: Final = 3
SUBACK: Final = 9
PINGRESP: Final = 13
EXPECTED: Final = frozenset({CONNACK, PUBLISH, SUBACK, PINGRESP})
PINGREQ: Final = b"\xc0\x00"
DISCONNECT: Final = b"\xe0\x00"
REFUSALS: Final = {
    1: "the broker does not speak MQTT 3.1.1",
    2: "the broker refuses the client id",
    3: "the broker is not available",
    4: "the broker refuses user or password",
    5: "the broker refuses the login",
}
SUBSCRIPTION_REFUSED: Final = 0x80
LARGEST_MESSAGE: Final = 2 * 1024 * 1024
"""Larger messages are passed over: none of a sensor's is near it, and one that can never be read may not stay in the way."""

AT_LEAST_ONCE: Final = 1
"""The highest quality that we subscribe at: the broker sends nothing of a higher one."""
_WITH_USER: Final = 0xC0
_CLEAN: Final = 0x02
_LENGTH_BYTES: Final = 4
_SIZE_BYTES: Final = 2
_MORE: Final = 0x80
_PUBACK = struct.Struct("!BBH")


class Packet(NamedTuple):
    """One packet; of a message too large to be read, topic and id without its payload."""

    kind: int
    topic: str = ""
    payload: bytes = b""
    qos: int = 0
    mid: int = 0
    codes: bytes = b""
    is_oversized: bool = False


class PacketError(Exception):
    """The other side does not speak MQTT; the connection is of no use any more."""


def connect(client_id: str, *, user: str | None, password: str, keepalive_s: int, keeps_session: bool) -> bytes:
    flags = (0 if keeps_session else _CLEAN) | (0 if user is None else _WITH_USER)
    fields = [client_id] if user is None else [client_id, user, password]
    return _framed(
        0x10, _text("MQTT") + bytes((4, flags)) + struct.pack("!H", keepalive_s) + b"".join(map(_text, fields))
    )


def subscribe(mid: int, topics: Iterable[str], *, qos: int) -> bytes:
    return _framed(0x82, struct.pack("!H", mid) + b"".join(_text(topic) + bytes((qos,)) for topic in topics))


def acknowledgements(mids: Iterable[int]) -> bytes:
    """PUBACK packets, one after the other."""
    pack = _PUBACK.pack
    return b"".join([pack(0x40, 2, mid) for mid in mids])


class PacketReader:
    """Cuts what arrives into packets; what is not whole yet waits for the rest."""

    def __init__(self) -> None:
        self._rest = b""
        self._skip = 0

    def feed(self, data: bytes) -> Sequence[Packet]:
        """Raises `PacketError`."""
        if self._skip:
            passed = min(self._skip, len(data))
            self._skip -= passed
            data = data[passed:]
        buffer = self._rest + data if self._rest else data
        packets: list[Packet] = []
        position, end = 0, len(buffer)
        while end - position > 1:
            kind = buffer[position] >> 4
            if kind not in EXPECTED:
                raise PacketError("a packet that no broker sends a subscriber")
            length, start = _length(buffer, position, end)
            if start == 0:
                break
            stop = start + length
            if length > LARGEST_MESSAGE:
                oversized = _oversized(buffer, position, start, end)
                if oversized is None:
                    break
                packets.append(oversized)
                self._skip, position = max(stop - end, 0), min(stop, end)
                continue
            if stop > end:
                break
            if kind == PUBLISH:
                packets.append(_publish(buffer, buffer[position], start, stop))
            elif kind in {CONNACK, SUBACK}:
                packets.append(Packet(kind, codes=buffer[start:stop]))
            position = stop
        self._rest = buffer[position:]
        return packets


def _length(buffer: bytes, position: int, end: int) -> tuple[int, int]:
    """Length of a packet and where its content starts, or a start of 0 where the length is not whole yet."""
    length, shift, place = 0, 0, position + 1
    while place < end:
        byte = buffer[place]
        length |= (byte & 0x7F) << shift
        place += 1
        if byte < _MORE:
            return length, place
        shift += 7
        if place - position > _LENGTH_BYTES:
            raise PacketError("a length of more than four bytes")
    return 0, 0


def _publish(buffer: bytes, head: int, start: int, stop: int) -> Packet:
    qos = head >> 1 & 3
    place = start + 2 + (buffer[start] << 8 | buffer[start + 1]) if stop - start > 1 else stop + 1
    payload_at = place + 2 if qos else place
    if payload_at > stop or qos > AT_LEAST_ONCE:
        raise PacketError("a message that is shorter than it says")
    try:
        topic = str(buffer[start + 2 : place], "utf-8")
    except UnicodeDecodeError as error:
        raise PacketError("a topic that is no text") from error
    return Packet(PUBLISH, topic, buffer[payload_at:stop], qos, (buffer[place] << 8 | buffer[place + 1]) if qos else 0)


def _oversized(buffer: bytes, position: int, start: int, end: int) -> Packet | None:
    """None until topic and id are here."""
    head = buffer[position]
    if head >> 4 != PUBLISH:
        raise PacketError("a packet of no sensible size")
    if end - start < _SIZE_BYTES:
        return None
    needed = start + 2 + (buffer[start] << 8 | buffer[start + 1]) + (2 if head & 6 else 0)
    return None if needed > end else _publish(buffer, head, start, needed)._replace(is_oversized=True)


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack("!H", len(encoded)) + encoded


def _framed(head: int, content: bytes) -> bytes:
    encoded = bytearray([head])
    length = len(content)
    while True:
        length, low = divmod(length, _MORE)
        encoded.append(low | (_MORE if length else 0))
        if not length:
            return bytes(encoded) + content
