"""The car park counts of Birmingham: read, clipped, and brought into history once."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from parking.db.unit_of_work import Database
from parking.domain.errors import InvalidInputError
from parking.occupancy.birmingham import CountReport, FacilityCount, read_counts
from parking.occupancy.facility_counts import Kept, keep_counts
from parking.occupancy.tables import FacilityCountRow

HEAD = "SystemCodeNumber,Capacity,Occupancy,LastUpdated\n"


def read(folder: Path, lines: str, head: str = HEAD) -> tuple[list[FacilityCount], CountReport]:
    (folder / "counts.csv").write_text(head + lines)
    report = CountReport()
    return list(read_counts(folder / "counts.csv", report)), report


def test_times_are_those_of_england_when_the_file_has_no_zone(tmp_path: Path) -> None:
    counts, _ = read(tmp_path, "NIA North,480,61,2016-10-04 07:59:42\nNIA North,480,62,2016-11-04 07:59:42\n")
    assert counts == [
        FacilityCount("NIA_North", datetime(2016, 10, 4, 6, 59, 42, tzinfo=UTC), 480, 61),
        FacilityCount("NIA_North", datetime(2016, 11, 4, 7, 59, 42, tzinfo=UTC), 480, 62),
    ]


def test_rows_are_clipped_dropped_and_refused_by_name_when_they_are_wrong(tmp_path: Path) -> None:
    counts, report = read(
        tmp_path,
        "A,100,120,2016-10-04 08:00:00\nA,100,120,2016-10-04 08:00:00\nA,100,7,2016-10-04 08:00:00\n"
        "A,100,-3,2016-10-04 08:30:00\nA,0,1,2016-10-04 09:00:00\nA,100,many,2016-10-04 09:30:00\nA,100\n",
    )
    assert [count.occupied for count in counts] == [100, 0]
    assert (report.rows, report.duplicates, report.contradictions) == (7, 1, 1)
    assert (report.above_capacity, report.below_zero, report.refused_count) == (2, 1, 3)
    assert report.refused[0] == "6: a capacity of 0"


def test_the_columns_are_named_when_the_file_is_another(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        read(tmp_path, "", head="a,b\n")
    assert refusal.value.code == "columns_missing"


@pytest.mark.service
async def test_counts_are_kept_once_when_they_are_brought_twice(database: Database, tmp_path: Path) -> None:
    counts, _ = read(tmp_path, "A,100,50,2016-10-04 08:00:00\nB,100,51,2016-10-04 08:00:00\n")
    async with database.transaction() as session:
        assert await keep_counts(session, counts[:1]) == Kept(1, 0)
        assert await keep_counts(session, counts) == Kept(1, 1)
    async with database.transaction() as session:
        assert await keep_counts(session, counts) == Kept(0, 2)
        assert await session.scalar(select(func.count()).select_from(FacilityCountRow)) == 2


@pytest.mark.service
async def test_the_whole_data_set_is_in_history_when_it_was_brought(database: Database, shared: Path) -> None:
    file = shared / "data/birmingham/dataset.csv"
    if not file.exists():
        print("left out: the Birmingham data set, which is not beside this checkout")
        return
    report = CountReport()
    async with database.transaction() as session:
        kept = await keep_counts(session, list(read_counts(file, report)))
    # Figures of the data set's own SOURCE.md: 35,717 rows, 216 exact copies, 373 above capacity, 12 negative.
    assert (report.rows, report.duplicates, report.contradictions, report.refused_count) == (35717, 216, 0, 0)
    assert (report.above_capacity, report.below_zero) == (373, 12)
    assert kept == Kept(35501, 0)
    async with database.transaction() as session:
        assert await session.scalar(text("SELECT count(DISTINCT facility_id) FROM facility_count")) == 30
        assert await session.scalar(text("SELECT count(*) FROM space_state_change")) == 0
