"""Broken histories are cleaned, and what was done to them is said."""

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from parking.occupancy.birmingham import CountReport
from pricing.forecast.history import DAY, Count, History, HistoryUnreadableError, nearest, read_counts

HEADING = "facility_id,timestamp,capacity,occupied\n"


def read(tmp_path: Path, text: str) -> tuple[History, CountReport]:
    (tmp_path / "counts.csv").write_text(text)
    report = CountReport()
    return History.of(read_counts(tmp_path / "counts.csv", "csv", report)), report


def test_counts_are_clipped_and_repeats_dropped_with_a_report(tmp_path: Path) -> None:
    rows = (
        "A,2026-03-03T08:14:59,100,130\n"
        "A,2026-03-02T08:00:00,100,50\n"
        "A,2026-03-02T08:00:00,100,50\n"
        "A,2026-03-02T08:00:00,100,70\n"
        "A,2026-03-02T08:10:00+08:00,100,-4\n"
        "B,never,100,1\nB,2026-03-02T08:00:00,0,0\nB,2026-03-02T08:00:00,10,1.5\n,2026-03-02T08:00:00,10,1\n"
    )
    history, report = read(tmp_path, HEADING + rows)
    assert (report.rows, report.duplicates, report.contradictions) == (9, 1, 1)
    assert (report.above_capacity, report.below_zero, report.refused_count) == (1, 1, 4)
    assert [line.split(":")[0] for line in report.refused] == ["7", "8", "9", "10"]
    assert (history.facilities, history.days) == (("A",), 2)
    assert history.shares[0, 16] == 0.25
    assert history.shares[0, DAY + 16] == 1.0
    assert np.isfinite(history.shares).sum() == 2


@pytest.mark.parametrize(
    ("at", "slot"), [("08:14:59", "08:00"), ("08:15:00", "08:30"), ("07:59:42", "08:00"), ("23:50:00", "00:00")]
)
def test_a_sample_belongs_to_the_nearest_half_hour(at: str, slot: str) -> None:
    assert nearest(datetime.fromisoformat(f"2026-03-02T{at}")).strftime("%H:%M") == slot


def test_a_clock_that_is_set_back_gives_no_second_hour() -> None:
    at = datetime.fromisoformat("2026-10-25T01:30")
    counts = [Count("A", at, share) for share in (0.2, 0.4)]
    assert History.of(counts).shares[0, 3] == pytest.approx(0.3)


@pytest.mark.parametrize("text", ["a,b\n1,2\n", HEADING, ""])
def test_a_file_without_counts_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(HistoryUnreadableError):
        read(tmp_path, text)
