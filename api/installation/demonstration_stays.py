"""Gives the demonstration city the stays of the weeks before its first start, so that a draft tariff can be tried on them."""

import hashlib
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncSession

from devices.simulation.past import Stays
from devices.simulation.visits import NEW_ENERGY_PERCENT
from parking.sessions.ids import new_session_id
from parking.sessions.tables import SessionRow

WEEKS: Final = 2
KNOWN_SHARE: Final = 0.8
"""Of the stays, those whose vehicle somebody saw. This and the next two are a plausible city and no measurement."""
REGULAR_SHARE: Final = 0.35
"""Of those, the ones of people who live or work there and use the same space again."""
REGULARS: Final = 2
"""Vehicles that share a space as their regular one."""
_SETTLED: Final = timedelta(days=2)
"""Stays that ended so shortly before the start are left to the city that comes to life: the page of a space would still
show them, and they were never charged, which the first night would find of the day before."""


class PastStay(NamedTuple):
    """Columns of `SessionRow`; what a sensor alone cannot tell is left empty."""

    session_id: str
    space_id: str
    zone_id: str
    state: str
    started_at: datetime
    started_earliest: datetime
    ended_at: datetime
    ended_earliest: datetime
    ended_latest: datetime
    start_source: str
    end_source: str
    vehicle_class: str
    energy: str | None
    plate_token: str | None
    gaps: str
    evidence: str


def past_stays(
    stays: Stays, places: list[tuple[str, str]], heard: list[int], *, seed: int, now: datetime
) -> Iterator[PastStay]:
    """The last weeks of stays on the sites `heard` of one zone in every district, in order of their beginning.

    Of hourly occupancy there is more, of all zones: a stay is a row of its own, and the city must start soon.
    `places` has space and zone by site. Regular vehicles keep to one space, so that nobody is in two places at once;
    everybody else comes once.
    """
    begins, until = (now - timedelta(weeks=WEEKS)).timestamp(), (now - _SETTLED).timestamp()
    zones = _first_of_each_district({zone_id for _, zone_id in places})
    sites = [site for site in heard if places[site][1] in zones]
    chosen = np.flatnonzero(np.isin(stays.site, sites) & (stays.begin >= begins) & (stays.end < until))
    chosen = chosen[np.argsort(stays.begin[chosen], kind="stable")]
    vehicles = _vehicles(stays.site[chosen], np.random.default_rng([seed, 4]))
    for row, vehicle in zip(chosen.tolist(), vehicles.tolist(), strict=True):
        start = datetime.fromtimestamp(int(stays.begin[row]), UTC)
        end = datetime.fromtimestamp(int(stays.end[row]), UTC)
        space_id, zone_id = places[stays.site[row]]
        # A digest, so that one vehicle is always of one energy and has one token.
        token = hashlib.blake2b(f"{seed}:{vehicle}".encode(), digest_size=16)
        is_known, is_nev = vehicle >= 0, token.digest()[0] * 100 < NEW_ENERGY_PERCENT * 256
        yield PastStay(
            session_id=new_session_id(start),
            space_id=space_id,
            zone_id=zone_id,
            state="ended",
            started_at=start,
            started_earliest=start,
            ended_at=end,
            ended_earliest=end,
            ended_latest=end,
            start_source="sensor",
            end_source="sensor",
            vehicle_class="small",
            energy=("nev" if is_nev else "fuel") if is_known else None,
            plate_token=token.hexdigest() if is_known else None,
            gaps="[]",
            evidence="[]",
        )


def _first_of_each_district(zones: Collection[str]) -> set[str]:
    """Zone ids of the demonstration city begin with their district: `LZ-01`."""
    first: dict[str, str] = {}
    for zone_id in sorted(zones):
        first.setdefault(zone_id.partition("-")[0], zone_id)
    return set(first.values())


def _vehicles(site: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.int64]:
    """The vehicle of each stay, -1 where nobody saw it."""
    regular = site * REGULARS + random.integers(0, REGULARS, site.size)
    passing = (int(site.max(initial=0)) + 1) * REGULARS + np.arange(site.size)
    vehicle = np.where(random.random(site.size) < REGULAR_SHARE, regular, passing)
    return np.where(random.random(site.size) < KNOWN_SHARE, vehicle, -1)


async def copy_stays(session: AsyncSession, rows: Iterator[PastStay]) -> None:
    """Add ended stays by COPY; none of them was charged, and no fee, bill or event comes of them."""
    connection = await session.connection()
    driver = (await connection.get_raw_connection()).driver_connection
    if driver is None:
        raise RuntimeError("the session has no driver connection")
    await driver.copy_records_to_table(SessionRow.__tablename__, records=rows, columns=PastStay._fields)
