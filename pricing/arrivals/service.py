"""The use cases of served forecasts: make those that are due, and ask. Each runs in the caller's transaction."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from parking.db.city_calendar import calendars_of
from parking.domain.errors import InvalidInputError, NotFoundError
from pricing.arrivals import repository
from pricing.arrivals.model import AnnouncedEvent, PlaceForecast, days_with_events
from pricing.arrivals.repository import Hour
from pricing.forecast.days import Days, days_of
from pricing.forecast.history import DAY, LOOK_BACK, SLOT_MINUTES, Floats
from pricing.forecast.instants import instants
from pricing.forecast.outlook import DAYS_AHEAD, Outlook, doubted, outlooks
from pricing.paid.model import HOUR, Place
from pricing.paid.service import Estimated, estimated
from pricing.rates.repository import postings_after

RENEWED_EVERY: Final = timedelta(hours=6)
HOURS: Final = 24
LONGEST_EVENT: Final = timedelta(days=60)
BATCH: Final = 50
"""Places that learn together in one transaction; half a year of more of them would hold up the process while it is read."""


class Clock(NamedTuple):
    """By what a place's days are told apart."""

    timezone: str
    country: str | None
    events: tuple[tuple[date, str], ...] = ()
    """Days of announced events from half a year ago until the curves end."""

    def today(self, at: datetime) -> date:
        return at.astimezone(ZoneInfo(self.timezone)).date()


async def renew(session: AsyncSession, *, at: datetime) -> int:
    """Make the forecasts of a batch of places that are due; how many that was.

    A run that was cut off or missed leaves its places due, and the next one goes on there. Places that payments tell of learn
    apart from those that sensors count.
    """
    made_before = at - RENEWED_EVERY
    places = await repository.due(session, at=at, made_before=made_before, limit=BATCH)
    source: _Source = _counted
    if not places:
        places = await repository.due_of_payments(session, at=at, made_before=made_before, limit=BATCH)
        source = _estimated
    clocks = await _clocks(session, at) if places else {}
    usual = Counter(clocks.values()).most_common(1)[0][0] if clocks else Clock("UTC", None)
    announced = await repository.events(session, usual.today(at) - LOOK_BACK - timedelta(days=1)) if places else ()
    by_clock: dict[Clock, list[Place]] = {}
    for place in places:
        clock = _with_events(clocks.get(place, usual), announced, place[0], at)
        by_clock.setdefault(clock, []).append(place)
    for clock, members in by_clock.items():
        first = clock.today(at) - LOOK_BACK
        known = await source(session, members, datetime.combine(first, datetime.min.time(), UTC))
        kind_of = None if clock.country is None else calendars_of(session)(clock.country).kind_of
        days = days_of(first, LOOK_BACK.days + DAYS_AHEAD, kind_of, dict(clock.events))
        await repository.keep(session, await asyncio.to_thread(_made, members, known, clock, days, at))
    return len(places)


async def announce(
    session: AsyncSession, name: str, days: tuple[date, date], zone_ids: Sequence[str] | None, *, by: str, at: datetime
) -> int:
    """Half-open days, in the past too; None is the whole city. Forecasts that it concerns are due from now on; the id of the event.

    Raises `InvalidInputError` (`event_days_invalid`) for no days or too many.
    """
    if not timedelta(0) < days[1] - days[0] <= LONGEST_EVENT:
        raise InvalidInputError(
            f"an event has at least one day and at most {LONGEST_EVENT.days}, `until` is the first one after it",
            code="event_days_invalid",
        )
    return await repository.announce(session, name, days, zone_ids, by=by, at=at)


async def withdraw(session: AsyncSession, event_id: int, *, by: str, at: datetime) -> AnnouncedEvent:
    """Raises `NotFoundError` (`event_unknown`) for one that nobody announced or somebody withdrew."""
    found = await repository.event(session, event_id)
    if found is None:
        raise NotFoundError(f"there is no announced event {event_id}", code="event_unknown")
    await repository.withdraw(session, event_id, by=by, at=at)
    return found


class _Known(NamedTuple):
    """What is known of the past of some places."""

    hours: Sequence[Hour]
    until: Mapping[Place, datetime]
    """To where the hours of each place reach."""
    estimated: Estimated | None
    """From payments; None where sensors counted."""


_Source = Callable[[AsyncSession, Sequence[Place], datetime], Awaitable[_Known]]


async def _counted(session: AsyncSession, places: Sequence[Place], since: datetime) -> _Known:
    hours = await repository.hours(session, places, since=since)
    last = {(hour.zone_id, hour.kind): hour.hour + HOUR for hour in sorted(hours, key=lambda one: one.hour)}
    return _Known(hours, last, None)


async def _estimated(session: AsyncSession, places: Sequence[Place], since: datetime) -> _Known:
    """Hours in which a place did not charge are known to say nothing, so all of them reach as far."""
    found = await estimated(session, places, since)
    hours = [Hour(one.zone_id, one.kind, one.hour, share) for one, share in found.hours]
    until = {} if found.counted_until is None else dict.fromkeys(places, found.counted_until)
    return _Known(hours, until, found)


def _with_events(clock: Clock, announced: Sequence[AnnouncedEvent], zone_id: str, at: datetime) -> Clock:
    first = clock.today(at) - LOOK_BACK
    return clock._replace(events=days_with_events(announced, zone_id, first, LOOK_BACK.days + DAYS_AHEAD))


async def _clocks(session: AsyncSession, at: datetime) -> dict[Place, Clock]:
    return {
        (posting.zone_id, posting.kind): Clock(posting.table.timezone, posting.table.calendar)
        for posting in await postings_after(session, at)
        if posting.start <= at
    }


def _made(places: Sequence[Place], known: _Known, clock: Clock, days: Days, at: datetime) -> list[PlaceForecast]:
    today = clock.today(at)
    shares = shares_of(places, known.hours, clock.timezone, today - LOOK_BACK)
    begun = np.flatnonzero(np.isfinite(shares).any(axis=0))
    # A city that began lately has no past to be forecast from, and none to be counted through.
    since = int(begun[0]) // DAY if len(begun) else LOOK_BACK.days
    found = outlooks(shares[:, since * DAY :], days.cut(since, len(days.kinds)))
    named = dict(clock.events)
    ahead = tuple(named.get(today + timedelta(days=day)) for day in range(DAYS_AHEAD))
    return [
        _kept(
            PlaceForecast(
                zone_id=place[0],
                kind=place[1],
                made_at=at,
                known_until=known.until.get(place, at - LOOK_BACK),
                timezone=clock.timezone,
                first_day=today,
                events=ahead if any(ahead) else (),
                is_estimated=known.estimated is not None,
                why_not=None if known.estimated is None else known.estimated.why_not.get(place),
            ),
            outlook,
            known.estimated,
        )
        for place, outlook in zip(places, found, strict=True)
    ]


def shares_of(places: Sequence[Place], hours: Sequence[Hour], timezone: str, first: date) -> Floats:
    """(places, slots of the wall clock) of `LOOK_BACK` and today, each the share at its instant; one that a clock shows twice is the mean of both."""
    rows = {place: row for row, place in enumerate(places)}
    zone, days = ZoneInfo(timezone), LOOK_BACK.days + 1
    begin = datetime.combine(first, datetime.min.time(), zone).astimezone(UTC).replace(minute=0)
    means = np.full((len(places), (days + 1) * HOURS), np.nan)
    seen = np.full((len(places), 2 * means.shape[1]), np.nan)
    for hour in hours:
        column = (hour.hour - begin) // HOUR
        if 0 <= column < means.shape[1]:
            row = rows[hour.zone_id, hour.kind]
            means[row, column] = hour.share
            seen[row, 2 * column : 2 * column + 2] = hour.moments
    known = np.where(np.isfinite(seen), seen, instants(means))
    total, number = np.zeros((len(places), days * DAY)), np.zeros((len(places), days * DAY))
    for place, slot in enumerate(_slots(begin, known.shape[1], zone, first)):
        if 0 <= slot < days * DAY:
            there = np.isfinite(known[:, place])
            total[there, slot] += known[there, place]
            number[there, slot] += 1
    shares: Floats = np.divide(total, number, out=np.full(total.shape, np.nan), where=number > 0)
    return shares


def _slots(begin: datetime, number: int, zone: ZoneInfo, first: date) -> Iterator[int]:
    """Of so many half hours from there on the slots of the wall clock."""
    for half in range(number):
        local = (begin + half * timedelta(minutes=SLOT_MINUTES)).astimezone(zone)
        yield (local.date() - first).days * DAY + (local.hour * 60 + local.minute) // SLOT_MINUTES


def _kept(bare: PlaceForecast, outlook: Outlook | None, estimates: Estimated | None) -> PlaceForecast:
    """A forecast of estimates errs as the forecast does, and as the estimates do."""
    if outlook is None:
        return bare
    errors = outlook.errors if estimates is None else doubted(outlook.errors, np.array(estimates.errors))
    return replace(
        bare,
        within=outlook.within,
        beyond=outlook.beyond,
        curve_within=tuple(outlook.curve_within.tolist()),
        curve_beyond=tuple(outlook.curve_beyond.tolist()),
        follow=tuple(outlook.follow.tolist()),
        errors=tuple(errors.ravel().tolist()),
        scores={minutes: dict(by_name) for minutes, by_name in outlook.scores.items()},
        estimate_error=None if estimates is None else estimates.mean_absolute_error,
    )
