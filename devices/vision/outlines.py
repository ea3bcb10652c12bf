"""Where each bay lies in a camera's picture: four corners as fractions of width and height, from a file.

The file is `{"outlines": [{"bay": "12", "corners": [[0.61, 0.88], [0.52, 1.0], [0.31, 0.71], [0.39, 0.63]]}]}`. The corners go
around the space, from any one, in either direction.
"""

from pathlib import Path
from typing import Annotated, Final

import msgspec
import numpy as np

from devices.vision.geometry import Corners, around
from parking.domain.errors import InvalidInputError

BAYS_LIMIT: Final = 1_000

Fraction = Annotated[float, msgspec.Meta(ge=0, le=1)]
Corner = tuple[Fraction, Fraction]


class OutlineInvalidError(InvalidInputError):
    """The four corners do not go around a space, or two bays have one name."""

    code = "outline_invalid"


class Outline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One space in the picture of one camera."""

    bay: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    corners: tuple[Corner, Corner, Corner, Corner]

    def quad(self) -> Corners:
        """Raises `OutlineInvalidError` for corners that do not go around a space."""
        return around(np.array(self.corners, np.float32))


class _File(msgspec.Struct, forbid_unknown_fields=True):
    outlines: Annotated[list[Outline], msgspec.Meta(min_length=1, max_length=BAYS_LIMIT)]


def decode_outlines(body: bytes) -> list[Outline]:
    """Raises `OutlineInvalidError`, which names the first bay that is wrong."""
    try:
        outlines = msgspec.json.decode(body, type=_File).outlines
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise OutlineInvalidError(f"not a file of outlines: {' '.join(str(error).split())[:200]}") from error
    seen: set[str] = set()
    for outline in outlines:
        if outline.bay in seen:
            raise OutlineInvalidError(f"bay {outline.bay!r} is outlined twice")
        seen.add(outline.bay)
        try:
            outline.quad()
        except ValueError as error:
            raise OutlineInvalidError(f"bay {outline.bay!r}: {error}") from error
    return outlines


def read_outlines(path: Path) -> list[Outline]:
    """As `decode_outlines`, from a file."""
    try:
        body = path.read_bytes()
    except OSError as error:
        raise InvalidInputError(f"cannot read {path}: {error.strerror}", code="file_unreadable") from error
    return decode_outlines(body)
