"""Instants: aware UTC where people read them, integer microseconds since 1970 on the hot path.

Nothing below the composition root asks the operating system for the time by itself; a `Clock` is passed in, so that a
test can hold it still.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, NewType

Clock = Callable[[], datetime]
Micros = NewType("Micros", int)
"""Microseconds since 1970-01-01T00:00:00Z, the form of an instant inside streams and the live store."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def utc_now() -> datetime:
    return datetime.now(UTC)


def to_micros(instant: datetime) -> Micros:
    """Exact: no float is involved. Raises ValueError for an instant without a zone."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return Micros((instant - _EPOCH) // _MICROSECOND)


def from_micros(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


def parse_instant(text: str) -> datetime:
    """Read an RFC 3339 instant, nanoseconds allowed (LoRaWAN platforms send them) and cut to microseconds.

    Raises ValueError when the text is no instant or has no zone: local time is never guessed.
    """
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is UTC:
        return instant
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return instant.astimezone(UTC)


def format_instant(micros: int) -> str:
    """Render as RFC 3339 in UTC, always with six digits, so that texts sort as the instants do."""
    return from_micros(micros).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
