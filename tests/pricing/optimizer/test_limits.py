"""Every limit holds in every proposal, and the proposal is the nearest: checked against trying all prices."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.optimizer.choices import choices
from pricing.optimizer.expected import revenues
from pricing.optimizer.model import Cell, PricingPolicy, PricingZone
from pricing.optimizer.neighbours import neighbour_cells
from pricing.optimizer.propose import PolicyInfeasibleError, propose
from pricing.optimizer.rule import wish

POLICY = PricingPolicy(target_low=0.6, target_high=0.8, floor=100, cap=600, tick=50, step_up=50, step_down=50)
CLASSES = ("I", "II", "III")


def cell(number: int, price: int = 300, occupancy: float = 0.7, spaces: int = 10) -> Cell:
    return Cell(
        zone_id=f"z{number}", day_type="workday", band="am", price=price, occupancy=occupancy, spaces=spaces, hours=10.0
    )


def city(count: int) -> dict[str, PricingZone]:
    """Zones on a line, 111 m apart, of classes I, II, III in turn."""
    return {
        f"z{n}": PricingZone(
            zone_id=f"z{n}", kind="kerb", area_class=CLASSES[n % 3], spaces=10, lat=0.001 * n, lon=118.0
        )
        for n in range(count)
    }


def holds(policy: PricingPolicy, cells: Sequence[Cell], prices: Sequence[int]) -> bool:
    zones = city(len(cells))
    if policy.neighbour_max_difference is not None and any(
        abs(prices[i] - prices[j]) > policy.neighbour_max_difference for i, j in neighbour_cells(policy, cells, zones)
    ):
        return False
    if policy.max_distinct_prices is not None and len(set(prices)) > policy.max_distinct_prices:
        return False
    if policy.revenue_floor is not None and (
        float(revenues(cells, np.arange(len(cells)), np.array(prices)).sum()) < policy.revenue_floor
    ):
        return False
    rank = {area_class: n for n, area_class in enumerate(policy.order)}
    ranked = [
        (rank[zones[c.zone_id].area_class], p)
        for c, p in zip(cells, prices, strict=True)
        if zones[c.zone_id].area_class in rank
    ]
    return all(p >= q for (m, p) in ranked for (n, q) in ranked if m < n)


@st.composite
def tasks(draw: st.DrawFn) -> tuple[PricingPolicy, list[Cell]]:
    cells = [
        cell(n, draw(st.integers(0, 14)) * 50 + draw(st.sampled_from([0, 0, 0, 20])), draw(st.floats(0, 1)), n + 1)
        for n in range(draw(st.integers(1, 5)))
    ]
    neighbours = draw(st.booleans())
    policy = replace(
        POLICY,
        step_up=draw(st.sampled_from([50, 100])),
        neighbour_m=120.0 if neighbours else None,
        neighbour_max_difference=draw(st.sampled_from([0, 50, 100])) if neighbours else None,
        max_distinct_prices=draw(st.sampled_from([None, 1, 2])),
        frozen=frozenset(draw(st.sets(st.sampled_from(["z0", "z1"])))),
        order=draw(st.sampled_from([(), ("I", "II"), CLASSES])),
        revenue_floor=draw(st.sampled_from([None, 1_000, 60_000])),
    )
    return policy, cells


@settings(max_examples=150, deadline=None)
@given(task=tasks())
def test_proposal_is_the_nearest_feasible_when_all_prices_are_tried(task: tuple[PricingPolicy, list[Cell]]) -> None:
    policy, cells = task

    def distance(prices: Sequence[int]) -> float:
        return sum(abs(p - wish(policy, c)) * c.weight for p, c in zip(prices, cells, strict=True))

    tried = [prices for prices in product(*(choices(policy, c) for c in cells)) if holds(policy, cells, prices)]
    try:
        proposed = [proposal.price_proposed for proposal in propose(policy, cells, city(len(cells))).proposals]
    except PolicyInfeasibleError:
        assert not tried
        return
    assert holds(policy, cells, proposed)
    assert distance(proposed) == pytest.approx(min(map(distance, tried)))


@pytest.mark.parametrize(
    ("now", "allowed"),
    [
        (300, (250, 300, 350)),
        (320, (300, 350)),
        (600, (550, 600)),
        (900, (850,)),
        (20, (50,)),
        (60, (100,)),
    ],
)
def test_price_moves_by_at_most_a_step_when_it_stands_anywhere(now: int, allowed: tuple[int, ...]) -> None:
    assert choices(POLICY, cell(0, now)) == allowed


NEAR = replace(POLICY, neighbour_m=200.0, neighbour_max_difference=100)
BOTH = frozenset({"z0", "z1"})


@pytest.mark.parametrize(
    ("policy", "prices", "limits"),
    [
        (replace(NEAR, frozen=BOTH), (200, 400), {"frozen", "neighbour_max_difference"}),
        (NEAR, (200, 500), {"step", "neighbour_max_difference"}),
        (
            replace(POLICY, order=CLASSES, affordability_caps={"z0": 150}, floor=200),
            (200, 200),
            {"affordability_cap", "floor"},
        ),
        (
            replace(NEAR, affordability_caps={"z0": 100}, floor=250, frozen=BOTH - {"z0"}),
            (100, 400),
            {"affordability_cap", "floor"},
        ),
        (replace(POLICY, floor=110, cap=140), (120, 120), {"floor", "cap", "tick"}),
        (replace(POLICY, revenue_floor=50_000), (200, 300), {"revenue_floor", "step"}),
        (
            replace(POLICY, frozen=BOTH, max_distinct_prices=1, order=CLASSES),
            (300, 200),
            {"frozen", "max_distinct_prices"},
        ),
    ],
)
def test_only_limits_that_conflict_are_named_when_none_can_be_spared(
    policy: PricingPolicy, prices: tuple[int, int], limits: set[str]
) -> None:
    with pytest.raises(PolicyInfeasibleError) as refusal:
        propose(policy, [cell(number, price) for number, price in enumerate(prices)], city(2))
    named = refusal.value.fields["limits"]
    assert isinstance(named, list)
    assert set(named) == limits


def test_a_price_goes_down_by_steps_when_people_of_its_zone_cannot_pay_it() -> None:
    policy = replace(POLICY, affordability_caps={"z0": 220}, step_down=100)
    for now, then in ((400, 300), (300, 200), (200, 200)):
        (first, second) = propose(policy, [cell(0, now, 0.95), cell(1, now, 0.95)], city(2), "optimizer").proposals
        assert (first.price_proposed, first.binding) == (then, ("affordability_cap",))
        assert second.price_proposed > now


@pytest.mark.parametrize(
    ("policy", "parked", "binding"),
    [
        (POLICY, cell(0, 600, 0.95), ("cap",)),
        (POLICY, cell(0, 100, 0.1), ("floor",)),
        (replace(POLICY, frozen=frozenset({"z0"})), cell(0, 300, 0.95), ("frozen",)),
        (POLICY, cell(0, 300, 0.95), ()),
        (POLICY, cell(0, 320, 0.95), ("tick",)),
    ],
)
def test_binding_limit_is_named_when_the_wish_is_not_granted(
    policy: PricingPolicy, parked: Cell, binding: tuple[str, ...]
) -> None:
    assert propose(policy, [parked], city(1)).proposals[0].binding == binding


@pytest.mark.parametrize("method", ["rule", "optimizer"])
def test_others_bend_around_the_price_that_a_person_has_fixed(method: str) -> None:
    """Neighbours may differ by 50: who keeps one street at its price keeps the next one from getting two steps away."""
    policy = replace(POLICY, neighbour_m=150.0, neighbour_max_difference=50, step_up=100)
    cells = [replace(cell(0, occupancy=0.95), fixed=300), cell(1, occupancy=0.99), cell(2, occupancy=0.99)]
    found = propose(policy, cells, city(3), "optimizer" if method == "optimizer" else "rule")
    prices = [one.price_proposed for one in found.proposals]
    assert prices[0] == 300
    assert holds(policy, cells, prices)
    assert prices[1] == 350
    assert found.proposals[0].binding == ("frozen",)
    moved = propose(policy, [replace(cells[0], fixed=350), *cells[1:]], city(3)).proposals[0]
    assert (moved.price_proposed, moved.binding) == (350, ("edited",))
