"""What payments and counts by persons say together, and where they say nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from pricing.forecast.intervals import TWENTIETHS
from pricing.paid.model import HOUR, PaidHour, Pair, SurveyCount, learnt, paid_hours, paired

START = datetime(2026, 3, 2, tzinfo=UTC)
BUSY, QUIET = ("Z1", "kerb"), ("Z2", "kerb")


def paid_hour(place: tuple[str, str], hours: int, paid_s: int) -> PaidHour:
    return PaidHour(*place, START + hours * HOUR, 10, paid_s)


def test_nothing_paid_is_a_zero_where_payments_work_and_nothing_else() -> None:
    hours = [START + number * HOUR for number in range(-1, 24 * 20)]
    found = paid_hours(BUSY, 10, {START: 3600}, hours, None, lambda hour: hour.hour < 12)
    assert (found[0].hour, found[0].share) == (START, 0.1)
    assert {hour.paid_s for hour in found[1:]} == {0}
    # Not before the first payment, not in the afternoon, and not two weeks after the last one.
    assert len(found) == 14 * 12
    assert not paid_hours(BUSY, 10, {}, hours, START - timedelta(days=15), lambda _: True)


def test_counts_of_an_hour_are_added_up_and_those_without_payments_pair_with_nothing() -> None:
    def count(minutes: int, spaces: int, occupied: int) -> SurveyCount:
        at = START + timedelta(minutes=minutes)
        return SurveyCount(zone_id="Z1", kind="kerb", counted_at=at, spaces=spaces, occupied=occupied)

    counts = [count(5, 10, 4), count(50, 5, 5), count(70, 10, 10)]
    pairs = paired(counts, {(*BUSY, START): paid_hour(BUSY, 0, 7200)}, lambda _, hour: hour.day)
    assert pairs == [Pair(BUSY, 2, 0.2, 0.6)]


def seen(hours: int, days: int, *, quiet: int = 0) -> list[Pair]:
    """Three of ten spaces are always taken without paying, in a few hours of another place one."""
    pairs = [Pair(BUSY, number % days, number % 6 / 10, number % 6 / 10 + 0.3) for number in range(hours)]
    return pairs + [Pair(QUIET, number % days, 0.2, 0.3) for number in range(quiet)]


@pytest.mark.parametrize(
    ("pairs", "whys"),
    [
        (seen(23, 4), ("survey_too_small", "never_counted")),
        (seen(40, 1), ("survey_too_small", "never_counted")),
        (seen(40, 4), (None, "never_counted")),
        (seen(40, 4, quiet=5), (None, "survey_too_small")),
        (seen(40, 4, quiet=6), (None, None)),
    ],
)
def test_only_places_that_were_counted_enough_are_estimated(
    pairs: list[Pair], whys: tuple[str | None, str | None]
) -> None:
    found = learnt(pairs, at=START)
    assert (found.why_not(BUSY), found.why_not(QUIET)) == whys
    hours = [paid_hour(place, 0, 14_400) for place in (BUSY, QUIET)]
    assert [(hour.zone_id, hour.kind) for hour, _ in found.estimated(hours)] == [
        place for place, why in zip((BUSY, QUIET), whys, strict=True) if why is None
    ]


def test_errors_are_those_of_days_that_were_not_learnt_from() -> None:
    found = learnt(seen(60, 5, quiet=20), at=START)
    ((_, busy), (_, quiet)) = found.estimated([paid_hour(BUSY, 0, 14_400), paid_hour(QUIET, 0, 7200)])
    assert [busy, quiet] == pytest.approx([0.7, 0.3], abs=0.06)
    assert found.mean_absolute_error is not None
    assert found.paid_error is not None
    assert found.mean_absolute_error < 0.05 < found.paid_error
    assert len(found.errors) == len(TWENTIETHS)
    assert list(found.errors) == sorted(found.errors)
    assert found.coverage is not None
