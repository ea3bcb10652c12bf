"""The next moments at which a running stay costs more, to the second."""

from datetime import datetime, timedelta

from pricing.quotes.rises import Rise, next_rises
from tests.pricing.kerb_city import at


def by_half_hours(end: datetime) -> int:
    """1.50 for each begun half hour from 08:00 on, at most 4.50."""
    return min(450, 150 * -(-int((end - at("08:00")).total_seconds()) // 1800))


def test_rise_is_the_last_second_at_the_old_amount_when_a_begun_unit_counts() -> None:
    assert next_rises(by_half_hours, at("08:10:07")) == (Rise(at("08:30"), 300), Rise(at("09:00"), 450))


def test_as_many_rises_are_told_as_wanted_when_the_fee_goes_on_rising() -> None:
    rises = next_rises(lambda end: int((end - at("08:00")).total_seconds()), at("08:00"), most=2)
    assert rises == (Rise(at("08:00"), 1), Rise(at("08:00:01"), 2))


def test_no_rise_is_told_when_none_comes_within_the_time() -> None:
    assert next_rises(by_half_hours, at("09:10")) == ()
    assert next_rises(by_half_hours, at("08:31"), within=timedelta(minutes=20)) == ()


def test_rise_after_a_fall_is_told_when_a_longer_stay_costs_less_for_a_while() -> None:
    falling = {at("08:00"): 500, at("08:20"): 300, at("09:00"): 400}

    def amount(end: datetime) -> int:
        return next(fee for since, fee in reversed(falling.items()) if since < end or since == at("08:00"))

    assert next_rises(amount, at("08:10")) == (Rise(at("09:00"), 400),)
