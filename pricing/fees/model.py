"""What goes into a fee and what comes out: a stay, the usage before it, and explained lines."""

from dataclasses import dataclass, field
from datetime import date, datetime

from parking.domain.errors import ParkingError
from parking.domain.money import Money
from parking.domain.time_span import TimeSpan
from parking.places.model import AreaClass, PlaceKind
from pricing.rates.model import Energy, VehicleClass


class FeeRefusedError(ParkingError):
    """The stay cannot be priced by this table; a refusal is never a number."""

    code = "fee_refused"


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Quota seconds that a vehicle has used, by local day."""

    quota_s: dict[date, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Uncharged:
    """A part of the stay in which no time accrues, with the reason shown to the payer."""

    span: TimeSpan
    why: str


@dataclass(frozen=True, kw_only=True)
class Stay:
    """What is priced: `[start, end)` is the time that certainly was parked (doubt favours the driver)."""

    start: datetime
    end: datetime
    area_class: AreaClass
    kind: PlaceKind
    vehicle_class: VehicleClass = "small"
    energy: Energy = "fuel"
    uncharged: tuple[Uncharged, ...] = ()


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
    why: str


@dataclass(frozen=True, kw_only=True)
class Fee:
    """The sum, its lines in order of time, and the usage to carry into the vehicle's next stay."""

    amount: Money
    lines: tuple[FeeLine, ...]
    usage_after: Usage
