"""Gives the demonstration city its past: hourly occupancy of the weeks before its first start, and their last stays."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray

from api.installation.demonstration_stays import PastStay, past_stays
from devices.simulation.fleet import fit
from devices.simulation.past import Stays, by_hour, live_through
from devices.simulation.sites import sites_of
from parking.domain.ids import SpaceId
from parking.occupancy.hour_rows import HourRow
from parking.places.catalogue import Catalogue

WEEKS: Final = 8
_HOURS: Final = WEEKS * 7 * 24
_HOUR_S: Final = 3600


def past_begins(now: datetime) -> datetime:
    """The beginning of the hour `WEEKS` weeks before the present one."""
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(weeks=WEEKS)


@dataclass(frozen=True, kw_only=True)
class Past:
    """What the city knows of the time before its first start."""

    hours: list[HourRow]
    """From `past_begins` to the present hour, of all spaces."""
    stays: Iterator[PastStay]


def remember_past(catalogue: Catalogue, *, seed: int, now: datetime) -> Past:
    """Let the drivers live through the past; takes seconds of computing.

    What is known is what sound devices of the fleet would have said.
    """
    sites = sites_of(catalogue)
    begins = past_begins(now)
    stays = live_through(sites, seed=seed, start=begins.timestamp(), hours=_HOURS)
    heard = {device.space_id for device in fit(sites, seed=seed) if device.health == "sound"}
    spaces = [catalogue.spaces[SpaceId(site.space_id)] for site in sites]
    places = [(space.zone_id, space.kind, index) for index, space in enumerate(spaces)]
    rows: list[HourRow] = []
    known_ones: list[int] = []
    for (zone_id, kind), members in groupby(sorted(places), key=lambda place: place[:2]):
        indexes = [index for _, _, index in members]
        open_ones = [index for index in indexes if spaces[index].in_service and spaces[index].space_id in heard]
        known = np.array(open_ones, dtype=np.int64)
        known_ones += open_ones
        if known.size:
            rows += _rows(zone_id, kind, stays, known, spaces=len(indexes), begins=begins)
    names = [(str(space.space_id), str(space.zone_id)) for space in spaces]
    return Past(hours=rows, stays=past_stays(stays, names, known_ones, seed=seed, now=now))


def _rows(
    zone_id: str, kind: str, stays: Stays, known: NDArray[np.int64], *, spaces: int, begins: datetime
) -> Iterator[HourRow]:
    hours = by_hour(stays, known, start=begins.timestamp(), hours=_HOURS)
    known_s = len(known) * _HOUR_S
    for number in range(_HOURS):
        yield HourRow(
            zone_id=zone_id,
            kind=kind,
            hour=begins + timedelta(hours=number),
            spaces=spaces,
            known_s=known_s,
            occupied_s=min(int(hours.occupied_s[number]), known_s),
            full_s=min(int(hours.full_s[number]), _HOUR_S),
            stays=int(hours.arrivals[number]),
        )
