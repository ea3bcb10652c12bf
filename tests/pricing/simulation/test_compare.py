"""What a simulation says of a week that can be added up by hand."""

from dataclasses import replace

import pytest

from parking.domain.errors import InvalidInputError
from pricing.fees.arrays.amounts import amounts
from pricing.rates.model import RateLine
from pricing.simulation.compare import compare
from pricing.simulation.model import PRIOR_ELASTICITY, SimulationResult
from pricing.simulation.service import assumptions_of, simulate_tables
from tests.pricing.kerb_city import LINZI, with_lines
from tests.pricing.simulation.recorded_street import recorded_street


def _dearer_by_day(line: RateLine) -> RateLine:
    return with_price(line, 200) if line.unit_price == 150 else line


def with_price(line: RateLine, price: int) -> RateLine:
    return replace(line, unit_price=price)


@pytest.fixture(scope="module")
def result() -> SimulationResult:
    return simulate_tables(recorded_street(), with_lines(LINZI, _dearer_by_day), LINZI)


def test_revenue_and_payers_add_up_when_the_day_gets_dearer(result: SimulationResult) -> None:
    total = result.total
    assert (total.stays, total.revenue_before, total.revenue_after) == (9, 7 * 450 + 400, 7 * 600 + 400)
    assert (total.pay_more, total.pay_less, total.more, total.less) == (7, 0, 7 * 150, 0)
    assert (total.free_before, total.free_after) == (1, 1)
    assert [(change > 0, stays) for change, stays in result.changes] == [(False, 2), (True, 7)]
    assert result.unpriced == ()


@pytest.mark.parametrize("dimension", ["zone", "duration", "vehicle_class", "energy", "person"])
def test_shares_add_up_to_the_total_when_stays_are_grouped(result: SimulationResult, dimension: str) -> None:
    shares = result.shares[dimension]
    assert sum(share.stays for share in shares) == result.total.stays
    assert sum(share.revenue_after for share in shares) == result.total.revenue_after


def test_vehicle_is_a_resident_when_it_came_on_enough_days(result: SimulationResult) -> None:
    assert {share.key: share.stays for share in result.shares["person"]} == {"visitor": 8, "unknown": 1}
    recorded = recorded_street()
    fees = amounts(LINZI, recorded.stays)
    known = compare(
        recorded,
        fees,
        fees,
        draft=LINZI,
        present=(),
        assumptions=replace(result.assumptions, resident_days=7),
    )
    assert {share.key: share.stays for share in known.shares["person"]} == {"resident": 7, "visitor": 1, "unknown": 1}


def test_response_follows_the_stated_elasticity_when_prices_rise(result: SimulationResult) -> None:
    assert result.assumptions.elasticity == PRIOR_ELASTICITY
    first, second = result.occupancy
    factor = round((600 / 450) ** PRIOR_ELASTICITY * 1_000_000)
    assert first.responses[1].factor_ppm == factor
    assert first.responses[1].revenue == 7 * 600 * factor // 1_000_000
    assert first.occupied_before == pytest.approx(7 * 6_300 / (7 * 86_400))
    assert first.occupied_after == pytest.approx(first.occupied_before * factor / 1_000_000)
    assert first.by_hour[9] == pytest.approx(1.0)
    assert first.by_hour[10] == pytest.approx(0.75)
    assert (first.capacity, second.capacity) == (10, None)
    assert second.responses[1].factor_ppm == 1_000_000
    assert result.revenue_after_response == 7 * 600 * factor // 1_000_000 + 400


def test_no_response_is_stated_when_a_price_ends_at_nothing() -> None:
    free = with_lines(LINZI, lambda line: with_price(line, 0))
    result = simulate_tables(recorded_street(), free, LINZI)
    assert result.total.revenue_after == 0
    assert result.total.free_after == 9
    assert {zone.responses[1].factor_ppm for zone in result.occupancy} == {None}
    assert result.revenue_after_response is None


def test_simulation_is_refused_when_the_elasticity_draws_drivers_to_dear_streets() -> None:
    with pytest.raises(InvalidInputError) as caught:
        assumptions_of(0.3)
    assert caught.value.code == "elasticity_invalid"
