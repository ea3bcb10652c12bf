"""Weeks of the city and files of plans; pure."""

from datetime import UTC, date, datetime, timedelta

import pytest

from parking.retrofit.model import PlanFileInvalidError, PlannedWeek, PlanRowError, end_of, read_plan, week_of

MONDAY = date(2026, 6, 1)


def test_week_is_the_citys_when_it_is_still_sunday_in_utc() -> None:
    assert week_of(datetime(2026, 5, 31, 15, 59, tzinfo=UTC)) == MONDAY - timedelta(days=7)
    assert week_of(datetime(2026, 5, 31, 16, tzinfo=UTC)) == MONDAY
    assert end_of(MONDAY) == datetime(2026, 6, 7, 16, tzinfo=UTC)


def test_good_rows_pass_when_others_of_the_plan_are_refused() -> None:
    rows = list(
        read_plan(
            (
                "week,district,spaces\n2026-06-01,D,40\n2026-W24,D,0\n2026-06-02,D,1\nJune,D,1\n"
                "2026-06-15,D,many\n2026-06-15,D,-1\n2026-06-15,D\n"
            ).splitlines(keepends=True)
        )
    )
    assert rows[:2] == [
        PlannedWeek(district_id="D", week=MONDAY, spaces=40),
        PlannedWeek(district_id="D", week=date(2026, 6, 8), spaces=0),
    ]
    refused = [(row.index, row.code) for row in rows[2:] if isinstance(row, PlanRowError)]
    assert refused == [
        (2, "week_invalid"),
        (3, "week_invalid"),
        (4, "spaces_invalid"),
        (5, "spaces_invalid"),
        (6, "spaces_invalid"),
    ]


@pytest.mark.parametrize("heading", [[], ["district,week\n"], ["district,week,spaces,colour\n"]])
def test_plan_is_refused_when_its_heading_is_wrong(heading: list[str]) -> None:
    with pytest.raises(PlanFileInvalidError):
        list(read_plan(heading))
