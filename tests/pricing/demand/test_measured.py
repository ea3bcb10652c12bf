"""Bands of the local day over hourly sums."""

from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import insert

from parking.db.unit_of_work import Database
from parking.occupancy.tables import OccupancyHourRow
from pricing.demand.measured import demand_in, hours_in, measure
from tests.pricing.kerb_city import at


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        (time(7), time(19), range(7, 19)),
        (time(19), time(7), [*range(19, 24), *range(7)]),
        (time(), time(), range(24)),
        (time(7, 30), time(9, 30), [8]),
        (time(22), time(), [22, 23]),
    ],
)
def test_only_whole_hours_count_when_a_band_cuts_them(start: time, end: time, hours: list[int]) -> None:
    assert hours_in(start, end) == frozenset(hours)


@pytest.mark.service
async def test_shares_are_those_of_the_local_band_when_hours_differ(database: Database) -> None:
    def row(hour: datetime, known_s: int, occupied_s: int, full_s: int) -> dict[str, object]:
        return {
            "zone_id": "Z1", "kind": "kerb", "hour": hour, "spaces": 10, "known_s": known_s, "occupied_s": occupied_s,
            "full_s": full_s, "stays": 0,
        }  # fmt: skip

    first = at("07:00")
    rows = [
        row(first - timedelta(hours=1), 36000, 36000, 3600),
        row(first, 36000, 18000, 0),
        row(first + timedelta(hours=1), 18000, 18000, 1800),
        row(first + timedelta(days=1), 36000, 36000, 3600),
    ]
    async with database.transaction() as session:
        await session.execute(insert(OccupancyHourRow), rows)
        sums = await measure(session, ["Z1"], start=at("00:00"), end=at("00:00", days=1), timezone="Asia/Shanghai")
    demand = demand_in(sums["Z1", "kerb"], hours_in(time(7), time(19)))
    assert demand is not None
    assert demand.occupancy == 36000 / 54000
    assert demand.full_share == 1800 / 7200
    assert (demand.hours, demand.spaces, demand.known) == (2.0, 10, 0.75)
    assert demand_in(sums["Z1", "kerb"], frozenset({3})) is None
