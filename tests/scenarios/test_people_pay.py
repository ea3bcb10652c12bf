"""The demonstration's drivers and attendant pay through the real interface; who taps twice is charged once."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import text

from api.auth.service import create_key
from api.embedded.beside import beside
from devices.simulation.fleet import Site
from devices.simulation.people import Identities, People, people
from devices.simulation.visits import Visit, Way, visit_of
from parking.domain.clock import utc_now
from tests.scenarios.kerb_day import ATTENDANT, Kerb, kerb
from tests.scenarios.platform import until

pytestmark = pytest.mark.service
SEED = 4
LONG_S = 4 * 3600.0
"""Longer than the free hours of a new-energy car, whose plate any of the invented ones may be."""
PLACES: dict[Way, str] = {"terminal": "S1", "app": "S2", "attendant": "S4"}


@pytest.fixture
async def street(open_folder: Path) -> AsyncIterator[Kerb]:
    async with kerb(open_folder) as opened:
        yield opened


async def test_each_way_of_paying_settles_the_stay_once_when_drivers_tap_twice(street: Kerb) -> None:
    now = utc_now().timestamp()
    visits = [_impatient(way, space, now) for way, space in PLACES.items()]
    for visit in visits:
        if visit.way != "terminal":
            await street.start(visit.space_id, datetime.fromtimestamp(visit.arrived_at, UTC).isoformat(), None)
    async with people(street.platform.settings.api_url, await _identities(street), seed=SEED, now=lambda: now) as crowd:
        for visit in visits:
            crowd.payers.arrived(_site(visit.space_id), visit.arrived_at, visit.leaves_at)
        async with beside(crowd.run()):
            await until(lambda: _all_done(crowd), "not everybody has paid")
            await until(lambda: _is_planned(street), "the cleaning is not planned")
        assert dict(crowd.payers.paid) == dict.fromkeys(PLACES, 1)
        assert not crowd.payers.refused
    async with street.database.transaction() as session:
        rows = await session.execute(
            text(
                "SELECT s.space_id, p.method, p.amount = f.amount FROM payment p JOIN fee f USING (session_id)"
                " JOIN session s USING (session_id) ORDER BY 1"
            )
        )
        assert [tuple(row) for row in rows] == [("S1", "cash", True), ("S2", "test", True), ("S4", "cash", True)]


async def _all_done(crowd: People) -> bool:
    return crowd.payers.paid.total() + crowd.payers.refused.total() >= len(PLACES)


async def _is_planned(street: Kerb) -> bool:
    """Told to the city modules: the plan stands in the audit, of today and of the coming morning."""
    async with street.database.transaction() as session:
        found = text("SELECT count(*) = 2 FROM audit WHERE action = 'cleaning.planned'")
        return bool(await session.scalar(found))


async def _identities(street: Kerb) -> Identities:
    async with street.database.transaction() as session:
        _, operator_key = await create_key(session, utc_now, role="operator", name="crew")
    return Identities(
        terminal_key=street.terminal_key,
        operator_key=operator_key,
        attendant=ATTENDANT,
        attendant_district="370305",
        cleaned_zone="Z1",
    )


def _impatient(way: Way, space_id: str, now: float) -> Visit:
    """A long stay that ends now, of a driver who pays this way and taps twice."""
    for second in count():
        at = now - LONG_S - second
        visit = visit_of(_site(space_id), seed=SEED, arrived_at=at, leaves_at=now)
        if visit.way == way and visit.is_impatient:
            return visit
    raise AssertionError


def _site(space_id: str) -> Site:
    return Site(space_id=space_id, zone_id="Z1", area_class="I", use="ordinary")
