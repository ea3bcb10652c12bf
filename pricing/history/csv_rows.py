"""Rows of a CSV file as typed structs, each with the number of its line."""

import csv
import gzip
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO, TypeVar

import msgspec

from parking.domain.errors import InvalidInputError


class PricingFileError(InvalidInputError):
    """A file cannot be read as what it should be; the detail names the file, the line and the column."""

    code = "pricing_file_invalid"


Row = TypeVar("Row", bound=msgspec.Struct)


def typed_rows(path: Path, kind: type[Row]) -> Iterator[tuple[int, Row | str]]:
    """Line and row, or why the line is none; an empty cell of a field that has a default is that. A name that ends in `.gz` is unpacked.

    Raises `PricingFileError` for a file that lacks a column or is no CSV file.
    """
    opened: Callable[..., TextIO] = gzip.open if path.suffix == ".gz" else open
    wanted = [field.encode_name for field in msgspec.structs.fields(kind) if field.required]
    try:
        with opened(path, "rt", newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            missing = [name for name in wanted if name not in (rows.fieldnames or ())]
            if missing:
                raise PricingFileError(f"{path}: no column {', '.join(missing)}", code="columns_missing")
            for row in rows:
                if None in row or None in row.values():
                    yield rows.line_num, "not as many cells as columns"
                    continue
                told = {name: cell for name, cell in row.items() if cell or name in wanted}
                try:
                    yield rows.line_num, msgspec.convert(told, kind, strict=False)
                except msgspec.ValidationError as error:
                    yield rows.line_num, str(error)
    except OSError as error:
        raise PricingFileError(f"{path}: {error.strerror or error}") from error
    except (UnicodeDecodeError, csv.Error, EOFError, zlib.error) as error:
        raise PricingFileError(f"{path}: {error}") from error
