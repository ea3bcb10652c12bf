"""Evidence: what a device said about a space, as it stands in the stream of readings.

A stream entry is one micro-batch of one kind: observations, the definition of a zone, a space told anew, or what
a check has found. Times are integer
microseconds since 1970 UTC. The wire form is MessagePack arrays, in the order of the fields below; new fields are
only ever added at the end, with a default, so that a reader of yesterday and a writer of today understand each other.
"""

from typing import Final, Literal, get_args

import msgspec

EvidenceKind = Literal["change", "restate", "startup", "fault", "telemetry", "config", "count", "plate"]
"""`change`: the device says that the state changed. `restate`: it says what the state is (heartbeat, poll, snapshot).
`startup`: it says what the state is after a restart, and its counter may begin anew. `fault`: its word is void until
it speaks of a state again. The others never touch the state of a space."""

EVIDENCE_KINDS: Final[tuple[EvidenceKind, ...]] = get_args(EvidenceKind)
STATE_KINDS: Final[frozenset[str]] = frozenset({"change", "restate", "startup"})

SensedStatus = Literal["occupied", "free"]

EvidenceSource = Literal["geomagnetic", "camera", "gate", "payment", "attendant"]
"""What kind of thing speaks, because each errs in its own way. `geomagnetic` stands for every sensor at the space that tells
a change when it happens, `camera` for what looks from time to time, `gate` for plate readers, the others for people."""

SelfReport = Literal[
    "sensor_failed",
    "interference",
    "obstructed",
    "battery_low",
    "tampered",
    "restarted",
    "recalibrated",
    "view_moved",
    "view_dirty",
    "view_dark",
    "other",
]
"""What a device, or the program that looks through a camera, says is wrong with itself."""


class Observation(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One accepted reading, bound to the space that its device watched at the observed time."""

    device_id: str
    space_id: str
    zone_id: str
    kind: EvidenceKind
    status: SensedStatus | None
    """None in a state kind means that the device says it does not know."""
    observed_at: int
    """Device time, or the best clock known for it: gateway time, else receipt."""
    received_at: int
    silence_s: int
    """How long the device may stay silent after this before its word no longer holds (three heartbeat intervals)."""
    session: str | None = None
    """Names the counting session (LoRaWAN join, power-up); `sequence` only compares within one."""
    sequence: int | None = None
    event_id: str | None = None
    """The platform's or client's own id of this message; the strongest duplicate key."""
    confidence: float | None = None
    """0 to 1, of a device that tells how sure it is. A state said with zero is no claim: the space is unknown."""
    battery_v: float | None = None
    battery_pct: float | None = None
    temperature_c: float | None = None
    device_at: int | None = None
    """What the device's own clock said, right or wrong; its offset is learnt per device."""
    gateway_at: int | None = None
    server_at: int | None = None
    """The other two clocks of a message; `received_at` is the fourth."""
    previous_s: tuple[int, int] | None = None
    """How long the state before this one lasted as the device counted it, at least and below; it dates a lost frame."""
    fault: str | None = None
    """What the device says is wrong with itself, of `SelfReport`."""
    magnetic: tuple[float, float, float] | None = None
    """Field or deflection along three axes in the device's own unit, for the drift of its baseline."""
    trusted: bool = True
    """False while the device is declared faulty: its word is kept and does not tell what the state is."""
    replayed: bool = False
    """A kept message was taken in again: history may have this reading already and must not have it twice."""
    source: EvidenceSource | None = None
    """None of readings from before this was told; they count as those of a sensor at the space."""


Closure = tuple[str, int, int, str]
"""Space id, start, end (half-open, microseconds), reason."""


class ZoneEntry(msgspec.Struct, frozen=True, array_like=True):
    """The whole definition of a zone at one revision; an older revision than the known one changes nothing."""

    zone_id: str
    revision: int
    spaces: list[tuple[str, bool]]
    """Space id and whether it is in service."""
    at: int
    """When the definition was read from the inventory."""
    closures: list[Closure] = []
    """Windows in which spaces may not be entered, which do not overlap for one space. The engine opens and closes by
    its own clock, so that what is closed ends in time whoever else is dead."""


class RetoldEntry(msgspec.Struct, frozen=True, array_like=True):
    """What a space is by history, told anew because frames had come out of order; see `retelling.corrected`."""

    space_id: str
    zone_id: str
    belief: Literal["free", "occupied", "unknown"]
    since: int | None
    observed_at: int | None
    heard_at: int
    """Last receipt of a message that it was told from."""
    device_id: str | None
    evidence: str | None
    confidence: float | None
    reason: str | None
    turned_after: int | None
    source: EvidenceSource | None = None
    fused: bytes | None = None
    """MessagePack `Fused`, where two kinds of evidence meet."""


class MendEntry(msgspec.Struct, frozen=True, array_like=True):
    """What a check of the live store has found wrong in a shard; see `checking.py`."""

    shard: int
    zones: list[str]
    """To be counted anew."""
    spaces: list[str]
    """To be published once more, or let go where no zone has them."""


OBSERVATIONS: Final = b"o"
ZONE: Final = b"z"
RETOLD: Final = b"r"
MEND: Final = b"m"

_encoder = msgspec.msgpack.Encoder()
_observations = msgspec.msgpack.Decoder(list[Observation])
_zone = msgspec.msgpack.Decoder(ZoneEntry)
_retold = msgspec.msgpack.Decoder(RetoldEntry)
_mend = msgspec.msgpack.Decoder(MendEntry)

KIND_FIELD: Final = b"k"
DATA_FIELD: Final = b"d"


def encode_observations(observations: list[Observation]) -> dict[bytes, bytes]:
    """Make the fields of one stream entry."""
    return {KIND_FIELD: OBSERVATIONS, DATA_FIELD: _encoder.encode(observations)}


def encode_zone(zone: ZoneEntry) -> dict[bytes, bytes]:
    return {KIND_FIELD: ZONE, DATA_FIELD: _encoder.encode(zone)}


def encode_retold(entry: RetoldEntry) -> dict[bytes, bytes]:
    return {KIND_FIELD: RETOLD, DATA_FIELD: _encoder.encode(entry)}


def encode_mend(entry: MendEntry) -> dict[bytes, bytes]:
    return {KIND_FIELD: MEND, DATA_FIELD: _encoder.encode(entry)}


def decode_entry(fields: dict[bytes, bytes]) -> list[Observation] | ZoneEntry | RetoldEntry | MendEntry:
    """Read one stream entry; raises ValueError for one that this version cannot read."""
    kind = fields.get(KIND_FIELD)
    try:
        if kind == OBSERVATIONS:
            return _observations.decode(fields[DATA_FIELD])
        if kind == ZONE:
            return _zone.decode(fields[DATA_FIELD])
        if kind == RETOLD:
            return _retold.decode(fields[DATA_FIELD])
        if kind == MEND:
            return _mend.decode(fields[DATA_FIELD])
    except (KeyError, msgspec.MsgspecError) as error:
        raise ValueError(f"unreadable stream entry: {error}") from error
    raise ValueError(f"unknown kind of stream entry: {kind!r}")
