"""A provider's statement as a file: `id,time,amount,kind`, a row for each payment and refund of one day.

`id` is the provider's reference of a payment, and of a refund our own id of it; `time` RFC 3339; `amount` whole minor
units above zero; `kind` `payment` or `refund`. A line that cannot be read refuses the file: what is left out would look
like money that is missing.
"""

import csv
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from typing import Final, Literal

from parking.domain.clock import parse_instant
from pricing.reconciliation.model import ReconciliationRefusedError
from pricing.settlement.rules import MOST

HEADER: Final = ("id", "time", "amount", "kind")
MOST_ROWS: Final = 1_000_000
RowKind = Literal["payment", "refund"]
_KINDS: Final[dict[str, RowKind]] = {"payment": "payment", "refund": "refund"}
_LONGEST_ID: Final = 128


@dataclass(frozen=True, kw_only=True, slots=True)
class ProviderRow:
    """One movement by the provider's account; `amount` in minor units, above zero."""

    row_id: str
    at: datetime
    amount: int
    kind: RowKind


def read_rows(text: str) -> list[ProviderRow]:
    """Raise `ReconciliationRefusedError` (`statement_unreadable`, `statement_too_long`) with the line in `fields`."""
    lines = csv.reader(StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    rows: dict[tuple[str, str], ProviderRow] = {}
    try:
        if tuple(next(lines, ())) != HEADER:
            raise ValueError(f"the first line is {','.join(HEADER)}")  # noqa: TRY301 - one place gives the line
        for cells in lines:
            row = _row(cells)
            if rows.setdefault((row.kind, row.row_id), row) != row:
                raise ValueError(f"the {row.kind} {row.row_id} is there twice")  # noqa: TRY301 - as above
            if len(rows) > MOST_ROWS:
                raise ReconciliationRefusedError(f"a statement has at most {MOST_ROWS} rows", code="statement_too_long")
    except (ValueError, csv.Error) as error:
        raise ReconciliationRefusedError(
            f"line {lines.line_num}: {error}", code="statement_unreadable", fields={"line": lines.line_num}
        ) from error
    return list(rows.values())


def _row(cells: list[str]) -> ProviderRow:
    if len(cells) != len(HEADER):
        raise ValueError(f"a line has {len(HEADER)} cells")
    row_id, time, amount, kind = (cell.strip() for cell in cells)
    if not (0 < len(row_id) <= _LONGEST_ID and row_id.isprintable()):
        raise ValueError(f"an id has 1 to {_LONGEST_ID} printable characters")
    if kind not in _KINDS:
        raise ValueError("a kind is payment or refund")
    if not (amount.isascii() and amount.isdigit() and 0 < int(amount[:20]) <= MOST):
        raise ValueError("an amount is whole minor units above zero")
    return ProviderRow(row_id=row_id, at=parse_instant(time), amount=int(amount), kind=_KINDS[kind])
