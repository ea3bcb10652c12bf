"""From what lines owe to the fee: discount, scale and the one rounding, in integers."""

from typing import Final

import numpy as np

from pricing.fees.arrays.columns import Ints, StayColumns
from pricing.fees.arrays.compiled import Compiled
from pricing.rates.model import RateLine, RateTable

_LARGEST: Final = 1 << 62
_TAX: Final = 10_000


def fees(table: RateTable, compiled: Compiled, total: Ints, stays: StayColumns, rows: Ints) -> Ints:
    """Minor units of `total`, which is on the scale of the collection."""
    step = compiled.scale * table.rounding.to * (1 if compiled.weights is None else _TAX)
    if stays.payment is not None and table.discounts:
        total = total * _percent_left(table, stays)[stays.payment[rows]]
        step *= 100
    if step == 1:
        return total
    if table.rounding.mode == "half_up":
        whole = (2 * total + step) // (2 * step)
    else:
        whole = total // step if table.rounding.mode == "down" else -(-total // step)
    return whole * table.rounding.to


def fits(table: RateTable, compiled: Compiled, seconds: int) -> bool:
    """Whether no sum over stays of up to `seconds` can leave 64 bits."""
    shortest = min((length for line in compiled.collection.lines for length in _lengths(line)), default=3600)
    dearest = max((amount for prices in compiled.prices for amount in prices.highest), default=0)
    units = seconds // shortest + 4 * (seconds // 3600 + 2) * max(len(compiled.prices), 1)
    worst = compiled.entry_fee + dearest * units
    largest_cap = max((rule.amount for rule in compiled.caps), default=0)
    factor = (100 if table.discounts else 1) * (1 if compiled.weights is None else 2 * _TAX)
    return max(worst * factor * 2, largest_cap) < _LARGEST


def _percent_left(table: RateTable, stays: StayColumns) -> Ints:
    """After the discount, by way of paying; the last one is for an unknown way, whose code is -1."""
    off = {discount.payment_method: discount.percent for discount in reversed(table.discounts)}
    return np.array([*(100 - off.get(name, 0) for name in stays.payment_methods), 100], dtype=np.int64)


def _lengths(line: RateLine) -> list[int]:
    """Seconds for which at most one of the line's highest amounts is due."""
    if line.rounding in ("exact", "up_at_end") and line.mode == "per_unit":
        return [1]
    of_units = [line.unit_s] if line.unit_s is not None else []
    return of_units + [step.unit_s for step in line.steps] + [tier.up_to_s for tier in line.tiers if tier.up_to_s]
