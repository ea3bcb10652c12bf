"""What a part costs, and where in it each amount falls due ("Exact meaning", 4)."""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from pricing.fees.amounts import Amount, ratio, share
from pricing.fees.intervals import Interval
from pricing.fees.periods import period_starts
from pricing.fees.words import Words, duration, period_words, unit_words
from pricing.rates.model import LineMode, Period, RateLine, RateStep, RateTier, Rounding

_PER_USE: Final[Words] = ("按次计费", "per use")
_FREE: Final[Words] = ("本时段免费", "free at this time")


class BeyondEndError(Exception):
    """The part is longer than its line has prices for."""


class Charge(NamedTuple):
    """Units of one price; positions are seconds of the part, from 0."""

    at: int
    """Where the first unit begins."""
    until: int
    """Where the last one ends, as far as it lies within the part."""
    quantity: int
    price: Amount
    """Of one unit, all percentages included."""
    total: Amount
    words: Words
    unit_s: int = 0
    """From one beginning to the next."""
    starts: tuple[int, ...] = ()
    """Beginnings that do not lie evenly."""
    is_even: bool = False
    """Spread evenly over the seconds, instead of due when each unit begins."""

    def before(self, position: int) -> Amount:
        """What falls due before a position."""
        if position <= self.at:
            return 0
        if position >= self.until:
            return self.total
        if self.is_even:
            return ratio(self.price * (position - self.at), self.unit_s)
        if self.starts:
            return self.price * bisect_left(self.starts, position)
        if self.unit_s:
            return self.price * min(self.quantity, -((self.at - position) // self.unit_s))
        return self.total


class Meter(NamedTuple):
    """What the price of a part depends on beside its line."""

    seconds: int
    spans: list[Interval]
    percent: int
    """In ten-thousandths."""
    rounding: Rounding
    """Of the line, `up_at_end` resolved."""
    elapsed: int
    """Seconds of the collection charged before, where the line's steps count them."""
    zone: ZoneInfo


def charges_of(rate: RateLine, meter: Meter) -> list[Charge]:
    """At least one, in order of position; raises `BeyondEndError`."""
    return _MODES[rate.mode](rate, meter)


def _per_unit(rate: RateLine, meter: Meter) -> list[Charge]:
    if rate.period is not None:
        return _per_period(rate.unit_price, rate.period, meter)
    seconds, unit = meter.seconds, rate.unit_s or 0
    price = share(rate.unit_price, meter.percent)
    words = unit_words(unit, meter.rounding)
    if meter.rounding == "exact":
        total = ratio(price * seconds, unit)
        return [Charge(0, seconds, -(-seconds // unit), price, total, words, unit, is_even=True)]
    if meter.rounding == "up":
        count = -(-seconds // unit)
    else:
        count = (seconds if meter.rounding == "down" else seconds + unit // 2) // unit
    return [Charge(0, seconds, count, price, price * count, words, unit)]


def _per_period(unit_price: int, period: Period, meter: Meter) -> list[Charge]:
    starts = tuple(period_starts(period, meter.spans, meter.zone))
    price, words = share(unit_price, meter.percent), period_words(period.unit, period.alignment)
    return [Charge(0, meter.seconds, len(starts), price, price * len(starts), words, starts=starts)]


def _steps(rate: RateLine, meter: Meter) -> list[Charge]:
    charges: list[Charge] = []
    at, end = 0, 0
    for step in rate.steps:
        left = -(-(meter.seconds - at) // step.unit_s)
        if step.units is not None:
            end += step.units * step.unit_s
            left = min(left, -(-(end - meter.elapsed - at) // step.unit_s))
        if left > 0:
            charges += _run(step, meter, at, left)
            at += left * step.unit_s
        if at >= meter.seconds:
            return charges
    raise BeyondEndError


def _run(step: RateStep, meter: Meter, at: int, count: int) -> list[Charge]:
    """Units of one step, of which only the last of the part may be begun and not finished."""
    unit = step.unit_s
    price, words = share(step.unit_price, meter.percent), unit_words(unit, meter.rounding)
    over = at + count * unit - meter.seconds
    until = min(at + count * unit, meter.seconds)
    if over > 0 and meter.rounding == "exact":
        last = at + (count - 1) * unit
        begun = Charge(last, until, 1, price, ratio(price * (until - last), unit), words)
        return [*([Charge(at, last, count - 1, price, price * (count - 1), words, unit)] if count > 1 else []), begun]
    if over > 0 and (meter.rounding == "down" or (meter.rounding == "nearest" and 2 * over > unit)):
        count -= 1
    return [Charge(at, until, count, price, price * count, words, unit)]


def _tiers(rate: RateLine, meter: Meter) -> list[Charge]:
    last = rate.tiers[-1]
    whole = 0
    if last.up_to_s is not None and meter.seconds > last.up_to_s:
        if rate.beyond == "refuse":
            raise BeyondEndError
        whole = meter.seconds // last.up_to_s
    rest_at = whole * (last.up_to_s or 0)
    charges: list[Charge] = []
    if whole:
        price = share(last.price, meter.percent)
        charges.append(Charge(0, rest_at, whole, price, price * whole, _tier_words(last), last.up_to_s or 0))
    rest = meter.seconds - rest_at
    if rest:
        tier = next(item for item in rate.tiers if item.up_to_s is None or rest <= item.up_to_s)
        price = share(tier.price, meter.percent)
        charges.append(Charge(rest_at, meter.seconds, 1, price, price, _tier_words(tier)))
    return charges


def _per_use(rate: RateLine, meter: Meter) -> list[Charge]:
    price = share(rate.unit_price, meter.percent)
    return [Charge(0, meter.seconds, 1, price, price, _PER_USE)]


def _free(_: RateLine, meter: Meter) -> list[Charge]:
    return [Charge(0, meter.seconds, meter.seconds, 0, 0, _FREE)]


def _tier_words(tier: RateTier) -> Words:
    if tier.up_to_s is None:
        return "按时长定额计费", "one price for the time parked"
    zh, en = duration(tier.up_to_s)
    return f"{zh}以内定额计费", f"one price up to {en}"


_MODES: Final[Mapping[LineMode, Callable[[RateLine, Meter], list[Charge]]]] = MappingProxyType(
    {"per_unit": _per_unit, "per_use": _per_use, "free": _free, "steps": _steps, "tiers": _tiers}
)
