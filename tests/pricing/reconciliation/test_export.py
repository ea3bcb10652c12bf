"""CSV and spreadsheet say the same, in numbers that add up."""

import csv
from datetime import timedelta
from decimal import Decimal
from io import BytesIO, StringIO

from openpyxl import load_workbook

from parking.domain.time_span import TimeSpan
from pricing.reconciliation.export import HEADER, as_csv, as_spreadsheet
from pricing.reconciliation.model import Before, OnlineTime, Retrofit, Takings, batch_of
from pricing.reconciliation.statement import Excused, Statement
from tests.pricing.reconciliation.month import JUNE, START, terms


def statement() -> Statement:
    takings = Takings(payments=2, gross=10_000_000, refunds=1, refunded=123_050)
    online = OnlineTime(devices=100, counted_s=72_000, online_s=67_104)
    return Statement(
        terms=terms(),
        payee="=甲",
        month=JUNE,
        batches=(batch_of(terms(), JUNE, takings, Before(), online),),
        online=online,
        excused=(Excused(outage_id="o", during=TimeSpan(START, START + timedelta(days=1)), reason="platform"),),
        retrofit=Retrofit(planned=1_200, accepted=1_047),
    )


def test_csv_holds_the_days_their_sums_and_the_grounds() -> None:
    lines = list(csv.reader(StringIO(as_csv(statement()).removeprefix("\ufeff"))))
    assert lines[0] == list(HEADER)
    assert lines[1][:8] == ["2026-06-01", "2", "100000.00", "1", "1230.50", "98769.50", "34569.33", "500.00"]
    assert lines[2][0] == "total"
    assert lines[2][1:] == lines[1][1:]
    grounds = {line[0]: line[1] for line in lines[4:]}
    assert grounds["online_percent"] == "93.20"
    assert grounds["retrofit_percent"] == "87.25"
    assert grounds["payee"] == "'=甲"
    assert grounds["excused"] == "platform"


def test_spreadsheet_holds_numbers_as_numbers() -> None:
    sheet = load_workbook(BytesIO(as_spreadsheet(statement()))).active
    assert sheet is not None
    cells = [cell.value for cell in sheet[2]]
    assert cells[0] == "2026-06-01"
    assert [Decimal(str(value)) for value in cells[5:8]] == [Decimal("98769.5"), Decimal("34569.33"), Decimal(500)]
    assert sheet["C2"].number_format == "#,##0.00"
