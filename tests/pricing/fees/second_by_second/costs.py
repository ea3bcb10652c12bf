"""Section 4 of the exact meaning: what a part costs, and what the caps of a collection leave of it."""

import calendar
from datetime import datetime
from fractions import Fraction

import numpy as np

from pricing.rates.model import Cap, RateLine, RateLineCollection, RateTier
from tests.pricing.fees.second_by_second.parts import Part
from tests.pricing.fees.second_by_second.stay_seconds import RefusedError, StaySeconds
from tests.pricing.fees.second_by_second.wall_time import (
    DAY_S,
    SECOND,
    WALL_EPOCH,
    Seconds,
    month_of,
    second_of_wall,
    wall_seconds,
)

HOUR_S = 3600
FIXED_PERIODS = {"hour": HOUR_S, "day": DAY_S, "week": 7 * DAY_S}
MONTHS = {"month": 1, "year": 12}


class PartCost:
    """What the first seconds of a part cost, for every number of seconds."""

    def __init__(
        self, part: Part, *, zone: str, percent: Fraction, earlier_s: int, is_last: bool, cap: Fraction | int | None
    ) -> None:
        self.percent = percent
        self.cap = cap
        self.spread = Fraction(0)
        """Minor units for each second, for prices that are spread evenly."""
        self.charges: list[tuple[int, Fraction | int]] = []
        """Positions where units begin, with their prices."""
        line, length = part.line, len(part.at)
        rounding = line.rounding
        if rounding == "up_at_end":
            rounding = "up" if is_last else "exact"
        if line.mode == "per_use":
            self.charges = [(0, line.unit_price)]
        elif line.mode == "tiers":
            self.charges = _tiers(line, length)
        elif line.mode == "steps":
            self.charges = _steps(line, length, rounding, earlier_s)
        elif line.mode == "per_unit" and line.period is not None:
            self.charges = [(position, line.unit_price) for position in _period_beginnings(part, zone)]
        elif line.mode == "per_unit":
            assert line.unit_s is not None
            if rounding == "exact":
                self.spread = Fraction(line.unit_price, line.unit_s)
            else:
                units = _units(length, line.unit_s, rounding)
                self.charges = [(number * line.unit_s, line.unit_price) for number in range(units)]

    def of_first(self, seconds: int) -> Fraction:
        charged = sum(price for position, price in self.charges if position < seconds)
        amount = self.percent * (charged + self.spread * seconds)
        return amount if self.cap is None else min(amount, Fraction(self.cap))


def _units(length: int, unit_s: int, rounding: str) -> int:
    match rounding:
        case "up":
            return -(-length // unit_s)
        case "down":
            return length // unit_s
        case "nearest":
            return (2 * length + unit_s) // (2 * unit_s)
        case _:
            raise AssertionError(rounding)


def _steps(line: RateLine, length: int, rounding: str, earlier_s: int) -> list[tuple[int, Fraction | int]]:
    charges: list[tuple[int, Fraction | int]] = []
    position = 0
    while position < length:
        price, unit_s = _step_at(line, position + (earlier_s if line.steps_from == "stay" else 0))
        begun = min(unit_s, length - position)
        if begun == unit_s or rounding == "up" or (rounding == "nearest" and 2 * begun >= unit_s):
            charges.append((position, price))
        elif rounding == "exact":
            charges.append((position, Fraction(price * begun, unit_s)))
        position += unit_s
    return charges


def _step_at(line: RateLine, elapsed: int) -> tuple[int, int]:
    end = 0
    for step in line.steps:
        if step.units is None:
            return step.unit_price, step.unit_s
        end += step.units * step.unit_s
        if elapsed < end:
            return step.unit_price, step.unit_s
    raise RefusedError("stay_too_long")


def _tiers(line: RateLine, length: int) -> list[tuple[int, Fraction | int]]:
    last = line.tiers[-1]
    if last.up_to_s is None or length <= last.up_to_s:
        return [(0, _tier_of(line.tiers, length).price)]
    if line.beyond == "refuse":
        raise RefusedError("stay_too_long")
    whole, rest = divmod(length, last.up_to_s)
    charges: list[tuple[int, Fraction | int]] = [(number * last.up_to_s, last.price) for number in range(whole)]
    if rest:
        charges.append((whole * last.up_to_s, _tier_of(line.tiers, rest).price))
    return charges


def _tier_of(tiers: tuple[RateTier, ...], length: int) -> RateTier:
    return next(tier for tier in tiers if tier.up_to_s is None or length <= tier.up_to_s)


def _period_beginnings(part: Part, zone: str) -> list[int]:
    """Positions of the first second of each period."""
    assert part.line.period is not None
    unit, at = part.line.period.unit, part.at
    if part.line.period.alignment == "calendar":
        # Every period of the calendar consists of hours on the wall.
        hours = wall_seconds(zone, at) // HOUR_S
        begun = np.flatnonzero(np.diff(hours, prepend=hours[0] - 1))
        _, first = np.unique(_calendar_period(unit, hours[begun]), return_index=True)
        return [int(position) for position in begun[first]]
    if unit in FIXED_PERIODS:
        beginnings = list(range(int(at[0]), int(at[-1]) + 1, FIXED_PERIODS[unit]))
    else:
        beginnings = _rolling_months(at, zone, MONTHS[unit])
    return sorted({0, *(int(position) for position in np.searchsorted(at, beginnings) if position < len(at))})


def _calendar_period(unit: str, hours: Seconds) -> Seconds:
    days = hours // 24
    match unit:
        case "hour":
            return hours
        case "day":
            return days
        case "week":
            return (days + 3) // 7  # 1970 began on a Thursday
        case "month":
            return month_of(days).astype(np.int64)
        case _:
            return month_of(days).astype(np.int64) // 12


def _rolling_months(at: Seconds, zone: str, months: int) -> list[int]:
    """The second, third … beginning of periods from the first second on."""
    wall = int(wall_seconds(zone, at[:1])[0])
    first = WALL_EPOCH + wall * SECOND
    beginnings: list[int] = []
    while not beginnings or beginnings[-1] <= at[-1]:
        moved = _months_after(first, months * (len(beginnings) + 1))
        beginnings.append(second_of_wall(zone, (moved - WALL_EPOCH) // SECOND))
    return beginnings


def _months_after(first: datetime, months: int) -> datetime:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return first.replace(year=year, month=month + 1, day=min(first.day, calendar.monthrange(year, month + 1)[1]))


class CapRoom:
    """What is left of every cap of a collection in each of its windows."""

    def __init__(self, collection: RateLineCollection, stay: StaySeconds, zone: str, percent: int) -> None:
        self.stay = stay
        self.zone = zone
        self.caps = collection.caps
        self.amounts = {
            cap.cap_id: cap.amount * (Fraction(percent, 100) if cap.times_vehicle else 1) for cap in self.caps
        }
        self.used: dict[tuple[str, int], Fraction] = {}

    def windows(self, cap: Cap, at: Seconds) -> Seconds:
        if cap.scope == "stay":
            return np.zeros(len(at), dtype=np.int64)
        if cap.scope == "local_day":
            return wall_seconds(self.zone, at) // DAY_S
        assert cap.window_s is not None
        return (at - self.stay.start) // cap.window_s

    def cells(self, at: Seconds) -> list[int]:
        """Positions where the part is cut, its beginning and end among them."""
        cuts = {0, len(at)}
        for cap in self.caps:
            cuts.update((np.flatnonzero(np.diff(self.windows(cap, at))) + 1).tolist())
        return sorted(cuts)

    def take(self, owed: Fraction, rule_id: str | None, second: int) -> Fraction:
        """What may be charged of it for a line, or for the entry fee, which has no line."""
        holding = [
            (cap, int(self.windows(cap, np.array([second]))[0]))
            for cap in self.caps
            if not cap.rules or (rule_id is not None and rule_id in cap.rules)
        ]
        for cap, window in holding:
            owed = min(owed, self.amounts[cap.cap_id] - self.used.get((cap.cap_id, window), Fraction(0)))
        for cap, window in holding:
            self.used[cap.cap_id, window] = self.used.get((cap.cap_id, window), Fraction(0)) + owed
        return owed
