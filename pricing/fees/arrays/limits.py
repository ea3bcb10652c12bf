"""Caps over cells: what is paid of what is owed, in the order of docs/tariffs.md."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pricing.fees.arrays.columns import Ints
from pricing.fees.arrays.compiled import CapRule
from pricing.fees.arrays.pieces import Pieces


@dataclass(frozen=True, kw_only=True)
class Cells:
    """What each piece owes, in order of stay and time; every stay has at least one."""

    pieces: Pieces
    line: Ints
    owed: Ints
    day_start: Ints
    entry: Ints
    """What each stay begins for: where its cells begin in the arrays, one value a stay."""


def windows(rule: CapRule, cells: Cells, start: Ints) -> Ints:
    """Which window of the cap each cell lies in; numbers of one stay never fall."""
    if rule.cap.scope == "local_day":
        return cells.day_start
    if rule.cap.scope == "from_entry" and rule.cap.window_s is not None:
        return (cells.pieces.low - start[cells.pieces.stay]) // rule.cap.window_s
    return np.zeros(len(cells.owed), dtype=np.int64)


def capped_total(rule: CapRule, cells: Cells, start: Ints, entry_fee: int) -> Ints:
    """Paid by each stay under one cap, the entry fee included."""
    stay, window = cells.pieces.stay, windows(rule, cells, start)
    begins = np.ones(len(stay), dtype=np.bool_)
    begins[1:] = (stay[1:] != stay[:-1]) | (window[1:] != window[:-1])
    first = np.flatnonzero(begins)
    total = np.add.reduceat(cells.owed, cells.entry) + entry_fee
    held = np.add.reduceat(cells.owed if rule.holds.all() else cells.owed * rule.holds[cells.line], first)
    if rule.holds_entry and entry_fee:
        held[np.searchsorted(first, cells.entry)] += entry_fee
    over = np.maximum(held - rule.amount, 0)
    return total - np.add.reduceat(over, np.searchsorted(first, cells.entry))


def paid_under(rules: Sequence[CapRule], cells: Cells, start: Ints, entry_fee: int) -> tuple[Ints, Ints]:
    """Paid for each cell, and as entry fee by each stay: cell after cell takes what is left of all its caps.

    All stays advance together, one cell a round.
    """
    count = np.diff(np.append(cells.entry, len(cells.owed)))
    window = [windows(rule, cells, start) for rule in rules]
    present = [each[cells.entry] for each in window]
    left = [np.full(len(count), rule.amount, dtype=np.int64) for rule in rules]
    entry = np.full(len(count), entry_fee, dtype=np.int64)
    for rule, room in zip(rules, left, strict=True):
        entry = np.minimum(entry, room) if rule.holds_entry else entry
    for place, rule in enumerate(rules):
        left[place] -= entry * rule.holds_entry
    paid = cells.owed.copy()
    stays = np.arange(len(count))
    for number in range(int(count.max())):
        stays = stays[count[stays] > number]
        cell = cells.entry[stays] + number
        due, line = cells.owed[cell], cells.line[cell]
        for place, rule in enumerate(rules):
            now = window[place][cell]
            left[place][stays] = np.where(now == present[place][stays], left[place][stays], rule.amount)
            present[place][stays] = now
            due = np.where(rule.holds[line] == 1, np.minimum(due, left[place][stays]), due)
        paid[cell] = due
        for place, rule in enumerate(rules):
            left[place][stays] -= due * rule.holds[line]
    return paid, entry
