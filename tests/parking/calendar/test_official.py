"""Kinds of days as the State Council announced them, and notices counted in working days."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from parking.calendar.announcement import CalendarFileError, read_announcements
from parking.calendar.official import OFFICIAL, Calendars, DayKind, OfficialCalendar
from parking.domain.errors import InvalidInputError

CHINA = OFFICIAL("CN")
# The notices of the State Council for 2023 to 2026: 国办发明电〔2022〕16号, 〔2023〕7号, 〔2024〕12号, 〔2025〕7号.
BREAKS = {
    "2022-12-31": 3, "2023-01-21": 7, "2023-04-05": 1, "2023-04-29": 5, "2023-06-22": 3, "2023-09-29": 8,
    "2024-02-10": 8, "2024-04-04": 3, "2024-05-01": 5, "2024-09-15": 3, "2024-10-01": 7,
    "2025-01-01": 1, "2025-01-28": 8, "2025-04-04": 3, "2025-05-01": 5, "2025-05-31": 3, "2025-10-01": 8,
    "2026-01-01": 3, "2026-02-15": 9, "2026-04-04": 3, "2026-05-01": 5, "2026-06-19": 3, "2026-09-25": 3, "2026-10-01": 7,
    # These two years say "joined with the weekend" (与周末连休); the weekend counts as part of the break.
    "2023-12-30": 3, "2024-06-08": 3,
}  # fmt: skip
WORKED = {
    "2023-01-28", "2023-01-29", "2023-04-23", "2023-05-06", "2023-06-25", "2023-10-07", "2023-10-08",
    "2024-02-04", "2024-02-18", "2024-04-07", "2024-04-28", "2024-05-11", "2024-09-14", "2024-09-29", "2024-10-12",
    "2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11",
    "2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10",
}  # fmt: skip
NEXT_YEAR = """
[[year]]
country = "CN"
year = 2031
source = "an announcement"
breaks = [[2030-12-31, 2031-01-02], [2031-01-22, 2031-01-29]]
workdays = [2031-01-18]
"""


def announced(day: date) -> DayKind:
    for first, length in BREAKS.items():
        if 0 <= (day - date.fromisoformat(first)).days < length:
            return "holiday"
    return "workday" if day.isoformat() in WORKED or day.weekday() < 5 else "restday"


def test_every_day_is_what_the_notices_say_when_the_years_are_announced() -> None:
    days = [date(2023, 1, 1) + timedelta(days=offset) for offset in range(4 * 365 + 1)]
    assert days[-1] == date(2026, 12, 31)
    assert {day: CHINA.kind_of(day) for day in days} == {day: announced(day) for day in days}


@pytest.mark.parametrize(
    ("day", "count", "last"),
    [
        # Scenario B of the reference: both make-up Saturdays count, the nine days of Spring Festival do not.
        ("2026-02-11", 7, "2026-02-27"),
        ("2026-02-11", 1, "2026-02-12"),
        ("2026-02-13", 1, "2026-02-14"),
        ("2026-02-27", 1, "2026-02-28"),
        ("2026-02-16", 1, "2026-02-24"),
        ("2026-02-11", 0, "2026-02-11"),
    ],
)
def test_notice_counts_official_working_days(day: str, count: int, last: str) -> None:
    assert CHINA.add_working_days(date.fromisoformat(day), count) == date.fromisoformat(last)


def test_unannounced_year_is_a_visible_guess_that_no_notice_counts_over() -> None:
    assert (CHINA.is_announced(2026), CHINA.is_announced(2031)) == (True, False)
    assert CHINA.kind_of(date(2031, 1, 18)) == "restday"
    with pytest.raises(InvalidInputError) as refusal:
        CHINA.add_working_days(date(2030, 12, 30), 7)
    assert refusal.value.code == "calendar_unannounced"


def test_announcement_of_the_city_goes_before_the_library(tmp_path: Path) -> None:
    file = tmp_path / "calendar.toml"
    file.write_text(NEXT_YEAR)
    calendars = Calendars(read_announcements(file))
    china = calendars("CN")
    assert china.is_announced(2031)
    kinds = [china.kind_of(date(2031, 1, day)) for day in (1, 2, 3, 18, 19, 22, 29, 30)]
    assert kinds == ["holiday", "holiday", "workday", "workday", "restday", "holiday", "holiday", "workday"]
    assert china.kind_of(date(2030, 12, 31)) == "holiday"
    assert china.kind_of(date(2031, 10, 1)) == "workday"
    assert calendars("CN") is china
    assert china.kind_of(date(2026, 2, 28)) == "workday"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("year = 2031", "year = 2032", "no span of days of 2032"),
        ("2031-01-02]", "2030-12-30]", "no span"),
        ("[2031-01-18]", "[2031-01-23]", "named twice"),
        ("[2031-01-18]", "[2029-01-18]", "not of 2031"),
        ('source = "an announcement"\n', "", "source"),
        ("[[year]]", "[[years]]", "years"),
    ],
)
def test_mistake_is_named_when_a_calendar_is_wrong(tmp_path: Path, old: str, new: str, told: str) -> None:
    file = tmp_path / "calendar.toml"
    file.write_text(NEXT_YEAR.replace(old, new, 1))
    with pytest.raises(CalendarFileError, match=told):
        read_announcements(file)
    with pytest.raises(CalendarFileError):
        read_announcements(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("country", "day", "kind"),
    [
        ("DE", "2026-05-02", "restday"),
        ("DE", "2026-05-01", "holiday"),
        ("DE", "2026-10-03", "holiday"),
        ("US", "2026-07-04", "holiday"),
        ("US", "2026-07-06", "workday"),
        ("AE", "2026-01-03", "restday"),
    ],
)
def test_other_countries_have_their_own_days(country: str, day: str, kind: DayKind) -> None:
    assert OFFICIAL(country).kind_of(date.fromisoformat(day)) == kind
    assert OFFICIAL("DE").is_announced(2040)


def test_calendar_is_refused_when_nobody_keeps_it() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        OfficialCalendar("XX")
    assert refusal.value.code == "calendar_unknown"
