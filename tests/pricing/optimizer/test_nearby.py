"""What one street loses by its price is found again in the next, where an estimate says so, and nothing of it where none does."""

from dataclasses import replace

import numpy as np
import pytest

from pricing.demand.load import load_of
from pricing.demand.prior import Response
from pricing.optimizer.expected import expected
from pricing.optimizer.model import Cell, PricingPolicy, PricingZone
from pricing.optimizer.nearby import nearby_cells, pressed, widened
from pricing.optimizer.propose import propose

NEARBY = Response(mean=0.2, sd=0.1, source="experiment")
PAIRS = [(0, 1), (1, 2)]
ZONES = {
    name: PricingZone(zone_id=name, kind="kerb", area_class="I", spaces=40, lat=36.8, lon=118.3 + 0.0015 * number)
    for number, name in enumerate("abc")
}


def street(nearby: Response | None = NEARBY, price: int = 400) -> list[Cell]:
    return [
        Cell(zone_id=name, day_type="all", band="am", price=price, occupancy=0.7, spaces=40, hours=100.0, nearby=nearby)
        for name in ("a", "b", "c")
    ]


def load(share: float) -> float:
    return float(load_of(np.array([share]), np.array([40]))[0])


def test_load_follows_the_mean_price_of_those_nearby_with_the_estimated_elasticity() -> None:
    shares = [cell.occupancy for cell in pressed(street(), [800, 400, 400], PAIRS)]
    # b has one dearer neighbour of two, c none that moved, and a's own price sends a nothing.
    assert shares[0] == shares[2] == pytest.approx(0.7)
    assert np.log(load(shares[1]) / load(0.7)) == pytest.approx(0.2 * np.log(2.0) / 2.0, abs=1e-3)


def test_nothing_is_sent_where_nothing_is_known_nobody_is_near_or_a_price_is_free() -> None:
    cells, free = street(), street(price=0)
    policy = PricingPolicy(
        target_low=0.6, target_high=0.8, floor=100, cap=900, tick=50, step_up=50, step_down=50, neighbour_m=200.0
    )
    assert nearby_cells(policy, cells, ZONES) == PAIRS
    assert nearby_cells(policy, street(None), ZONES) == []
    assert nearby_cells(replace(policy, neighbour_m=None), cells, ZONES) == []
    assert pressed(cells, [800, 400, 400], []) is cells
    assert [cell.occupancy for cell in pressed(free, [400, 0, 0], PAIRS)] == [0.7] * 3


def test_the_interval_is_wider_than_by_the_own_price_alone_and_the_mean_moves() -> None:
    cells = street()
    prices = [800, 400, 400]
    own = expected(cells, prices)
    both = widened(cells, prices, PAIRS, own)
    assert both[1, 0] > own[1, 0]
    assert both[1, 2] - both[1, 1] > own[1, 2] - own[1, 1]
    assert np.allclose(both[[0, 2]], own[[0, 2]])
    assert widened(cells, prices, [], own) is own


@pytest.mark.parametrize("mean", [0.0, 0.4])
def test_the_optimizer_takes_up_what_its_prices_send_to_those_nearby(mean: float) -> None:
    """A full street between two that are just in band: what a dearer middle would send there makes them too full."""
    nearby = Response(mean=mean, sd=0.05, source="experiment")
    full = {"a": 0.79, "b": 0.97, "c": 0.79}
    cells = [replace(cell, occupancy=full[cell.zone_id], nearby=nearby) for cell in street()]
    policy = PricingPolicy(
        target_low=0.6, target_high=0.8, floor=100, cap=900, tick=50, step_up=200, step_down=50, neighbour_m=200.0
    )
    found = propose(policy, cells, ZONES, "optimizer")
    by_zone = {one.cell.zone_id: one for one in found.proposals}
    alone = expected(cells, [one.price_proposed for one in found.proposals])[:, 0]
    told = np.array([by_zone[name].expected_occupancy for name in full])
    assert (told >= alone - 1e-9).all()
    assert bool((told > alone + 0.005).any()) == (mean > 0.0)
    assert found == propose(policy, cells, ZONES, "optimizer")
