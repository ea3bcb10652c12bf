"""The use cases of places that only payments tell of: take in counts, count paid hours, learn, estimate. Each runs in the caller's transaction."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from parking.db.city_calendar import calendars_of
from parking.domain.errors import InvalidInputError, NotFoundError
from pricing.forecast.history import LEAST_KNOWN, LOOK_BACK
from pricing.paid import repository
from pricing.paid.charged import Charged
from pricing.paid.model import (
    HOUR,
    PAYING_WITHIN,
    SETTLED_AFTER,
    KeptCorrection,
    KeptCount,
    PaidHour,
    Place,
    SurveyCount,
    Why,
    learnt,
    paid_hours,
    paired,
)
from pricing.rates.repository import postings_after

RECOUNTED: Final = timedelta(hours=48)
"""So much is counted once more at every run, because terminals without network and persons who decide tell of stays late."""
MOST_HOURS: Final = 24 * 7
"""Counted in one transaction; the next run goes on."""
LEARNT_EVERY: Final = timedelta(hours=24)
COMMITTED_WITHIN: Final = timedelta(minutes=1)
"""What was told so shortly before it was learnt may have been committed after it."""
CLOCK_SKEW: Final = timedelta(minutes=2)

Outcome = Literal["accepted", "duplicate"] | InvalidInputError


@dataclass(frozen=True, kw_only=True)
class Estimated:
    """Of several places: the hours whose occupancy follows from payments, and why there are none elsewhere."""

    hours: Sequence[tuple[PaidHour, float]]
    why_not: Mapping[Place, Why]
    errors: Sequence[float]
    """Quantiles of observed less estimated; empty where nothing was learnt."""
    mean_absolute_error: float | None
    counted_until: datetime | None


async def record(session: AsyncSession, counts: Sequence[SurveyCount], *, by: str, at: datetime) -> list[Outcome]:
    """Keep what can be kept; of each count in its order what became of it.

    Refused are `place_unknown`, `counted_in_future`, `counted_too_long_ago`, `spaces_exceed_place`, `too_few_spaces`,
    `occupied_exceeds_spaces`, and `count_differs` where the place was counted otherwise at that instant.
    """
    spaces = await repository.spaces_of(session, {count.zone_id for count in counts})
    refused = [_refusal(count, spaces.get((count.zone_id, count.kind)), at) for count in counts]
    first: dict[tuple[str, str, datetime], SurveyCount] = {}
    for count, refusal in zip(counts, refused, strict=True):
        if refusal is None:
            first.setdefault(count.key, count)
    added = await repository.add_counts(session, list(first.values()), by=by, at=at) if first else set()
    standing = await repository.counts_of(session, first.keys() - added) | {key: first[key] for key in added}
    found: list[Outcome] = []
    for count, refusal in zip(counts, refused, strict=True):
        if refusal is not None:
            found.append(refusal)
        elif standing.get(count.key) != count:
            found.append(InvalidInputError("the place was counted otherwise at that instant", code="count_differs"))
        else:
            found.append("accepted" if count.key in added else "duplicate")
            added.discard(count.key)
    return found


async def withdraw(session: AsyncSession, count_id: int, *, by: str, at: datetime) -> KeptCount:
    """Raises `NotFoundError` (`count_unknown`) for one that nobody told or somebody withdrew."""
    found = await repository.count(session, count_id)
    if found is None:
        raise NotFoundError(f"there is no count {count_id}", code="count_unknown")
    await repository.withdraw(session, count_id, by=by, at=at)
    return found


async def count_hours(session: AsyncSession, *, at: datetime, movement_kept: timedelta) -> int:
    """Count hours that were paid for, a week at most; how many that was. What a run leaves the next one does.

    Stays that lost where they were (`movement_kept` after their end) are missing of hours before, which are not counted.
    """
    oldest = _whole_hour(at - min(LOOK_BACK, movement_kept)) + HOUR
    last, begun = _whole_hour(at - SETTLED_AFTER), await repository.counted_until(session)
    start = max(oldest, begun or await _first_hour(session, last))
    if start >= last:
        return 0
    end, since = min(last, start + MOST_HOURS * HOUR), max(oldest, start - RECOUNTED)
    if not await repository.was_declared(session, before=since):
        # Hours before the first stay that a person began were brought in, and there is nothing to count them from again.
        since = max(since, min(start, await _first_hour(session, last)))
    paid = await repository.paid_seconds(session, since, end)
    lately = await repository.last_paid(session, since - PAYING_WITHIN, since)
    places = paid.keys() | lately.keys()
    zone_ids = {zone_id for zone_id, _ in places}
    spaces = await repository.spaces_of(session, zone_ids)
    sensed = await repository.sensed(session, zone_ids, since, end)
    charged = Charged(
        await postings_after(session, since), await repository.area_classes(session, zone_ids), calendars_of(session)
    )

    def counted() -> list[PaidHour]:
        hours = [since + number * HOUR for number in range((end - since) // HOUR)]
        return [
            hour
            for place in sorted(places & spaces.keys())
            for hour in paid_hours(
                place, spaces[place], paid.get(place, {}), hours, lately.get(place), _tells(place, charged, sensed)
            )
        ]

    await repository.keep_hours(session, await asyncio.to_thread(counted), since, end)
    await repository.forget_hours(session, at - LOOK_BACK - timedelta(days=1))
    await repository.move_to(session, end)
    return (end - start) // HOUR


async def learn(session: AsyncSession, *, at: datetime) -> KeptCorrection | None:
    """Learn from all counts anew where some were told or withdrawn, and daily, as hours become known; None where nothing is due."""
    changed, newest = await repository.counts_changed(session), await repository.correction(session)
    if changed is None:
        return None
    if newest is not None and changed < newest.learnt_at - COMMITTED_WITHIN and at - newest.learnt_at < LEARNT_EVERY:
        return None
    since = at - LOOK_BACK
    counts, paid = await repository.counts_since(session, since), await repository.hours_counted(session, since)
    clocks: dict[Place, str] = {
        (one.zone_id, one.kind): one.table.timezone for one in await postings_after(session, since)
    }
    usual = Counter(clocks.values()).most_common(1)[0][0] if clocks else "UTC"

    def day_of(place: Place, hour: datetime) -> int:
        return hour.astimezone(ZoneInfo(clocks.get(place, usual))).toordinal()

    found = await asyncio.to_thread(lambda: learnt(paired(counts, paid, day_of), at=at))
    await repository.keep_correction(session, found)
    return found


async def estimated(session: AsyncSession, places: Sequence[Place], since: datetime) -> Estimated:
    """By the newest correction."""
    correction = await repository.correction(session)
    counted_until = await repository.counted_until(session)
    if correction is None:
        return Estimated(
            hours=(),
            why_not=dict.fromkeys(places, "never_counted"),
            errors=(),
            mean_absolute_error=None,
            counted_until=counted_until,
        )
    why_not = {place: why for place in places for why in [correction.why_not(place)] if why is not None}
    hours = await repository.hours_of(session, [place for place in places if place not in why_not], since)
    return Estimated(
        hours=correction.estimated(hours),
        why_not=why_not,
        errors=correction.errors,
        mean_absolute_error=correction.mean_absolute_error,
        counted_until=counted_until,
    )


def _refusal(count: SurveyCount, spaces: int | None, at: datetime) -> InvalidInputError | None:
    if spaces is None:
        return InvalidInputError(f"the zone has no {count.kind} spaces in service", code="place_unknown")
    wrong = {
        "counted_in_future": (count.counted_at > at + CLOCK_SKEW, "a count is of the past"),
        "counted_too_long_ago": (count.counted_at < at - LOOK_BACK, f"nothing is learnt after {LOOK_BACK.days} days"),
        "occupied_exceeds_spaces": (count.occupied > count.spaces, "no more than all spaces are occupied"),
        "spaces_exceed_place": (count.spaces > spaces, f"the place has {spaces} spaces"),
        "too_few_spaces": (
            count.spaces < LEAST_KNOWN * spaces,
            f"of {spaces} spaces at least {LEAST_KNOWN:.0%} must be counted to tell of the place",
        ),
    }
    return next((InvalidInputError(detail, code=code) for code, (is_so, detail) in wrong.items() if is_so), None)


async def _first_hour(session: AsyncSession, last: datetime) -> datetime:
    """Where to begin; hours before the first stay that a person began say nothing."""
    first = await repository.first_declared(session)
    return last - HOUR if first is None else min(_whole_hour(first), last)


def _tells(place: Place, charged: Charged, sensed: set[tuple[str, str, datetime]]) -> Callable[[datetime], bool]:
    return lambda hour: (*place, hour) not in sensed and charged.whole(place, hour)


def _whole_hour(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
