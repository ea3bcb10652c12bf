"""Gives the demonstration city its past: hourly occupancy of the weeks before its first start, and their last stays."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray

from api.installation.demonstration_stays import WEEKS as STAYS_WEEKS
from api.installation.demonstration_stays import PastStay, past_stays
from devices.simulation.fleet import UNWATCHED, fit
from devices.simulation.past import FastDrivers, Stays, by_hour
from devices.simulation.sites import sites_of
from devices.simulation.turnout import DayTurnout
from parking.domain.ids import SpaceId
from parking.occupancy.hour_rows import HourRow
from parking.places.catalogue import Catalogue

WEEKS: Final = 12
"""Long enough for two reviews of prices, of which the later one has been measured for four weeks."""
_HOUR: Final = timedelta(hours=1)
_HOUR_S: Final = 3600


def past_begins(now: datetime) -> datetime:
    """The beginning of the hour `WEEKS` weeks before the present one."""
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(weeks=WEEKS)


class Past:
    """What the city knows of the time before its first start, lived a span after another; what is known is what sound devices would have said."""

    def __init__(self, catalogue: Catalogue, *, seed: int, now: datetime) -> None:
        self._seed, self._now = seed, now
        self.lived = past_begins(now)
        self.ends = self.lived + timedelta(weeks=WEEKS)
        sites = sites_of(catalogue)
        self._drivers = FastDrivers(sites, seed=seed, start=self.lived.timestamp())
        heard = {device.space_id for device in fit(sites, seed=seed) if device.health == "sound"}
        spaces = [catalogue.spaces[SpaceId(site.space_id)] for site in sites]
        self._names = [(str(space.space_id), str(space.zone_id)) for space in spaces]
        places = [(str(space.zone_id), str(space.kind), index) for index, space in enumerate(spaces)]
        self.unwatched: list[tuple[str, str, NDArray[np.int64]]] = []
        """Zone, kind and spaces in service of each place that no sensor knows."""
        self._members: list[tuple[str, str, int, NDArray[np.int64]]] = []
        for (zone_id, kind), members in groupby(sorted(places), key=lambda place: place[:2]):
            indexes = [index for _, _, index in members]
            known = [index for index in indexes if spaces[index].in_service and spaces[index].space_id in heard]
            if zone_id in UNWATCHED:
                open_ones = [index for index in indexes if spaces[index].in_service]
                self.unwatched.append((zone_id, kind, np.array(open_ones, dtype=np.int64)))
            if known:
                self._members.append((zone_id, kind, len(indexes), np.array(known, dtype=np.int64)))

    def live(self, until: datetime, turnout: DayTurnout) -> list[HourRow]:
        """Let the drivers live on to the beginning of an hour under these prices; the hours of the span, of all spaces. Takes seconds of computing."""
        begins, self.lived = self.lived, until
        self._drivers.live(until.timestamp(), turnout)
        stays = self._drivers.stays(begins.timestamp())
        return [row for place in self._members for row in _rows(*place, stays, begins=begins, until=until)]

    def everybody(self) -> Stays:
        """All stays of the past, seen or not, indexed as the spaces are."""
        return self._drivers.stays(past_begins(self._now).timestamp())

    def stays(self) -> Iterator[PastStay]:
        """Of the last weeks, as sensors saw them."""
        heard = [int(index) for *_, known in self._members for index in known]
        whole = self._drivers.stays((self.ends - timedelta(weeks=STAYS_WEEKS)).timestamp())
        return past_stays(whole, self._names, heard, seed=self._seed, now=self._now)


def _rows(
    zone_id: str, kind: str, spaces: int, known: NDArray[np.int64], stays: Stays, *, begins: datetime, until: datetime
) -> Iterator[HourRow]:
    count = (until - begins) // _HOUR
    hours = by_hour(stays, known, start=begins.timestamp(), hours=count)
    known_s = len(known) * _HOUR_S
    for number in range(count):
        yield HourRow(
            zone_id=zone_id,
            kind=kind,
            hour=begins + number * _HOUR,
            spaces=spaces,
            known_s=known_s,
            occupied_s=min(int(hours.occupied_s[number]), known_s),
            full_s=min(int(hours.full_s[number]), _HOUR_S),
            stays=int(hours.arrivals[number]),
            moments=[len(known), int(hours.on_the_hour[number]), len(known), int(hours.half_past[number])],
        )
