"""Gives the demonstration city a retrofit that is under way: a plan by district and week, and the progress of its fleet."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from api.installation.demonstration_past import WEEKS, past_begins
from devices.simulation.fleet import Device
from parking.places.catalogue import Catalogue
from parking.retrofit import repository, service
from parking.retrofit.model import WEEK, PlannedWeek, week_of
from parking.retrofit.repository import Begun

PLANNED_WEEKS: Final = WEEKS + 4
"""The plan began with the city's past and goes on for four weeks."""
PACES: Final = (0.8, 1.0, 1.25)
"""Below 1 most is done late: some districts are behind their plan and some ahead, as in any city."""
PLANNER: Final = "demonstration"


async def plan_retrofit(session: AsyncSession, catalogue: Catalogue, now: datetime) -> None:
    """Every space of a district in equal weeks; a plan that somebody has written stays."""
    if await repository.plan(session, None):
        return
    spaces = _by_district(catalogue)
    await service.set_plan(session, _weeks(spaces, now), by=PLANNER, at=now)


async def begin_retrofit(session: AsyncSession, catalogue: Catalogue, fleet: Sequence[Device], now: datetime) -> None:
    """The spaces of a new fleet were retrofitted one after the other; a device that never speaks retrofits nothing."""
    begins, spoken = past_begins(now), {device.space_id: device for device in fleet if device.health != "dead"}
    begun: list[Begun] = []
    for district_id, spaces in _by_district(catalogue).items():
        ordered = sorted((space for space in spaces if space in spoken), key=_lot)
        pace = PACES[_lot(district_id)[0] % len(PACES)]
        for place, space_id in enumerate(ordered):
            since = begins + (place / len(ordered)) ** pace * WEEKS * timedelta(weeks=1)
            begun.append(Begun(space_id, spoken[space_id].device_id, since))
    await repository.begin(session, begun)


def _by_district(catalogue: Catalogue) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for space in catalogue.spaces.values():
        found.setdefault(catalogue.zones[space.zone_id].zone.district_id, []).append(space.space_id)
    return found


def _weeks(spaces: dict[str, list[str]], now: datetime) -> list[PlannedWeek]:
    first = week_of(past_begins(now))
    return [
        PlannedWeek(
            district_id=district_id,
            week=first + number * WEEK,
            spaces=len(ids) * (number + 1) // PLANNED_WEEKS - len(ids) * number // PLANNED_WEEKS,
        )
        for district_id, ids in spaces.items()
        for number in range(PLANNED_WEEKS)
    ]


def _lot(name: str) -> bytes:
    return hashlib.blake2b(name.encode(), digest_size=8).digest()
