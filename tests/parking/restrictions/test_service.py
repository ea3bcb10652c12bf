"""Applying, releasing and ending restrictions on a real database, and what the bus and the engine are told."""

from typing import Any

import pytest
from sqlalchemy import text

from parking.db.unit_of_work import Database
from parking.domain.errors import ParkingError
from parking.events.restriction import RestrictionRequested
from parking.places.repository import zone_definitions
from parking.restrictions import repository, service
from parking.restrictions.model import Interval, Restriction
from tests.parking.restrictions.small_street import T0, events, fill, minute, wanted


@pytest.fixture(autouse=True)
async def _city(database: Database) -> None:
    await fill(database)


async def apply(database: Database, request: RestrictionRequested) -> Restriction:
    async with database.transaction() as session:
        return await service.apply(session, request, at=T0)


async def revisions(database: Database) -> dict[str, int]:
    async with database.transaction() as session:
        return {str(zone.zone_id): zone.revision for zone in await zone_definitions(session)}


async def closed(database: Database, zone_ids: list[str] | None = None) -> dict[str, list[tuple[str, str]]]:
    async with database.transaction() as session:
        found = await repository.closures(session, T0, zone_ids)
    return {zone_id: [(item.space_id, item.reason) for item in items] for zone_id, items in found.items()}


async def test_segments_and_zones_are_resolved_to_their_spaces(database: Database) -> None:
    item = await apply(database, wanted("s4", segment_ids=("z1-N",)))
    assert item.space_ids == ("s1", "s2", "s4")
    assert await closed(database) == {"z1": [("s1", "cleaning"), ("s2", "cleaning")], "z2": [("s4", "cleaning")]}
    assert await closed(database, ["z2"]) == {"z2": [("s4", "cleaning")]}


async def test_zones_of_closed_spaces_get_a_new_revision_and_nothing_else(database: Database) -> None:
    before = await revisions(database)
    await apply(database, wanted("s1"))
    after = await revisions(database)
    assert after["z1"] > before["z1"]
    assert after["z2"] == before["z2"]
    assert await events(database) == ["parking.place.changed", "parking.restriction.applied"]
    async with database.transaction() as session:
        modified = await session.scalar(text("SELECT count(*) FROM zone WHERE modified_at = '2026-05-01T06:00Z'"))
    assert modified == 0


async def test_advisory_closes_nothing_and_is_on_record(database: Database) -> None:
    before = await revisions(database)
    await apply(database, wanted("s1", severity="advisory"))
    assert await closed(database) == {}
    assert await revisions(database) == before
    async with database.transaction() as session:
        assert [item.severity for item in await service.standing(session, at=T0)] == ["advisory"]
        assert await service.uncharged_intervals(session, "s1", minute(0), minute(60)) == []


async def test_request_repeated_changes_nothing(database: Database) -> None:
    await apply(database, wanted("s1"))
    told = await events(database)
    await apply(database, wanted("s1"))
    assert await events(database) == told
    with pytest.raises(ParkingError) as refused:
        await apply(database, wanted("s1", end=90))
    assert refused.value.code == "restriction_id_taken"


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (wanted("s1", start=5, end=5), "window_invalid"),
        (wanted("s1", start=-20, end=-10), "window_past"),
        (wanted("s1", end=60 * 24 * 400), "window_too_long"),
        (wanted("nowhere"), "place_unknown"),
        (wanted(zone_ids=("nowhere",)), "place_unknown"),
        (wanted(), "spaces_missing"),
    ],
)
async def test_request_is_refused_by_name(database: Database, request_: Any, code: str) -> None:  # noqa: ANN401 - parametrized
    with pytest.raises(ParkingError) as refused:
        await apply(database, request_)
    assert refused.value.code == code
    assert await events(database) == []


async def test_releasing_one_leaves_the_others(database: Database) -> None:
    await apply(database, wanted("s1", "s2"))
    await apply(database, wanted("s1", restriction_id="r2", severity="tow", reason="works"))
    assert (await closed(database))["z1"] == [("s1", "works"), ("s2", "cleaning")]
    async with database.transaction() as session:
        await service.release(session, "r2", requester="operator", at=minute(10))
    assert (await closed(database))["z1"] == [("s1", "cleaning"), ("s2", "cleaning")]
    async with database.transaction() as session:
        await service.release(session, "r2", requester="operator", at=minute(20))
        assert await service.uncharged_intervals(session, "s1", minute(-5), minute(90)) == [
            Interval(minute(0), minute(10), "works"),
            Interval(minute(10), minute(60), "cleaning"),
        ]
    assert (await events(database)).count("parking.restriction.released") == 1


async def test_nobody_releases_what_another_asked_for(database: Database) -> None:
    await apply(database, wanted("s1"))
    with pytest.raises(ParkingError) as refused:
        async with database.transaction() as session:
            await service.release(session, "r1", requester="street_cleaning", at=T0)
    assert refused.value.code == "restriction_unknown"


async def test_charging_stops_only_in_the_window_and_until_its_release(database: Database) -> None:
    await apply(database, wanted("s1", start=10, end=40))
    await apply(database, wanted("s1", start=30, end=50, restriction_id="r2", stops_charging=False))
    async with database.transaction() as session:
        assert await service.uncharged_intervals(session, "s1", minute(20), minute(90)) == [
            Interval(minute(20), minute(40), "cleaning")
        ]
        assert await service.uncharged_intervals(session, "s2", minute(0), minute(90)) == []
        assert await service.uncharged_intervals(session, "s1", minute(20), minute(20)) == []
        await service.release(session, "r1", requester="operator", at=minute(25))
        assert await service.uncharged_intervals(session, "s1", minute(20), minute(90)) == [
            Interval(minute(20), minute(25), "cleaning")
        ]


async def test_what_is_over_is_written_down_once_at_its_end(database: Database) -> None:
    await apply(database, wanted("s1"))
    before = await revisions(database)
    async with database.transaction() as session:
        assert await service.release_ended(session, at=minute(59)) == 0
        assert await service.release_ended(session, at=minute(60)) == 1
        assert await service.release_ended(session, at=minute(61)) == 0
        found = await repository.find(session, "r1")
    assert found is not None
    assert (found.released_at, found.release_cause) == (minute(60), "ended")
    assert await revisions(database) == before


async def test_what_switching_off_took_stands_again_unless_it_would_be_over(database: Database) -> None:
    await apply(database, wanted("s1", requester="m"))
    await apply(database, wanted("s2", requester="m", restriction_id="r2", end=20))
    await apply(database, wanted("s3", restriction_id="r3"))
    async with database.transaction() as session:
        assert await service.release_all(session, "m", at=minute(10)) == 2
    assert (await closed(database))["z1"] == [("s3", "cleaning")]
    async with database.transaction() as session:
        assert await service.reinstate(session, "m", at=minute(30)) == 1
    assert (await closed(database))["z1"] == [("s1", "cleaning"), ("s3", "cleaning")]


async def test_space_out_of_the_inventory_is_not_closed(database: Database) -> None:
    await apply(database, wanted("s1", "s2"))
    async with database.transaction() as session:
        await session.execute(text("UPDATE space SET removed_at = now() WHERE space_id = 's1'"))
    assert await closed(database) == {"z1": [("s2", "cleaning")]}
