"""`parking bench optimizer`: the next prices of a generated city within limits that join its cells, in processor time of one core."""

import time
from dataclasses import replace
from typing import Final

import numpy as np

from api.bench.report import Figure
from pricing.optimizer.model import Cell, PricingPolicy, PricingZone
from pricing.optimizer.propose import Proposed, propose

BANDS: Final = 24
SEED: Final = 1
POLICY: Final = PricingPolicy(
    target_low=0.6,
    target_high=0.8,
    floor=50,
    cap=1_500,
    tick=50,
    step_up=100,
    step_down=100,
    neighbour_m=210.0,
    neighbour_max_difference=150,
)
MOST_PRICES: Final = 8
MORE: Final = 1.01
"""The revenue floor is so much of what the best prices without it are expected to take: a floor that binds."""
TARGETS_S: Final = {10_000: 2.0, 100_000: 30.0}
TARGET_JOINED_S: Final = 60.0
TARGET_GAP: Final = 1.0
_BLOCK_M: Final = 180.0
_METRES_PER_DEGREE: Final = 111_195.0
_MIDDLE: Final = (36.81, 118.05)


def measure_optimizer(*, cells: int, joined: bool) -> list[Figure]:
    """A whole proposal of the optimizer, the rules beside it; `joined` asks for a revenue floor and eight distinct prices as well."""
    city, zones = make_city(-(-cells // BANDS))
    alone, took = _timed(POLICY, city, zones)
    where = f"{len(city)} cells, step and neighbour limits"
    figures = [
        Figure(name=f"proposal, {where}", value=took, unit="s of processor time", target=TARGETS_S.get(cells)),
        Figure(name=f"proven gap, {where}", value=100.0 * float(alone.gap), unit="%", target=0.0),
    ]
    if joined:
        taken = alone.comparison.of("optimizer").revenue.mean
        policy = replace(POLICY, revenue_floor=int(MORE * taken), max_distinct_prices=MOST_PRICES)
        found, took = _timed(policy, city, zones)
        where += f", revenue floor and {MOST_PRICES} prices"
        figures += [
            Figure(name=f"proposal, {where}", value=took, unit="s of processor time", target=TARGET_JOINED_S),
            Figure(name=f"proven gap, {where}", value=100.0 * float(found.gap), unit="%", target=TARGET_GAP),
        ]
    return figures


def make_city(count: int) -> tuple[list[Cell], dict[str, PricingZone]]:
    """Zones on a grid of blocks; the middle is dearer and fuller, most of all around noon."""
    random = np.random.default_rng(SEED)
    side = int(np.ceil(np.sqrt(count)))
    places = np.stack(np.divmod(np.arange(count), side), axis=1) * _BLOCK_M + random.normal(0.0, 20.0, (count, 2))
    central = np.exp(-np.linalg.norm(places - places.mean(axis=0), axis=1) / (0.35 * side * _BLOCK_M))
    spaces = random.integers(10, 80, count)
    latitude, longitude = _MIDDLE
    shrink = float(np.cos(np.radians(latitude)))
    zones = [
        PricingZone(
            zone_id=f"z{number}",
            kind="kerb",
            area_class="I",
            spaces=int(spaces[number]),
            lat=latitude + float(north) / _METRES_PER_DEGREE,
            lon=longitude + float(east) / _METRES_PER_DEGREE / shrink,
        )
        for number, (east, north) in enumerate(places)
    ]
    noon = np.sin(np.pi * np.arange(1, BANDS + 1) / (BANDS + 1))
    full = np.clip(0.35 + 0.6 * central[:, None] * noon + random.normal(0.0, 0.15, (count, BANDS)), 0.02, 0.99)
    cells = [
        Cell(
            zone_id=zone.zone_id,
            day_type="weekday",
            band=f"{band:02d}-{band + 1:02d}",
            price=POLICY.tick * (4 + round(8 * central[number])),
            occupancy=float(full[number, band]),
            spaces=zone.spaces,
            hours=20.0,
        )
        for number, zone in enumerate(zones)
        for band in range(BANDS)
    ]
    return cells, {zone.zone_id: zone for zone in zones}


def _timed(policy: PricingPolicy, cells: list[Cell], zones: dict[str, PricingZone]) -> tuple[Proposed, float]:
    before = time.process_time()
    found = propose(policy, cells, zones, "optimizer")
    return found, time.process_time() - before
