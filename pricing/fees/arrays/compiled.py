"""A collection made ready for arrays: every amount an integer on one exact scale."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from pricing.fees.arrays.columns import Ints
from pricing.rates.model import Cap, RateLine, RateLineCollection, RateTable

Unit = tuple[int, int]
"""A price and the seconds that it buys."""


@dataclass(frozen=True, kw_only=True)
class Prices:
    """One line's amounts on the scale of its collection."""

    line: RateLine
    unit_price: int
    exact_prices: tuple[int, ...]
    """Per second, of the unit (`per_unit`) or of every step, where begun units are charged by their share."""
    step_prices: tuple[int, ...]
    tier_prices: tuple[int, ...]
    cap: int | None

    @property
    def highest(self) -> tuple[int, ...]:
        return (self.unit_price, *self.step_prices, *self.tier_prices)


@dataclass(frozen=True, kw_only=True)
class CapRule:
    """A cap on the scale of its collection."""

    cap: Cap
    amount: int
    holds: Ints
    """1 for each line that it holds for, 0 for the others."""
    holds_entry: bool


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """A collection and the percentage that a vehicle pays. Amounts are in 1/`scale` of a minor unit."""

    collection: RateLineCollection
    scale: int
    prices: tuple[Prices, ...]
    entry_fee: int
    caps: tuple[CapRule, ...]
    weights: Ints | None
    """What each line owes with its tax on top, in 1/10000; None where no tax comes on top."""
    entry_weight: int


def compile_collection(table: RateTable, collection: RateLineCollection, percent: int) -> Compiled:
    scale = math.lcm(*(amount.denominator for amount in _amounts(collection, percent)))
    factor = Fraction(percent * scale, 100)
    on_top = table.tax if table.tax is not None and not table.tax.included else None
    return Compiled(
        collection=collection,
        scale=scale,
        prices=tuple(_prices(line, factor, scale) for line in collection.lines),
        entry_fee=int(collection.entry_fee * factor),
        caps=tuple(_cap(cap, collection, factor, scale) for cap in collection.caps),
        weights=None if on_top is None else _weights(on_top.bp, collection.lines),
        entry_weight=1 if on_top is None else 10_000 + _own(collection.entry_tax_bp, on_top.bp),
    )


def _amounts(collection: RateLineCollection, percent: int) -> Iterator[Fraction]:
    """Whatever can be charged, as exact shares of a minor unit."""
    share = Fraction(percent, 100)
    yield share * collection.entry_fee
    yield from (share * cap.amount for cap in collection.caps if cap.times_vehicle)
    for line in collection.lines:
        yield share * line.unit_price
        yield from (share * price / unit_s for price, unit_s in _units(line) if _is_shared(line))
        yield from (share * price for price, _ in _units(line))
        yield from (share * tier.price for tier in line.tiers)
        if line.cap is not None and line.cap_times_vehicle:
            yield share * line.cap


def _units(line: RateLine) -> Iterable[Unit]:
    if line.mode == "per_unit" and line.unit_s is not None:
        return [(line.unit_price, line.unit_s)]
    return [(step.unit_price, step.unit_s) for step in line.steps]


def _is_shared(line: RateLine) -> bool:
    return line.rounding in ("exact", "up_at_end")


def _prices(line: RateLine, factor: Fraction, scale: int) -> Prices:
    return Prices(
        line=line,
        unit_price=int(line.unit_price * factor),
        exact_prices=tuple(int(price * factor / unit_s) for price, unit_s in _units(line)) if _is_shared(line) else (),
        step_prices=tuple(int(step.unit_price * factor) for step in line.steps),
        tier_prices=tuple(int(tier.price * factor) for tier in line.tiers),
        cap=None if line.cap is None else int(line.cap * (factor if line.cap_times_vehicle else scale)),
    )


def _cap(cap: Cap, collection: RateLineCollection, factor: Fraction, scale: int) -> CapRule:
    return CapRule(
        cap=cap,
        amount=int(cap.amount * (factor if cap.times_vehicle else scale)),
        holds=np.array([not cap.rules or line.rule_id in cap.rules for line in collection.lines], dtype=np.int64),
        holds_entry=not cap.rules,
    )


def _weights(bp: int, lines: Iterable[RateLine]) -> Ints:
    return np.array([10_000 + _own(line.tax_bp, bp) for line in lines], dtype=np.int64)


def _own(bp: int | None, otherwise: int) -> int:
    return otherwise if bp is None else bp
