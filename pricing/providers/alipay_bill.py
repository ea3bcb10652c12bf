"""Alipay's trade bill of a day: a ZIP of tables in GBK, one with a row for each movement and one of sums by shop.

Source: Alipay open platform documentation, `alipay.data.dataservice.bill.downloadurl.query`, bill type `trade`.
"""

import csv
import zipfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from io import BytesIO
from typing import Final

from pricing.providers.model import ProviderAnswerError, StatementLine
from pricing.providers.yuan import BEIJING, fen_of

MOST_BYTES: Final = 512 * 1024 * 1024
"""Of a table, unpacked: some million rows."""
_START: Final = "业务明细列表"
_END: Final = "业务明细列表结束"
_KINDS: Final = {"交易": False, "退款": True}


def statement(archive: bytes) -> tuple[StatementLine, ...]:
    """Every payment and refund of the day. Raises `ProviderAnswerError`, also for a table that ends before its end."""
    try:
        with zipfile.ZipFile(BytesIO(archive)) as opened:
            if any(one.file_size > MOST_BYTES for one in opened.infolist()):
                raise ProviderAnswerError("a table of the trade bill is too large")
            texts = [opened.read(one).decode("gb18030") for one in opened.infolist()]
        (table,) = (text for text in texts if _END in text)
        return tuple(_line(row) for row in _rows(table))
    except (zipfile.BadZipFile, ValueError, KeyError, csv.Error) as error:
        raise ProviderAnswerError("the trade bill is not in its documented form") from error


def _rows(table: str) -> Iterator[Mapping[str, str]]:
    """The rows between the two marks, by the names of their columns; values have a tab behind them."""
    lines = [line for line in table.splitlines() if line.strip()]
    start = next(at for at, line in enumerate(lines) if line.startswith("#") and _START in line)
    end = next(at for at, line in enumerate(lines) if line.startswith("#") and _END in line)
    names, *rows = csv.reader(lines[start + 1 : end])
    for row in rows:
        yield {name.strip(): value.strip() for name, value in zip(names, row, strict=True)}


def _line(row: Mapping[str, str]) -> StatementLine:
    """The time and the sum are those of the movement; a refund's sum is below zero."""
    is_refund = _KINDS[row["业务类型"]]
    # Alipay gives a refund no number of its own: our id of it is what both sides know.
    refund_id = row["退款批次号/请求号"] if is_refund else None
    return StatementLine(
        kind="refund" if is_refund else "payment",
        reference=refund_id or row["支付宝交易号"],
        order_id=row["商户订单号"],
        refund_id=refund_id,
        amount=fen_of(row["订单金额（元）"].lstrip("-")),
        at=datetime.strptime(row["完成时间"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING),
    )
