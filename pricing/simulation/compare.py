"""Compares the fees of the same stays under two tariffs. Pure: columns in, a result out."""

from collections.abc import Mapping
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from pricing.fees.arrays.columns import Amounts, Codes, Ints, Mask
from pricing.rates.model import RateTable
from pricing.simulation.classes import groups_of
from pricing.simulation.model import Assumptions, DurationFee, RecordedStays, Share, SimulationResult, Unpriced
from pricing.simulation.response import occupancies, revenue_after

_FEE_CLASS_S: Final = 1_800
_FEE_CLASSES: Final = 48
_CHANGE_CLASSES: Final = 40
_LOWER_BITS: Final = 20
_LOWER: Final = (1 << _LOWER_BITS) - 1
"""Sums of so many bits are exact as floats for eight thousand million stays."""


def compare(
    recorded: RecordedStays,
    before: Amounts,
    after: Amounts,
    *,
    draft: RateTable,
    present: tuple[str, ...],
    assumptions: Assumptions,
) -> SimulationResult:
    """Compare `after`, the fees under the draft, with `before`, those under what was in force or another table."""
    zone = ZoneInfo(draft.timezone)
    priced = ~before.refused & ~after.refused
    fees = _Fees(recorded, np.where(priced, before.amount, 0), np.where(priced, after.amount, 0), priced)
    shares = {
        name: fees.shares(place, names)
        for name, (place, names) in groups_of(recorded, zone, assumptions.resident_days).items()
    }
    occupancy = occupancies(recorded, {share.key: share for share in shares["zone"]}, zone, assumptions)
    return SimulationResult(
        draft=draft.rate_table_id,
        draft_version=draft.version,
        present=present,
        currency=draft.currency,
        start=recorded.start,
        end=recorded.end,
        total=fees.total(),
        shares=shares,
        changes=fees.changes(),
        durations=fees.durations(),
        occupancy=occupancy,
        revenue_after_response=revenue_after(occupancy),
        unpriced=(*_unpriced("present", before.codes), *_unpriced("draft", after.codes)),
        one_by_one=max(before.by_calculator, after.by_calculator),
        assumptions=assumptions,
    )


class _Fees:
    def __init__(self, recorded: RecordedStays, before: Ints, after: Ints, priced: Mask) -> None:
        self._before, self._after, self._priced = before, after, priced
        self._length = np.where(priced, recorded.stays.end - recorded.stays.start, 0)
        change = after - before
        self._change = change
        self._sums = {
            "stays": priced.astype(np.int64),
            "parked_s": self._length,
            "revenue_before": before,
            "revenue_after": after,
            "pay_more": (change > 0).astype(np.int64),
            "pay_less": (change < 0).astype(np.int64),
            "more": np.maximum(change, 0),
            "less": np.maximum(-change, 0),
            "free_before": (priced & (before == 0)).astype(np.int64),
            "free_after": (priced & (after == 0)).astype(np.int64),
        }

    def total(self) -> Share:
        return Share(key="all", **{name: int(column.sum()) for name, column in self._sums.items()})

    def shares(self, place: Ints | Codes, names: tuple[str, ...]) -> tuple[Share, ...]:
        """One share for every name that has stays."""
        sums = {name: _sums_by(place, column, len(names)) for name, column in self._sums.items()}
        return tuple(
            Share(key=key, **{name: int(column[number]) for name, column in sums.items()})
            for number, key in enumerate(names)
            if sums["stays"][number]
        )

    def changes(self) -> tuple[tuple[int, int], ...]:
        """Classes of one width around zero, which is a class of its own."""
        change = self._change[self._priced]
        if not len(change):
            return ()
        width = max(1, -(-2 * int(np.abs(change).max()) // _CHANGE_CLASSES))
        # Towards zero from both sides: nobody who pays more is counted among those who pay the same.
        place = np.sign(change) * -(-np.abs(change) // width)
        found, count = np.unique(place, return_counts=True)
        return tuple((int(each) * width, int(stays)) for each, stays in zip(found, count, strict=True))

    def durations(self) -> tuple[DurationFee, ...]:
        """Half hours up to a day; longer stays are left out of this curve."""
        place = np.where(self._priced, -(-self._length // _FEE_CLASS_S) - 1, -1)
        place = np.where(place < 0, _FEE_CLASSES, np.minimum(place, _FEE_CLASSES))
        columns = (self._sums["stays"], self._before, self._after)
        stays, before, after = (_sums_by(place, column, _FEE_CLASSES + 1) for column in columns)
        return tuple(
            DurationFee(
                until_s=(number + 1) * _FEE_CLASS_S,
                stays=int(stays[number]),
                mean_before=_mean(int(before[number]), int(stays[number])),
                mean_after=_mean(int(after[number]), int(stays[number])),
            )
            for number in range(_FEE_CLASSES)
            if stays[number]
        )


def _sums_by(place: Ints | Codes, column: Ints, count: int) -> Ints:
    """Exact sums by group: numpy's bincount adds floats, which end at 2^53, so the upper and the lower bits are added apart."""
    if not len(column):
        return np.zeros(count, dtype=np.int64)
    upper = column >> _LOWER_BITS
    sums = np.bincount(place, weights=column & _LOWER, minlength=count).astype(np.int64)
    if upper.any():
        sums += np.bincount(place, weights=upper, minlength=count).astype(np.int64) << _LOWER_BITS
    return sums


def _mean(total: int, count: int) -> int:
    """Rounded half up to a minor unit."""
    return (2 * total + count) // (2 * count)


def _unpriced(tariff: str, codes: Mapping[int, str]) -> list[Unpriced]:
    count: dict[str, int] = {}
    for code in codes.values():
        count[code] = count.get(code, 0) + 1
    return [Unpriced(tariff=tariff, code=code, stays=stays) for code, stays in sorted(count.items())]
