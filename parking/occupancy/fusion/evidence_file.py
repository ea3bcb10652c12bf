"""Evidence files: `space_id,device_id,device_kind,kind,observed_at,received_at,sequence,status,score`, in order of arrival."""

import csv
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, TypeVar, get_args

from parking.domain.clock import format_instant, parse_instant, to_micros
from parking.domain.errors import InvalidInputError
from parking.domain.ids import is_identifier
from parking.occupancy.evidence import EvidenceSource, SensedStatus
from parking.occupancy.fusion.replay import Evidence, Published, ReplayedKind

COLUMNS: Final = Evidence._fields
PUBLISHED_COLUMNS: Final = Published._fields
_KINDS: Final[Mapping[str, ReplayedKind]] = {kind: kind for kind in get_args(ReplayedKind)}
_DEVICES: Final[Mapping[str, EvidenceSource]] = {kind: kind for kind in get_args(EvidenceSource)}
_STATUS: Final[Mapping[str, SensedStatus]] = {status: status for status in get_args(SensedStatus)}
_Word = TypeVar("_Word", bound=str)


class EvidenceFileInvalidError(InvalidInputError):
    """The file as a whole cannot be read."""

    code = "evidence_file_invalid"


class _RowError(Exception):
    """Why one row cannot be read."""


def read_evidence(lines: Iterable[str], refuse: Callable[[int, str], None]) -> Iterator[Evidence]:
    """The readable rows; `refuse` hears the line number and the reason of every other one.

    Raises `EvidenceFileInvalidError` for another heading and for what is no CSV file in UTF-8.
    """
    rows = csv.reader(lines)
    try:
        heading = next(rows, [])
        if sorted(heading) != sorted(COLUMNS):
            raise EvidenceFileInvalidError(f"the heading is {','.join(COLUMNS)}")
        places = [heading.index(name) for name in COLUMNS]
        for cells in rows:
            try:
                yield _evidence(cells, places)
            except _RowError as error:
                refuse(rows.line_num, str(error))
    except (csv.Error, UnicodeDecodeError) as error:
        raise EvidenceFileInvalidError(f"no CSV file in UTF-8: {error}") from error


def published_row(change: Published) -> tuple[str, str, str, str]:
    return (
        change.space_id,
        format_instant(change.at),
        change.status,
        "" if change.confidence is None else f"{change.confidence:.4f}",
    )


def _evidence(cells: list[str], places: list[int]) -> Evidence:
    if len(cells) != len(COLUMNS):
        raise _RowError(f"{len(cells)} cells, not {len(COLUMNS)}")
    space, device, device_kind, kind, observed_at, received_at, sequence, status, score = (cells[i] for i in places)
    return Evidence(
        _identifier(space),
        _identifier(device),
        _one_of(_DEVICES, device_kind),
        _one_of(_KINDS, kind),
        _instant(observed_at),
        _instant(received_at),
        _sequence(sequence),
        _one_of(_STATUS, status),
        _score(score),
    )


def _identifier(text: str) -> str:
    if not is_identifier(text):
        raise _RowError(f"{text[:64]!r} is no identifier")
    return text


def _one_of(words: Mapping[str, _Word], text: str) -> _Word:
    word = words.get(text)
    if word is None:
        raise _RowError(f"{text[:64]!r} is none of {', '.join(words)}")
    return word


def _instant(text: str) -> int:
    try:
        return to_micros(parse_instant(text))
    except (ValueError, OverflowError) as error:
        raise _RowError(f"{text[:64]!r} is no instant with a zone") from error


def _sequence(text: str) -> int | None:
    if text == "":
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 18):  # noqa: PLR2004 - what 63 bits hold
        raise _RowError(f"{text[:64]!r} is no counter")
    return int(text)


def _score(text: str) -> float | None:
    if text == "":
        return None
    try:
        score = float(text)
    except ValueError as error:
        raise _RowError(f"{text[:64]!r} is no probability") from error
    if not (math.isfinite(score) and 0.0 <= score <= 1.0):
        raise _RowError(f"{text[:64]!r} is no probability")
    return score
