"""What is said of an arrival, and how it comes from a kept forecast and the present count; pure."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import isfinite
from typing import Final, Literal
from zoneinfo import ZoneInfo

import numpy as np

from pricing.forecast.chances import chance_of_space
from pricing.forecast.history import DAY, SLOT_MINUTES
from pricing.forecast.intervals import FULLNESSES, TWENTIETHS, fullness_of
from pricing.forecast.outlook import DAYS_AHEAD, HORIZONS, WITHIN
from pricing.paid.model import Why

OLDEST: Final = timedelta(hours=48)
"""A forecast that knows nothing of the last two days is not told."""
HALF_HOUR: Final = timedelta(minutes=SLOT_MINUTES)
FURTHEST: Final = timedelta(days=DAYS_AHEAD - 1)
_LOW, _HIGH = 1, 17
"""Places of the tenth and ninetieth of a hundred in `TWENTIETHS`."""

Ignorance = Literal[
    "no_history",
    "too_little_history",
    "forecast_outdated",
    "event_without_history",
    "never_counted",
    "survey_too_small",
    "not_charged_then",
]


@dataclass(frozen=True, kw_only=True)
class AnnouncedEvent:
    """Days from `first_day` up to `end_day` on which zones (None: all) are not like on others, but like on other days of the name."""

    event_id: int
    name: str
    first_day: date
    end_day: date
    zone_ids: tuple[str, ...] | None
    announced_by: str
    announced_at: datetime

    def concerns(self, zone_id: str) -> bool:
        return self.zone_ids is None or zone_id in self.zone_ids


def days_with_events(
    events: Iterable[AnnouncedEvent], zone_id: str, first: date, number: int
) -> tuple[tuple[date, str], ...]:
    """Those of so many days on which an event concerns the zone, in order; of several on a day the one announced last."""
    named: dict[date, str] = {}
    for event in sorted(events, key=lambda one: one.event_id):
        if event.concerns(zone_id):
            begin, end = max(event.first_day, first), min(event.end_day, first + timedelta(days=number))
            named |= {begin + timedelta(days=day): event.name for day in range((end - begin).days)}
    return tuple(sorted(named.items()))


@dataclass(frozen=True, kw_only=True)
class PlaceForecast:
    """What is kept of one kind of place in one zone."""

    zone_id: str
    kind: str
    made_at: datetime
    known_until: datetime
    timezone: str
    first_day: date
    within: str | None = None
    beyond: str | None = None
    curve_within: tuple[float, ...] = ()
    curve_beyond: tuple[float, ...] = ()
    follow: tuple[float, ...] = ()
    errors: tuple[float, ...] = ()
    events: tuple[str | None, ...] = ()
    """Of each day of the curves the announced event as which it was taken; empty where there is none."""
    scores: dict[str, dict[str, float]] | None = None
    is_estimated: bool = False
    """Made of hours that follow from payments and counts by persons, because no sensor knows the place."""
    estimate_error: float | None = None
    """Mean absolute error of those hours, where a person counted the place on other days."""
    why_not: Why | None = None
    """Why there are no such hours."""

    def event_at(self, at: datetime) -> str | None:
        day = _slot(self, at) // DAY
        return self.events[day] if 0 <= day < len(self.events) else None


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """Shares of the known spaces that are occupied: expected, and the ends of the 80 % interval."""

    expected: float
    low: float
    high: float
    chance: float
    """Of a free space among those that may be entered then."""
    method: str
    follows_present: bool
    """Whether the present count entered."""
    scores: dict[str, float]
    """Mean absolute errors of the last two weeks at the next longer horizon, by method."""
    made_at: datetime
    estimate_error: float | None
    """Of the hours that a forecast from payments is made of; None where sensors counted."""


def arrival(
    kept: PlaceForecast | None, *, at: datetime, now: datetime, share_now: float | None, spaces: int, charges: bool
) -> Arrival | Ignorance:
    """For `at` up to `FURTHEST` after `now`; `share_now` is None where the present is not known, and then it is not guessed.

    Of a place that does not charge then (`charges`) payments tell nothing, whatever they told of that hour before.
    """
    if kept is None or kept.within is None or kept.beyond is None or kept.scores is None:
        return _nothing_made(kept, now)
    if now - kept.known_until > OLDEST:
        return "forecast_outdated"
    if kept.is_estimated and not charges:
        return "not_charged_then"
    minutes = max(0.0, (at - now) / timedelta(minutes=1))
    # What payments tell is more than a day old, and so never nearer than the furthest horizon.
    place = len(HORIZONS) - 1 if kept.is_estimated else min(bisect_left(HORIZONS, minutes), len(HORIZONS) - 1)
    is_within = place < len(WITHIN)
    curve = kept.curve_within if is_within else kept.curve_beyond
    if not 0 <= _slot(kept, at) < len(curve):
        return "forecast_outdated"
    then, present = _curve_at(kept, curve, at), _curve_at(kept, curve, now)
    event = kept.event_at(at)
    if then is None:
        return "too_little_history" if event is None else "event_without_history"
    follow = kept.follow[place] if is_within else 0.0
    follows = follow > 0.0 and share_now is not None and present is not None
    off = 0.0 if share_now is None or present is None else share_now - present
    expected = then + follow * off
    expected = min(max(expected, 0.0), 1.0)
    errors = np.array(kept.errors).reshape(len(HORIZONS), FULLNESSES, len(TWENTIETHS))
    # Without the present nothing is nearer than a day: the doubt is that of a day ahead.
    doubt = errors[place if follows or not is_within else len(WITHIN), int(fullness_of(np.array(expected)))]
    likely = np.clip(expected + doubt, 0.0, 1.0)
    return Arrival(
        expected=expected,
        low=float(likely[_LOW]),
        high=float(likely[_HIGH]),
        chance=chance_of_space(likely, spaces),
        method="model" if event is not None else kept.within if is_within else kept.beyond,
        follows_present=follows,
        scores=kept.scores[str(HORIZONS[place])],
        made_at=kept.made_at,
        estimate_error=kept.estimate_error,
    )


def _nothing_made(kept: PlaceForecast | None, now: datetime) -> Ignorance:
    """Why there is no forecast."""
    if kept is None:
        return "no_history"
    return "forecast_outdated" if now - kept.known_until > OLDEST else kept.why_not or "too_little_history"


def _curve_at(kept: PlaceForecast, curve: Sequence[float], at: datetime) -> float | None:
    """Between its half hours a curve is straight; None where it says nothing."""
    slot = _slot(kept, at)
    if not 0 <= slot < len(curve) or not isfinite(curve[slot]):
        return None
    following = curve[slot + 1] if slot + 1 < len(curve) else curve[slot]
    part = (at - at.replace(minute=at.minute // SLOT_MINUTES * SLOT_MINUTES, second=0, microsecond=0)) / HALF_HOUR
    return curve[slot] + (part * (following - curve[slot]) if isfinite(following) else 0.0)


def _slot(kept: PlaceForecast, at: datetime) -> int:
    local = at.astimezone(ZoneInfo(kept.timezone))
    return (local.date() - kept.first_day).days * DAY + (local.hour * 60 + local.minute) // SLOT_MINUTES
