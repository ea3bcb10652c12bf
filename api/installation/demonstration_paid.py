"""Gives the demonstration's street without sensors its past: hours that drivers paid for, and what a person counted on some days.

Of both the city learns how full the street is where so much is paid (`pricing/paid`); how many do not pay is a law of the simulation
(`devices/simulation/visits.py`), as demand is, and nothing that learns can read it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncSession

from api.installation.demonstration_past import Past
from api.installation.demonstration_prices import INSPECTOR
from devices.simulation.past import Stays, by_hour
from devices.simulation.visits import UNSEEN_PAYING_PERCENT
from pricing.paid import repository, service
from pricing.paid.model import PaidHour, SurveyCount
from pricing.reconciliation.model import CITY_TIME

COUNTED_DAYS: Final = (68, 54, 39, 23, 9)
"""So many days before the first start; five days of six counts are enough for an interval and for the street itself."""
COUNTED_AT: Final = (7, 9, 11, 14, 17, 20)
"""Ten past these hours, a round of a quarter of an hour."""
_HOUR: Final = timedelta(hours=1)


async def give_paid_past(session: AsyncSession, past: Past, *, begins: datetime, seed: int, now: datetime) -> None:
    """Hours up to the present one; whoever pays from then on says so at a machine."""
    stays = past.everybody()
    paying = np.random.default_rng([seed, 5]).random(stays.site.size) * 100 < UNSEEN_PAYING_PERCENT
    paid = Stays(site=stays.site[paying], begin=stays.begin[paying], end=stays.end[paying])
    hours = [hour for place in past.unwatched for hour in _paid(place, paid, begins, past.ends)]
    await repository.keep_hours(session, hours, begins, past.ends)
    await repository.move_to(session, past.ends)
    for day in COUNTED_DAYS:
        counts = [count for place in past.unwatched for count in _counted(place, stays, now - timedelta(days=day))]
        await service.record(session, counts, by=INSPECTOR, at=max(count.counted_at for count in counts) + _HOUR)


def _paid(
    place: tuple[str, str, NDArray[np.int64]], paid: Stays, begins: datetime, ends: datetime
) -> Iterator[PaidHour]:
    zone_id, kind, spaces = place
    count = (ends - begins) // _HOUR
    sums = by_hour(paid, spaces, start=begins.timestamp(), hours=count).occupied_s
    for number in range(count):
        yield PaidHour(zone_id, kind, begins + number * _HOUR, spaces.size, int(sums[number]))


def _counted(place: tuple[str, str, NDArray[np.int64]], stays: Stays, day: datetime) -> Iterator[SurveyCount]:
    zone_id, kind, spaces = place
    here = np.isin(stays.site, spaces)
    begin, end = stays.begin[here], stays.end[here]
    for hour in COUNTED_AT:
        at = day.astimezone(CITY_TIME).replace(hour=hour, minute=10, second=0, microsecond=0)
        occupied = int(((begin <= at.timestamp()) & (at.timestamp() < end)).sum())
        yield SurveyCount(zone_id=zone_id, kind=kind, counted_at=at, spaces=spaces.size, occupied=occupied)
