"""Reports of a facility move what is reckoned of it, each once; readers hear of it and say what they do not know."""

from datetime import datetime, timedelta

import pytest

from api.public.facility_documents import facility_document
from parking.db.unit_of_work import Database
from parking.domain.clock import to_micros
from parking.gates import service
from parking.gates.model import Direction, FacilityCount, Passage
from parking.gates.reports import changes_since
from parking.gates.tables import GateEstimateRow
from parking.occupancy.gate_counts import GateCount
from tests.api.city_in_memory import catalogue, filled_model
from tests.api.small_city import build

pytestmark = pytest.mark.service
NINE = datetime.fromisoformat("2026-07-01T09:00:00+00:00")


async def passes(database: Database, direction: Direction, minutes: float, name: str) -> None:
    passage = Passage(
        facility_id="G1",
        item_id=f"{direction}-{name}-{minutes}",
        direction=direction,
        at=NINE + timedelta(minutes=minutes),
        visit_id=None,
        plate_token=name,
    )
    async with database.transaction() as session:
        await service.keep_passage(session, passage, now=NINE + timedelta(days=9), by="key:mall")


async def counts(database: Database, vacant: int, minutes: float) -> None:
    told = FacilityCount(
        facility_id="G1",
        item_id=f"c-{minutes}",
        observed_at=NINE + timedelta(minutes=minutes),
        capacity=100,
        vacant=vacant,
    )
    async with database.transaction() as session:
        await service.keep_count(session, told, now=NINE + timedelta(days=9))


async def reckoned(database: Database) -> GateCount:
    async with database.transaction() as session:
        ((facility_id, count),) = (await changes_since(session, None)).estimates
    assert facility_id == "G1"
    return count


async def test_reports_move_the_reckoning_each_once(database: Database) -> None:
    await build(database)
    await counts(database, 60, 0)
    for number in range(10):
        await passes(database, "entry", 1 + number, f"p{number}")
    assert (await reckoned(database)).occupied == pytest.approx(50, abs=0.5)
    # A reader sees one car twice, a passage comes that the count holds already, and one car leaves.
    await passes(database, "entry", 1.5, "p0")
    await passes(database, "entry", -5, "early")
    await passes(database, "exit", 20, "p1")
    assert (await reckoned(database)).occupied == pytest.approx(49, abs=0.5)
    # A count that comes late is moved on by what has passed since.
    await counts(database, 50, 6)
    late = await reckoned(database)
    assert late.occupied == pytest.approx(53, abs=0.5)
    assert late.at == to_micros(NINE + timedelta(minutes=20))
    # An hour on, visits are matched.
    await passes(database, "exit", 90, "p2")
    assert (await reckoned(database)).looked_at == to_micros(NINE + timedelta(minutes=90))
    async with database.transaction() as session:
        row = await session.get_one(GateEstimateRow, "G1")
        assert sum(row.dwells) == 2


async def test_reader_says_vacant_only_what_the_gates_leave_no_doubt_of(database: Database) -> None:
    await build(database)
    await counts(database, 60, 0)
    for number in range(40):
        await passes(database, "entry", 1 + number / 10, f"p{number}")
    model = filled_model()
    async with database.transaction() as session:
        model.reports.adopt(await changes_since(session, None))
    garage = next(iter(catalogue().facilities.values()))

    def shown(minutes: int) -> dict[str, object]:
        model.now_us = lambda: to_micros(NINE + timedelta(minutes=minutes))
        return facility_document(model, garage)

    assert shown(6)["counted_by"] == "facility"
    later = shown(20)
    vacant, occupied, unknown = later["vacant"], later["occupied"], later["unknown"]
    assert isinstance(vacant, int)
    assert isinstance(occupied, int)
    assert isinstance(unknown, int)
    assert later["counted_by"] == "gates"
    assert (vacant + occupied + unknown, later["stale"]) == (100, False)
    assert 15 <= vacant <= 20
    assert 0 < unknown < 10
    assert later["unknown_because"] == {"gate_drift": unknown}
    # Cut off for hours, nobody knows.
    cut_off = shown(600)
    assert (cut_off["unknown"], cut_off["unknown_because"], cut_off["stale"]) == (100, {"silent": 100}, True)
