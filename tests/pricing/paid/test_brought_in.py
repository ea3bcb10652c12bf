"""Paid hours that were brought in have no stays behind them, and stay as they are when hours are counted."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from parking.db.unit_of_work import Database
from parking.sessions.tables import SessionRow
from pricing.paid import repository
from pricing.paid.model import HOUR, PaidHour
from pricing.paid.service import count_hours
from pricing.paid.tables import PaidHourRow
from tests.pricing import kerb_city

pytestmark = pytest.mark.service


async def test_hours_before_the_first_stay_that_a_person_began_are_not_counted_again(database: Database) -> None:
    await kerb_city.build(database)
    noon = kerb_city.at("12:00")
    brought = [PaidHour("Z1", "kerb", noon - number * HOUR, 3, 5_400) for number in range(1, 30)]
    stay = {
        "session_id": "first", "space_id": "S1", "zone_id": "Z1", "state": "ended", "started_at": noon,
        "started_earliest": noon, "start_source": "terminal", "end_source": "terminal", "vehicle_class": "small",
        "gaps": [], "evidence": [], **dict.fromkeys(("ended_at", "ended_earliest", "ended_latest"), noon + HOUR / 2),
    }  # fmt: skip
    async with database.transaction() as session:
        await repository.keep_hours(session, brought, brought[-1].hour, noon)
        await repository.move_to(session, noon)
        await session.execute(insert(SessionRow), [stay])
    for hours in (27, 28, 60):
        async with database.transaction() as session:
            await count_hours(session, at=noon + hours * HOUR, movement_kept=timedelta(days=180))
            rows = await session.execute(select(PaidHourRow.hour, PaidHourRow.paid_s).order_by(PaidHourRow.hour.desc()))
            found = {row.hour: row.paid_s for row in rows}
        assert {found[one.hour] for one in brought} == {5_400}
        assert found[noon] == 1_800
        assert found[noon + HOUR] == 0
