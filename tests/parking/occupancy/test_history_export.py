"""Hours as a file that forecasts are evaluated on: what was counted at the hour and half past comes back as it was."""

import csv
import io
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from parking.db.unit_of_work import Database
from parking.occupancy.history_export import What, export_csv
from parking.occupancy.hour_rows import HourRow, copy_hours
from pricing.forecast.history import History
from pricing.history.cleaning import Cleaning
from pricing.history.counts import read_counts
from tests.parking.occupancy.past import NINE

pytestmark = pytest.mark.service
HOUR: Final = timedelta(hours=1)
LAST: Final = ("known_at_hour", "occupied_at_hour", "known_at_half_past", "occupied_at_half_past")


async def exported(
    database: Database, what: What, since: datetime, until: datetime, zone_id: str | None = None
) -> bytes:
    file = io.BytesIO()

    async def write(data: bytes) -> None:
        file.write(data)

    async with database.transaction() as session:
        count = await export_csv(session, what, since, until, write, zone_id=zone_id)
    assert file.getvalue().count(b"\n") == count + 1
    return file.getvalue()


@pytest.fixture
async def counted(database: Database) -> Database:
    """Nothing occupied is a count; less than 30 % known, only a mean and nothing known are none."""
    moments = ([10, 4, 10, 6], [10, 0, 2, 2], None, [0, 0, 8, 8])
    rows = [
        HourRow("Z1", "kerb", NINE + number * HOUR, 10, 18_000, 9_000, 0, 5, moments=one)
        for number, one in enumerate(moments)
    ]
    async with database.transaction() as session:
        await copy_hours(session, [*rows, HourRow("Z2", "lot", NINE, 5, 18_000, 9_000, 0, 5, moments=[5, 1, 5, 2])])
    return database


async def test_moments_are_read_back_as_counts_on_the_city_s_clock(counted: Database, tmp_path: Path) -> None:
    file, cleaning = tmp_path / "moments.csv", Cleaning()
    file.write_bytes(await exported(counted, "moments", NINE, NINE + 4 * HOUR))
    history = History.of(read_counts(file, "csv", cleaning, ZoneInfo("Asia/Shanghai")))
    assert (cleaning.rows, cleaning.counts) == (6, {})
    assert (history.facilities, history.first_day) == (("Z1:kerb", "Z2:lot"), NINE.date())
    slot = 2 * 9
    assert history.shares[0, slot : slot + 8].tolist() == pytest.approx(
        [0.4, 0.6, 0.0, *[float("nan")] * 4, 1.0], nan_ok=True
    )
    assert history.shares[1, slot : slot + 2].tolist() == [0.2, 0.4]


async def test_span_of_moments_is_half_open_and_of_one_zone_where_it_is_asked(counted: Database) -> None:
    half = timedelta(minutes=30)
    rows = (await exported(counted, "moments", NINE + half, NINE + HOUR, "Z1")).decode().splitlines()
    assert rows[1:] == ["Z1:kerb,2026-03-02T01:30:00.000000Z,10,6"]
    rows = (await exported(counted, "moments", NINE - HOUR, NINE + half)).decode().splitlines()
    assert [row.partition(",")[0] for row in rows[1:]] == ["Z1:kerb", "Z2:lot"]


async def test_hours_end_with_their_moments_and_are_empty_where_there_are_none(counted: Database) -> None:
    rows = list(csv.DictReader(io.StringIO((await exported(counted, "hours", NINE, NINE + 3 * HOUR, "Z1")).decode())))
    assert tuple(rows[0])[-4:] == LAST
    assert [[row[name] for name in LAST] for row in rows] == [["10", "4", "10", "6"], ["10", "0", "2", "2"], [""] * 4]
