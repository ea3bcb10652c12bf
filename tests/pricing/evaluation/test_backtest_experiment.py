"""A history in which lotteries were held: each review knows what was measured before it, and a course of the policy's own holds lotteries too."""

from dataclasses import replace

import pytest

from pricing.evaluation.backtest import Backtest, backtest, learning
from pricing.evaluation.report.experiment import experiment
from pricing.evaluation.report.model import Report
from pricing.evaluation.report.past import past_page
from pricing.evaluation.violations import violations
from pricing.optimizer.model import PricingPolicy, PricingZone
from pricing.reports.svg import round_values
from tests.pricing.demand.staggered_city import City, Record, live, uniform

POLICY = PricingPolicy(
    target_low=0.6, target_high=0.8, floor=100, cap=900, tick=50, step_up=50, step_down=50, stagger="halves",
    neighbour_m=250.0, neighbour_max_difference=600, max_distinct_prices=8,
)  # fmt: skip


@pytest.fixture(scope="module")
def city() -> Record:
    return live(City(own=uniform(-0.8), periods=5), 2)


@pytest.fixture(scope="module")
def zones(city: Record) -> dict[str, PricingZone]:
    return {
        name: PricingZone(zone_id=name, kind="kerb", area_class=area, spaces=40, lat=36.8 + number / 500, lon=118.0)
        for number, (name, area) in enumerate(city.area_class.items())
    }


@pytest.fixture(scope="module")
def found(city: Record, zones: dict[str, PricingZone]) -> Backtest:
    known = learning(POLICY, city.history, city.lots, zones)
    return backtest(POLICY, city.history, zones, known=known, lots=city.lots)


def test_a_review_believes_only_what_was_measured_before_it_and_nothing_without_its_placebo(found: Backtest) -> None:
    assert found.reviews[0].estimate is None
    for review in found.reviews:
        responses = {one.proposal.cell.response.source for one in review.decisions}
        estimate = review.estimate
        if estimate is None or estimate.source == "prior":
            assert responses == {"prior"}
            continue
        assert responses == {"experiment"}
        assert estimate.last == review.start
        assert estimate.placebo is not None
        assert estimate.placebo.passes
    last = found.reviews[-1].estimate
    assert last is not None
    assert last.source == "experiment"


def test_who_was_drawn_to_wait_counts_as_decided_what_was_wanted(found: Backtest, city: Record) -> None:
    wanted = {(lot.after, lot.key): lot.wanted for lot in city.lots if not lot.is_now}
    done = {
        (review.start, one.proposal.cell.zone_id, one.proposal.cell.day_type, one.proposal.cell.band): one.done
        for review in found.reviews
        for one in review.decisions
    }
    assert wanted
    assert all(done[after, *key] == price for (after, key), price in wanted.items())


def test_the_policys_own_lotteries_defer_by_one_period_and_every_limit_holds_in_each(
    found: Backtest, zones: dict[str, PricingZone]
) -> None:
    waited: frozenset[str] = frozenset()
    prices: dict[tuple[str, str, str], int] = {}
    held = 0
    for stretch in found.course:
        wave = stretch.decided
        assert wave is not None
        cells = [replace(one.cell, fixed=None) for one in wave.proposed.proposals]
        assert not violations(POLICY, cells, zones, [one.price_proposed for one in wave.proposed.proposals])
        for one in wave.proposed.proposals:
            key = (one.cell.zone_id, one.cell.day_type, one.cell.band)
            assert one.cell.price == prices.get(key, one.cell.price)
            assert one.cell.zone_id not in wave.waiting or one.price_proposed == one.cell.price
            prices[key] = one.price_proposed
        assert not waited & {lot.key.zone_id for lot in wave.lots}
        waited, held = wave.waiting, held + bool(wave.waiting)
    assert held >= 2


def test_the_page_draws_the_estimate_among_lotteries_that_were_not_held(
    found: Backtest, zones: dict[str, PricingZone]
) -> None:
    review = found.reviews[-1]
    assert review.proposed is not None
    told = Report(
        title="h.csv", currency="USD", policy=POLICY, zones=zones, proposals=review.proposed.proposals, estimate=review.estimate
    )  # fmt: skip
    html = past_page(told, found)
    for words in (
        "Placebo: lotteries that were never held",
        "安慰剂检验",
        "Before the prices moved",
        "nothing can be learnt from these",
    ):
        assert words in html
    assert review.estimate is not None
    placebo, before = review.estimate.placebo, review.estimate.pre_trend
    assert placebo is not None
    assert placebo.drawn is not None
    assert sum(placebo.drawn.counts) == placebo.draws
    # A response of -0.8 lies outside what chance makes; what was before the prices moved within it.
    assert placebo.drawn.held < placebo.drawn.low
    assert before is not None
    assert before.drawn is not None
    assert before.drawn.held < before.drawn.high
    # Where nothing was tested only the verdict is told.
    untested = replace(review.estimate, shown=None, placebo=None, pre_trend=None)
    assert "<svg" not in experiment(untested)
    assert not experiment(None)


@pytest.mark.parametrize(
    ("span", "values"), [((-1.1, 0.2), [-1.0, -0.8, -0.6, -0.4, -0.2, 0.0, 0.2]), ((0.0, 3.4), [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0]), ((2.0, 2.0), [2.0])]
)  # fmt: skip
def test_an_axis_has_round_values(span: tuple[float, float], values: list[float]) -> None:
    assert round_values(*span) == values
