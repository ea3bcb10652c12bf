"""Of a place that only payments tell of: what was counted there by persons, what was paid for, and what follows; pure.

A place is one kind of place in one zone. Estimates are made only where a person has counted the place itself: elsewhere a
correction is no better than payments as they are (docs/forecast.md), and no estimate at all is the honest answer.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

import msgspec
import numpy as np

from pricing.forecast.history import Floats
from pricing.forecast.payments import LEAST_DAYS, OWN_HOURS, Correction, Survey, learn_counted

HOUR: Final = timedelta(hours=1)
LEAST_HOURS: Final = 24
"""Counted hours of the city that an interval rests on: of fewer, less than three lie beyond either of its ends."""
SETTLED_AFTER: Final = timedelta(hours=25)
"""An hour is counted so long after its end: by then stays that nobody ended are paused back to the last word of them."""
PAYING_WITHIN: Final = timedelta(days=14)
"""Where nobody has paid for so long payments tell nothing: the machine may be broken, or gone."""

Place = tuple[str, str]
"""Zone and kind."""
Why = Literal["never_counted", "survey_too_small"]


@dataclass(frozen=True, kw_only=True)
class SurveyCount:
    """What a person saw: so many of the spaces they looked at were occupied."""

    zone_id: str
    kind: str
    counted_at: datetime
    spaces: int
    occupied: int

    @property
    def key(self) -> tuple[str, str, datetime]:
        """A place is counted once at an instant."""
        return self.zone_id, self.kind, self.counted_at


@dataclass(frozen=True, kw_only=True)
class KeptCount:
    """A count as it is kept."""

    count_id: int
    count: SurveyCount
    told_by: str
    told_at: datetime


class PaidHour(NamedTuple):
    """An hour in which the place charged and no sensor knew it: space-seconds that were paid for."""

    zone_id: str
    kind: str
    hour: datetime
    spaces: int
    paid_s: int

    @property
    def share(self) -> float:
        """Of the spaces; more may be paid for than there are."""
        return self.paid_s / (3600 * self.spaces)


class CountedPlace(msgspec.Struct, frozen=True):
    """How much of a place was counted in hours that were paid for, and by how much it is fuller than others where that is enough."""

    zone_id: str
    kind: str
    hours: int
    days: int
    deviation: float | None


@dataclass(frozen=True, kw_only=True)
class KeptCorrection:
    """What was learnt from all counts; without coefficients it was too little."""

    learnt_at: datetime
    hours: int
    days: int
    places: tuple[CountedPlace, ...]
    coefficients: tuple[float, ...] = ()
    errors: tuple[float, ...] = ()
    """Quantiles of observed less estimated, in hours of days that were held out."""
    mean_absolute_error: float | None = None
    bias: float | None = None
    coverage: float | None = None
    """Of the 80 % interval, in hours of days that were held out."""
    paid_error: float | None = None
    """Mean absolute error of taking the paid share for the occupied one, in the same hours."""

    def why_not(self, place: Place) -> Why | None:
        """Why nothing is estimated of the place; None where something is."""
        found = next((one for one in self.places if (one.zone_id, one.kind) == place), None)
        if found is None:
            return "never_counted"
        return "survey_too_small" if found.deviation is None else None

    def estimated(self, hours: Iterable[PaidHour]) -> list[tuple[PaidHour, float]]:
        """The share occupied in each hour of a place that was counted enough; other hours are left out."""
        own = {(one.zone_id, one.kind): one.deviation for one in self.places if one.deviation is not None}
        wanted = [hour for hour in hours if (hour.zone_id, hour.kind) in own]
        correction = Correction(
            coefficients=np.array(self.coefficients),
            own={_name((zone_id, kind)): deviation for (zone_id, kind), deviation in own.items()},
            errors=np.array(self.errors),
        )
        by_place: defaultdict[Place, list[PaidHour]] = defaultdict(list)
        for hour in wanted:
            by_place[hour.zone_id, hour.kind].append(hour)
        return [
            (hour, float(share))
            for place, members in by_place.items()
            for hour, share in zip(members, correction.expected(_name(place), _shares(members)), strict=True)
        ]


class Pair(NamedTuple):
    """One hour of one place in which both were seen: shares of its spaces; the day is the local one."""

    place: Place
    day: int
    paid: float
    observed: float


def paired(
    counts: Iterable[SurveyCount],
    paid: Mapping[tuple[str, str, datetime], PaidHour],
    day_of: Callable[[Place, datetime], int],
) -> list[Pair]:
    """Counts of one hour are added up; those of hours in which payments tell nothing pair with nothing."""
    sums: defaultdict[tuple[str, str, datetime], list[int]] = defaultdict(lambda: [0, 0])
    for count in counts:
        hour = count.counted_at.replace(minute=0, second=0, microsecond=0)
        total = sums[count.zone_id, count.kind, hour]
        total[0] += count.occupied
        total[1] += count.spaces
    return [
        Pair((key[0], key[1]), day_of((key[0], key[1]), key[2]), paid[key].share, occupied / spaces)
        for key, (occupied, spaces) in sorted(sums.items())
        if key in paid
    ]


def learnt(pairs: Sequence[Pair], *, at: datetime) -> KeptCorrection:
    """All places together, each with its own deviation; its errors are those that it made on days that it had not seen."""
    by_place: defaultdict[Place, list[Pair]] = defaultdict(list)
    for pair in pairs:
        by_place[pair.place].append(pair)
    counted = dict(sorted(by_place.items()))
    days = len({pair.day for pair in pairs})
    if len(pairs) < LEAST_HOURS or days < LEAST_DAYS:
        none = tuple(_counted(place, members, None) for place, members in counted.items())
        return KeptCorrection(learnt_at=at, hours=len(pairs), days=days, places=none)
    survey = Survey(
        zones=np.array([_name(pair.place) for pair in pairs]),
        days=np.array([pair.day for pair in pairs], dtype=np.intp),
        paid=np.array([pair.paid for pair in pairs]),
        observed=np.array([pair.observed for pair in pairs]),
        dropped=0,
    )
    correction, figures = learn_counted(survey)
    held_out = figures["corrected_zone_surveyed_on_other_days"]
    # A day's errors go together, so the tails of few days are taken further out, as those of forecasts are.
    widened = correction.errors * (1.0 + 0.5 / days)
    return KeptCorrection(
        learnt_at=at,
        hours=len(pairs),
        days=days,
        places=tuple(_counted(place, members, correction.own[_name(place)]) for place, members in counted.items()),
        coefficients=tuple(correction.coefficients.tolist()),
        errors=tuple(widened.tolist()),
        mean_absolute_error=held_out.mae,
        bias=held_out.bias,
        coverage=held_out.coverage,
        paid_error=figures["paid_at_most_all"].mae,
    )


def paid_hours(
    place: Place,
    spaces: int,
    paid_s: Mapping[datetime, int],
    hours: Iterable[datetime],
    last_paid: datetime | None,
    tells: Callable[[datetime], bool],
) -> list[PaidHour]:
    """Of these hours in their order those that payments tell of, nothing paid being told as zero.

    `tells` says whether the place charged and no sensor knew it; `last_paid` is the last hour before in which somebody paid.
    """
    found = []
    for hour in hours:
        if not tells(hour):
            continue
        seconds = paid_s.get(hour, 0)
        last_paid = hour if seconds > 0 else last_paid
        if last_paid is not None and hour - last_paid < PAYING_WITHIN:
            found.append(PaidHour(*place, hour, spaces, seconds))
    return found


def _counted(place: Place, pairs: Sequence[Pair], deviation: float | None) -> CountedPlace:
    days = len({pair.day for pair in pairs})
    enough = len(pairs) >= OWN_HOURS and days >= LEAST_DAYS
    return CountedPlace(*place, len(pairs), days, deviation if enough else None)


def _name(place: Place) -> str:
    """Kinds have no colon."""
    return f"{place[1]}:{place[0]}"


def _shares(hours: Sequence[PaidHour]) -> Floats:
    return np.array([hour.share for hour in hours])
