"""Broken rows of pricing history are dropped or clipped by rules, the good ones pass, and what was done is told."""

from datetime import date
from pathlib import Path

import pytest

from pricing.history.csv_rows import PricingFileError
from pricing.history.periods import read_history

HEADING = "zone_id,day_type,band,period_start,hours,spaces,price,occupancy,full_share\n"
GOOD = "a,workday,am,2026-01-05,80,40,300,0.7,0.1\n"


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("b,workday,am,2026-01-05,80,40,300,much,0.1\n", "unreadable"),
        ("b,workday,am,2026-01-05,80,40,300,0.7\n", "unreadable"),
        ("b,workday,am,last week,80,40,300,0.7,0.1\n", "unreadable"),
        ("b,workday,am,2026-01-05,80,40,300,nan,0.1\n", "unreadable"),
        ("b,workday,am,2026-01-05,80,40,-300,0.7,0.1\n", "unreadable"),
        ("b,workday,am,2026-01-05,80,0,300,0.7,0.1\n", "no_capacity"),
        ("b,workday,am,2026-01-05,0,40,300,0.7,0.1\n", "no_hours"),
        ("b,workday,am,2026-01-05,80,40,300,-0.1,0.1\n", "negative"),
        ("b,workday,am,2026-01-05,80,40,300,6.6,0.1\n", "implausible"),
        ("b,workday,am,2026-01-05,80,40,300,0.7,1.2\n", "implausible"),
        (GOOD, "duplicate"),
        (GOOD.replace("0.7", "0.8"), "contradiction"),
    ],
)
def test_a_broken_row_is_dropped_by_its_rule_and_the_good_one_passes(tmp_path: Path, row: str, rule: str) -> None:
    (tmp_path / "h.csv").write_text(HEADING + GOOD + row)
    history = read_history(tmp_path / "h.csv")
    assert [(one.key.zone_id, one.occupancy) for one in history.rows] == [("a", 0.7)]
    assert history.cleaning.counts == {rule: 1}
    assert history.cleaning.sentences("h.csv")[0].startswith(f"h.csv: 1 dropped, {rule}: ")
    assert "(line 3: " in history.cleaning.sentences("h.csv")[0]


def test_more_than_full_is_full_and_clock_changes_and_gaps_are_told(tmp_path: Path) -> None:
    rows = (
        "a,workday,am,2026-03-01T23:00:00,80,40,300,1.2,1.0\n"
        "a,workday,am,2026-05-04T00:00:00+08:00,80,40,300,0.7,0.1\n"
        "b,workday,am,2026-02-02,80,40,300,0.7,0.1\n"
    )
    (tmp_path / "h.csv").write_text(HEADING + GOOD + rows)
    history = read_history(tmp_path / "h.csv")
    assert [row.start for row in history.rows] == [
        date(2026, 1, 5),
        date(2026, 3, 2),
        date(2026, 5, 4),
        date(2026, 2, 2),
    ]
    assert history.rows[1].occupancy == 1.0
    assert history.cleaning.counts == {"over_capacity": 1, "clock_change": 1, "gap": 1, "old": 1}
    assert (history.cleaning.dropped, history.cleaning.clipped) == (0, 1)


@pytest.mark.parametrize("text", ["", "zone_id,band\na,am\n", HEADING, HEADING + GOOD.replace("0.7", "-0.7")])
def test_a_file_of_which_nothing_can_be_used_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "h.csv").write_text(text)
    with pytest.raises(PricingFileError):
        read_history(tmp_path / "h.csv")
