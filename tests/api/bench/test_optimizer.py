"""The city of the bench has the limits it is timed with, and what is proposed for it obeys them."""

from api.bench.optimizer import BANDS, POLICY, make_city, measure_optimizer
from pricing.evaluation.violations import violations
from pricing.optimizer.neighbours import neighbour_cells
from pricing.optimizer.propose import propose


def test_prices_of_the_benchs_city_obey_its_limits() -> None:
    cells, zones = make_city(9)
    assert len(cells) == 9 * BANDS
    assert neighbour_cells(POLICY, cells, zones)
    prices = [one.price_proposed for one in propose(POLICY, cells, zones, "optimizer").proposals]
    assert violations(POLICY, cells, zones, prices) == ()
    assert violations(POLICY, cells, zones, [price + 500 * (n == 0) for n, price in enumerate(prices)]) == (
        "own",
        "neighbour_max_difference",
    )


def test_a_bench_without_joined_limits_has_two_figures_and_no_gap() -> None:
    time_taken, gap = measure_optimizer(cells=48, joined=False)
    assert time_taken.value > 0.0
    assert gap.value < 0.01
