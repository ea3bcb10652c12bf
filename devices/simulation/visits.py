"""How a simulated driver pays, if at all: decided per stay and repeatable. Pure.

Only a stay that outlasts the free time makes its driver go to a machine, take out a telephone or wave to an attendant;
the others drive off, as in life. Where no sensor sees them drivers who pay say at a machine that they have come, however long they stay. The
shares are a plausible city and no measurement of one.
"""

import hashlib
from dataclasses import dataclass
from typing import Final, Literal

from devices.simulation.fleet import UNWATCHED, Site

Way = Literal["terminal", "app", "attendant", "none"]
SHARES: Final[tuple[tuple[Way, int], ...]] = (("terminal", 30), ("app", 35), ("attendant", 20), ("none", 15))
"""In percent of the stays that cost something."""
UNSEEN_PAYING_PERCENT: Final = 65
"""Of those who are seen by nobody."""
FREE_S: Final = 30 * 60.0
IMPATIENT_PERCENT: Final = 20
NEW_ENERGY_PERCENT: Final = 35
PATROLLED_PERCENT: Final = 10
"""Of the vehicles that stand about when the simulation begins: an attendant's round has noted them before."""
_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """One stay of one car; instants in seconds since 1970 UTC."""

    space_id: str
    zone_id: str
    way: Way
    plate: str
    is_impatient: bool
    """Taps twice."""
    arrived_at: float
    leaves_at: float

    @property
    def acts(self) -> bool:
        """Whether its driver does anything about paying."""
        return self.way != "none" and (self.zone_id in UNWATCHED or self.leaves_at - self.arrived_at > FREE_S)


def visit_of(site: Site, *, seed: int, arrived_at: float, leaves_at: float) -> Visit:
    lot = _lot(f"{seed}:{site.space_id}:{arrived_at!r}")
    return Visit(
        space_id=site.space_id,
        zone_id=site.zone_id,
        way=_way_unseen(_percent(lot, 0)) if site.zone_id in UNWATCHED else _way(_percent(lot, 0)),
        plate=_plate(lot[4:]),
        is_impatient=_percent(lot, 2) < IMPATIENT_PERCENT,
        arrived_at=arrived_at,
        leaves_at=leaves_at,
    )


def earlier_visit(site: Site, *, seed: int, now: float, leaves_at: float) -> Visit | None:
    """The stay of a car that already stands there, begun 40 to 240 minutes ago; None for one that nobody has noted.

    Where no sensor is nobody is noted but by himself.
    """
    lot = _lot(f"{seed}:{site.space_id}:before")
    visit = visit_of(site, seed=seed, arrived_at=now - (40 + lot[2] * 200 / 255) * 60.0, leaves_at=leaves_at)
    is_noted = visit.acts if site.zone_id in UNWATCHED else _percent(lot, 0) < PATROLLED_PERCENT
    return visit if is_noted else None


def _lot(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def _percent(lot: bytes, place: int) -> int:
    """A number from 0 to 99 out of two bytes."""
    return int.from_bytes(lot[place : place + 2], "big") % 100


def _way(ticket: int) -> Way:
    for way, share in SHARES:
        if ticket < share:
            return way
        ticket -= share
    return "none"


def _way_unseen(ticket: int) -> Way:
    return "terminal" if ticket < UNSEEN_PAYING_PERCENT else "none"


def _plate(lot: bytes) -> str:
    """An invented plate of Zibo: 鲁C and five signs, or 鲁CD and five digits for a new-energy car (GA 36-2018)."""
    number = int.from_bytes(lot[:4], "big")
    if _percent(lot, 4) < NEW_ENERGY_PERCENT:
        return f"鲁CD{number % 100_000:05d}"
    return f"鲁C{_LETTERS[lot[6] % len(_LETTERS)]}{number % 10_000:04d}"
