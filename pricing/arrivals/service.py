"""The use cases of served forecasts: make those that are due, and ask. Each runs in the caller's transaction."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
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
from pricing.arrivals.repository import Hour, Place
from pricing.forecast.days import Days, days_of
from pricing.forecast.history import DAY, SLOT_MINUTES, Floats
from pricing.forecast.outlook import DAYS_AHEAD, Outlook, outlooks
from pricing.rates.repository import postings_after

RENEWED_EVERY: Final = timedelta(hours=6)
LOOK_BACK: Final = timedelta(weeks=26)
LEAST_KNOWN: Final = 0.3
"""Share of an hour's space-time that must have been known, for the hour to tell of the place."""
COUNTED_WITHIN: Final = timedelta(hours=26)
"""A place of which nothing was counted for longer keeps the forecast that it has, until that is too old to be told."""
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

    A run that was cut off or missed leaves its places due, and the next one goes on there.
    """
    places = await repository.due(
        session, counted_since=at - COUNTED_WITHIN, made_before=at - RENEWED_EVERY, limit=BATCH
    )
    if not places:
        return 0
    clocks = await _clocks(session, at)
    usual = Counter(clocks.values()).most_common(1)[0][0] if clocks else Clock("UTC", None)
    announced = await repository.events(session, usual.today(at) - LOOK_BACK - timedelta(days=1))
    by_clock: dict[Clock, list[Place]] = {}
    for place in places:
        clock = _with_events(clocks.get(place, usual), announced, place[0], at)
        by_clock.setdefault(clock, []).append(place)
    for clock, members in by_clock.items():
        first = clock.today(at) - LOOK_BACK
        hours = await repository.hours(
            session, members, since=datetime.combine(first, datetime.min.time(), UTC), least_known=LEAST_KNOWN
        )
        kind_of = None if clock.country is None else calendars_of(session)(clock.country).kind_of
        days = days_of(first, LOOK_BACK.days + DAYS_AHEAD, kind_of, dict(clock.events))
        await repository.keep(session, await asyncio.to_thread(_made, members, hours, clock, days, at))
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


def _with_events(clock: Clock, announced: Sequence[AnnouncedEvent], zone_id: str, at: datetime) -> Clock:
    first = clock.today(at) - LOOK_BACK
    return clock._replace(events=days_with_events(announced, zone_id, first, LOOK_BACK.days + DAYS_AHEAD))


async def _clocks(session: AsyncSession, at: datetime) -> dict[Place, Clock]:
    return {
        (posting.zone_id, posting.kind): Clock(posting.table.timezone, posting.table.calendar)
        for posting in await postings_after(session, at)
        if posting.start <= at
    }


def _made(
    places: Sequence[Place], hours: Sequence[Hour], clock: Clock, days: Days, at: datetime
) -> list[PlaceForecast]:
    today = clock.today(at)
    shares = shares_of(places, hours, clock.timezone, today - LOOK_BACK)
    begun = np.flatnonzero(np.isfinite(shares).any(axis=0))
    # A city that began lately has no past to be forecast from, and none to be counted through.
    since = int(begun[0]) // DAY if len(begun) else LOOK_BACK.days
    found = outlooks(shares[:, since * DAY :], days.cut(since, len(days.kinds)))
    named = dict(clock.events)
    ahead = tuple(named.get(today + timedelta(days=day)) for day in range(DAYS_AHEAD))
    last = {(hour.zone_id, hour.kind): hour.hour for hour in sorted(hours, key=lambda one: one.hour)}
    return [
        _kept(
            PlaceForecast(
                zone_id=zone_id,
                kind=kind,
                made_at=at,
                known_until=last[zone_id, kind] + timedelta(hours=1) if (zone_id, kind) in last else at - LOOK_BACK,
                timezone=clock.timezone,
                first_day=today,
                events=ahead if any(ahead) else (),
            ),
            outlook,
        )
        for (zone_id, kind), outlook in zip(places, found, strict=True)
    ]


def shares_of(places: Sequence[Place], hours: Sequence[Hour], timezone: str, first: date) -> Floats:
    """(places, slots of the wall clock) of `LOOK_BACK` and today; an hour fills its two slots, one that a clock shows twice is the mean of both."""
    rows = {place: row for row, place in enumerate(places)}
    zone, days = ZoneInfo(timezone), LOOK_BACK.days + 1
    total, number = np.zeros((len(places), days * DAY)), np.zeros((len(places), days * DAY))
    slots = {hour: list(_slots(hour, zone, first)) for hour in {one.hour for one in hours}}
    for hour in hours:
        row = rows[hour.zone_id, hour.kind]
        for slot in slots[hour.hour]:
            if 0 <= slot < days * DAY:
                total[row, slot] += hour.share
                number[row, slot] += 1
    shares: Floats = np.divide(total, number, out=np.full(total.shape, np.nan), where=number > 0)
    return shares


def _slots(hour: datetime, zone: ZoneInfo, first: date) -> Iterator[int]:
    for half in range(60 // SLOT_MINUTES):
        local = (hour + half * timedelta(minutes=SLOT_MINUTES)).astimezone(zone)
        yield (local.date() - first).days * DAY + (local.hour * 60 + local.minute) // SLOT_MINUTES


def _kept(bare: PlaceForecast, outlook: Outlook | None) -> PlaceForecast:
    if outlook is None:
        return bare
    return replace(
        bare,
        within=outlook.within,
        beyond=outlook.beyond,
        curve_within=tuple(outlook.curve_within.tolist()),
        curve_beyond=tuple(outlook.curve_beyond.tolist()),
        follow=tuple(outlook.follow.tolist()),
        errors=tuple(outlook.errors.ravel().tolist()),
        scores={minutes: dict(by_name) for minutes, by_name in outlook.scores.items()},
    )
