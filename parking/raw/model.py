"""One body as it came in, with what the door made of it.

A message of a network server or a camera is appended to the stream of raw messages before it is answered. Its readings go
to the streams of readings; all that says nothing of a space (joins, status reports, errors, frames that no codec
reads, devices that nobody registered) stands here alone.
"""

import re
from typing import Final, Literal, NamedTuple

import msgspec

from parking.domain.errors import InvalidInputError

Door = Literal["http", "mqtt", "camera", "pull"]
OutcomeKind = Literal["data", "join", "status", "error", "undecodable", "unknown_device", "refused", "duplicate"]
"""`data`: its readings were appended; `undecodable`: the registered profile does not allow the bytes; `refused`: not
admitted for another reason, `code` says which. The others as `devices.ports.Uplink.kind`."""


class Outcome(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What one message within the body came to. Times are microseconds since 1970 UTC."""

    kind: OutcomeKind
    device_id: str | None
    """None where the body does not even say whose it is."""
    code: str | None = None
    session: str | None = None
    sequence: int | None = None
    battery_pct: float | None = None
    rssi_dbm: float | None = None
    snr_db: float | None = None
    server_at: int | None = None
    detail: str = ""


class RawMessage(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One body, and all that is needed to take it in again: the door, its source, the event and who delivered it."""

    received_at: int
    door: Door
    source: str
    """Name of the platform or camera adapter; for our own JSON over MQTT `generic-json`."""
    event: str
    """Kind of message where the platform tells it outside of the body."""
    speaker: str
    """Id of the key that delivered it; empty for the broker, whose login stands for all devices."""
    body: bytes
    """Of a camera's message without its pictures and with every plate masked: those lie sealed in rooms of their own."""
    outcomes: list[Outcome]
    topic: str = ""
    """The MQTT topic, where it names the device."""
    media_type: str = ""


class RawRef(NamedTuple):
    """Where a message is kept: when it came, then the stream entry that brought it and its place in that entry.

    By this order messages are taken in again: it is the order of arrival.
    """

    received_at: int
    entry_ms: int
    entry_seq: int
    item: int

    def __str__(self) -> str:
        return "-".join(map(str, self))

    @classmethod
    def parse(cls, text: str) -> "RawRef":
        """Raises InvalidInputError `raw_ref_invalid`."""
        match = _REF.fullmatch(text)
        if match is None:
            raise InvalidInputError(f"{text[:64]!r} is no id of a raw message", code="raw_ref_invalid")
        received_at, entry_ms, entry_seq, item = map(int, match.groups())
        return cls(received_at, entry_ms, entry_seq, item)


_REF: Final = re.compile(r"(\d{1,16})-(\d{1,14})-(\d{1,9})-(\d{1,9})")

STREAM: Final = "raw"
"""Key of the stream. Its one field `d` holds MessagePack arrays of RawMessage, a micro-batch an entry."""
DATA_FIELD: Final = b"d"

_encoder = msgspec.msgpack.Encoder()
_messages = msgspec.msgpack.Decoder(list[RawMessage])


def encode_entry(messages: list[RawMessage]) -> dict[bytes, bytes]:
    """Make the fields of one stream entry."""
    return {DATA_FIELD: _encoder.encode(messages)}


def decode_entry(fields: dict[bytes, bytes]) -> list[RawMessage]:
    """Read one stream entry; raises ValueError for one that this version cannot read."""
    try:
        return _messages.decode(fields[DATA_FIELD])
    except (KeyError, msgspec.MsgspecError) as error:
        raise ValueError(f"unreadable entry of raw messages: {error}") from error
