"""One town in which half of the moves of a rule wait by lot, wave after wave, and an estimate is made of what was measured.

What it should find is measured in the same town: the same drivers live through each wave again under lotteries that were not held, and the changes of
load between those lists, laid on the changes of own and neighbours' prices, are the response that no chance of one draw disturbs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final

import numpy as np

from api.bench.town import TownWorld
from api.bench.trials import PRICE
from devices.simulation.market.town import Habits
from pricing.demand.assignment import draw
from pricing.demand.estimate import Estimate, Shown
from pricing.demand.estimating import estimated
from pricing.demand.uncertainty import log_load, log_load_sd
from pricing.demand.waves import Lot
from pricing.evaluation.world import Floats, Ints, Seen
from pricing.history.cleaning import Cleaning
from pricing.history.periods import CellKey, Period, PricingHistory
from pricing.optimizer.model import Cell, PricingPolicy
from pricing.optimizer.neighbours import neighbour_zones
from pricing.optimizer.stagger import stagger, waited_of

ZONES: Final = 49
WAVES: Final = 5
DAYS: Final = (2, 1)
"""Days of each type that are lived through in one period."""
OTHERS: Final = 4
"""Lotteries that were not held, a wave, under which the same drivers live through it again."""
NEAR_M: Final = 330.0
POLICY: Final = PricingPolicy(
    target_low=0.6,
    target_high=0.8,
    floor=100,
    cap=1_200,
    tick=50,
    step_up=100,
    step_down=100,
    neighbour_m=NEAR_M,
    neighbour_max_difference=400,
    stagger="halves",
)
FIRST: Final = date(2026, 1, 5)
PERIOD: Final = timedelta(days=28)
OTHER_SD: Final = 0.05


@dataclass
class _Truth:
    """Changes of load and of prices, each less its mean over the lists of one wave."""

    changes: list[Floats] = field(default_factory=list)
    prices: list[Floats] = field(default_factory=list)
    weights: list[Floats] = field(default_factory=list)

    def add(self, load: Floats, own: Floats, nearby: Floats, weight: Floats) -> None:
        self.changes.append((load - load.mean(axis=0)).ravel())
        apart = [(one - one.mean(axis=0)).ravel() for one in (own, nearby)]
        self.prices.append(np.stack(apart, axis=1))
        self.weights.append(np.tile(weight, len(load)))

    def response(self) -> Floats:
        """To the own price and to the neighbours'."""
        change, price, weight = (np.concatenate(one) for one in (self.changes, self.prices, self.weights))
        found = np.linalg.solve(price.T @ (weight[:, None] * price), price.T @ (weight * change))
        return np.asarray(found, dtype=np.float64)


@dataclass(frozen=True)
class Found:
    """One response as it was shown, with its error, beside the one that is there; not numbers where nothing was shown."""

    there: float
    shown: float
    error: float

    @property
    def miss(self) -> float:
        """In units of the error."""
        return (self.shown - self.there) / self.error


@dataclass(frozen=True)
class Recovery:
    """What was found in one town."""

    own: Found
    neighbours: Found
    fails_placebo: bool
    fails_pre_trend: bool
    called_off: int


def recover(seed: int, care: float, *, zones: int = ZONES, waves: int = WAVES) -> Recovery:
    world = TownWorld(zones, seed=seed, habits=Habits(response=care), price=PRICE, days=DAYS)
    cells, places, truth = list(world.cells), world.zones, _Truth()
    near = neighbour_zones(list(places.values()), NEAR_M)
    mean_of = _means(list(places), near)
    spaces = np.array([cell.spaces for cell in cells], dtype=np.int64)
    hours = np.array([cell.hours for cell in cells])
    price = np.array([cell.price for cell in cells], dtype=np.int64)
    before, others = price, np.empty((0, len(cells)), dtype=np.int64)
    weight: Floats = np.zeros(len(cells))
    rows: list[Period] = []
    lots: list[Lot] = []
    called_off = 0
    # The first period and the one after it have one price; a wave follows each later one.
    for number in range(waves + 2):
        lists = np.vstack([price[None], others])
        seen = world.pass_period(number, lists, np.tile(before, (len(lists), 1)))
        if len(others):
            dear = np.log(lists / before)
            nearby = (mean_of @ dear.reshape(len(lists), zones, -1)).reshape(dear.shape)
            truth.add(log_load(seen.occupancy, np.broadcast_to(spaces, lists.shape)), dear, nearby, weight)
        after = FIRST + number * PERIOD
        rows += _periods(cells, after, price, hours, seen)
        occupancy, full = seen.of(0)
        weight = 1.0 / (log_load_sd(occupancy, spaces, hours, full) ** 2 + OTHER_SD**2)
        before = price
        if number in (0, waves + 1):
            others = np.empty((0, len(cells)), dtype=np.int64)
            continue
        now = [
            replace(cell, price=int(own), occupancy=float(share), full_share=float(crowded))
            for cell, own, share, crowded in zip(cells, price, occupancy, full, strict=True)
        ]
        policy = replace(POLICY, stagger_seed=seed)
        wave = stagger(policy, now, places, "rule", after=after, waited=waited_of(lots, after))
        lots += wave.lots
        called_off += wave.is_called_off
        price = np.array([proposal.price_proposed for proposal in wave.proposed.proposals], dtype=np.int64)
        others = _not_held(cells, before, price, wave.lots, (seed, number)) if wave.lots else others[:0]
    history = PricingHistory(tuple(rows), Cleaning(rows=len(rows)))
    found = estimated(history, lots, {name: zone.area_class for name, zone in places.items()}, near, seed=seed)
    return _recovered(found, truth.response(), called_off)


def _recovered(found: Estimate, there: Floats, called_off: int) -> Recovery:
    shown = found.shown or Shown(own=np.nan, own_error=np.nan)
    nearby, nearby_error = shown.neighbours, shown.neighbours_error
    return Recovery(
        own=Found(float(there[0]), shown.own, shown.own_error),
        neighbours=Found(
            float(there[1]),
            np.nan if nearby is None else nearby,
            np.nan if nearby_error is None else nearby_error,
        ),
        fails_placebo=found.placebo is not None and not found.placebo.passes,
        fails_pre_trend=found.pre_trend is not None and not found.pre_trend.passes,
        called_off=called_off,
    )


def _means(names: Sequence[str], near: Sequence[tuple[str, str]]) -> Floats:
    """(zones, zones): the mean over each zone's neighbours."""
    place = {name: number for number, name in enumerate(names)}
    joined = np.zeros((len(names), len(names)))
    for one, other in near:
        joined[place[one], place[other]] = joined[place[other], place[one]] = 1.0
    found: Floats = joined / np.maximum(joined.sum(axis=1, keepdims=True), 1.0)
    return found


def _periods(cells: Sequence[Cell], start: date, price: Ints, hours: Floats, seen: Seen) -> list[Period]:
    occupancy, full = seen.of(0)
    return [
        Period(
            key=CellKey(cell.zone_id, cell.day_type, cell.band),
            start=start,
            hours=float(measured),
            spaces=cell.spaces,
            price=int(own),
            occupancy=min(float(share), 1.0),
            full_share=float(crowded),
        )
        for cell, own, measured, share, crowded in zip(cells, price, hours, occupancy, full, strict=True)
    ]


def _not_held(cells: Sequence[Cell], before: Ints, price: Ints, lots: Sequence[Lot], seed: tuple[int, int]) -> Ints:
    """Prices of other lotteries over the same moves."""
    wanted = {lot.key: lot.wanted for lot in lots}
    block_of = {lot.key.zone_id: lot.block for lot in lots}
    keys = [CellKey(cell.zone_id, cell.day_type, cell.band) for cell in cells]
    found = np.tile(price, (OTHERS, 1))
    for number in range(OTHERS):
        now = draw(block_of, lots[0].chance, (*seed, number))
        for place, key in enumerate(keys):
            if key in wanted:
                found[number, place] = wanted[key] if key.zone_id in now else before[place]
    return found
