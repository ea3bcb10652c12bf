"""What somebody asks to register, one device or a file of them; pure."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from devices.inventory.sealing import SECRET_DIGITS
from parking.domain.clock import parse_instant
from parking.domain.errors import InvalidInputError

COLUMNS: Final = (
    "device",
    "vendor",
    "model",
    "version",
    "heartbeat_s",
    "space",
    "wire_id",
    "join_eui",
    "app_key",
    "nwk_key",
    "supplier",
    "batch",
    "serial",
    "installed_at",
)
HEARTBEAT_DIGITS: Final = 9
LONGEST_TEXT: Final = 100
_REQUIRED: Final = frozenset({"device", "vendor", "model"})
_HEX = re.compile(r"[0-9A-Fa-f]*\Z")


@dataclass(frozen=True, kw_only=True)
class NewDevice:
    """A device to register; None takes what its profile says, a space binds it from now on.

    What is registered again keeps what the wish leaves out of its wire id, purchase and keys.
    """

    device_id: str
    vendor: str
    model: str
    version: str | None = None
    heartbeat_s: int | None = None
    space_id: str | None = None
    wire_id: str | None = field(default=None, repr=False)
    """Under what it speaks where that is another than `device_id`: its DevEUI or IMEI."""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Keys of its radio by name, of `sealing.SECRET_DIGITS`; sealed before they are stored."""
    supplier: str | None = None
    batch: str | None = None
    serial: str | None = None
    installed_at: datetime | None = None


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
    """Read a file with a heading: `device`, `vendor`, `model`, and where wanted any other of `COLUMNS`.

    Raises `DeviceFileInvalidError` for a heading without the first three or with a column beyond these.
    """
    try:
        rows = csv.DictReader(lines)
        heading = frozenset(rows.fieldnames or ())
        if not heading >= _REQUIRED or not heading <= frozenset(COLUMNS):
            raise DeviceFileInvalidError(f"the heading is {','.join(COLUMNS)}; all after model may be missing")
        for index, row in enumerate(rows):
            yield _row(index, row)
    except (csv.Error, UnicodeDecodeError) as error:
        raise DeviceFileInvalidError(f"no CSV file in UTF-8: {error}") from error


def checked_secrets(secrets: Mapping[str, str]) -> dict[str, str]:
    """Keys as they are sealed, in lower case. Raises InvalidInputError `device_secret_invalid`, which never says them."""
    for name, value in secrets.items():
        digits = SECRET_DIGITS.get(name)
        if digits is None:
            raise InvalidInputError(f"a device has no key {name[:32]!r}", code="device_secret_invalid")
        if len(value) != digits or not _HEX.match(value):
            raise InvalidInputError(f"{name} has {digits} hexadecimal digits", code="device_secret_invalid")
    return {name: value.lower() for name, value in secrets.items()}


def _row(index: int, row: Mapping[str | None, str | None]) -> NewDevice | RowError:
    if None in row or None in row.values():
        return RowError(index, "row_invalid", "the row has not as many cells as the heading")
    try:
        return _wish({name: (value or "").strip() for name, value in row.items() if name is not None})
    except InvalidInputError as error:
        return RowError(index, error.code, error.detail)


def _wish(cells: Mapping[str, str]) -> NewDevice:
    heartbeat, installed_at = cells.get("heartbeat_s", ""), cells.get("installed_at", "")
    if heartbeat and not (heartbeat.isascii() and heartbeat.isdigit() and len(heartbeat) <= HEARTBEAT_DIGITS):
        raise InvalidInputError(f"{heartbeat[:32]!r} is not a number of seconds", code="heartbeat_invalid")
    return NewDevice(
        device_id=cells["device"],
        vendor=cells["vendor"],
        model=cells["model"],
        version=cells.get("version") or None,
        heartbeat_s=int(heartbeat) if heartbeat else None,
        space_id=cells.get("space") or None,
        wire_id=cells.get("wire_id") or None,
        secrets=checked_secrets({name: cells[name] for name in SECRET_DIGITS if cells.get(name)}),
        supplier=_text(cells, "supplier"),
        batch=_text(cells, "batch"),
        serial=_text(cells, "serial"),
        installed_at=_instant(installed_at) if installed_at else None,
    )


def _text(cells: Mapping[str, str], name: str) -> str | None:
    text = cells.get(name) or None
    if text is not None and (len(text) > LONGEST_TEXT or not text.isprintable()):
        raise InvalidInputError(f"{name} is at most {LONGEST_TEXT} printable characters", code="text_invalid")
    return text


def _instant(text: str) -> datetime:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise InvalidInputError("installed_at is RFC 3339 with a time zone", code="instant_invalid") from error
