"""What the envelopes of all LoRaWAN network servers share: DevEUI, base64 payload, instants that may be missing."""

import base64
import binascii
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final, TypeVar

import msgspec

from devices.ports import PayloadError
from parking.domain.clock import parse_instant

T = TypeVar("T", bound=msgspec.Struct)

_EUI = re.compile(r"[0-9A-Fa-f]{16}\Z")
_FOREIGN_ID = re.compile(r"[!-~]{1,128}\Z")
LARGEST_COUNTER: Final = 2**32 - 1
LARGEST_PORT: Final = 255


def read_envelope(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """Raises `PayloadError` for what the decoder does not take."""
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PayloadError(str(error)[:200], code="envelope_invalid") from error


def device_id(dev_eui: str) -> str:
    """Our name of a LoRaWAN device: its DevEUI in lower-case hex."""
    if _EUI.match(dev_eui) is None:
        raise PayloadError("the DevEUI is not 16 hexadecimal digits", code="envelope_invalid")
    return dev_eui.lower()


def payload_bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise PayloadError(f"the payload is not base64: {error}") from error


def foreign_id(text: str) -> str | None:
    """None for a missing id; raises `PayloadError` for one that no network server makes."""
    if text == "":
        return None
    if _FOREIGN_ID.match(text) is None:
        raise PayloadError("an id is not printable ASCII of at most 128 characters", code="envelope_invalid")
    return text


def counter(number: int) -> int:
    if not 0 <= number <= LARGEST_COUNTER:
        raise PayloadError("the frame counter is not an unsigned number of 32 bits", code="envelope_invalid")
    return number


def port(number: int) -> int:
    if not 0 <= number <= LARGEST_PORT:
        raise PayloadError("the port is not an unsigned number of 8 bits", code="envelope_invalid")
    return number


def instant(text: str | None) -> datetime | None:
    """Read a time that only orders messages: an unreadable one is as good as none."""
    if text is None:
        return None
    try:
        return parse_instant(text)
    except (ValueError, OverflowError):
        return None


def earliest(texts: Iterable[str | None]) -> datetime | None:
    """Gateways hear the same frame at nearly the same time; a late one has queued it."""
    return min((at for at in map(instant, texts) if at is not None), default=None)
