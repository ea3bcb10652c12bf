"""How many drivers come where prices are others than those that they were used to.

A law of the simulated city, as its tables of demand are: no room that sets prices or judges them can read it.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from parking.places.model import PlaceKind

ELASTICITY: Final = -1.0
"""Per cent by which arrivals at a vacant space change when its price rises by one per cent; a plausible city and no measurement of one."""
FEWEST: Final = 0.2
"""Some come whatever it costs, and nobody comes for the price alone. With `MOST` this bounds what a price can do."""
MOST: Final = 5.0
HOURS: Final = 24
Place = tuple[str, PlaceKind]
"""Zone and kind of place."""
Turnout = Mapping[Place, float]
"""Arrivals beside what they were under the first prices. What is not in it is as it was."""
DayTurnout = Mapping[Place, Sequence[float]]
"""The same for every local hour."""


class Price(NamedTuple):
    """What drivers compare: an hour's price where they pay by time, else what one use costs; in minor units."""

    basis: str
    amount: float


DayPrices = Mapping[Place, Sequence[Price | None]]
"""For every local hour; None where nothing is charged or nothing is known."""


def price_of(mode: str, amount: int, unit_s: int | None) -> Price:
    return Price(mode, amount) if unit_s is None else Price("hour", amount * 3600 / unit_s)


def turnout_at(first: Price | None, now: Price | None) -> float:
    """Prices that cannot be held against each other, and those that nobody knows, change nothing."""
    if first is None or now is None or first.basis != now.basis or first.amount == now.amount:
        return 1.0
    if first.amount == 0 or now.amount == 0:
        return FEWEST if first.amount == 0 else MOST
    return min(max(math.pow(now.amount / first.amount, ELASTICITY), FEWEST), MOST)


def turnout_by_hour(first: DayPrices, then: DayPrices) -> DayTurnout:
    """Of the places where anything changed."""
    found = {
        place: tuple(turnout_at(*pair) for pair in zip(prices, then[place], strict=True))
        for place, prices in first.items()
        if place in then
    }
    return {place: hours for place, hours in found.items() if any(hour != 1.0 for hour in hours)}


def share_with(share: float, turnout: float) -> float:
    """The share of time in use when so many times as many drivers come to a vacant space: stays are as long as before, vacancies shorter."""
    odds = share / (1.0 - share) * turnout
    return odds / (1.0 + odds)
