"""How large a picture may be: large enough to show something, small enough to be shown by any program."""

from typing import Final, NamedTuple

from parking.domain.errors import InvalidInputError

SMALLEST_SIDE: Final = 16
LARGEST_SIDE: Final = 8192


class Sized(NamedTuple):
    """A picture without its metadata."""

    content: bytes
    width: int
    height: int


def checked(content: bytes, width: int, height: int) -> Sized:
    """Raise InvalidInputError `evidence_unreadable` for a picture that is too small or too large to be one."""
    for side in (width, height):
        if not SMALLEST_SIDE <= side <= LARGEST_SIDE:
            raise InvalidInputError(
                f"each side of a picture has {SMALLEST_SIDE} to {LARGEST_SIDE} points", code="evidence_unreadable"
            )
    return Sized(content, width, height)


def unreadable(what: str) -> InvalidInputError:
    return InvalidInputError(f"this is not a whole {what}", code="evidence_unreadable")
