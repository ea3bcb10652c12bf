"""The whole inventory in memory: complete, in order and of one moment, in a large city as well."""

from datetime import UTC, datetime

from parking.db.unit_of_work import Database
from parking.domain.ids import ConcessionId, PriceDocumentId, SegmentId, SpaceId, ZoneId
from parking.places.generator import generate
from parking.places.repository import load_catalogue, zone_definitions
from parking.places.service import import_collection
from tests.parking.places.features import collection, small_city

AT = datetime(2026, 3, 1, 8, tzinfo=UTC)


async def test_everything_is_there_when_a_city_was_imported(database: Database) -> None:
    async with database.transaction() as session:
        await import_collection(session, collection(*small_city()), at=AT)
    async with database.transaction() as session:
        catalogue = await load_catalogue(session)
    listed = catalogue.zones[ZoneId("Z1")]
    assert (listed.capacity, listed.space_ids, listed.modified_at) == (3, ("G1", "K1", "K2"), AT)
    assert listed.zone.price_document_id == "P1"
    space = catalogue.spaces[SpaceId("K2")]
    assert (space.use, space.in_service, space.segment_id, space.modified_at) == ("charging", False, "S1", AT)
    assert (space.longitude, space.latitude) == (118.005, 36.805)
    assert space.geometry == {"type": "Point", "coordinates": [118.005, 36.805]}
    assert catalogue.segments[SegmentId("S1")].name == "路段"
    (facility,) = catalogue.facilities.values()
    assert (facility.levels, facility.mechanical) == (3, True)
    assert catalogue.concessions[ConcessionId("C1")].zone_ids == ("Z1",)
    assert catalogue.price_documents[PriceDocumentId("P1")].valid.end is None
    assert [district.admin_code for district in catalogue.districts.values()] == ["370303"]
    assert catalogue.tombstones == ()


async def test_nothing_is_there_when_the_inventory_is_empty(database: Database) -> None:
    async with database.transaction() as session:
        catalogue = await load_catalogue(session)
        assert (dict(catalogue.zones), dict(catalogue.spaces)) == ({}, {})
        assert await zone_definitions(session) == []


async def test_only_those_named_are_defined_when_zones_are_named(database: Database) -> None:
    async with database.transaction() as session:
        await import_collection(session, generate(500, 1), at=AT)
        everything = await zone_definitions(session)
        assert len(everything) > 2
        assert await zone_definitions(session, [everything[1].zone_id, "none"]) == [everything[1]]
        assert await zone_definitions(session, []) == []
        assert sum(len(zone.spaces) for zone in everything) == 500


async def test_every_space_is_read_when_the_city_is_large(database: Database) -> None:
    async with database.transaction() as session:
        await import_collection(session, generate(20_000, 1), at=AT)
    async with database.transaction() as session:
        assert len((await load_catalogue(session)).spaces) == 20_000
