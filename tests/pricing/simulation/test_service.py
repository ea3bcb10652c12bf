"""Drafts simulated on what a city has recorded in PostgreSQL."""

from dataclasses import replace
from datetime import timedelta

import pytest

from parking.db.unit_of_work import Database
from parking.domain.errors import InvalidInputError
from parking.domain.time_span import TimeSpan
from parking.sessions.model import Gap
from pricing.rates.model import RateTable
from pricing.simulation.recorded_database import read_recorded
from pricing.simulation.service import simulate_draft
from tests.pricing.kerb_city import LINZI, at, build, put_in_force, stay, twice_as_dear, with_lines

pytestmark = pytest.mark.service
WEEK = TimeSpan(at("00:00:00"), at("00:00:00", 7))


def _twice(table: RateTable) -> RateTable:
    return with_lines(table, twice_as_dear)


async def test_columns_hold_closed_stays_with_their_gaps_when_they_are_read(database: Database) -> None:
    await build(database)
    async with database.transaction() as session:
        gap = Gap(at("09:30:00"), at("10:00:00"), "silent")
        await stay(session, at("09:00:00"), at("11:00:00"), gaps=(gap,), energy=None, plate_token=None)
        half = timedelta(milliseconds=500)
        await stay(session, at("12:00:00") + half, at("13:00:00") + half, space_id="S2", energy="nev")
        await stay(session, at("14:00:00"), None)
        await stay(session, at("09:00:00", 8), at("10:00:00", 8))
        recorded = await read_recorded(session, WEEK.start, at("00:00:00", 7))
        nothing = await read_recorded(session, WEEK.start, at("00:00:00", 7), zone_ids=("Z9",))
    stays = recorded.stays
    assert len(nothing.stays) == 0
    assert (recorded.zone_ids, recorded.capacities) == (("Z1",), {"Z1": 3})
    assert (stays.end - stays.start).tolist() == [7_200, 3_599]
    assert stays.energy.tolist() == [0, 1]
    assert stays.vehicle is not None
    assert stays.vehicle[0] == -1
    assert stays.vehicle[1] >= 0
    assert list(stays.whole) == [0]
    assert [(one.span.start, one.span.end) for one in stays.whole[0].uncharged] == [(gap.start, gap.end)]


async def test_draft_is_compared_with_what_was_in_force_at_each_beginning(database: Database) -> None:
    await build(database)
    async with database.transaction() as session:
        await put_in_force(session, _twice(LINZI), at("00:00:00", 2))
        # One hour less the free half hour: one half hour of 1.50, of 3.00 from the third day on.
        for day in range(4):
            await stay(session, at("09:00:00", day), at("10:00:00", day))
    async with database.transaction() as session:
        result = await simulate_draft(session, LINZI, None, WEEK)
        other = await simulate_draft(session, _twice(LINZI), ("Z1",), WEEK, -0.1, against=LINZI)
    assert result.present == ("linzi-kerb 1", "linzi-kerb 2")
    assert (result.total.revenue_before, result.total.revenue_after) == (2 * 150 + 2 * 300, 4 * 150)
    assert (result.total.pay_less, result.total.less) == (2, 300)
    assert (other.total.revenue_before, other.total.revenue_after) == (600, 1_200)
    assert other.assumptions.elasticity == -0.1


async def test_simulation_is_refused_when_nothing_was_recorded(database: Database) -> None:
    await build(database)
    async with database.transaction() as session:
        with pytest.raises(InvalidInputError) as caught:
            await simulate_draft(session, LINZI, None, WEEK)
        assert caught.value.code == "stays_missing"
        with pytest.raises(InvalidInputError) as caught:
            await simulate_draft(session, LINZI, None, replace(WEEK, end=None))
        assert caught.value.code == "span_open"


async def test_stays_before_any_tariff_are_counted_apart_when_a_draft_is_simulated(database: Database) -> None:
    await build(database, None)
    async with database.transaction() as session:
        await stay(session, at("09:00:00"), at("10:00:00"))
        result = await simulate_draft(session, LINZI, None, WEEK)
    assert result.total.stays == 0
    assert [(one.tariff, one.code, one.stays) for one in result.unpriced] == [("present", "not_posted", 1)]
