"""What the demonstration city is given before its first start: lawful prices, a past, and keys."""

import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from api.installation.demonstration import LOGINS, make_demonstration
from api.installation.demonstration_prices import APPROVER, PREPARER
from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now
from pricing.rates import repository
from pricing.rates.limit_store import limits_of
from pricing.rates.price_limits import refuse_beyond
from pricing.rates.service import rate_in_force

pytestmark = pytest.mark.service
COUNTS = text("SELECT count(*), min(hour), max(hour), sum(occupied_s)::float / sum(known_s) FROM occupancy_hour")


async def test_city_has_prices_and_eight_weeks_when_it_is_prepared_and_nothing_twice_when_again(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    began = time.monotonic()
    kept = await make_demonstration(database_url, tmp_path, None, seed=3)
    print(f"prepared in {time.monotonic() - began:.1f} s")
    async with database.transaction() as session:
        first = (await session.execute(COUNTS)).one()
    kept = await make_demonstration(database_url, tmp_path, kept, seed=3)
    async with database.transaction() as session:
        assert (await session.execute(COUNTS)).one() == first
        versions = await repository.versions(session)
        assert [(version.table.version, version.state) for version in versions] == [(1, "published")] * 4
        assert {(version.prepared_by, version.approved_by) for version in versions} == {(PREPARER, APPROVER)}
        people = {row.name: row for row in await session.execute(text("SELECT name, role, district_id FROM account"))}
        modules = {row.name: row.config for row in await session.execute(text("SELECT name, config FROM city_module"))}
    assert kept is not None
    assert kept.logins.keys() == people.keys() == LOGINS.keys()
    assert (people["attendant"].role, people["attendant"].district_id) == ("attendant", "370303")
    assert set(kept.keys) == {"sensor", "integrator", "operator", "terminal"}
    assert modules["street_cleaning"] == {"notice_minutes": 2}
    rows, earliest, latest, share = first
    assert rows == len([place async for place in _places(database)]) * 8 * 7 * 24
    assert latest - earliest == timedelta(weeks=8, hours=-1)
    assert 0.4 < share < 0.8


async def test_every_price_keeps_within_its_document_when_the_city_is_prepared(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    await make_demonstration(database_url, tmp_path, None, seed=3)
    now = utc_now()
    async with database.transaction() as session:
        limits = await limits_of(session, ["PD-CITY", "PD-LINZI", "PD-MARKET"])
        for version in await repository.versions(session):
            refuse_beyond(version.table, version.table.legal.form, limits.get(version.price_document_id or "", ()))
        unpriced = [place async for place in _places(database) if await rate_in_force(session, *place, now) is None]
        linzi = await rate_in_force(session, "LZ-01", "kerb", now - timedelta(weeks=7))
    assert {zone_id for zone_id, _ in unpriced} == {"WC-01"}
    assert linzi is not None
    ((collection, percent),) = linzi.collections_for("I", "kerb", "small")
    assert (percent, [line.unit_price for line in collection.lines]) == (100, [150, 400])


async def _places(database: Database) -> AsyncIterator[tuple[str, str]]:
    async with database.transaction() as session:
        for row in await session.execute(text("SELECT DISTINCT zone_id, kind FROM space ORDER BY 1, 2")):
            yield row.zone_id, row.kind
