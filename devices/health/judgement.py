"""What a detector says of a device at an instant: a fault, its absence, or nothing (between two bounds, or too little known)."""

from typing import Final, NamedTuple


class Finding(NamedTuple):
    """There is a fault. The words are for people; they name neither times, which are fields, nor persons."""

    since: int
    """From when it is believed to have lasted, microseconds since 1970 UTC."""
    zh: str
    en: str
    distrusts: bool = False
    """The device's word tells nothing of its space while it lasts."""


class Clear(NamedTuple):
    """There is no such fault."""


CLEAR: Final = Clear()
Judgement = Finding | Clear | None
