"""Stays sorted into groups of one area class, kind, use, vehicle class and energy, each with the collection that is for it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pricing.fees.arrays.columns import (
    AREA_CLASSES,
    ENERGIES,
    KINDS,
    USES,
    VEHICLE_CLASSES,
    Ints,
    Mask,
    StayColumns,
)
from pricing.fees.arrays.scope import is_simple, quotas_of
from pricing.rates.model import RateLineCollection, RateTable, TimeQuota


@dataclass(frozen=True, kw_only=True)
class Group:
    """Rows that one collection prices; with none or several, `refusal` says so."""

    rows: Ints
    collection: RateLineCollection | None
    percent: int
    refusal: str | None
    quota: TimeQuota | None
    """The daily quota that grants these vehicles time."""
    is_simple: bool
    """Whether the arrays can price it."""


def groups_of(table: RateTable, stays: StayColumns, rows: Mask) -> Iterator[Group]:
    for first in _alike(stays, np.flatnonzero(rows)):
        row = int(first[0])
        use, energy = USES[stays.use[row]], ENERGIES[stays.energy[row]]
        found = table.collections_for(
            AREA_CLASSES[stays.area_class[row]],
            KINDS[stays.kind[row]],
            VEHICLE_CLASSES[stays.vehicle_class[row]],
            energy,
            use,
        )
        collection, percent = found[0] if len(found) == 1 else (None, 100)
        yield Group(
            rows=first,
            collection=collection,
            percent=percent,
            refusal=None if collection is not None else "rate_ambiguous" if found else "rate_missing",
            quota=next(iter(quotas_of(table, energy)), None),
            is_simple=collection is not None and is_simple(table, collection, use, energy),
        )


def _alike(stays: StayColumns, rows: Ints) -> Iterator[Ints]:
    """Rows in groups of equal codes, in order within each."""
    if not len(rows):
        return
    code = stays.area_class[rows].astype(np.uint16)
    for column, words in (
        (stays.kind, KINDS),
        (stays.use, USES),
        (stays.vehicle_class, VEHICLE_CLASSES),
        (stays.energy, ENERGIES),
    ):
        code = code * np.uint16(len(words)) + column[rows].astype(np.uint16)
    # Sixteen bits are sorted by counting, which takes the same time for every order.
    order = np.argsort(code, kind="stable")
    code = code[order]
    yield from np.split(rows[order], np.flatnonzero(code[1:] != code[:-1]) + 1)
