"""Steps get shorter where earlier moves went along with more than is believed, and never longer."""

from dataclasses import replace

import numpy as np
import pytest

from pricing.demand.load import load_of, occupancy_of
from pricing.demand.prior import Response
from pricing.optimizer.caution import STALE, careful
from pricing.optimizer.expected import Belief, expected
from pricing.optimizer.model import Cell, Earlier, PricingPolicy, PricingZone
from pricing.optimizer.propose import propose

POLICY = PricingPolicy(target_low=0.6, target_high=0.8, floor=50, cap=900, tick=50, step_up=150, step_down=150)
COUNT = 40
SPACES = 40


def city(elasticity: float) -> list[Cell]:
    """All began at 400 with other occupancies, every second one was made cheaper and answered as told; then nothing moved for one period."""
    began = np.linspace(0.3, 0.58, COUNT)
    price = np.where(np.arange(COUNT) % 2, 300, 400)
    spaces = np.full(COUNT, SPACES)
    now = occupancy_of(load_of(began, spaces) * np.exp(elasticity * (price - 400) / 350.0), spaces)
    return [
        Cell(
            zone_id=f"z{n}",
            day_type="workday",
            band="am",
            price=int(price[n]),
            occupancy=float(now[n]),
            spaces=SPACES,
            hours=100.0,
            last_move=-int(n % 2),
            earlier=(Earlier(400, float(began[n])), Earlier(int(price[n]), float(now[n]))),
        )
        for n in range(COUNT)
    ]


def zones() -> dict[str, PricingZone]:
    return {
        f"z{n}": PricingZone(zone_id=f"z{n}", kind="kerb", area_class="I", spaces=SPACES, lat=None, lon=None)
        for n in range(COUNT)
    }


def judged(cells: list[Cell]) -> Belief:
    return careful(cells, zones(), [cell.price for cell in cells])


def test_without_earlier_moves_and_where_they_brought_less_it_is_what_is_believed() -> None:
    for cells in ([replace(cell, earlier=()) for cell in city(-2.0)], city(-0.05)):
        assert judged(cells).mean == pytest.approx(-0.3)


def test_moves_that_went_along_with_more_count_and_an_experiment_that_is_sure_holds_them_back() -> None:
    believed = judged(city(-1.5)).mean
    assert (believed < -0.9).all()
    sure = [replace(cell, response=Response(mean=-0.3, sd=0.01, source="experiment")) for cell in city(-1.5)]
    assert (judged(sure).mean > believed + 0.4).all()


def test_drivers_still_have_some_of_the_price_before_the_last_in_mind() -> None:
    cell = replace(city(-1.0)[1], earlier=(Earlier(400, 0.5),))
    assert judged([cell]).steady == pytest.approx([300 + STALE * 100])


def test_caution_shortens_steps_and_says_so_while_expectations_stand_as_believed() -> None:
    cells = city(-1.5)
    bold = propose(POLICY, [replace(cell, earlier=()) for cell in cells], zones(), "optimizer").comparison
    found = propose(POLICY, cells, zones(), "optimizer")
    steps, bolder = (
        np.abs(np.array(one.of("optimizer").prices) - [cell.price for cell in cells]).sum()
        for one in (found.comparison, bold)
    )
    assert 0 < steps < bolder
    assert found.comparison.taken == "optimizer"
    assert all("no proof of a response" in one.reason and "并不证明价格响应" in one.reason for one in found.proposals)
    prices = [one.price_proposed for one in found.proposals]
    assert [one.expected_occupancy for one in found.proposals] == pytest.approx(expected(cells, prices)[:, 0].tolist())
