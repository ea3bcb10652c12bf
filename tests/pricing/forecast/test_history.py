"""Counts become half-hour slots of the wall clock, and what was not counted stays unknown."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from pricing.forecast.history import DAY, History, nearest
from pricing.history.counts import Count


@pytest.mark.parametrize(
    ("at", "slot"), [("08:14:59", "08:00"), ("08:15:00", "08:30"), ("07:59:42", "08:00"), ("23:50:00", "00:00")]
)
def test_a_sample_belongs_to_the_nearest_half_hour(at: str, slot: str) -> None:
    assert nearest(datetime.fromisoformat(f"2026-03-02T{at}")).strftime("%H:%M") == slot


def test_a_clock_that_is_set_back_gives_no_second_hour() -> None:
    at = datetime.fromisoformat("2026-10-25T01:30")
    counts = [Count("A", at, share) for share in (0.2, 0.4)]
    assert History.of(counts).shares[0, 3] == pytest.approx(0.3)


def test_what_is_usually_counted_and_once_was_not_is_a_gap_and_a_closed_night_is_none() -> None:
    start = datetime.fromisoformat("2026-03-02T08:00")
    times = [start + timedelta(days=day, minutes=30 * slot) for day in range(5) for slot in range(20)]
    history = History.of(Count("A", at, 0.5) for at in times if at.day != 4 or at.hour >= 10)
    assert history.gaps == 4
    assert np.isnan(history.shares).sum() == 5 * DAY - 96
