"""The past as it was published, and as it is best known now."""

from dataclasses import asdict
from datetime import timedelta

import pytest
from sqlalchemy import text

from parking.db.unit_of_work import Database
from parking.domain.errors import InvalidInputError
from parking.occupancy.as_of import Counted, SpaceThen, best_known, published, unknown_because
from parking.occupancy.retention import forget_changes, forget_readings
from tests.parking.occupancy.past import after, put_change, put_past
from tests.pricing import kerb_city

pytestmark = pytest.mark.service
NOW = after(120)


@pytest.fixture
async def past(database: Database) -> Database:
    await kerb_city.build(database)
    await put_past(database)
    return database


async def then(database: Database, minute: int, *, told: str = "published") -> dict[str, str]:
    async with database.transaction() as session:
        spaces = await published(session, after(minute), zone_id="Z1")
        if told == "best_known":
            spaces = await best_known(session, after(minute), spaces, now=NOW)
        return {space.space_id: space.status for space in spaces}


async def test_the_past_is_what_was_published_then(past: Database) -> None:
    assert await then(past, -1) == {}
    assert await then(past, 0) == {"S1": "unknown", "S2": "occupied"}
    assert await then(past, 10) == {"S1": "occupied", "S2": "occupied", "S3": "unknown"}
    assert await then(past, 25) == {"S1": "occupied", "S2": "restricted", "S3": "unknown"}
    assert await then(past, 90) == {"S1": "free", "S2": "restricted", "S3": "unknown"}


async def test_best_known_has_what_came_late(past: Database) -> None:
    found = [(await then(past, minute, told="best_known"))["S1"] for minute in (10, 25, 35, 45)]
    assert found == ["occupied", "free", "occupied", "free"]
    assert (await then(past, 25, told="best_known"))["S2"] == "restricted"


async def test_counts_add_up_and_say_why_spaces_were_unknown(past: Database) -> None:
    async with past.transaction() as session:
        spaces = await published(session, after(25))
    counted = Counted()
    for space in spaces:
        counted.add(space)
    assert asdict(counted) == {
        "capacity": 3,
        "vacant": 0,
        "occupied": 1,
        "unknown": 1,
        "restricted": 1,
        "restricted_occupied": 1,
    }
    assert unknown_because(spaces) == {"device_faulty": 1}


async def test_a_space_is_left_out_where_it_was_not_in_the_inventory(past: Database) -> None:
    async with past.transaction() as session:
        await put_change(session, after(50), "S3", "unknown", "unknown", "removed", evidence="inventory")
    assert "S3" in await then(past, 49)
    assert "S3" not in await then(past, 50)


async def test_what_is_not_kept_any_more_is_refused(past: Database) -> None:
    late = after(0) + timedelta(days=200)
    async with past.transaction() as session:
        spaces: list[SpaceThen] = await published(session, after(25))
        await session.execute(text("UPDATE occupancy_hour SET hour = :hour"), {"hour": after(0) + timedelta(days=150)})
        await forget_changes(session, now=late, kept=timedelta(days=100))
        await forget_readings(session, now=late, kept=timedelta(days=100))
        with pytest.raises(InvalidInputError, match="history is kept from 2026-06-01"):
            await published(session, after(25))
        assert [space.status for space in await published(session, late)] == ["free", "restricted", "unknown"]
        assert [space.status for space in spaces] == ["occupied", "restricted", "unknown"]
