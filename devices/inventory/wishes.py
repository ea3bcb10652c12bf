"""What somebody asks to register, one device or a file of them; pure."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from parking.domain.errors import InvalidInputError

COLUMNS: Final = ("device", "vendor", "model", "version", "heartbeat_s", "space")
HEARTBEAT_DIGITS: Final = 9
_REQUIRED: Final = frozenset({"device", "vendor", "model"})


@dataclass(frozen=True, kw_only=True)
class NewDevice:
    """A device to register; None takes what its profile says, a space binds it from now on."""

    device_id: str
    vendor: str
    model: str
    version: str | None = None
    heartbeat_s: int | None = None
    space_id: str | None = None


@dataclass(frozen=True)
class RowError:
    """Why one of many was refused; the others pass. `index` counts from 0."""

    index: int
    code: str
    detail: str


class DeviceFileInvalidError(InvalidInputError):
    """The file as a whole cannot be read."""

    code = "device_file_invalid"


def read_csv(lines: Iterable[str]) -> Iterator[NewDevice | RowError]:
    """Read a file with a heading: `device`, `vendor`, `model`, and where wanted `version`, `heartbeat_s`, `space`.

    Raises `DeviceFileInvalidError` for a heading without the first three or with a column beyond these six.
    """
    try:
        rows = csv.DictReader(lines)
        heading = frozenset(rows.fieldnames or ())
        if not heading >= _REQUIRED or not heading <= frozenset(COLUMNS):
            raise DeviceFileInvalidError(f"the heading is {','.join(COLUMNS)}; the last three may be missing")
        for index, row in enumerate(rows):
            yield _wish(index, row)
    except (csv.Error, UnicodeDecodeError) as error:
        raise DeviceFileInvalidError(f"no CSV file in UTF-8: {error}") from error


def _wish(index: int, row: Mapping[str | None, str | None]) -> NewDevice | RowError:
    if None in row or None in row.values():
        return RowError(index, "row_invalid", "the row has not as many cells as the heading")
    cells = {name: (value or "").strip() for name, value in row.items() if name is not None}
    heartbeat = cells.get("heartbeat_s", "")
    if heartbeat and not (heartbeat.isascii() and heartbeat.isdigit() and len(heartbeat) <= HEARTBEAT_DIGITS):
        return RowError(index, "heartbeat_invalid", f"{heartbeat[:32]!r} is not a number of seconds")
    return NewDevice(
        device_id=cells["device"],
        vendor=cells["vendor"],
        model=cells["model"],
        version=cells.get("version") or None,
        heartbeat_s=int(heartbeat) if heartbeat else None,
        space_id=cells.get("space") or None,
    )
