"""What is usual is read from the same hour of the weeks before, and from hours of which enough was known."""

from datetime import datetime, timedelta

import pytest

from parking.db.unit_of_work import Database
from parking.occupancy.tables import OccupancyHourRow
from parking.occupancy.usual_hours import usual_hours

pytestmark = pytest.mark.service
NOW = datetime.fromisoformat("2026-07-01T09:20:00+00:00")
NINE = NOW.replace(minute=0)


async def test_usual_share_is_that_of_the_same_hour_of_the_weeks_before(database: Database) -> None:
    def hour(weeks: int, vacant: float, *, known: float = 1.0, kind: str = "kerb", off_h: int = 0) -> OccupancyHourRow:
        known_s = int(36_000 * known)
        return OccupancyHourRow(
            zone_id="Z1",
            kind=kind,
            hour=NINE - timedelta(weeks=weeks, hours=off_h),
            spaces=10,
            known_s=known_s,
            occupied_s=round(known_s * (1 - vacant)),
            full_s=0,
            stays=0,
        )

    rows = [
        hour(1, 0.2),
        hour(2, 0.4),
        hour(3, 0.9, known=0.2),
        hour(1, 0.9, off_h=1),
        hour(0, 0.9),
        hour(8, 0.9),
        hour(1, 0.5, kind="lot"),
    ]
    async with database.transaction() as session:
        session.add_all(rows)
        await session.flush()
        usual = await usual_hours(session, NOW)
    assert usual.keys() == {"Z1"}
    assert usual["Z1"]["kerb"].share == pytest.approx(0.3, abs=0.001)
    assert usual["Z1"]["lot"].share == pytest.approx(0.5, abs=0.001)
    assert usual["Z1"]["kerb"].strength > 1
