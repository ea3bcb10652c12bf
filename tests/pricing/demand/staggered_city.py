"""A made-up city whose prices follow a rule and a lottery: what it answers to is known, so that an estimate can be held against it.

Demand has moods of the day, of the neighbourhood and of the zone; occupancy is what fits, counted for some hours. Prices chase occupancy with
steps up and down, so that whoever compares before and after is misled; only the lottery is chance.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from pricing.demand.assignment import draw
from pricing.demand.load import Floats, Ints, occupancy_of
from pricing.demand.waves import Lot
from pricing.history.cleaning import Cleaning
from pricing.history.periods import CellKey, Period, PricingHistory

BANDS, DAY_TYPES, CLASSES = ("am", "noon", "pm"), ("weekday", "weekend"), ("I", "II")
START = date(2026, 1, 5)
REACH_M, HOURS = 250.0, 100.0


@dataclass(frozen=True, kw_only=True)
class City:
    """`own` by class and band; `neighbours` is the response to the mean price around."""

    own: Mapping[tuple[str, str], float]
    neighbours: float = 0.0
    zones: int = 60
    periods: int = 7
    mood: float = 0.06
    nearby_mood: float = 0.0
    """Mood of a whole neighbourhood, which comes over several streets at once."""
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


@dataclass(frozen=True)
class Streets:
    """What does not change, arrays by zone × time but `mean_of` (zones, zones): the mean over each zone's neighbours."""

    city: City
    names: list[str]
    area: list[str]
    times: list[tuple[str, str]]
    own: Floats
    spaces: Ints
    wanted: Floats
    mean_of: Floats

    def counted(self, price: Ints, moods: Floats, random: np.random.Generator) -> Floats:
        """Mean occupancy of a hundred hours."""
        dear = np.log(price / 400.0)
        load = np.exp(self.wanted + self.own * dear + self.city.neighbours * (self.mean_of @ dear) + moods)
        share = occupancy_of(np.minimum(load, 2.4), self.spaces)
        noise = np.sqrt(2.0 * share * (1.0 - 0.5 * share) / (self.spaces * HOURS))
        return np.clip(share + random.normal(0.0, 1.0, load.shape) * noise, 0.0, 0.995)

    def moods_nearby(self, random: np.random.Generator) -> Floats | float:
        if not self.city.nearby_mood:
            return 0.0
        drawn = random.normal(0.0, self.city.nearby_mood, self.own.shape)
        found: Floats = drawn + self.mean_of @ (drawn + self.mean_of @ drawn)
        return found

    def periods(self, start: date, price: Ints, share: Floats) -> list[Period]:
        return [
            Period(
                key=CellKey(name, *time),
                start=start,
                hours=HOURS,
                spaces=int(self.spaces[zone, number]),
                price=int(price[zone, number]),
                occupancy=float(share[zone, number]),
                full_share=float(np.clip((share[zone, number] - 0.7) * 2.0, 0.0, 0.9)),
            )
            for zone, name in enumerate(self.names)
            for number, time in enumerate(self.times)
        ]

    def lots(self, after: date, price: Ints, aim: Ints, drawn: AbstractSet[str], now: AbstractSet[str]) -> list[Lot]:
        return [
            Lot(
                after=after,
                key=CellKey(name, *time),
                block=self.area[zone],
                chance=0.5,
                is_now=name in now,
                price=int(price[zone, number]),
                wanted=int(aim[zone, number]),
            )
            for zone, name in enumerate(self.names)
            for number, time in enumerate(self.times)
            if name in drawn and aim[zone, number] != price[zone, number]
        ]


def live(city: City, seed: int, *, is_fair: bool = True) -> Record:
    """Periods under staggered changes. Where `is_fair` is false no chance decides: who was fullest moves now."""
    random = np.random.default_rng([seed, 3])
    streets, near = _built(city, random)
    price, trend = np.full(streets.own.shape, 400), np.zeros(streets.own.shape)
    rows: list[Period] = []
    lots: list[Lot] = []
    waited: frozenset[str] = frozenset()
    for number in range(city.periods):
        after = START + timedelta(days=28 * number)
        trend = 0.6 * trend + random.normal(0.0, city.mood, trend.shape)
        common = random.normal(0.0, 0.04, (1, len(streets.times))) + random.normal(0.0, 0.03, (city.zones, 1))
        share = streets.counted(price, trend + common + streets.moods_nearby(random), random)
        rows += streets.periods(after, price, share)
        if number == 0:
            continue
        aim = np.clip(price + np.where(share > 0.8, city.step, np.where(share < 0.6, -city.step, 0)), 100, 900)
        moving = {name for name, row in zip(streets.names, aim != price, strict=True) if row.any()}
        drawn = {name: area for name, area in zip(streets.names, streets.area, strict=True) if name in moving - waited}
        now = draw(drawn, 0.5, (seed, after.toordinal())) if is_fair else _fullest(streets.names, share) & drawn.keys()
        lots += streets.lots(after, price, aim, drawn.keys(), now)
        waited = frozenset(drawn.keys() - now)
        stays = np.array([name in waited for name in streets.names])[:, None]
        price = np.where(stays, price, aim)
    history = PricingHistory(tuple(rows), Cleaning(rows=len(rows)))
    return Record(history, tuple(lots), dict(zip(streets.names, streets.area, strict=True)), near)


def _built(city: City, random: np.random.Generator) -> tuple[Streets, list[tuple[str, str]]]:
    side = int(np.ceil(np.sqrt(city.zones)))
    places = np.stack(np.divmod(np.arange(city.zones), side), axis=1) * 200.0
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    close = (apart > 0.0) & (apart < REACH_M)
    names = [f"z{number:03}" for number in range(city.zones)]
    area = [CLASSES[number % 2] for number in range(city.zones)]
    times = [(day, band) for day in DAY_TYPES for band in BANDS]
    shape = (city.zones, len(times))
    streets = Streets(
        city=city,
        names=names,
        area=area,
        times=times,
        own=np.array([[city.own[one, band] for _, band in times] for one in area]),
        spaces=np.repeat(random.integers(15, 60, (city.zones, 1)), len(times), axis=1),
        wanted=np.log(random.uniform(0.4, 1.3, shape)),
        mean_of=close / close.sum(axis=1, keepdims=True),
    )
    return streets, [(names[a], names[b]) for a, b in zip(*np.nonzero(np.triu(close)), strict=True)]


def _fullest(names: Sequence[str], share: Floats) -> frozenset[str]:
    middle = float(np.median(share.mean(axis=1)))
    return frozenset(name for name, mean in zip(names, share.mean(axis=1), strict=True) if mean > middle)
