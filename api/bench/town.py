"""The town of simulated drivers as a world for price policies: minor units outside, currency units inside."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from devices.simulation.market.day import draw, pass_day
from devices.simulation.market.town import BANDS, DAY_TYPES, Habits, make_town
from pricing.evaluation.world import Floats, Ints, Seen
from pricing.optimizer.model import Cell, PricingZone

MONTH: Final = (20, 8)
"""Weekdays and days of the weekend in a review period of four weeks, the least that San Francisco waits from one change of a price to the next
(Transportation Code 402)."""
MINOR = 100.0
_METRES_PER_DEGREE = 111_195.0
_MIDDLE = (36.81, 118.05)


class TownWorld:
    """From period `shift_at` on other zones are sought after than before.

    A review period lives through `days` of each day type.
    """

    def __init__(
        self,
        zones: int,
        *,
        seed: int,
        habits: Habits,
        price: int,
        shift_at: int | None = None,
        days: tuple[int, int] = MONTH,
    ) -> None:
        self._town = make_town(zones, seed=seed, habits=habits)
        factors = np.random.default_rng([seed, 5]).choice([0.7, 1.0, 1.35], zones)
        self._shifted = self._town.shifted(factors)
        self._shift_at = shift_at
        self._seed = seed
        self._price = price
        self._days = days

    @property
    def zones(self) -> dict[str, PricingZone]:
        latitude, longitude = _MIDDLE
        shrink = float(np.cos(np.radians(latitude)))
        return {
            _name(number): PricingZone(
                zone_id=_name(number),
                kind="kerb",
                area_class="I",
                spaces=int(self._town.spaces[number]),
                lat=latitude + float(north) / _METRES_PER_DEGREE,
                lon=longitude + float(east) / _METRES_PER_DEGREE / shrink,
            )
            for number, (east, north) in enumerate(self._town.places_m)
        }

    @property
    def cells(self) -> Sequence[Cell]:
        return [
            Cell(
                zone_id=_name(zone),
                day_type=day_type,
                band=f"{start:02d}-{end:02d}",
                price=self._price,
                occupancy=0.0,
                spaces=int(self._town.spaces[zone]),
                hours=float((end - start) * days),
            )
            for zone in range(self._town.zones)
            for day_type, days in zip(DAY_TYPES, self._days, strict=True)
            for start, end in BANDS
        ]

    def pass_period(self, number: int, prices: Ints, before: Ints) -> Seen:
        town = self._shifted if self._shift_at is not None and number >= self._shift_at else self._town
        shape = (len(prices), town.zones, len(DAY_TYPES), len(BANDS))
        lists, former = prices.reshape(shape) / MINOR, before.reshape(shape) / MINOR
        occupied, full = np.zeros(shape), np.zeros(shape)
        revenue = np.zeros(len(prices))
        for day_type, days in enumerate(self._days):
            for day in range(days):
                drivers = draw(town, day_type, seed=(self._seed, number, day_type, day))
                count = pass_day(town, drivers, lists[:, :, day_type], former[:, :, day_type])
                occupied[:, :, day_type] += count.occupied_min / days
                full[:, :, day_type] += count.full_min / days
                revenue += count.fees.sum(axis=(1, 2)) * MINOR
        minutes = np.array([(end - start) * 60 for start, end in BANDS], dtype=np.float64)
        return Seen(
            occupancy=_flat(occupied / (town.spaces[:, None, None] * minutes)),
            full_share=_flat(full / minutes),
            revenue=revenue,
        )


def _name(zone: int) -> str:
    return f"z{zone:03d}"


def _flat(values: Floats) -> Floats:
    flat: Floats = values.reshape(len(values), -1)
    return flat
