"""Use cases of the retrofit: the plan, what begins and ends, and the figures. Callers own the transaction."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus import outbox
from parking.domain.errors import NotFoundError, ParkingError
from parking.events.device import RetrofitProgressed
from parking.retrofit import repository
from parking.retrofit.model import (
    DistrictRetrofit,
    PlannedWeek,
    PlanRowError,
    RetrofitWeek,
    end_of,
    week_of,
    weeks_between,
)
from parking.retrofit.repository import Begun

SOURCE: Final = "parking.retrofit"
_NONE: Final = (0, 0)


async def set_plan(session: AsyncSession, rows: Sequence[PlannedWeek], *, by: str, at: datetime) -> list[PlanRowError]:
    """Write the weeks of districts that there are, and say by index which were refused; a later row of a week wins.

    Codes: `district_unknown`.
    """
    known = {row.district_id for row in await repository.districts(session)}
    refused = [
        PlanRowError(index, "district_unknown", f"there is no district {row.district_id[:64]!r}")
        for index, row in enumerate(rows)
        if row.district_id not in known
    ]
    wanted = {(row.district_id, row.week): row for row in rows if row.district_id in known}
    if wanted:
        await repository.set_plan(session, list(wanted.values()), by=by, at=at)
    return refused


async def progress(session: AsyncSession, begun: Sequence[Begun], ended: Iterable[str], at: datetime) -> None:
    """Write down which spaces became retrofitted and which no longer are, and tell of each."""
    opened = await repository.begin(session, begun) if begun else set()
    lost = await repository.end(session, list(ended), at)
    if not opened and not lost:
        return
    districts = await repository.district_of_spaces(session, [*opened, *lost])
    counts = await repository.counts(session, at, set(districts.values()))
    changed = [(one.space_id, one.device_id, True) for one in begun if one.space_id in opened]
    changed += [(space_id, device_id, False) for space_id, device_id in lost.items()]
    facts = []
    for space_id, device_id, retrofitted in changed:
        spaces, done = counts.get(districts[space_id], _NONE)
        facts.append(
            RetrofitProgressed(
                district_id=districts[space_id],
                space_id=space_id,
                device_id=device_id,
                retrofitted=retrofitted,
                spaces=spaces,
                spaces_retrofitted=done,
                at=at,
            )
        )
    await outbox.write(session, *facts, source=SOURCE, at=at)


async def standing(session: AsyncSession, at: datetime, district_id: str | None = None) -> list[DistrictRetrofit]:
    """Where each district stands, by id. Raises NotFoundError `district_unknown`."""
    rows = await repository.districts(session, district_id)
    if district_id is not None and not rows:
        raise _unknown(district_id)
    counts = await repository.counts(session, at, None if district_id is None else [district_id])
    plan = await repository.plan(session, district_id)
    present = week_of(at)
    found = []
    for row in rows:
        weeks = [one for one in plan if one.district_id == row.district_id]
        spaces, retrofitted = counts.get(row.district_id, _NONE)
        found.append(
            DistrictRetrofit(
                district_id=row.district_id,
                name=row.name,
                name_en=row.name_en,
                spaces=spaces,
                retrofitted=retrofitted,
                planned=sum(one.spaces for one in weeks),
                due=sum(one.spaces for one in weeks if one.week <= present),
            )
        )
    return found


async def weeks(session: AsyncSession, at: datetime, district_id: str | None = None) -> list[RetrofitWeek]:
    """Plan and progress by district and week, from the first that has either to the last; by district, then week.

    Raises NotFoundError `district_unknown`.
    """
    rows = await repository.districts(session, district_id)
    if district_id is not None and not rows:
        raise _unknown(district_id)
    plan = await repository.plan(session, district_id)
    first, present = await repository.first_begin(session), week_of(at)
    named = [one.week for one in plan] + ([] if first is None else [week_of(first)])
    if not named:
        return []
    span = weeks_between(min(*named, present), max(*named, present))
    ends = {week: min(end_of(week), at) for week in span if week <= present}
    counted = await repository.at_ends(session, list(ends.values()), district_id)
    planned = {(one.district_id, one.week): one.spaces for one in plan}
    return [one for row in rows for one in _of_district(row.district_id, span, planned, ends, counted)]


def _of_district(
    district_id: str,
    span: Sequence[date],
    planned: dict[tuple[str, date], int],
    ends: dict[date, datetime],
    counted: dict[tuple[str, datetime], int],
) -> Iterable[RetrofitWeek]:
    planned_in_all = before = 0
    for week in span:
        of_week = planned.get((district_id, week), 0)
        planned_in_all += of_week
        done_in_all = None if week not in ends else counted.get((district_id, ends[week]), 0)
        yield RetrofitWeek(
            district_id=district_id,
            week=week,
            planned=of_week,
            planned_in_all=planned_in_all,
            done=None if done_in_all is None else done_in_all - before,
            done_in_all=done_in_all,
        )
        before = before if done_in_all is None else done_in_all


def _unknown(district_id: str) -> ParkingError:
    return NotFoundError(f"there is no district {district_id[:64]!r}", code="district_unknown")
