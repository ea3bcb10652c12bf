"""How many drivers come where prices are others than those that they were used to.

A law of the simulated city, as its tables of demand are: no room that sets prices or judges them can read it.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from parking.places.model import PlaceKind

ELASTICITY: Final = -1.0
"""Per cent by which arrivals at a vacant space change when its price rises by one per cent; a plausible city and no measurement of one."""
HOURS: Final = 24
Turnout = Mapping[tuple[str, PlaceKind], tuple[float, ...]]
"""By zone and kind of place, for every local hour: arrivals beside what they were under the first prices. What is not in it is as it was."""


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """The price of one kind of place in one zone over a band of the day (`07:00-19:00`), as a multiple of its first one."""

    zone_id: str
    kind: PlaceKind
    band: str
    ratio: float


def turnout_of(changed: Iterable[Changed]) -> Turnout:
    """An hour that a band only begins or ends in counts to the band that holds at its beginning."""
    found: dict[tuple[str, PlaceKind], list[float]] = {}
    for one in changed:
        hours = found.setdefault((one.zone_id, one.kind), [1.0] * HOURS)
        begin, end = (int(part.partition(":")[0]) for part in one.band.split("-"))
        # A band from midnight to midnight is the whole day, one past midnight goes on in the morning.
        for hour in range(begin, end if end > begin else end + HOURS):
            hours[hour % HOURS] = one.ratio**ELASTICITY
    return {place: tuple(hours) for place, hours in found.items()}


def share_with(share: float, turnout: float) -> float:
    """The share of time in use when so many times as many drivers come to a vacant space: stays are as long as before, vacancies shorter."""
    odds = share / (1.0 - share) * turnout
    return odds / (1.0 + odds)
