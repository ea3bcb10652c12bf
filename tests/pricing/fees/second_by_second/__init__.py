"""An independent reading of "Exact meaning" in docs/tariffs.md: it looks at every second of a stay, one sentence at a time.

It shares with the calculator only what both speak of: the model of rate tables and stays, and the official calendar.
"""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor

import numpy as np

from pricing.fees.model import LaterTable, Stay
from pricing.rates.model import RateTable
from tests.pricing.fees.second_by_second.costs import CapRoom, PartCost
from tests.pricing.fees.second_by_second.free_time import Entries, FreeTime, Granted, Priced
from tests.pricing.fees.second_by_second.parts import Part, parts_of, with_short_ones_moved
from tests.pricing.fees.second_by_second.stay_seconds import (
    RefusedError,
    StaySeconds,
    percents_at,
    refuse_unless_one,
    seconds_of,
)

__all__ = ["Expected", "RefusedError", "expected"]


@dataclass(frozen=True, kw_only=True)
class Expected:
    """The fee and its tax in minor units, and the usage after the stay."""

    amount: int
    tax: int | None
    granted: Granted
    entries: Entries


def expected(
    table: RateTable, stay: Stay, granted: Granted, entries: Entries, later: tuple[LaterTable, ...] = ()
) -> Expected:
    """The fee by the definition; raises `RefusedError` where it gives none."""
    _check(stay)
    seconds = seconds_of(stay, table, later)
    if not seconds.accrues.any():
        return Expected(amount=0, tax=None if table.tax is None else 0, granted=granted, entries=entries)
    priced = _priced(seconds, table, stay)
    free = FreeTime(seconds, table, stay.energy, granted, entries, priced)
    parts = [
        with_short_ones_moved(
            parts_of(seconds, free.charged(one), (table, one.collection), later, stay),
            one.collection,
            int(one.mask.sum()),
        )
        for one in priced
    ]
    owed = Owed(table)
    last = _last_of_units(parts)
    for one, of_one in zip(priced, parts, strict=True):
        _charge(owed, seconds, one, of_one, last)
    amount, tax = owed.fee(stay.payment_method)
    return Expected(amount=amount, tax=tax, granted=free.granted, entries=free.entries)


def _check(stay: Stay) -> None:
    instants = [stay.start, *(move.at for move in stay.moves), stay.end]
    naive = any(instant.tzinfo is None for instant in instants)
    if naive or any(after < before for before, after in pairwise(instants)):
        raise RefusedError("stay_invalid")


def _priced(seconds: StaySeconds, table: RateTable, stay: Stay) -> list[Priced]:
    priced: list[Priced] = []
    holding = np.zeros(len(seconds.at), dtype=np.int64)
    for collection in table.collections:
        percents = percents_at(seconds, collection, stay)
        mask = seconds.accrues & np.array([percent is not None for percent in percents])[seconds.place]
        holding += mask
        if mask.any():
            percent = next(percent for percent in percents if percent is not None)
            priced.append(Priced(collection=collection, percent=percent, mask=mask))
    refuse_unless_one(holding, seconds.accrues)
    return sorted(priced, key=lambda one: int(np.argmax(one.mask)))


def _last_of_units(parts: list[list[Part]]) -> Part | None:
    of_units = (part for one in parts for part in one if part.line.mode in {"per_unit", "steps"})
    return max(of_units, key=lambda part: int(part.at[0]), default=None)


def _charge(owed: "Owed", seconds: StaySeconds, one: Priced, parts: list[Part], last: Part | None) -> None:
    """Section 4 for one collection."""
    room = CapRoom(one.collection, seconds, owed.table.timezone, one.percent)
    vehicle = Fraction(one.percent, 100)
    if parts:
        first = int(parts[0].at[0])
        owed.add(room.take(one.collection.entry_fee * vehicle, None, first), one.collection.entry_tax_bp)
    earlier_s = 0
    for part in parts:
        cost = PartCost(
            part,
            zone=owed.table.timezone,
            percent=vehicle * _idle_percent(owed.table, part),
            earlier_s=earlier_s,
            is_last=part is last,
            cap=None if part.line.cap is None else part.line.cap * (vehicle if part.line.cap_times_vehicle else 1),
        )
        for begin, end in pairwise(room.cells(part.at)):
            of_cell = cost.of_first(end) - cost.of_first(begin)
            owed.add(room.take(of_cell, part.line.rule_id, int(part.at[begin])), part.line.tax_bp)
        earlier_s += len(part.at)


def _idle_percent(table: RateTable, part: Part) -> Fraction:
    rule = table.charging
    if rule is None or not part.idle or (rule.idle_rules and part.line.rule_id not in rule.idle_rules):
        return Fraction(1)
    return Fraction(rule.idle_percent, 100)


class Owed:
    """Section 5: the sum of what lines owe, by their tax, and the fee that follows."""

    def __init__(self, table: RateTable) -> None:
        self.table = table
        self.by_tax: dict[int, Fraction] = {}

    def add(self, amount: Fraction, own_tax_bp: int | None) -> None:
        bp = own_tax_bp
        if bp is None:
            bp = 0 if self.table.tax is None else self.table.tax.bp
        self.by_tax[bp] = self.by_tax.get(bp, Fraction(0)) + amount

    def fee(self, payment_method: str | None) -> tuple[int, int | None]:
        off = next((one.percent for one in self.table.discounts if one.payment_method == payment_method), 0)
        kept = {bp: amount * Fraction(100 - off, 100) for bp, amount in self.by_tax.items()}
        total = sum(kept.values(), Fraction(0))
        tax = self.table.tax
        if tax is None:
            return self._rounded(total), None
        if tax.included:
            within = sum((amount * Fraction(bp, 10_000 + bp) for bp, amount in kept.items()), Fraction(0))
            return self._rounded(total), floor(within + Fraction(1, 2))
        on_top = sum((amount * Fraction(bp, 10_000) for bp, amount in kept.items()), Fraction(0))
        return self._rounded(total + on_top), floor(on_top + Fraction(1, 2))

    def _rounded(self, amount: Fraction) -> int:
        to = self.table.rounding.to
        match self.table.rounding.mode:
            case "half_up":
                return floor(amount / to + Fraction(1, 2)) * to
            case "down":
                return floor(amount / to) * to
            case _:
                return ceil(amount / to) * to
