"""Labelled spaces: a table of pictures, corners and what stood there, as `../shared/images/labels.csv`."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from devices.vision.geometry import Corners, Picture, View, around, cut, views
from parking.domain.errors import InvalidInputError

COLUMNS: Final = ("file", "occupied", *(f"q{corner}{axis}" for corner in range(4) for axis in "xy"))
_TRUTH: Final = {"0": False, "1": True}


class LabelError(InvalidInputError):
    """A row of labels that cannot be used; the other rows of its file can."""

    code = "label_invalid"


@dataclass(frozen=True, eq=False, slots=True)
class Label:
    """One space in one picture; `source` names the photograph that the picture was cut from, where the table says."""

    line: int
    file: str
    source: str
    occupied: bool
    corners: Corners

    @property
    def photograph(self) -> int:
        """The number in the photograph's name, -1 without one: neighbours in number show the same lot."""
        digits = "".join(one for one in self.source if one.isdigit())
        return int(digits) if digits else -1


def read_labels(path: Path) -> Iterator[Label | LabelError]:
    """Every row, in order; raises `InvalidInputError` for a file that is no such table."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
            if missing:
                raise InvalidInputError(f"{path}: no column {', '.join(missing)}", code="columns_missing")
            for row in rows:
                yield _label(rows.line_num, row)
    except OSError as error:
        raise InvalidInputError(f"cannot read {path}: {error.strerror}", code="file_unreadable") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidInputError(f"{path} is not a table in CSV: {error}", code="columns_missing") from error


def _label(line: int, row: dict[str, str | None]) -> Label | LabelError:
    cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
    if cells["occupied"] not in _TRUTH or not cells["file"]:
        return LabelError(f"line {line}: `file` and `occupied` 0 or 1 are needed")
    try:
        numbers = [float(cells[name]) for name in COLUMNS[2:]]
        corners = around(np.array(numbers, np.float32).reshape(4, 2))
    except ValueError as error:
        return LabelError(f"line {line}: {error}")
    return Label(line, cells["file"], (row.get("source_image") or "").strip(), _TRUTH[cells["occupied"]], corners)


def among(rows: Iterable[Label | LabelError], runs: Sequence[tuple[int, int]]) -> list[Label | LabelError]:
    """The rows cut from photographs whose number lies in one of the runs, first and last included."""
    return [row for row in rows if isinstance(row, Label) and any(a <= row.photograph <= b for a, b in runs)]


def picture_of(label: Label, folder: Path) -> Picture | LabelError:
    """The picture that the row names, within `folder`."""
    import cv2  # noqa: PLC0415 - heavy

    path = (folder / label.file).resolve()
    if not path.is_relative_to(folder.resolve()):
        return LabelError(f"line {label.line}: {label.file} lies outside the folder of pictures")
    try:
        body = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        return LabelError(f"line {label.line}: cannot read {label.file}: {error.strerror}")
    picture = cv2.imdecode(body, cv2.IMREAD_COLOR) if body.size else None
    if picture is None:
        return LabelError(f"line {label.line}: {label.file} is not a picture")
    return np.asarray(picture, np.uint8)


def views_of(label: Label, picture: Picture) -> tuple[View, View]:
    """What the network is shown. Cutting a patch that is cut already changes nothing; a whole photograph works as well."""
    return views(*cut(picture, label.corners))
