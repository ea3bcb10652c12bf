"""What the envelopes of all LoRaWAN network servers share: DevEUI, payload, counters, gateways, instants that may be missing.

The functions of every frame are written for speed: a city's frames pass here one by one.
"""

import binascii
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Final, Literal, Protocol, TypeVar

import msgspec

from devices.ports import PayloadError, Uplink
from parking.domain.clock import parse_instant

T = TypeVar("T")

_EUI = re.compile(r"[0-9A-Fa-f]{16}\Z")
_FOREIGN_ID = re.compile(r"[!-~]{1,128}\Z")
LARGEST_COUNTER: Final = 2**32 - 1
LARGEST_PORT: Final = 255
Counter = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_COUNTER)]
Port = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_PORT)]
"""For envelopes whose numbers are numbers: the reader of JSON checks them on its way."""
DETAIL_LIMIT: Final = 200
EXTERNAL_POWER: Final = 0
BATTERY_UNKNOWN: Final = 255
BATTERY_FULL: Final = 254
REMEMBERED: Final = 1 << 17
"""DevEUIs and sessions that need not be checked again: the same devices speak all day."""
LATEST_MS: Final = 4_102_444_800_000
"""The year 2100."""


class Reception(Protocol):
    """What one gateway says of a frame that it heard; None where it does not say."""

    @property
    def time(self) -> str | None: ...
    @property
    def rssi(self) -> float | None: ...
    @property
    def snr(self) -> float | None: ...


def read_envelope(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """Raises `PayloadError` for what the decoder does not take."""
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PayloadError(str(error)[:DETAIL_LIMIT], code="envelope_invalid") from error


def each(items: Sequence[msgspec.Raw], read: Callable[[msgspec.Raw], Uplink]) -> list[Uplink]:
    """Read the messages of one body: what cannot be read becomes an error of nobody, and the others pass."""
    uplinks = []
    for item in items:
        try:
            uplinks.append(read(item))
        except PayloadError as error:
            uplinks.append(nobodys_error(error))
    return uplinks


def nobodys_error(error: PayloadError) -> Uplink:
    """One message of many that does not even say whose it is, or not in a form that can be read."""
    return Uplink(
        kind="error",
        device_id="",
        port=0,
        payload=b"",
        session=None,
        sequence=None,
        event_id=None,
        gateway_at=None,
        server_at=None,
        detail=detail(error.code, error.detail),
    )


def silent(
    kind: Literal["join", "status", "error"],
    dev_eui: str,
    *,
    server_at: datetime | None = None,
    gateway_at: datetime | None = None,
    session: str = "",
    detail: str = "",
    battery: float | None = None,
) -> Uplink:
    """Make a message that says nothing of a space."""
    return Uplink(
        kind=kind,
        device_id=device_id(dev_eui),
        port=0,
        payload=b"",
        session=foreign_id(session),
        sequence=None,
        event_id=None,
        gateway_at=gateway_at,
        server_at=server_at,
        battery_pct=battery,
        detail=detail[:DETAIL_LIMIT],
    )


@lru_cache(maxsize=REMEMBERED)
def device_id(dev_eui: str) -> str:
    """Our name of a LoRaWAN device: its DevEUI in lower-case hex."""
    if _EUI.match(dev_eui) is None:
        raise PayloadError("the DevEUI is not 16 hexadecimal digits", code="envelope_invalid")
    return dev_eui.lower()


def payload_bytes(text: str) -> bytes:
    """Read base64 as the platforms write it, padded and without line breaks."""
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError as error:
        raise PayloadError(f"the payload is not base64: {error}") from error


def hex_bytes(text: str) -> bytes:
    try:
        return binascii.unhexlify(text)
    except ValueError as error:
        raise PayloadError(f"the payload is not hexadecimal: {error}") from error


def foreign_id(text: str) -> str | None:
    """None for a missing id; raises `PayloadError` for one that no network server makes."""
    if text == "":
        return None
    if _FOREIGN_ID.match(text) is None:
        raise PayloadError("an id is not printable ASCII of at most 128 characters", code="envelope_invalid")
    return text


session_id = lru_cache(maxsize=REMEMBERED)(foreign_id)
"""As `foreign_id`, for what comes with every frame of a device."""


def counter(number: int) -> int:
    if not 0 <= number <= LARGEST_COUNTER:
        raise PayloadError("the frame counter is not an unsigned number of 32 bits", code="envelope_invalid")
    return number


def port(number: int) -> int:
    if not 0 <= number <= LARGEST_PORT:
        raise PayloadError("the port is not an unsigned number of 8 bits", code="envelope_invalid")
    return number


def battery_pct(level: int | None) -> float | None:
    """Read the battery of LoRaWAN's DevStatusAns: 1 is the least and 254 full, 0 external power, 255 not measured."""
    if level is None or not EXTERNAL_POWER < level < BATTERY_UNKNOWN:
        return None
    return round((level - 1) * 100 / (BATTERY_FULL - 1), 1)


def detail(*words: str) -> str:
    """What the platform says went wrong, on one line and short."""
    return " ".join(": ".join(word for word in words if word).split())[:DETAIL_LIMIT]


def instant(text: str | None) -> datetime | None:
    """Read a time that only orders messages: an unreadable one is as good as none."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
        return at if at.tzinfo is UTC else parse_instant(text)
    except (ValueError, OverflowError):
        return None


def instant_ms(milliseconds: int | None) -> datetime | None:
    """Read milliseconds since 1970; a number that is no such time is as good as none."""
    if milliseconds is None or not 0 <= milliseconds < LATEST_MS:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def heard(receptions: Sequence[Reception]) -> tuple[datetime | None, float | None, float | None]:
    """Time, strength and signal-to-noise ratio of one frame over all gateways that heard it: the earliest and the best.

    Gateways hear the same frame at nearly the same time; a late one has queued it.
    """
    at: datetime | None = None
    rssi: float | None = None
    snr: float | None = None
    for reception in receptions:
        heard_at = instant(reception.time)
        if heard_at is not None and (at is None or heard_at < at):
            at = heard_at
        if reception.rssi is not None and (rssi is None or reception.rssi > rssi):
            rssi = reception.rssi
        if reception.snr is not None and (snr is None or reception.snr > snr):
            snr = reception.snr
    return at, rssi, snr
