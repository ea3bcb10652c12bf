"""All SQL of the nightly steps: planned once for a day, tried until done, and what came of each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, get_args

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from parking.places.tables import ConcessionRow
from pricing.reconciliation.model import NightStep
from pricing.reconciliation.tables import NightStepRow

TRIED_AGAIN_AFTER: Final = timedelta(minutes=30)
_LONGEST_DETAIL: Final = 500
_NAMES: Final[dict[str, NightStep]] = {name: name for name in get_args(NightStep)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One thing to do for one day."""

    day: date
    name: NightStep
    subject: str
    due_at: datetime


async def last_planned(session: AsyncSession) -> date | None:
    return await session.scalar(select(func.max(NightStepRow.day)))


async def plan(session: AsyncSession, steps: Iterable[Step]) -> None:
    """Write down what there is to do; what is planned already stays as it is."""
    rows = [
        {
            "day": step.day,
            "step": step.name,
            "subject": step.subject,
            "due_at": step.due_at,
            "state": "waiting",
            "tries": 0,
        }
        for step in steps
    ]
    await session.execute(insert(NightStepRow).values(rows).on_conflict_do_nothing())


async def due(session: AsyncSession, now: datetime) -> list[Step]:
    """Those that wait or have failed and whose time has come, in the order of their days and of their own times."""
    here = (NightStepRow.state != "done", NightStepRow.due_at <= now)
    order = (NightStepRow.day, NightStepRow.due_at, NightStepRow.step, NightStepRow.subject)
    rows = await session.scalars(select(NightStepRow).where(*here).order_by(*order))
    return [Step(day=row.day, name=_NAMES[row.step], subject=row.subject, due_at=row.due_at) for row in rows]


async def is_done(session: AsyncSession, step: Step) -> bool:
    """Held until the transaction ends, so that two workers never do a step at once."""
    state = await session.scalar(select(NightStepRow.state).where(*_key(step)).with_for_update())
    return state == "done"


async def done(session: AsyncSession, step: Step, outcome: Mapping[str, int], *, at: datetime) -> None:
    values = {"state": "done", "outcome": dict(outcome), "code": None, "detail": None}
    await _write(session, step, values, at)


async def failed(session: AsyncSession, step: Step, code: str, detail: str, *, at: datetime) -> None:
    """An open item until it succeeds; it is tried again by itself."""
    values = {
        "state": "failed",
        "code": code,
        "detail": detail[:_LONGEST_DETAIL],
        "due_at": at + TRIED_AGAIN_AFTER,
    }
    await _write(session, step, values, at)


async def listed(session: AsyncSession, since: date) -> list[NightStepRow]:
    """Newest day first."""
    rows = select(NightStepRow).where(NightStepRow.day >= since)
    order = (NightStepRow.day.desc(), NightStepRow.due_at, NightStepRow.step, NightStepRow.subject)
    return list(await session.scalars(rows.order_by(*order)))


async def concessions_in_force(session: AsyncSession, start: datetime, end: datetime) -> list[str]:
    """Those whose contract runs in a part of `[start, end)`, in order of their ids."""
    in_force = (
        ConcessionRow.valid_from < end,
        or_(ConcessionRow.valid_to.is_(None), ConcessionRow.valid_to > start),
    )
    rows = select(ConcessionRow.concession_id).where(*in_force).order_by(ConcessionRow.concession_id)
    return list(await session.scalars(rows))


def _key(step: Step) -> tuple[ColumnElement[bool], ...]:
    return (NightStepRow.day == step.day, NightStepRow.step == step.name, NightStepRow.subject == step.subject)


async def _write(session: AsyncSession, step: Step, values: Mapping[str, object], at: datetime) -> None:
    tried = {"tried_at": at, "tries": NightStepRow.tries + 1}
    await session.execute(update(NightStepRow).where(*_key(step)).values(dict(values) | tried))
