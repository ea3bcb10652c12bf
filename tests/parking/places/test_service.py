"""Imports into a real database: what passes, what is refused, and which zones take a new revision."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg
import msgspec
import pytest
from sqlalchemy import select

from parking.bus.codec import decode
from parking.bus.tables import OutboxRow
from parking.db.unit_of_work import Database
from parking.domain.errors import InvalidInputError, NotFoundError
from parking.domain.ids import SpaceId
from parking.events.place import PlaceChanged
from parking.places.model import ImportReport, ZoneDefinition
from parking.places.repository import load_catalogue, zone_definitions
from parking.places.service import export_features, import_collection, remove_zone
from tests.parking.places.features import Json, collection, facility, kerb_space, segment, small_city, zone

AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
LATER = datetime(2026, 3, 2, 8, tzinfo=UTC)


async def bring_in(
    database: Database, features: Sequence[Json], *, at: datetime = AT, prune: bool = False
) -> ImportReport:
    async with database.transaction() as session:
        return await import_collection(session, collection(*features), at=at, prune=prune)


async def definitions(database: Database) -> dict[str, ZoneDefinition]:
    async with database.transaction() as session:
        return {found.zone_id: found for found in await zone_definitions(session)}


async def exported(database: Database) -> list[dict[str, Any]]:
    async with database.transaction() as session:
        return [found async for found in export_features(session)]


async def facts(database: Database) -> list[PlaceChanged]:
    async with database.transaction() as session:
        events = [decode(row) for row in await session.scalars(select(OutboxRow.event).order_by(OutboxRow.position))]
    return [msgspec.json.decode(event.data, type=PlaceChanged) for event in events]


def codes(report: ImportReport) -> list[tuple[int, str, str | None]]:
    return [(error.index, error.code, error.feature_id) for error in report.errors]


async def test_everything_is_in_when_the_order_of_the_file_is_the_worst(database: Database) -> None:
    report = await bring_in(database, small_city())
    assert report.errors == ()
    assert report.added == {
        "district": 1, "operator": 1, "price_document": 1, "zone": 1,
        "segment": 1, "facility": 1, "space": 3, "concession": 1,
    }  # fmt: skip
    (found,) = (await definitions(database)).values()
    assert (found.zone_id, found.district_id) == ("Z1", "D1")
    assert found.spaces == (("G1", True), ("K1", True), ("K2", False))
    assert found.changed_at == AT
    assert await facts(database) == [PlaceChanged(zone_id="Z1", district_id="D1", revision=found.revision, capacity=3)]


async def test_nothing_changes_when_the_same_file_comes_again(database: Database) -> None:
    await bring_in(database, small_city())
    before = await definitions(database)
    report = await bring_in(database, list(reversed(small_city())), at=LATER, prune=True)
    assert (report.added, report.updated, report.removed, report.errors) == ({}, {}, {}, ())
    assert sum(report.unchanged.values()) == 10
    assert await definitions(database) == before
    assert len(await facts(database)) == 1


async def test_export_imported_elsewhere_is_the_same_when_exported_again(database: Database) -> None:
    await bring_in(database, small_city())
    first = await exported(database)
    assert [found["properties"]["feature"] for found in first[:3]] == ["district", "operator", "price_document"]
    for found in first:
        if found["properties"]["feature"] == "space":
            found["properties"]["in_service"] = not found["properties"]["in_service"]
    await bring_in(database, first, at=LATER)
    assert await exported(database) == first


async def test_good_features_pass_when_others_are_wrong(database: Database) -> None:
    await bring_in(database, small_city())
    report = await bring_in(
        database,
        [
            kerb_space("K3"),
            kerb_space("K4", zone="Z9"),
            kerb_space("K3"),
            {"type": "Nonsense", "id": "N"},
            kerb_space("K5", segment=None),
            kerb_space("K6", segment="S9"),
            kerb_space("K7", kind="lot", segment=None, facility="F1"),
            kerb_space("K8", facility="F1"),
            kerb_space("K9", kind="garage"),
            zone("Z2", district="D9"),
            segment("S2", "Z2"),
            zone("Z3", price_document="P9"),
            zone("Z4"),
            kerb_space("K10", zone="Z4"),
        ],
    )
    assert codes(report) == [
        (1, "reference_unknown", "K4"),
        (2, "feature_duplicate", "K3"),
        (3, "geojson_invalid", "N"),
        (4, "parent_wrong", "K5"),
        (5, "reference_unknown", "K6"),
        (6, "kind_mismatch", "K7"),
        (7, "parent_wrong", "K8"),
        (8, "parent_wrong", "K9"),
        (9, "reference_unknown", "Z2"),
        (10, "reference_unknown", "S2"),
        (11, "reference_unknown", "Z3"),
        (13, "zone_mismatch", "K10"),
    ]
    assert report.added == {"space": 1, "zone": 1}
    found = await definitions(database)
    assert [space_id for space_id, _ in found["Z1"].spaces] == ["G1", "K1", "K2", "K3"]
    assert found["Z4"].spaces == ()


async def test_both_zones_are_renewed_when_a_space_moves(database: Database) -> None:
    await bring_in(database, [*small_city(), zone("Z2"), segment("S2", "Z2"), zone("Z3")])
    before = await definitions(database)
    report = await bring_in(database, [kerb_space("K1", zone="Z2", segment="S2")], at=LATER)
    assert report.updated == {"space": 1}
    after = await definitions(database)
    assert after["Z2"].spaces == (("K1", True),)
    assert {space_id for space_id, _ in after["Z1"].spaces} == {"K2", "G1"}
    assert {name for name in after if after[name].revision > before[name].revision} == {"Z1", "Z2"}
    assert after["Z3"] == before["Z3"]
    assert [(fact.zone_id, fact.capacity) for fact in (await facts(database))[-2:]] == [("Z1", 2), ("Z2", 1)]


async def test_spaces_follow_when_their_segment_moves(database: Database) -> None:
    await bring_in(database, [*small_city(), zone("Z2")])
    before = await definitions(database)
    await bring_in(database, [segment("S1", "Z2")], at=LATER)
    after = await definitions(database)
    assert [space_id for space_id, _ in after["Z2"].spaces] == ["K1", "K2"]
    assert [space_id for space_id, _ in after["Z1"].spaces] == ["G1"]
    assert all(after[name].revision > before[name].revision for name in after)


async def test_spaces_follow_when_their_garage_becomes_a_lot(database: Database) -> None:
    await bring_in(database, small_city())
    await bring_in(database, [facility("F1", kind="lot")], at=LATER)
    async with database.transaction() as session:
        catalogue = await load_catalogue(session)
    assert catalogue.spaces[SpaceId("G1")].kind == "lot"


async def test_spaces_stay_when_a_file_does_not_name_them(database: Database) -> None:
    await bring_in(database, small_city())
    report = await bring_in(database, [zone("Z1", price_document="P1"), kerb_space("K2", use="loading")])
    assert report.removed == {}
    assert len((await definitions(database))["Z1"].spaces) == 3


async def test_spaces_leave_when_a_file_is_pruned(database: Database) -> None:
    await bring_in(
        database, [*small_city(), zone("Z2"), segment("S2", "Z2"), kerb_space("X1", zone="Z2", segment="S2")]
    )
    # K2 is named and refused, so it stays as it was; Z2 is not in the file, so X1 stays too.
    report = await bring_in(
        database, [zone("Z1", price_document="P1"), kerb_space("K1"), kerb_space("K2", zone="Z9")], at=LATER, prune=True
    )
    assert report.removed == {"space": 1}
    found = await definitions(database)
    assert [space_id for space_id, _ in found["Z1"].spaces] == ["K1", "K2"]
    assert [space_id for space_id, _ in found["Z2"].spaces] == ["X1"]
    async with database.transaction() as session:
        (tombstone,) = (await load_catalogue(session)).tombstones
    assert (tombstone.feature, tombstone.place_id, tombstone.zone_id, tombstone.removed_at) == (
        "space",
        "G1",
        "Z1",
        LATER,
    )


async def test_space_comes_back_when_it_is_imported_after_it_left(database: Database) -> None:
    await bring_in(database, small_city())
    await bring_in(database, [zone("Z1", price_document="P1")], prune=True)
    assert (await definitions(database))["Z1"].spaces == ()
    report = await bring_in(database, small_city(), at=LATER)
    assert report.added == {"space": 3}
    assert len((await definitions(database))["Z1"].spaces) == 3


async def test_zone_is_gone_with_its_spaces_when_it_is_removed(database: Database) -> None:
    await bring_in(database, [*small_city(), zone("Z2")])
    async with database.transaction() as session:
        await remove_zone(session, "Z1", at=LATER)
    assert list(await definitions(database)) == ["Z2"]
    assert (await facts(database))[-1].capacity == 0
    async with database.transaction() as session:
        catalogue = await load_catalogue(session)
    assert {(stone.feature, stone.place_id) for stone in catalogue.tombstones} == {
        ("zone", "Z1"), ("space", "K1"), ("space", "K2"), ("space", "G1"),
    }  # fmt: skip
    assert (list(catalogue.zones), dict(catalogue.spaces), dict(catalogue.segments)) == (["Z2"], {}, {})
    async with database.transaction() as session:
        with pytest.raises(NotFoundError) as caught:
            await remove_zone(session, "Z1", at=LATER)
    assert caught.value.code == "zone_unknown"


async def test_zone_comes_back_whole_when_its_file_is_imported_again(database: Database) -> None:
    await bring_in(database, small_city())
    before = await exported(database)
    async with database.transaction() as session:
        await remove_zone(session, "Z1", at=LATER)
    report = await bring_in(database, before, at=LATER)
    assert report.errors == ()
    assert await exported(database) == before


async def test_nothing_is_written_when_the_file_is_no_collection(database: Database) -> None:
    async with database.transaction() as session:
        with pytest.raises(InvalidInputError) as caught:
            await import_collection(session, {"type": "Topology"}, at=AT)
    assert caught.value.code == "geojson_invalid"


async def test_listeners_are_woken_when_and_only_when_something_changed(database: Database, database_url: str) -> None:
    heard: list[str] = []
    listener = await asyncpg.connect(database_url)
    try:
        await listener.add_listener("parking_registry", lambda *event: heard.append(str(event[3])))
        await bring_in(database, small_city())
        await bring_in(database, small_city())
        # A round trip on the connection brings with it every notification that was sent before.
        await listener.execute("SELECT 1")
        assert heard == ["places"]
    finally:
        await listener.close()
