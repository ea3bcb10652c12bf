"""What every adapter offers: codecs turn bytes into messages, platforms envelopes into uplinks, cameras bodies into sightings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Literal, Protocol, runtime_checkable

import msgspec

from parking.domain.errors import InvalidInputError, ParkingError
from parking.occupancy.evidence import EvidenceKind, SelfReport, SensedStatus


class PayloadError(InvalidInputError):
    """Bytes or an envelope that the profile does not allow; the frame is kept, no space changes."""

    code = "payload_invalid"


class DownlinkError(InvalidInputError):
    """No command of this device, or a value that it does not take: sending it would do something else."""

    code = "downlink_invalid"


class SignatureError(ParkingError):
    """The sender has not proved that it is the platform."""

    code = "platform_signature_invalid"


class PlatformSecret(msgspec.Struct, frozen=True):
    """What a platform and we know, and nobody else: the token with which it signs, and the key where it encrypts."""

    token: str
    cipher_key: str = ""


class Message(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one frame says, in our words; `fields` keeps what the wire said in its own spelling.

    A struct and no dataclass, as `Uplink`: one of each is built for every frame, and these are built ten times as fast.
    """

    kind: EvidenceKind
    status: SensedStatus | None = None
    confidence: float | None = None
    battery_v: float | None = None
    battery_pct: float | None = None
    temperature_c: float | None = None
    device_at: datetime | None = None
    """The device's own clock, where the frame carries one."""
    sequence: int | None = None
    """The device's own counter inside the payload; it orders where the platform counts nothing."""
    previous_s: tuple[int, int] | None = None
    """How long the state before this one lasted, at least and below, in seconds."""
    fault: SelfReport | None = None
    magnetic: tuple[float, float, float] | None = None
    fields: Mapping[str, object] = {}


class Uplink(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One message of a network server, before its payload is decoded.

    `kind` other than `data` (join, status, error) feeds device health and never a space.
    """

    kind: Literal["data", "join", "status", "error"]
    device_id: str
    port: int
    payload: bytes
    session: str | None
    sequence: int | None
    event_id: str | None
    gateway_at: datetime | None
    server_at: datetime | None
    battery_pct: float | None = None
    late: bool = False
    """The platform says that the frame was held back on its way."""
    rssi_dbm: float | None = None
    snr_db: float | None = None
    detail: str = ""
    """What an error or a status says, in the platform's words, without plates, keys and foreign identities."""
    other_ids: tuple[str, ...] = ()
    """Further names that the platform has for the same device; it may be registered under any of them."""


class Codec(Protocol):
    """Pure: no clock, no database."""

    def decode(self, payload: bytes, *, port: int, version: str) -> Sequence[Message]:
        """Decode one frame; raises `PayloadError` for a port, type or length that the profile does not know."""


class Downlink(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is sent to a device."""

    port: int
    payload: bytes


@runtime_checkable
class Encoder(Protocol):
    """A codec whose device also takes commands. Pure."""

    def encode(self, data: Mapping[str, object], *, version: str) -> Downlink:
        """Write one command in the maker's own words; raises `DownlinkError` for one that the device does not take."""


class Platform(Protocol):
    """Pure: reads the body that a network server posts or publishes."""

    def parse(self, body: bytes, *, event: str = "") -> Sequence[Uplink]:
        """`event` is the kind of message where the platform names it outside the body (query or topic).

        Raises `PayloadError` for a body that is not this platform's.
        """


PictureRole = Literal["scene", "vehicle", "plate"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """One picture of a sighting: its bytes, or where the camera keeps it."""

    role: PictureRole
    name: str
    """What the camera calls it: the name of the part or of the field."""
    content: bytes = field(default=b"", repr=False)
    url: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sighting:
    """What a camera says in our words: of one bay, of one lane, or of itself where it names neither."""

    kind: EvidenceKind
    bay: str | None = None
    """Number of the space as the camera names it."""
    lane: str | None = None
    channel: str | None = None
    status: SensedStatus | None = None
    confidence: float | None = None
    look_back: bool = False
    """Evidence of the past, in which cars are looked for that the camera missed; it never moves the present state."""
    plate: str | None = field(default=None, repr=False)
    plate_confidence: float | None = None
    char_confidences: tuple[float, ...] = ()
    direction: str | None = None
    observed_at: datetime | None = None
    """None where the camera says no time; the receipt stands for it."""
    device_at: datetime | None = None
    """What the camera's clock said, where that is known to be wrong or cannot be told from local time."""
    event_id: str | None = None
    """The same for every message of one event, and for no other event of this camera."""
    index: int | None = None
    """Which of the messages of one event this is, where a camera sends its pictures one by one."""
    fault: SelfReport | None = None
    pictures: tuple[Picture, ...] = ()
    plate_texts: tuple[str, ...] = field(default=(), repr=False)
    """Every spelling of the plate in the body, so that it can be taken out of what is kept."""
    fields: Mapping[str, object] = field(default_factory=dict)


class Camera(Protocol):
    """Pure: reads what a camera posts, publishes or answers."""

    def parse(
        self, body: bytes, *, media_type: str = "", zone: tzinfo | None = None, event: str = ""
    ) -> Sequence[Sighting]:
        """`zone` is what the camera's clock keeps where it says none; None takes what its maker uses.

        `event` is the topic or path, where it tells more. Raises `PayloadError` for a body that is not this camera's.
        """


class Signing(Protocol):
    """Of a platform that cannot send our key and signs what it sends. Pure."""

    def open(self, body: bytes, secret: PlatformSecret) -> bytes:
        """The body as `parse` reads it, when its signature fits.

        Raises `SignatureError` in constant time, and `PayloadError` for a proved message that cannot be deciphered.
        """

    def answer(self, query: Mapping[str, str], secret: PlatformSecret) -> str:
        """What the platform wants to hear when it tests the address; raises `SignatureError`."""
