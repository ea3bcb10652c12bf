"""A rate table in the words of APDS / ISO TS 5206-1: collections of priced lines, each for whom and where it holds.

Where a published rule is silent, the reading of it is an explicit switch of the table and never a habit of the code.
What every switch does to a fee is written in docs/tariffs.md, section "Exact meaning".
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal

from parking.places.model import AreaClass, PlaceKind, PriceForm, SpaceUse

VehicleClass = Literal["motorcycle", "small", "medium", "large"]
Energy = Literal["fuel", "nev"]
Activity = Literal["parked", "charging"]
Day = Literal["workday", "restday", "holiday", "mon", "tue", "wed", "thu", "fri", "sat", "sun"]
LineMode = Literal["per_unit", "per_use", "free", "steps", "tiers"]
Rounding = Literal["up", "down", "nearest", "exact", "up_at_end"]
PeriodUnit = Literal["hour", "day", "week", "month", "year"]
Alignment = Literal["rolling", "calendar"]
QuotaWindow = Literal["local_day", "rolling", "from_first_use"]
CapScope = Literal["stay", "from_entry", "local_day"]
MoneyRounding = Literal["half_up", "down", "up"]


@dataclass(frozen=True, kw_only=True)
class Period:
    """A calendar unit of charging: `rolling` counts from the first charged second, `calendar` from the local grid.

    Source: CDS, Rate.rate_unit and rate_unit_period.
    """

    unit: PeriodUnit
    alignment: Alignment


@dataclass(frozen=True, kw_only=True)
class RateStep:
    """One price over some units of elapsed time; `units` is None for the last step, which goes on."""

    unit_price: int
    unit_s: int
    units: int | None


@dataclass(frozen=True, kw_only=True)
class RateTier:
    """One price for a whole duration up to and including `up_to_s` seconds; None is without end."""

    up_to_s: int | None
    price: int


@dataclass(frozen=True, kw_only=True)
class RateLine:
    """One price over one daily span of local time; `start == end` is the whole day, `end < start` crosses midnight."""

    rule_id: str
    start: time
    end: time
    mode: LineMode
    unit_price: int = 0
    """Minor units for one unit (`per_unit`) or one use (`per_use`); 0 in every other mode."""
    unit_s: int | None = None
    """Length of a unit in seconds for `per_unit`; None where `period` is the unit."""
    period: Period | None = None
    rounding: Rounding = "up"
    """Of a begun unit, for `per_unit` and `steps`."""
    steps: tuple[RateStep, ...] = ()
    steps_from: Literal["segment", "stay"] = "segment"
    """Where elapsed time begins: with each segment of the day, or with the charged time of the stay."""
    tiers: tuple[RateTier, ...] = ()
    beyond: Literal["refuse", "repeat"] = "refuse"
    """Longer than the last tier: no price, or the tiers once more from the first."""
    per: Literal["segment", "stay"] = "segment"
    """For `per_use`: one use for every segment of the day that is touched, or one for the whole stay."""
    cap: int | None = None
    """Most for one segment of the day, in minor units."""
    cap_times_vehicle: bool = False
    days: frozenset[Day] = frozenset()
    """Days on which the span begins, by kind of day or name; a day must meet one of them. Empty is every day."""
    valid_from: date | None = None
    valid_to: date | None = None
    """First and last local day on which the span begins, both included."""
    activity: Activity | None = None
    """None holds for both."""
    tax_bp: int | None = None
    """Hundredths of a percent, in place of the table's."""


@dataclass(frozen=True, kw_only=True)
class EntryLimit:
    """How many entries of one vehicle may use a free allowance within a window."""

    entries: int
    window: QuotaWindow
    window_s: int | None
    place: Literal["everywhere", "here"]


@dataclass(frozen=True, kw_only=True)
class FreeAllowance:
    """Free seconds at the beginning of every stay."""

    seconds: int
    when_exceeded: Literal["deducted", "lost"]
    """A longer stay keeps the free time (`deducted`) or is charged from entry (`lost`)."""
    limit: EntryLimit | None = None


@dataclass(frozen=True, kw_only=True)
class Cap:
    """The most that may be charged within a window, in minor units."""

    cap_id: str
    scope: CapScope
    amount: int
    window_s: int | None = None
    """Length of the windows that follow one another from entry, for `from_entry`."""
    rules: frozenset[str] = frozenset()
    """Lines it holds for; empty is all, the entry fee included."""
    times_vehicle: bool = False


@dataclass(frozen=True, kw_only=True)
class ShortStay:
    """A stay shorter than `below_s` that meets several segments of the day is charged by the first of them alone."""

    below_s: int


@dataclass(frozen=True, kw_only=True)
class ShortPart:
    """A part of a stay in the segment `rule`, shorter than `below_s`, is charged with its neighbour in `added_to`."""

    rule: str
    below_s: int
    added_to: str


@dataclass(frozen=True, kw_only=True)
class VehicleRate:
    """One vehicle class that a collection is for, with the percentage of the collection's prices that it pays."""

    vehicle_class: VehicleClass
    percent: int = 100


@dataclass(frozen=True, kw_only=True)
class Eligibility:
    """Which place and vehicle a collection is for; an empty set of energies or uses is any."""

    area_classes: frozenset[AreaClass]
    kinds: frozenset[PlaceKind]
    vehicles: tuple[VehicleRate, ...]
    energies: frozenset[Energy] = frozenset()
    uses: frozenset[SpaceUse] = frozenset()

    def percent_for(self, area_class: str, kind: str, vehicle_class: str, energy: str, use: str) -> int | None:
        """The percentage of the prices that the vehicle pays there; None where the collection is not for it."""
        if (
            area_class not in self.area_classes
            or kind not in self.kinds
            or (self.energies and energy not in self.energies)
            or (self.uses and use not in self.uses)
        ):
            return None
        return next((rate.percent for rate in self.vehicles if rate.vehicle_class == vehicle_class), None)


@dataclass(frozen=True, kw_only=True)
class RateLineCollection:
    """Lines that together price every hour of one kind of parking, with what is free before and capped after them."""

    collection_id: str
    eligibility: Eligibility
    lines: tuple[RateLine, ...]
    free: FreeAllowance | None = None
    entry_fee: int = 0
    entry_tax_bp: int | None = None
    caps: tuple[Cap, ...] = ()
    short_stay: ShortStay | None = None
    short_parts: tuple[ShortPart, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TimeQuota:
    """Free time of a vehicle over all its stays within a window, such as two hours a day for new-energy vehicles.

    Source of the Shandong rule: 鲁政发〔2023〕13号.
    """

    quota_id: str
    seconds: int
    window: QuotaWindow
    window_s: int | None
    energies: frozenset[Energy]
    place: Literal["everywhere", "here"]
    stacks_on_free: bool
    """True when the free allowance begins after the quota, False when both begin at entry."""
    short_stays_use_nothing: bool
    """True when a stay that the free allowance covers whole leaves the quota as it is."""


@dataclass(frozen=True, kw_only=True)
class Exemption:
    """A class of vehicles that pays nothing, with the proof that the rule asks for."""

    exempt_class: str
    proof: str


@dataclass(frozen=True, kw_only=True)
class ChargingRule:
    """What charging a battery does to the parking fee, and what standing idle on a charging space does."""

    while_charging: Literal["free", "charged"]
    grace_s: int
    """After charging has ended, counted as charging still."""
    idle_percent: int
    """Of the prices, on a charging space without charging; 100 is no surcharge."""
    idle_rules: frozenset[str]
    """Lines that the percentage holds for; empty is all."""
    idle_uses_quota: bool
    idle_uses_free: bool

    def surcharges(self, rule_id: str) -> bool:
        """Whether standing idle costs something else than other time on the line."""
        return self.idle_percent != 100 and (not self.idle_rules or rule_id in self.idle_rules)  # noqa: PLR2004


@dataclass(frozen=True, kw_only=True)
class Discount:
    """A share off the fee for a way of paying."""

    payment_method: str
    percent: int


@dataclass(frozen=True, kw_only=True)
class Tax:
    """Tax within the prices or on top of them; lines may name their own rate."""

    bp: int
    included: bool


@dataclass(frozen=True, kw_only=True)
class FeeRounding:
    """Once, at the end: the fee is a multiple of `to` minor units."""

    to: int = 1
    mode: MoneyRounding = "half_up"


@dataclass(frozen=True, kw_only=True)
class LegalBasis:
    """The act that lets the table be charged (see `parking.places.model.PriceDocument`)."""

    document: str
    authority: str
    form: PriceForm
    source: str
    tick: int
    """Prices move in multiples of it, in minor units."""
    notice_working_days: int
    """Whole working days between the public notice and the first day of the tariff."""
    float_percent: int | None = None
    """How far around the document's prices the table may go; None where the document names a ceiling."""
    ceiling: int | None = None
    """The highest unit price of any line; None where the document floats around its own prices."""
    valid_from: date | None = None
    valid_to: date | None = None
    """Last day of the document, included."""


@dataclass(frozen=True, kw_only=True)
class RateTable:
    """All collections of one tariff; immutable, a change is a new version."""

    rate_table_id: str
    version: int
    title: str
    title_en: str
    currency: str
    timezone: str
    calendar: str
    """Country whose official calendar says which days are working days, rest days and holidays (ISO 3166-1)."""
    price_moment: Literal["entry", "as_you_go"]
    """A running stay keeps the prices of its entry, or follows every change."""
    legal: LegalBasis
    collections: tuple[RateLineCollection, ...]
    quotas: tuple[TimeQuota, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    charging: ChargingRule | None = None
    discounts: tuple[Discount, ...] = ()
    tax: Tax | None = None
    rounding: FeeRounding = FeeRounding()

    def collections_for(
        self, area_class: str, kind: str, vehicle_class: str, energy: str = "fuel", use: str = "ordinary"
    ) -> list[tuple[RateLineCollection, int]]:
        """Those for the place and vehicle, each with the percentage of its prices; a sound table has one."""
        found = []
        for collection in self.collections:
            percent = collection.eligibility.percent_for(area_class, kind, vehicle_class, energy, use)
            if percent is not None:
                found.append((collection, percent))
        return found


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
