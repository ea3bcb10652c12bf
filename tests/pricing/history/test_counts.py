"""Broken counts of facilities are cleaned by rules, and what was done is told."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pricing.history.cleaning import Cleaning
from pricing.history.counts import Count, HistoryUnreadableError, read_counts

HEADING = "facility_id,timestamp,capacity,occupied\n"


def read(folder: Path, text: str, clock: str | None = None) -> tuple[list[Count], Cleaning]:
    (folder / "counts.csv").write_text(text)
    cleaning = Cleaning()
    zone = None if clock is None else ZoneInfo(clock)
    return list(read_counts(folder / "counts.csv", "csv", cleaning, zone)), cleaning


def test_counts_are_clipped_and_repeats_dropped_by_rules_that_are_told(tmp_path: Path) -> None:
    rows = (
        "A,2026-03-03T08:14:59,100,130\n"
        "A,2026-03-02T08:00:00,100,50\n"
        "A,2026-03-02T08:00:00,100,50\n"
        "A,2026-03-02T08:00:00,100,70\n"
        "A,2026-03-02T08:10:00+08:00,100,-4\n"
        "B,never,100,1\nB,2026-03-02T08:00:00,0,0\nB,2026-03-02T08:00:00,10,1.5\n,2026-03-02T08:00:00,10,1\n"
    )
    counts, cleaning = read(tmp_path, HEADING + rows)
    assert [count.share for count in counts] == [1.0, 0.5, 0.0]
    assert cleaning.rows == 9
    assert cleaning.counts == {
        "over_capacity": 1, "below_zero": 1, "duplicate": 1, "contradiction": 1, "unreadable": 3, "no_capacity": 1
    }  # fmt: skip
    assert (cleaning.dropped, cleaning.clipped) == (6, 2)
    assert [line.split(":")[0] for line in cleaning.examples["unreadable"]] == ["line 7", "line 9", "line 10"]
    assert "counts.csv: 3 dropped, unreadable" in cleaning.sentences("counts.csv")[0]


SET_BACK = "A,2026-10-25T01:30:00,100,20\nA,2026-10-25T01:30:00,100,40\n"
UTC_TIMES = "A,2026-10-25T00:30:00Z,100,20\nA,2026-10-25T01:30:00Z,100,20\n"
OFFSETS = "A,2026-10-25T01:30:00+01:00,100,20\nA,2026-10-25T01:30:00+00:00,100,20\n"
SKIPPED = "A,2026-03-29T01:30:00,100,20\nA,2026-03-29T02:30:00,100,20\n"


@pytest.mark.parametrize(
    ("rows", "clock", "left", "told"),
    [
        (SET_BACK, None, 1, "contradiction"),
        (SET_BACK, "Europe/London", 2, "clock_set_back"),
        (SET_BACK, "Asia/Shanghai", 1, "contradiction"),
        (OFFSETS, None, 2, "clock_set_back"),
        (OFFSETS, "Europe/London", 2, "clock_set_back"),
        (UTC_TIMES, "Europe/London", 2, "clock_set_back"),
        (SKIPPED, "Europe/London", 1, "clock_skipped"),
    ],
)
def test_an_hour_that_the_clock_showed_twice_counts_twice_and_one_that_it_skipped_never(
    tmp_path: Path, rows: str, clock: str | None, left: int, told: str
) -> None:
    counts, cleaning = read(tmp_path, HEADING + rows, clock)
    assert len(counts) == left
    assert cleaning.counts == {told: 1}


def test_a_time_with_an_offset_is_told_on_the_clock_whose_days_they_are(tmp_path: Path) -> None:
    rows = HEADING + "A,2026-03-01T23:30:00Z,100,20\n"
    (there,), _ = read(tmp_path, rows, "Asia/Shanghai")
    (as_written,), _ = read(tmp_path, rows)
    assert (there.at.isoformat(), as_written.at.isoformat()) == ("2026-03-02T07:30:00", "2026-03-01T23:30:00")


@pytest.mark.parametrize("text", ["a,b\n1,2\n", ""])
def test_a_file_without_the_columns_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(HistoryUnreadableError):
        read(tmp_path, text)
