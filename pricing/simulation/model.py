"""What a simulation takes and what it finds; every amount is in whole minor units."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pricing.fees.arrays.columns import Ints, StayColumns

PRIOR_ELASTICITY: Final = -0.3
PRIOR_SPREAD: Final = 0.2
PRIOR_SOURCE: Final = (
    "A prior of -0.3 with a standard deviation of 0.2, no measurement of this city. Published estimates reach from "
    "-0.29 (Dublin: Kelly and Clinch) and -0.4 (San Francisco, year 1: Pierce and Shoup 2013) to -1.2 (Chicago: NAP 14532, "
    "p. 105); our own estimates from Seattle's records could not be told from zero (pricing.md, section 2)."
)
NAMED_SOURCE: Final = "Named by whoever started the simulation."
RESIDENT_DAYS: Final = 10


@dataclass(frozen=True, kw_only=True)
class RecordedStays:
    """Closed stays that began within `[start, end)`, seconds since 1970 UTC."""

    stays: StayColumns
    zone: Ints
    """Place in `zone_ids`, by stay."""
    zone_ids: tuple[str, ...]
    capacities: Mapping[str, int]
    """Spaces by zone, where it is known."""
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """What the simulation takes for granted, and says so in its report."""

    elasticity: float = PRIOR_ELASTICITY
    """Percent by which the time parked in a zone changes when its price of an hour rises by one percent."""
    spread: float = PRIOR_SPREAD
    """The result is also given for an elasticity that much weaker and stronger."""
    source: str = PRIOR_SOURCE
    resident_days: int = RESIDENT_DAYS
    """A vehicle seen in one zone on at least that many local days of the record is a resident there."""


@dataclass(frozen=True, kw_only=True)
class Share:
    """One group of stays under both tariffs, if everybody had parked all the same."""

    key: str
    stays: int
    parked_s: int
    revenue_before: int
    revenue_after: int
    pay_more: int
    """Stays whose fee rises; `pay_less` those whose fee falls, the others pay what they paid."""
    pay_less: int
    more: int
    """The sum of all rises; `less` that of all falls, both above zero."""
    less: int
    free_before: int
    """Stays that cost nothing."""
    free_after: int


@dataclass(frozen=True, kw_only=True)
class Response:
    """What a zone's drivers do under one elasticity: parked time changes by the ratio of prices to that power."""

    elasticity: float
    factor_ppm: int | None
    """Parked time after, in millionths of that before; None where a price begins or ends at nothing."""
    revenue: int | None


@dataclass(frozen=True, kw_only=True)
class ZoneOccupancy:
    """Occupied spaces of a zone on average over the record, and under the assumption."""

    zone_id: str
    capacity: int | None
    occupied_before: float
    occupied_after: float | None
    responses: tuple[Response, ...]
    """For a weaker elasticity, the assumed one and a stronger one."""
    by_hour: tuple[float, ...]
    """Occupied spaces by local hour of the day, as recorded."""


@dataclass(frozen=True, kw_only=True)
class DurationFee:
    """The mean fee of stays of about one length; `until_s` is the end of the class of lengths."""

    until_s: int
    stays: int
    mean_before: int
    mean_after: int


@dataclass(frozen=True, kw_only=True)
class Unpriced:
    """Stays that one of the two tariffs refuses; no sum holds them."""

    tariff: str
    """`draft`, or `present`."""
    code: str
    stays: int


@dataclass(frozen=True, kw_only=True)
class SimulationResult:
    """A draft against the present tariff over recorded stays."""

    draft: str
    draft_version: int
    present: tuple[str, ...]
    """The tables that the stays were compared with."""
    currency: str
    start: int
    end: int
    total: Share
    shares: Mapping[str, tuple[Share, ...]]
    """By `zone`, `duration`, `vehicle_class`, `energy` and `person`."""
    changes: tuple[tuple[int, int], ...]
    """How many stays pay how much more (minor units, below zero: less), the lower end of each class first."""
    durations: tuple[DurationFee, ...]
    occupancy: tuple[ZoneOccupancy, ...]
    revenue_after_response: int | None
    """The draft's revenue under the assumed elasticity; None where no zone allows one."""
    unpriced: tuple[Unpriced, ...]
    one_by_one: int
    """Stays that the arrays left to the calculator, under either tariff."""
    assumptions: Assumptions
