"""What a part costs up to a position in it: the running sum of one line, for many parts at once."""

from dataclasses import dataclass

import numpy as np

from pricing.fees.arrays.columns import Ints, Mask
from pricing.fees.arrays.compiled import Prices
from pricing.rates.model import RateLine


@dataclass(frozen=True, kw_only=True)
class Positions:
    """Positions within parts of one line, with what is to be known of each one's part."""

    position: Ints
    """Seconds of the part up to here."""
    length: Ints
    """Of the part."""
    elapsed: Ints
    """Charged seconds of the stay before the part, for steps that go on from part to part."""
    is_last: Mask
    """The part is the last timed one of its stay."""
    is_first_use: Mask
    """The part is the stay's first of the line."""


def running_sums(prices: Prices, at: Positions) -> Ints:
    """What all units that begin before each position cost, on the scale of the prices, under the line's own cap."""
    line = prices.line
    if line.mode == "per_unit":
        owed = _per_unit(prices, at)
    elif line.mode == "steps":
        owed = _steps(prices, at)
    elif line.mode == "tiers":
        owed = _tiers(prices, at)
    elif line.mode == "per_use":
        owed = (
            np.where(at.is_first_use, prices.unit_price, 0) if line.per == "stay" else _constant(prices.unit_price, at)
        )
    else:
        owed = _constant(0, at)
    return owed if prices.cap is None else np.minimum(owed, prices.cap)


def unpriced(line: RateLine, at: Positions) -> Mask:
    """The parts that are longer than the line has prices for."""
    if line.mode == "tiers" and line.beyond == "refuse" and line.tiers[-1].up_to_s is not None:
        return at.length > line.tiers[-1].up_to_s
    last = line.steps[-1].units if line.mode == "steps" else None
    if last is None:
        return np.zeros(len(at.length), dtype=np.bool_)
    # From where the last step ends: units that begin before may reach beyond, so some of these are priced after all.
    whole = sum(step.unit_s * (step.units or 0) for step in line.steps)
    return at.elapsed + at.length > whole


def _constant(value: int, at: Positions) -> Ints:
    return np.full(len(at.position), value, dtype=np.int64)


def _per_unit(prices: Prices, at: Positions) -> Ints:
    line = prices.line
    unit_s = line.unit_s or 1
    begun = -(-at.position // unit_s)
    if line.rounding == "up":
        return begun * prices.unit_price
    if line.rounding == "down":
        return np.minimum(begun, at.length // unit_s) * prices.unit_price
    if line.rounding == "nearest":
        return np.minimum(begun, (2 * at.length + unit_s) // (2 * unit_s)) * prices.unit_price
    shared = at.position * prices.exact_prices[0]
    return shared if line.rounding == "exact" else np.where(at.is_last, begun * prices.unit_price, shared)


def _steps(prices: Prices, at: Positions) -> Ints:
    line = prices.line
    owed = np.zeros(len(at.position), dtype=np.int64)
    begins = np.zeros_like(owed) if line.steps_from == "segment" else at.elapsed.copy()
    origin, ends = begins.copy(), 0
    for number, step in enumerate(line.steps):
        # In seconds of the part: where the units of this step begin, and how many of them there are.
        offset = begins - origin
        if step.units is None:
            units = -(-np.maximum(at.length - offset, 0) // step.unit_s)
        else:
            ends += step.units * step.unit_s
            units = -(-np.maximum(np.minimum(ends - begins, at.length - offset), 0) // step.unit_s)
        begun = np.minimum(-(-np.maximum(at.position - offset, 0) // step.unit_s), units)
        owed += begun * prices.step_prices[number]
        last_at = offset + (units - 1) * step.unit_s
        share = at.length - last_at
        is_cut = (units > 0) & (share < step.unit_s) & (begun == units) & (share > 0)
        owed -= np.where(is_cut, _taken_off(prices, number, share, at.is_last), 0)
        begins += units * step.unit_s
    return owed


def _taken_off(prices: Prices, number: int, share: Ints, is_last: Mask) -> Ints:
    """What a unit of a step that was only begun costs less than a whole one."""
    line, whole = prices.line, prices.step_prices[number]
    if line.rounding == "up":
        return np.zeros_like(share)
    if line.rounding == "down":
        return np.full_like(share, whole)
    if line.rounding == "nearest":
        return np.where(2 * share < line.steps[number].unit_s, whole, 0)
    less = whole - share * prices.exact_prices[number]
    return less if line.rounding == "exact" else np.where(is_last, 0, less)


def _tiers(prices: Prices, at: Positions) -> Ints:
    tiers = prices.line.tiers
    longest = tiers[-1].up_to_s
    rounds = np.zeros_like(at.length) if longest is None else (at.length - 1) // longest
    rest = at.length - rounds * (longest or 0)
    bounds = np.array([tier.up_to_s for tier in tiers if tier.up_to_s is not None], dtype=np.int64)
    tier = np.minimum(np.searchsorted(bounds, rest, side="left"), len(tiers) - 1)
    last_price = np.array(prices.tier_prices, dtype=np.int64)[tier]
    if longest is None:
        return last_price
    begun = np.minimum(-(-at.position // longest), rounds)
    return begun * prices.tier_prices[-1] + np.where(at.position > rounds * longest, last_price, 0)
