"""A statement as a table, for people who check it with a program of their own: CSV and spreadsheet with the same cells.

The cells that people read as money are in whole currency units with two decimals, exact; a share is in percent.
"""

import csv
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Final

from pricing.reconciliation.model import Batch
from pricing.reconciliation.statement import Excused, Statement

Cell = str | int | Decimal | None
HEADER: Final = (
    "day",
    "payments",
    "gross",
    "refunds",
    "refunded",
    "net",
    "fee",
    "deduction",
    "carried_in",
    "payable",
    "carried_out",
)
_MONEY_FORMAT: Final = "#,##0.00"
_MARKS: Final = ("=", "+", "-", "@", "\t", "\r")


def table(statement: Statement) -> list[list[Cell]]:
    """A line for each day, their sums, then what the fee rests on."""
    sums: list[Cell] = [
        "total",
        sum(one.takings.payments for one in statement.batches),
        _units(statement.gross),
        sum(one.takings.refunds for one in statement.batches),
        _units(statement.refunded),
        _units(statement.net),
        _units(statement.fee),
        _units(statement.deduction),
        _units(statement.batches[0].carried_in if statement.batches else 0),
        _units(statement.payable),
        _units(statement.carried_out),
    ]
    return [list(HEADER), *(_line(batch) for batch in statement.batches), sums, [], *_grounds(statement)]


def as_csv(statement: Statement) -> str:
    """RFC 4180 with a byte order mark, without which spreadsheet programs misread Chinese names."""
    text = StringIO(newline="")
    csv.writer(text).writerows(table(statement))
    return "\ufeff" + text.getvalue()


def as_spreadsheet(statement: Statement) -> bytes:
    """An Office Open XML workbook of one sheet; numbers are numbers."""
    from openpyxl import Workbook  # noqa: PLC0415 - a third of a second that only this export needs

    book = Workbook()
    sheet = book.active
    sheet.title = f"{statement.month:%Y-%m}"
    for line in table(statement):
        sheet.append(line)
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell.value, Decimal):
                cell.number_format = _MONEY_FORMAT
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def _line(batch: Batch) -> list[Cell]:
    return [
        batch.day.isoformat(),
        batch.takings.payments,
        _units(batch.takings.gross),
        batch.takings.refunds,
        _units(batch.takings.refunded),
        _units(batch.net),
        _units(batch.fee),
        _units(batch.deduction),
        _units(batch.carried_in),
        _units(batch.payable),
        _units(batch.carried_out),
    ]


def _grounds(statement: Statement) -> list[list[Cell]]:
    terms, online, done = statement.terms, statement.online, statement.retrofit
    return [
        ["concession", terms.concession_id],
        ["operator", terms.operator_id],
        ["payee", _as_text(statement.payee)],
        ["month", f"{statement.month:%Y-%m}"],
        ["currency", terms.currency],
        ["fee_percent", _percent(terms.fee_share)],
        ["online_threshold_percent", _percent(terms.online_threshold)],
        ["devices", online.devices],
        ["online_percent", _percent(online.rate)],
        ["retrofit_planned", done.planned],
        ["retrofit_accepted", done.accepted],
        ["retrofit_percent", _percent(done.rate)],
        *(_excuse(one) for one in statement.excused),
    ]


def _excuse(one: Excused) -> list[Cell]:
    end = one.during.end
    return [
        "excused",
        _as_text(one.reason),
        one.during.start.isoformat(),
        None if end is None else end.isoformat(),
    ]


def _units(minor: int) -> Decimal:
    return Decimal(minor).scaleb(-2)


def _percent(hundredths: int | None) -> Decimal | None:
    return None if hundredths is None else Decimal(hundredths).scaleb(-2)


def _as_text(words: str) -> str:
    """What somebody typed never becomes a formula in a spreadsheet program."""
    return f"'{words}" if words.startswith(_MARKS) else words
