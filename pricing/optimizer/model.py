"""Cells, policy and proposals: a price for one zone, day type and band of the day.

All prices and steps are whole minor units an hour; occupancy is the mean share of spaces taken, 0 to 1.
"""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from pricing.demand.prior import PRIOR, Response

RuleKind = Literal["bands", "proportional"]
Staggering = Literal["none", "halves", "thirds"]


@dataclass(frozen=True, kw_only=True)
class PricingZone:
    """What the limits must know of a zone; `lat`, `lon` in degrees WGS 84, None where they are not known."""

    zone_id: str
    kind: str
    area_class: str
    spaces: int
    lat: float | None
    lon: float | None


class Earlier(NamedTuple):
    """What a cell cost and how full it was in one earlier review period."""

    price: int
    occupancy: float


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One zone × day type × band in its latest review period."""

    zone_id: str
    day_type: str
    band: str
    price: int
    occupancy: float
    spaces: int
    hours: float
    """Charged hours in the whole period."""
    lowest: int | None = None
    """What the cell's own price document allows, within floor and cap; None where only the policy limits it."""
    highest: int | None = None
    fixed: int | None = None
    """The price that a person decided, present or new; every other price bends around it."""
    waits: bool = False
    """A lottery has its zone move one period later; its price is fixed until then."""
    response: Response = PRIOR
    """What is believed of the response to its price."""
    nearby: Response | None = None
    """What is believed of the response to the mean price of the zones nearby; None where no estimate passed its tests."""
    full_share: float | None = None
    """Share of the time at or above 90 %; None where it was not measured."""
    last_move: int = 0
    """Sign of the cell's last change of price in earlier periods; 0 where there was none or none is known."""
    earlier: tuple[Earlier, ...] = ()
    """Its earlier review periods, oldest first, as far as they are known."""

    @property
    def weight(self) -> float:
        return self.spaces * self.hours


@dataclass(frozen=True, kw_only=True)
class PricingPolicy:
    """Hard limits and the rule's bands; every proposal obeys all limits in every cell."""

    target_low: float
    target_high: float
    floor: int
    cap: int
    tick: int
    step_up: int
    step_down: int
    revenue_floor: int | None = None
    """Least expected revenue of one review period over all cells."""
    neighbour_m: float | None = None
    neighbour_max_difference: int | None = None
    max_distinct_prices: int | None = None
    frozen: frozenset[str] = frozenset()
    affordability_caps: dict[str, int] = field(default_factory=dict)
    """The highest price of single zones, below the cap of all: people who live there have to be able to pay it."""
    order: tuple[str, ...] = ()
    """Area classes from dearest to cheapest."""
    bands: tuple[tuple[float, int], ...] = ()
    """`(below this occupancy, change)`, rising; empty for steps up and down around the target."""
    rule: RuleKind = "bands"
    proportional_full: float = 0.2
    """So far from the middle of the target the proportional rule takes a whole step."""
    reversal_margin: float = 0.06
    """So far outside the target a cell is before the optimizer moves it against its last direction; farther where its mean is not measured as well."""
    stagger: Staggering = "none"
    """Whether a lottery lets half or a third of the moving zones wait one period, so that the response can be learnt."""
    stagger_seed: int = 0

    @property
    def is_scarce(self) -> bool:
        """Whether a limit makes cells compete: what one is given another goes without."""
        joined = (self.revenue_floor, self.max_distinct_prices, self.neighbour_max_difference)
        return len(self.order) > 1 or any(limit is not None for limit in joined)


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """The next price of a cell, what is expected of it, and why it is not another."""

    cell: Cell
    price_proposed: int
    rule_price: int
    expected_occupancy: float
    expected_low: float
    expected_high: float
    """The ends of an interval that holds 80 % of what is believed of the response."""
    binding: tuple[str, ...]
    reason: str
