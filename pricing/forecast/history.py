"""Counts of facilities as half-hour slots of the local day.

Cleaned counts (`pricing.history.counts`) are averaged into the nearest half hour. A slot that nobody counted is NaN: ignorance is never emptiness.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt

from pricing.history.counts import Count, HistoryUnreadableError

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.intp]

SLOT_MINUTES: Final = 30
DAY: Final = 48
WEEK: Final = 7 * DAY
LOOK_BACK: Final = timedelta(weeks=26)
"""So far back a city's forecasts look."""
LEAST_KNOWN: Final = 0.3
"""Share of an hour's space-time that must have been known, for the hour to tell of the place."""
USUAL: Final = 0.5
"""Share of the days on which a facility is counted at a time of day, from which on a day without a count is a gap."""


@dataclass(frozen=True)
class History:
    """`shares` (facilities, days · 48): slot 0 is midnight of `first_day`."""

    facilities: tuple[str, ...]
    first_day: date
    shares: Floats

    @property
    def days(self) -> int:
        return int(self.shares.shape[1]) // DAY

    def slot_of(self, day: date) -> int:
        """The first slot of a day, which may lie outside of the history."""
        return (day - self.first_day).days * DAY

    @property
    def gaps(self) -> int:
        """Slots without a count between a facility's first and last, at times of day at which it is usually counted."""
        counted = np.isfinite(self.shares)
        since = np.logical_or.accumulate(counted, axis=1)
        until = np.logical_or.accumulate(counted[:, ::-1], axis=1)[:, ::-1]
        within = (since & until).reshape(len(self.facilities), -1, DAY)
        by_day = counted.reshape(within.shape)
        usual = by_day.sum(axis=1) >= np.maximum(1.0, USUAL * within.sum(axis=1))
        return int((within & ~by_day & usual[:, None, :]).sum())

    @classmethod
    def of(cls, counts: Iterable[Count]) -> "History":
        """Raises `HistoryUnreadableError` for no counts at all."""
        facilities: dict[str, int] = {}
        rows: list[tuple[int, datetime, float]] = [
            (facilities.setdefault(count.facility_id, len(facilities)), nearest(count.at), count.share)
            for count in counts
        ]
        if not rows:
            raise HistoryUnreadableError("no row can be used")
        first = min(at for _, at, _ in rows).date()
        last = max(at for _, at, _ in rows).date()
        shape = (len(facilities), ((last - first).days + 1) * DAY)
        places = np.array([facility * shape[1] + _slot(at, first) for facility, at, _ in rows])
        number = np.bincount(places, minlength=shape[0] * shape[1])
        total = np.bincount(places, weights=[share for _, _, share in rows], minlength=shape[0] * shape[1])
        shares = np.divide(total, number, out=np.full(total.shape, np.nan), where=number > 0)
        return cls(tuple(facilities), first, shares.reshape(shape))


def nearest(at: datetime) -> datetime:
    """The nearest half hour, later at a tie."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (at - midnight + timedelta(minutes=SLOT_MINUTES / 2)) // timedelta(
        minutes=SLOT_MINUTES
    ) * timedelta(minutes=SLOT_MINUTES)


def _slot(at: datetime, first: date) -> int:
    return (at.date() - first).days * DAY + (at.hour * 60 + at.minute) // SLOT_MINUTES
