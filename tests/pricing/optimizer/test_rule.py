"""The occupancy-band rule against every decision that SFpark took in July 2011."""

import csv
from pathlib import Path

import pytest

from pricing.optimizer.model import Cell, PricingPolicy, PricingZone
from pricing.optimizer.propose import propose
from pricing.optimizer.rule import change

SFPARK = PricingPolicy(
    target_low=0.6,
    target_high=0.8,
    floor=25,
    cap=600,
    tick=25,
    step_up=25,
    step_down=50,
    bands=((0.30, -50), (0.60, -25), (0.80, 0), (9.0, 25)),
)
DECISIONS = 1317
"""Rows of the published table: SFMTA, first meter rate adjustment, July 2011."""


def test_every_decision_of_sfpark_is_reproduced_when_its_bands_are_the_policy(shared: Path) -> None:
    with (shared / "data/sfpark_rates/sfpark_adjustments_2011_07.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    cells = [
        Cell(
            zone_id=row["block"],
            day_type=row["day_type"],
            band=row["time_band"],
            price=round(float(row["rate_before_jul"]) * 100),
            occupancy=float(row["occ_jul"]),
            spaces=1,
            hours=1.0,
        )
        for row in rows
    ]
    zones = {
        cell.zone_id: PricingZone(zone_id=cell.zone_id, kind="kerb", area_class="I", spaces=1, lat=0, lon=0)
        for cell in cells
    }
    proposed = [proposal.price_proposed for proposal in propose(SFPARK, cells, zones).proposals]
    assert len(rows) == DECISIONS
    assert proposed == [round(float(row["rate_new_jul"]) * 100) for row in rows]


@pytest.mark.parametrize(
    ("occupancy", "step"), [(0.0, -50), (0.2999, -50), (0.30, -25), (0.60, 0), (0.7999, 0), (0.80, 25), (1.0, 25)]
)
def test_band_edge_belongs_to_the_upper_band_when_occupancy_meets_it(occupancy: float, step: int) -> None:
    assert change(SFPARK, occupancy) == step


@pytest.mark.parametrize(
    ("occupancy", "step"),
    [(0.05, -100), (0.45, -100), (0.59, -50), (0.6, 0), (0.8, 0), (0.81, 50), (0.86, 100), (1.0, 100)],
)
def test_proportional_rule_moves_by_whole_ticks_the_farther_the_more(occupancy: float, step: int) -> None:
    policy = PricingPolicy(
        target_low=0.6, target_high=0.8, floor=0, cap=600, tick=50, step_up=100, step_down=100, rule="proportional"
    )
    assert change(policy, occupancy) == step


def test_rule_moves_around_the_target_when_no_bands_are_given() -> None:
    policy = PricingPolicy(target_low=0.6, target_high=0.85, floor=0, cap=600, tick=50, step_up=100, step_down=50)
    assert [change(policy, share) for share in (0.59, 0.6, 0.85, 0.86)] == [-50, 0, 0, 100]
