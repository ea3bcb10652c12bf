"""A rate table in the words of APDS / ISO TS 5206-1: lines of prices over local time, with what is free before them.

Where a published rule is silent, the reading of it is an explicit switch of the table and never a habit of the code.
"""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Literal

from parking.places.model import AreaClass, PlaceKind, PriceForm

VehicleClass = Literal["small", "large"]
Energy = Literal["fuel", "nev"]
LineMode = Literal["per_unit", "per_use", "free"]


@dataclass(frozen=True, kw_only=True)
class RateLine:
    """One price over one daily span of local time; `start == end` is the whole day, `end < start` crosses midnight."""

    rule_id: str
    area_class: AreaClass
    kinds: frozenset[PlaceKind]
    vehicle_class: VehicleClass
    start: time
    end: time
    mode: LineMode
    unit_price: int
    """Minor units for one unit, or for one use; 0 when the mode is `free`."""
    unit_s: int | None
    """Length of a unit in seconds, for `per_unit`; a started unit is a unit."""


@dataclass(frozen=True, kw_only=True)
class FreeAllowance:
    """Free seconds at the beginning of every stay."""

    seconds: int
    when_exceeded: Literal["deducted", "lost"]
    """A longer stay keeps the free time (`deducted`) or is charged from entry (`lost`)."""


@dataclass(frozen=True, kw_only=True)
class EnergyQuota:
    """Free time a day for new-energy vehicles, counted per vehicle over all its stays of a local day.

    Source: 鲁政发〔2023〕13号, two hours at government-priced places; a stay within the free allowance does not use it up,
    a longer one counts from entry.
    """

    seconds_a_day: int
    stacks_on_free: bool
    """True when the free allowance begins after the quota, False when both begin at entry."""


@dataclass(frozen=True, kw_only=True)
class LegalBasis:
    """The act that lets the table be charged (see `parking.places.model.PriceDocument`)."""

    document: str
    authority: str
    form: PriceForm
    source: str


@dataclass(frozen=True, kw_only=True)
class RateTable:
    """All lines of one tariff; immutable, a change is a new version."""

    rate_table_id: str
    version: int
    title: str
    title_en: str
    currency: str
    timezone: str
    legal: LegalBasis
    lines: tuple[RateLine, ...]
    free: FreeAllowance | None = None
    energy_quota: EnergyQuota | None = None

    def lines_for(self, area_class: str, kind: str, vehicle_class: str) -> tuple[RateLine, ...]:
        return tuple(
            line
            for line in self.lines
            if line.area_class == area_class and kind in line.kinds and line.vehicle_class == vehicle_class
        )


@dataclass(frozen=True, kw_only=True)
class Posting:
    """A published table over `[start, end)` for one kind of place in one zone; an `end` of None is open."""

    zone_id: str
    kind: PlaceKind
    start: datetime
    end: datetime | None
    table: RateTable
    document: str
    """Number of the price document behind it."""
