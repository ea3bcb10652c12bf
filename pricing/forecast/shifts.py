"""Series of half-hour slots moved in time: all features of a forecast are made of these."""

from collections.abc import Iterable

import numpy as np

from pricing.forecast.history import Floats


def shifted(series: Floats, slots: int) -> Floats:
    """Value of so many slots earlier, along the last axis; NaN before the beginning."""
    if slots == 0:
        return series
    moved = np.full_like(series, np.nan)
    if slots < series.shape[-1]:
        moved[..., slots:] = series[..., :-slots]
    return moved


def held(series: Floats, slots: int = 1) -> Floats:
    """With gaps of so many slots filled by the value before: hourly counts are still known half an hour later."""
    filled = series
    for back in range(1, slots + 1):
        filled = np.where(np.isfinite(filled), filled, shifted(series, back))
    return filled


def mean_known(many: Iterable[Floats]) -> Floats:
    """Mean of what is known at each place; NaN where nothing is."""
    total, known = None, None
    for one in many:
        there = np.isfinite(one)
        total = np.where(there, one, 0.0) + (0.0 if total is None else total)
        known = there.astype(np.float64) + (0.0 if known is None else known)
    if total is None or known is None:
        raise ValueError("a mean of nothing")
    return np.divide(total, known, out=np.full_like(total, np.nan), where=known > 0)
