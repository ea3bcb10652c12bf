"""What the messages of all cameras share: confidences in percent, plates that are none, times without a zone, event ids."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from hashlib import blake2b
from typing import Any, Final

import msgspec

from devices.ports import PayloadError, PictureRole
from parking.domain.clock import parse_instant
from parking.domain.plates import is_civil

BEIJING: Final = timezone(timedelta(hours=8))
"""What a Chinese maker's clock keeps where nothing else is said; it has no summer time."""
_NO_PLATE: Final = frozenset(
    {
        "",
        "-",
        "--",
        "unknown",
        "unkown",
        "none",
        "null",
        "noplate",
        "no plate",
        "no_plate",
        "nolicenseplate",
        "unlicensed",
    }
    | {"无牌", "无牌车", "无车牌", "未识别", "车牌", "无", "未知", "0", "00000000"}
)
_DOCUMENT: Final = msgspec.json.Decoder(dict[str, Any])
_ID_BYTES: Final = 12
_SECOND: Final = timedelta(seconds=1)
_LATEST_EPOCH_S: Final = 10_000_000_000


def document(body: bytes) -> dict[str, Any]:
    """A JSON object; raises `PayloadError` `json_invalid`. Chinese makers send GBK as well."""
    try:
        return _DOCUMENT.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        first = error
    try:
        return _DOCUMENT.decode(body.decode("gb18030").encode())
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise PayloadError(f"this is no JSON object: {str(first)[:120]}", code="json_invalid") from error


def text_of(value: object) -> str | None:
    """A text or a number as text; None for what is missing, empty or neither."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value).strip() or None


def plate_of(value: object) -> str | None:
    """None where the camera says that it read none."""
    text = text_of(value)
    if text is None or text.lower() in _NO_PLATE:
        return None
    return text if text.isascii() else _mended(text)


def _mended(text: str) -> str:
    """A plate in GBK whose bytes happen to be good UTF-8: 鲁 is then read as ³."""
    try:
        other = text.encode().decode("gb18030")
    except UnicodeError:
        return text
    return other if not is_civil(text) and is_civil(other) else text


def share(value: object) -> float | None:
    """A percentage, as number or text, as a share of one; None for what is none."""
    text = text_of(value)
    if text is None:
        return None
    try:
        percent = float(text)
    except ValueError:
        return None
    return percent / 100 if 0 <= percent <= 100 else None  # noqa: PLR2004 - percent


def whole(value: object) -> int | None:
    """A whole number that stands as a number or as text."""
    text = text_of(value)
    if text is None or len(text) > len("-9223372036854775808"):
        return None
    try:
        return int(text)
    except ValueError:
        return None


def instant(value: object, zone: tzinfo) -> datetime | None:
    """An ISO time; one without a zone is in `zone`. An unreadable one is as good as none."""
    text = text_of(value)
    if text is None:
        return None
    try:
        return parse_instant(text)
    except (ValueError, OverflowError):
        pass
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=zone).astimezone(UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def from_epoch(seconds: int | None, milliseconds: int = 0) -> datetime | None:
    """A count of seconds since 1970; None for none, and for zero, which is a clock that nobody has set."""
    if seconds is None or not 0 < seconds < _LATEST_EPOCH_S:
        return None
    part = timedelta(milliseconds=milliseconds)
    return datetime.fromtimestamp(seconds, UTC) + (part if timedelta() <= part < _SECOND else timedelta())


def event_id(*facts: object) -> str:
    """A name for one event from what every copy of it says. A plate is never among the facts: it could be guessed back."""
    digest = blake2b(digest_size=_ID_BYTES)
    for fact in facts:
        digest.update(str(fact).encode() + b"\0")
    return digest.hexdigest()


def role_of(name: str) -> PictureRole:
    """What a picture shows, from what its sender calls it."""
    lowered = name.lower()
    if "plate" in lowered and "background" not in lowered:
        return "plate"
    if any(word in lowered for word in ("vehiclebody", "vehicle", "closeup", "feature", "cutout")):
        return "vehicle"
    return "scene"


def dictionary(value: object) -> Mapping[str, Any]:
    """The value where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """The value where it is a list; a single one stands for a list of one, as some makers write it."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]
