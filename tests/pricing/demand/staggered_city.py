"""A made-up city whose prices follow a rule and a lottery: what it answers to is known, so that an estimate can be held against it.

Demand has moods of the day, of the neighbourhood and of the zone; occupancy is what fits, counted for some hours. Prices chase occupancy with
steps up and down, so that whoever compares before and after is misled; only the lottery is chance.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from pricing.demand.assignment import draw
from pricing.demand.load import Floats, occupancy_of
from pricing.demand.waves import Lot
from pricing.history.cleaning import Cleaning
from pricing.history.periods import CellKey, Period, PricingHistory

BANDS, DAY_TYPES, CLASSES = ("am", "noon", "pm"), ("weekday", "weekend"), ("I", "II")
START = date(2026, 1, 5)
REACH_M = 250.0


@dataclass(frozen=True, kw_only=True)
class City:
    """`own` by class and band; `neighbours` is the response to the mean price around."""

    own: Mapping[tuple[str, str], float]
    neighbours: float = 0.0
    zones: int = 60
    periods: int = 7
    mood: float = 0.06
    step: int = 50


@dataclass(frozen=True)
class Record:
    """What the city kept."""

    history: PricingHistory
    lots: tuple[Lot, ...]
    area_class: Mapping[str, str]
    near: Sequence[tuple[str, str]]


def uniform(response: float) -> dict[tuple[str, str], float]:
    return {(area, band): response for area in CLASSES for band in BANDS}


def live(city: City, seed: int, *, is_fair: bool = True) -> Record:
    """Periods under staggered changes. Where `is_fair` is false no chance decides: who was fullest moves now."""
    random = np.random.default_rng([seed, 3])
    side = int(np.ceil(np.sqrt(city.zones)))
    places = np.stack(np.divmod(np.arange(city.zones), side), axis=1) * 200.0
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    close = (apart > 0.0) & (apart < REACH_M)
    mean_of = close / close.sum(axis=1, keepdims=True)
    names = [f"z{number:03}" for number in range(city.zones)]
    area = [CLASSES[number % 2] for number in range(city.zones)]
    times = [(day, band) for day in DAY_TYPES for band in BANDS]
    own = np.array([[city.own[a, band] for _, band in times] for a in area])
    shape = (city.zones, len(times))
    spaces = np.repeat(random.integers(15, 60, (city.zones, 1)), len(times), axis=1)
    wanted, price = np.log(random.uniform(0.4, 1.3, shape)), np.full(shape, 400)
    rows: list[Period] = []
    lots: list[Lot] = []
    waited: frozenset[str] = frozenset()
    trend = np.zeros(shape)
    for number in range(city.periods):
        after = START + timedelta(days=28 * number)
        dear = np.log(price / 400.0)
        trend = 0.6 * trend + random.normal(0.0, city.mood, shape)
        moods = random.normal(0.0, 0.04, (1, len(times))) + random.normal(0.0, 0.03, (city.zones, 1))
        load = np.exp(wanted + own * dear + city.neighbours * (mean_of @ dear) + trend + moods)
        share = _counted(load, spaces, random)
        full = np.clip((share - 0.7) * 2.0, 0.0, 0.9)
        keys = [[CellKey(name, *time) for time in times] for name in names]
        rows += [
            Period(
                key=keys[zone][time],
                start=after,
                hours=100.0,
                spaces=int(spaces[zone, time]),
                price=int(price[zone, time]),
                occupancy=float(share[zone, time]),
                full_share=float(full[zone, time]),
            )
            for zone in range(city.zones)
            for time in range(len(times))
        ]
        step = np.where(share > 0.8, city.step, np.where(share < 0.6, -city.step, 0))
        aim = np.clip(price + step, 100, 900)
        if number == 0:
            continue
        moving = {name: area[zone] for zone, name in enumerate(names) if (aim[zone] != price[zone]).any()}
        in_lottery = {name: block for name, block in moving.items() if name not in waited}
        now = draw(in_lottery, 0.5, (seed, after.toordinal()))
        if not is_fair:
            middle = float(np.median(share.mean(axis=1)))
            now = frozenset(name for zone, name in enumerate(names) if share[zone].mean() > middle) & in_lottery.keys()
        for zone, name in enumerate(names):
            is_now = name not in in_lottery or name in now
            lots += [
                Lot(
                    after=after,
                    key=keys[zone][time],
                    block=area[zone],
                    chance=0.5,
                    is_now=is_now,
                    price=int(price[zone, time]),
                    wanted=int(aim[zone, time]),
                )
                for time in range(len(times))
                if name in in_lottery and aim[zone, time] != price[zone, time]
            ]
            if is_now:
                price[zone] = aim[zone]
        waited = in_lottery.keys() - now
    near = [(names[a], names[b]) for a, b in zip(*np.nonzero(np.triu(close)), strict=True)]
    return Record(PricingHistory(tuple(rows), Cleaning(rows=len(rows))), tuple(lots), dict(zip(names, area, strict=True)), near)


def _counted(load: Floats, spaces: np.ndarray, random: np.random.Generator) -> Floats:
    share = occupancy_of(np.minimum(load, 2.4), spaces)
    noise = random.normal(0.0, 1.0, load.shape) * np.sqrt(2.0 * share * (1.0 - 0.5 * share) / (spaces * 100.0))
    return np.clip(share + noise, 0.0, 0.995)
