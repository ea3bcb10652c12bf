"""Properties of imports that hold for every generated city and every order of its features."""

import asyncio
from datetime import UTC, datetime
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from parking.db.engine import open_engine
from parking.db.unit_of_work import Database
from parking.places.demonstration import demonstration_city
from parking.places.generator import generate
from parking.places.repository import load_catalogue, zone_definitions
from parking.places.service import export_features, import_collection
from tests.parking.places.features import collection

AT = datetime(2026, 3, 1, 8, tzinfo=UTC)


async def import_twice_and_export(session: AsyncSession, spaces: int, seed: int, random: Random) -> None:
    features = generate(spaces, seed)["features"]
    shuffled = list(features)
    random.shuffle(shuffled)
    first = await import_collection(session, collection(*shuffled), at=AT)
    assert first.errors == ()
    assert first.added["space"] == spaces
    known = await zone_definitions(session)
    assert sum(len(zone.spaces) for zone in known) == spaces
    again = await import_collection(session, collection(*features), at=AT)
    assert (again.added, again.updated) == ({}, {})
    assert await zone_definitions(session) == known
    exported = [feature async for feature in export_features(session)]
    assert sorted(exported, key=str) == sorted(features, key=str)


@given(st.integers(1, 300), st.integers(0, 10_000), st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_import_is_idempotent_and_export_its_inverse_when_the_city_is_any(
    database_url: str, spaces: int, seed: int, random: Random
) -> None:
    async def example() -> None:
        database = Database(open_engine(database_url, pool_size=1))
        async with database.transaction() as session:
            await import_twice_and_export(session, spaces, seed, random)
            # Every example finds the database empty.
            await session.rollback()
        await database.close()

    asyncio.run(example())


async def test_every_space_is_in_when_the_city_has_three_thousand(database: Database) -> None:
    city = demonstration_city()
    async with database.transaction() as session:
        report = await import_collection(session, city, at=AT)
    assert report.errors == ()
    async with database.transaction() as session:
        catalogue = await load_catalogue(session)
    assert len(catalogue.spaces) == report.added["space"]
    assert sum(zone.capacity for zone in catalogue.zones.values()) == report.added["space"]
