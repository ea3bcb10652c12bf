"""What every adapter offers: a codec turns bytes into messages, a platform turns envelopes into uplinks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from parking.domain.errors import InvalidInputError
from parking.occupancy.evidence import EvidenceKind, SelfReport, SensedStatus


class PayloadError(InvalidInputError):
    """Bytes or an envelope that the profile does not allow; the frame is kept, no space changes."""

    code = "payload_invalid"


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


class Codec(Protocol):
    """Pure: no clock, no database."""

    def decode(self, payload: bytes, *, port: int, version: str) -> Sequence[Message]:
        """Decode one frame; raises `PayloadError` for a port, type or length that the profile does not know."""


class Platform(Protocol):
    """Pure: reads the body that a network server posts or publishes."""

    def parse(self, body: bytes, *, event: str = "") -> Sequence[Uplink]:
        """`event` is the kind of message where the platform names it outside the body (query or topic).

        Raises `PayloadError` for a body that is not this platform's.
        """
