"""What goes into a fee and what comes out: a stay, the usage before it, and explained lines."""

from dataclasses import dataclass, field
from datetime import datetime

from parking.domain.errors import ParkingError
from parking.domain.money import Money
from parking.domain.time_span import TimeSpan
from parking.places.model import AreaClass, PlaceKind, SpaceUse
from pricing.rates.model import Energy, RateTable, VehicleClass


class FeeRefusedError(ParkingError):
    """The stay cannot be priced by this table; a refusal is never a number."""

    code = "fee_refused"


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What a vehicle has used of quotas before a stay, or after it; keys are `quota_key` or `allowance_key`."""

    granted: dict[str, tuple[tuple[datetime, datetime], ...]] = field(default_factory=dict)
    """Spans of free time granted by a time quota, in order, disjoint."""
    entries: dict[str, tuple[datetime, ...]] = field(default_factory=dict)
    """Beginnings of stays that used a limited free allowance, in order."""


@dataclass(frozen=True, kw_only=True)
class Uncharged:
    """A part of the stay in which no time accrues, with the reason shown to the payer."""

    span: TimeSpan
    why: str


@dataclass(frozen=True, kw_only=True)
class Right:
    """An exempt class that is proven for the vehicle, for the whole stay or a part of it."""

    exempt_class: str
    span: TimeSpan | None = None


@dataclass(frozen=True, kw_only=True)
class Move:
    """From an instant on the vehicle stands at another place within the same stay."""

    at: datetime
    area_class: AreaClass
    kind: PlaceKind
    use: SpaceUse = "ordinary"
    place_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Stay:
    """What is priced: `[start, end)` is the time that certainly was parked (doubt favours the driver)."""

    start: datetime
    end: datetime
    area_class: AreaClass
    kind: PlaceKind
    use: SpaceUse = "ordinary"
    place_id: str | None = None
    """The facility, or the zone at the kerb, for quotas that count by place."""
    vehicle_class: VehicleClass = "small"
    energy: Energy = "fuel"
    uncharged: tuple[Uncharged, ...] = ()
    charging: tuple[TimeSpan, ...] = ()
    """When its battery was charged."""
    rights: tuple[Right, ...] = ()
    moves: tuple[Move, ...] = ()
    """In order of time, within the stay."""
    payment_method: str | None = None


@dataclass(frozen=True, kw_only=True)
class LaterTable:
    """A version that came into force during a stay; it prices from there on where the table follows changes."""

    at: datetime
    table: RateTable


@dataclass(frozen=True, kw_only=True)
class FeeLine:
    """One line of the explanation; the amounts of all lines add up to the fee."""

    start: datetime
    end: datetime
    rule: str
    quantity: int
    """Started units, uses, or seconds when nothing is charged."""
    unit_price: int
    amount: int
    """Below zero where a cap, a discount or a rounding takes something off."""
    why: str


@dataclass(frozen=True, kw_only=True)
class Fee:
    """The sum, its lines in order of time, the tax within it, and the usage to carry into the vehicle's next stay."""

    amount: Money
    lines: tuple[FeeLine, ...]
    usage_after: Usage
    tax: Money | None = None
    """None where the table names no tax."""
