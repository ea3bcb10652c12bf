"""What the frames of all ground sensors share: a state bit, signed numbers, lengths, temperatures that can be."""

from struct import Struct
from typing import Final

from devices.ports import PayloadError
from parking.occupancy.evidence import SensedStatus

COLDEST: Final = -60.0
HOTTEST: Final = 110.0
"""No street is colder or hotter, and no battery of these devices lives beyond: such a figure is no temperature. One
maker's own example says -117 °C (devices.md 1.2); it stays among the fields and is not told as a measurement."""


def named(occupied: object) -> SensedStatus:
    """Any truth value of the wire, usually one bit."""
    return "occupied" if occupied else "free"


def plausible(celsius: float) -> float | None:
    """None for a temperature that cannot be: the field is wrong, the rest of the frame is not."""
    return float(celsius) if COLDEST <= celsius <= HOTTEST else None


def int8(byte: int) -> int:
    """Two's complement."""
    return (byte ^ 0x80) - 0x80


def int16x3(payload: bytes, start: int) -> tuple[int, int, int]:
    """Three numbers in two's complement, high byte first: a magnetic field, mostly."""
    x, y, z = _INT16X3(payload, start)
    return x, y, z


_INT16X3: Final = Struct(">hhh").unpack_from


def require(payload: bytes, what: str, *lengths: int) -> None:
    """Raises `PayloadError` for a frame of another length."""
    if len(payload) not in lengths:
        raise PayloadError(f"a {what} frame is not {len(payload)} bytes long")
