"""A policy against a history small enough to be worked out by hand."""

from datetime import date

import pytest

from pricing.evaluation.backtest import backtest
from pricing.evaluation.report.model import Report
from pricing.evaluation.report.past import past_page
from pricing.history.cleaning import Cleaning
from pricing.history.periods import CellKey, Period, PricingHistory
from pricing.optimizer.model import PricingPolicy, PricingZone

POLICY = PricingPolicy(target_low=0.6, target_high=0.8, floor=100, cap=350, tick=50, step_up=50, step_down=50)
ZONES = {
    name: PricingZone(zone_id=name, kind="kerb", area_class="I", spaces=20, lat=36.8, lon=118.0 + place)
    for place, name in enumerate("ab")
}
FULL, EMPTY = [(300, 0.9), (350, 0.85), (350, 0.9)], [(300, 0.3), (350, 0.3), (350, 0.3)]


def history(*, decided: int | None = None) -> PricingHistory:
    rows = [
        Period(
            key=CellKey(zone, "workday", "am"),
            start=date(2026, 1 + number, 1),
            hours=80.0,
            spaces=20,
            price=price,
            occupancy=occupancy,
            full_share=None,
            decided=decided if number == 2 else None,
        )
        for zone, course in (("a", FULL), ("b", EMPTY))
        for number, (price, occupancy) in enumerate(course)
    ]
    return PricingHistory(tuple(rows), Cleaning(rows=len(rows)))


def test_decisions_are_held_against_what_was_done_with_what_was_known_then() -> None:
    first, second, last = backtest(POLICY, history(), ZONES).reviews
    assert [one.proposal.price_proposed for one in first.decisions] == [350, 250]
    # a was raised as the rule wants; b was empty and was raised all the same.
    assert (first.same, first.rule_same, first.against) == (1, 1, 1)
    # a stood at the cap and stayed; b stayed, where the rule lowers.
    assert [one.proposal.price_proposed for one in second.decisions] == [350, 300]
    assert (second.same, second.against) == (1, 0)
    assert second.decisions[0].proposal.cell.last_move == 1
    assert (len(last.decisions), len(last.known)) == (2, 0)
    assert len(backtest(POLICY, history(decided=350), ZONES).reviews[2].known) == 2


def test_the_course_starts_at_the_recorded_prices_and_never_leaves_the_limits() -> None:
    found = backtest(POLICY, history(), ZONES)
    first, *_, last = found.course
    assert (first.price_policy, first.price_done) == (300.0, 300.0)
    assert first.revenue_policy.mean == pytest.approx(first.revenue_done)
    # a at the cap of 350 as recorded; b two steps below 300 where the record has 350.
    assert (last.price_done, last.price_policy) == (350.0, 275.0)
    assert last.revenue_policy.low < last.revenue_policy.mean < last.revenue_policy.high
    assert found.foretold is not None
    assert found.foretold.moves == 2
    # One fell by five points, one did not move at all.
    assert found.foretold.error_as_before == pytest.approx(0.025)


def test_a_review_whose_limits_contradict_each_other_is_told_and_the_others_pass() -> None:
    policy = PricingPolicy(
        target_low=0.6, target_high=0.8, floor=100, cap=350, tick=50, step_up=50, step_down=50, revenue_floor=665_000
    )
    found = backtest(policy, history(), ZONES)
    assert [bool(one.refusal) for one in found.reviews] == [True, True, False]
    assert "revenue_floor" in found.reviews[0].refusal


def test_the_page_says_that_effects_are_worked_out_and_not_measured() -> None:
    found = backtest(POLICY, history(), ZONES)
    latest = found.reviews[-1].proposed
    assert latest is not None
    report = Report(
        title="h.csv",
        currency="CNY",
        policy=POLICY,
        zones=ZONES,
        proposals=latest.proposals,
        comparison=latest.comparison,
    )
    html = past_page(report, found)
    assert "Nobody has measured what other prices would have done" in html
    assert "没有人测量过另一种价格会带来什么" in html
    assert "The history holds 4 decisions on prices. Under this policy 50.0% would" in html
    assert "2026-01-01 – 2026-03-01" in html
