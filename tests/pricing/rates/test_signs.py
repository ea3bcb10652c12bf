"""A tariff charges at a place only where its sign stands, and nowhere charges one that never had a sign."""

import pytest

from parking.db.unit_of_work import Database
from parking.domain.errors import ConflictError, NotFoundError
from parking.places.service import import_collection
from pricing.rates import signs
from pricing.rates.in_force import changes_of
from tests.pricing.rates.priced_street import (
    EFFECTIVE,
    OPENING,
    SEGMENTS,
    ZONE,
    build,
    dearer,
    effects_at,
    feature,
    published,
    rate_at,
    zibo,
)

pytestmark = pytest.mark.service
MARCH = zibo("2026-03-01T10:00")


async def test_first_tariff_charges_nowhere_before_its_sign_stands(database: Database) -> None:
    await build(database, adopted=False)
    async with database.transaction() as session:
        assert await rate_at(session, SEGMENTS[0], MARCH) == "rate_missing"
        await published(session, await dearer(session))
    async with database.transaction() as session:
        assert await rate_at(session, SEGMENTS[0], MARCH) == "sign_missing"
        (behind, *_) = await signs.exceptions(session, MARCH)
        assert (behind.place_id, behind.name, behind.keeps) == (SEGMENTS[0], SEGMENTS[0], None)
        task = (await signs.waiting_tasks(session, MARCH, [ZONE]))[0]
        confirmed = await signs.confirm(session, task.task_id, by="zhao", at=MARCH, photo_reference="p-1")
        assert (confirmed.confirmed_by, confirmed.photo_reference) == ("zhao", "p-1")
        assert not isinstance(await rate_at(session, SEGMENTS[0], MARCH), str)
        assert len(await signs.waiting_tasks(session, EFFECTIVE)) == len(SEGMENTS) - 1
        assert await signs.waiting_tasks(session, MARCH, ["Z9"]) == []
        with pytest.raises(ConflictError):
            await signs.confirm(session, task.task_id, by="zhao", at=MARCH)
        with pytest.raises(NotFoundError):
            await signs.confirm(session, 10_000, by="zhao", at=MARCH)


async def test_segment_that_comes_later_waits_for_a_sign_of_its_own(database: Database) -> None:
    await build(database)
    later = [
        feature("segment", "Z1-41", zone=ZONE),
        feature("space", "S-Z1-41", zone=ZONE, kind="kerb", segment="Z1-41"),
    ]
    async with database.transaction() as session:
        await import_collection(session, {"type": "FeatureCollection", "features": later}, at=OPENING)
        assert await rate_at(session, "Z1-41", MARCH) == "sign_missing"
        assert await signs.open_tasks(session, None, at=MARCH) == 1
        assert await signs.open_tasks(session, None, at=MARCH) == 0
        (task,) = await signs.waiting_tasks(session, EFFECTIVE)
        await signs.confirm(session, task.task_id, by="zhao", at=MARCH)
        assert not isinstance(await rate_at(session, "Z1-41", MARCH), str)


async def test_changes_within_a_stay_are_those_that_took_effect_at_the_place(database: Database) -> None:
    await build(database)
    async with database.transaction() as session:
        version = await dearer(session)
        await published(session, version)
        first, second, *_ = await signs.waiting_tasks(session, EFFECTIVE)
        await signs.confirm(session, first.task_id, by="zhao", at=EFFECTIVE)
        await signs.confirm(session, second.task_id, by="zhao", at=MARCH)
        expected = {SEGMENTS[0]: [(EFFECTIVE, version)], SEGMENTS[1]: [(MARCH, version)], SEGMENTS[2]: []}
        start, end = zibo("2026-02-27T23:50"), zibo("2026-03-01T12:00")
        for segment, changes in expected.items():
            found = await changes_of(session, await effects_at(session, segment, end), start, end)
            assert [(at, rate.table.version) for at, rate in found] == changes
        assert await changes_of(session, await effects_at(session, SEGMENTS[0], MARCH), EFFECTIVE, MARCH) == []
