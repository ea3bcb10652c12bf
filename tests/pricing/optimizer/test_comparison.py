"""Every proposal is held against rules with the same steps, and a proposal that is no better than they are is the rule's."""

from dataclasses import replace

import pytest

from pricing.optimizer.comparison import outlook_of
from pricing.optimizer.expected import Belief
from pricing.optimizer.model import Cell, Earlier, PricingPolicy, PricingZone
from pricing.optimizer.propose import propose

POLICY = PricingPolicy(
    target_low=0.6,
    target_high=0.8,
    floor=100,
    cap=600,
    tick=50,
    step_up=100,
    step_down=100,
    bands=((0.60, -50), (0.80, 0), (9.0, 50)),
)


def cell(number: int, occupancy: float, *, full_share: float | None = None, last_move: int = 0) -> Cell:
    return Cell(
        zone_id=f"z{number}",
        day_type="workday",
        band="am",
        price=300,
        occupancy=occupancy,
        spaces=40,
        hours=10.0,
        full_share=full_share,
        last_move=last_move,
    )


def zones(count: int) -> dict[str, PricingZone]:
    return {
        f"z{n}": PricingZone(zone_id=f"z{n}", kind="kerb", area_class="I", spaces=40, lat=36.81 + 0.001 * n, lon=118.05)
        for n in range(count)
    }


def test_rules_of_the_comparison_take_steps_as_large_as_the_policy_allows() -> None:
    cells = [cell(0, 0.97), cell(1, 0.2)]
    found = propose(POLICY, cells, zones(2), "optimizer")
    assert {name: found.comparison.of(name).prices for name in ("now", "rule", "bands", "proportional")} == {
        "now": (300, 300),
        "rule": (350, 250),
        "bands": (400, 200),
        "proportional": (400, 200),
    }
    assert [one.rule_price for one in found.proposals] == [350, 250]


def test_the_rules_prices_stand_when_the_optimizer_promises_no_more() -> None:
    found = propose(replace(POLICY, bands=()), [cell(0, 0.97), cell(1, 0.2)], zones(2), "optimizer")
    assert (found.comparison.taken, found.comparison.because) == ("rule", "not_better")
    assert [one.price_proposed for one in found.proposals] == [one.rule_price for one in found.proposals]
    assert all("promises no more" in one.reason and "并不更优" in one.reason for one in found.proposals)


def test_the_optimizer_proposes_when_its_prices_cost_less_than_those_of_every_rule() -> None:
    """A cell just above its band was made cheaper the last time; the rules send it back, the optimizer waits."""
    cells = [cell(0, 0.97), cell(1, 0.81, last_move=-1), cell(2, 0.45)]
    found = propose(POLICY, cells, zones(3), "optimizer")
    comparison = found.comparison
    assert (comparison.taken, comparison.because) == ("optimizer", "better")
    assert comparison.of("optimizer").churn == 0.0 < comparison.of("bands").churn
    assert tuple(one.price_proposed for one in found.proposals) == comparison.of("optimizer").prices


def test_a_limit_that_the_rule_cannot_honour_lets_the_optimizer_propose() -> None:
    policy = replace(POLICY, bands=(), neighbour_m=200.0, neighbour_max_difference=0)
    found = propose(policy, [cell(0, 0.97), cell(1, 0.2)], zones(2), "optimizer")
    assert found.comparison.taken == "optimizer"
    assert len({one.price_proposed for one in found.proposals}) == 1


@pytest.mark.parametrize(
    ("occupancy", "last_move", "moves"),
    [(0.83, -1, 0), (0.83, 1, 1), (0.92, -1, 1), (0.57, 1, 0), (0.78, 1, 1), (0.78, -1, 0), (0.74, 1, 0)],
)
def test_a_cell_near_its_band_does_not_go_back_on_its_last_move(occupancy: float, last_move: int, moves: int) -> None:
    found = propose(POLICY, [cell(0, occupancy, last_move=last_move)], zones(1), "optimizer")
    assert found.comparison.of("optimizer").moves == moves


@pytest.mark.parametrize(("hours", "moves"), [(10.0, 0), (100.0, 1)])
def test_what_was_measured_for_long_is_sooner_believed_when_it_asks_to_go_back(hours: float, moves: int) -> None:
    known = replace(cell(0, 0.87, last_move=-1), hours=hours)
    assert propose(POLICY, [known], zones(1), "optimizer").comparison.of("optimizer").moves == moves


@pytest.mark.parametrize(
    ("earlier", "moves"), [(Earlier(300, 0.87), 1), (Earlier(300, 0.7), 0), (Earlier(350, 0.87), 0)]
)
def test_it_goes_back_from_near_its_band_the_second_time_it_is_there_at_the_same_price(
    earlier: Earlier, moves: int
) -> None:
    near = replace(cell(0, 0.87, last_move=-1), earlier=(earlier,))
    assert propose(POLICY, [near], zones(1), "optimizer").comparison.of("optimizer").moves == moves


def test_expectations_are_spans_and_what_was_measured_stands_when_nothing_moves() -> None:
    cells = [cell(0, 0.9, full_share=0.6), cell(1, 0.7, full_share=0.0)]
    belief = Belief.stated(cells)
    now = outlook_of(POLICY, cells, "now", [300, 300], belief)
    assert now.crowded.mean == pytest.approx(0.3)
    assert now.in_band.mean == pytest.approx(0.5)
    assert now.revenue.mean == pytest.approx(300 * 400 * 1.6)
    dearer = outlook_of(POLICY, cells, "bands", [400, 300], belief)
    assert dearer.crowded.low < dearer.crowded.mean < dearer.crowded.high <= now.crowded.mean
    assert dearer.in_band.low <= dearer.in_band.mean <= dearer.in_band.high


def test_where_prices_are_few_a_cell_that_is_well_goes_along_with_those_that_are_not() -> None:
    cells = [cell(0, 0.7), cell(1, 0.97), cell(2, 0.97)]
    for most, expected in ((None, (300, 400, 400)), (1, (350, 350, 350))):
        policy = replace(POLICY, bands=(), max_distinct_prices=most)
        found = propose(policy, cells, zones(3), "optimizer").comparison
        assert found.of("optimizer").prices == expected
