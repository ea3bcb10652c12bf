"""A day looks back at earlier days of its kind: weekdays, moved working days, holidays, announced events."""

from datetime import date, timedelta

import numpy as np

from parking.calendar.official import OFFICIAL
from pricing.forecast.days import days_of, kind_mean, on_earlier
from pricing.forecast.history import DAY

FIRST = date(2024, 9, 2)
"""A Monday; 1 to 7 October are holidays in China, and 29 September and 12 October are worked instead."""


def number(day: date) -> int:
    return (day - FIRST).days


def test_ordinary_days_look_back_by_whole_weeks() -> None:
    earlier = days_of(FIRST, 35).earlier(1)
    assert earlier[:4, 30].tolist() == [23, 16, 9, 2]
    assert earlier[4:, 30].tolist() == [-1] * (len(earlier) - 4)
    assert days_of(FIRST, 35).earlier(9)[0, 30] == 16


def test_moved_days_and_holidays_of_china_resemble_their_kind() -> None:
    earlier = days_of(FIRST, 60, OFFICIAL("CN").kind_of).earlier(1)
    worked_sunday, holiday = number(date(2024, 9, 29)), number(date(2024, 10, 3))
    assert earlier[0, worked_sunday] == number(date(2024, 9, 25))
    assert earlier[:2, holiday].tolist() == [holiday - 1, holiday - 2]
    assert earlier[0, number(date(2024, 10, 10))] == number(date(2024, 9, 26))


def test_an_event_resembles_only_itself() -> None:
    events = {FIRST + timedelta(days=day): "fair" for day in (3, 20)}
    days = days_of(FIRST, 30, events=events)
    assert days.earlier(1)[:2, 20].tolist() == [3, -1]
    assert 3 not in days.earlier(1)[:, 24]
    shares = np.repeat(np.arange(30.0), DAY)[None, :]
    assert on_earlier(shares, days.earlier(1)[0])[0, 20 * DAY] == 3
    assert kind_mean(shares, days.earlier(1), 8.0)[0, 20 * DAY + 5] == 3
    assert np.isnan(kind_mean(shares, days.earlier(1), 8.0)[0, 3 * DAY])
