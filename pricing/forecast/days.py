"""What a day resembles: its weekday, unless a calendar or an announcement says otherwise.

A forecast looks back at the same time of earlier days of the same kind. In an ordinary year these lie whole weeks apart; a
worked Saturday looks back at Wednesdays, a holiday at holidays and Sundays, a day of an announced event at earlier days of the same event.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

from parking.calendar.official import DayKind
from pricing.forecast.history import DAY, Floats, Ints

WEDNESDAY: Final = 2
SATURDAY: Final = 5
SUNDAY: Final = 6
HOLIDAY: Final = 7
FIRST_EVENT: Final = 8
"""Kinds from here on are events, which resemble nothing but themselves."""
LOOK_BACK: Final = 26
"""Earlier days of a kind that count at most."""


@dataclass(frozen=True)
class Days:
    """The kind of each day of a history: 0 to 6 from Monday, then holidays, then events."""

    kinds: Ints

    def earlier(self, ahead: int) -> Ints:
        """(LOOK_BACK, days): the day that is the k-th of its kind at least `ahead` days before; −1 where there is none."""
        found = np.full((LOOK_BACK, len(self.kinds)), -1, dtype=np.intp)
        for kind in np.unique(self.kinds):
            like = np.flatnonzero(np.isin(self.kinds, (HOLIDAY, SUNDAY) if kind == HOLIDAY else (kind,)))
            days = np.flatnonzero(self.kinds == kind)
            places = np.searchsorted(like, days - ahead, side="right")[None, :] - 1 - np.arange(LOOK_BACK)[:, None]
            found[:, days] = np.where(places >= 0, like[np.maximum(places, 0)], -1) if len(like) else -1
        return found

    def cut(self, first: int, last: int) -> "Days":
        """The days from `first` up to `last`, of which the latter is left out."""
        return Days(self.kinds[first:last])


def days_of(
    first: date,
    number: int,
    kind_of: Callable[[date], DayKind] | None = None,
    events: Mapping[date, str] | None = None,
) -> Days:
    """Weekdays, with the official calendar of a country over them and the events that were announced over that."""
    names = {name: FIRST_EVENT + place for place, name in enumerate(sorted(set((events or {}).values())))}
    kinds = np.empty(number, dtype=np.intp)
    for place in range(number):
        day = first + timedelta(days=place)
        event = (events or {}).get(day)
        kinds[place] = _kind(day, kind_of) if event is None else names[event]
    return Days(kinds)


def on_earlier(series: Floats, days: Ints) -> Floats:
    """The days of those numbers one after another; NaN where it is −1."""
    by_day = series.reshape(*series.shape[:-1], -1, DAY)
    moved = by_day[..., np.maximum(days, 0), :]
    moved[..., days < 0, :] = np.nan
    whole: Floats = moved.reshape(*series.shape[:-1], -1)
    return whole


def kind_mean(series: Floats, earlier: Ints, half_life: float) -> Floats:
    """Mean of the same slot of earlier days of the kind, halved in weight every `half_life` of them; a day for each column of `earlier`."""
    weights = np.zeros((*series.shape[:-1], earlier.shape[1] * DAY))
    total = np.zeros_like(weights)
    for back, days in enumerate(earlier):
        if not (days >= 0).any():
            break
        one = on_earlier(series, days)
        known = np.isfinite(one)
        weight = 0.5 ** (back / half_life)
        weights += weight * known
        total += np.where(known, weight * one, 0.0)
    return np.divide(total, weights, out=np.full_like(total, np.nan), where=weights > 0)


def _kind(day: date, kind_of: Callable[[date], DayKind] | None) -> int:
    weekday, kind = day.weekday(), None if kind_of is None else kind_of(day)
    if kind == "holiday":
        return HOLIDAY
    if kind == "workday" and weekday >= SATURDAY:
        return WEDNESDAY
    if kind == "restday" and weekday < SATURDAY:
        return SATURDAY
    return weekday
