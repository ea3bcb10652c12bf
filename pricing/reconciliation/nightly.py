"""What is done by itself for each day that is over: drawers and stays, reports, providers' bills, batches, and what has
been explained.

The steps of a day are written down when it is over, each is tried until it has succeeded, and its effect and its mark are
one transaction: whoever is interrupted goes on where he was. A provider is never spoken to within a transaction.
"""

import logging
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.domain.errors import ParkingError
from pricing.providers.model import StatementLine
from pricing.providers.service import ProviderDesk
from pricing.reconciliation import nights
from pricing.reconciliation.batches import settle_until
from pricing.reconciliation.comparing import Day, check_day, compare_again, compare_provider, keep_rows
from pricing.reconciliation.differences import SYSTEM
from pricing.reconciliation.facilities import check_facilities
from pricing.reconciliation.model import CITY_TIME
from pricing.reconciliation.nights import Step
from pricing.reconciliation.provider_rows import ProviderRow
from pricing.settlement.leakage import leakage

CLOSED_AFTER: Final = timedelta(hours=1)
"""After midnight: shifts that end at midnight are counted by then."""
BILL_READY_AFTER: Final = timedelta(hours=10, minutes=15)
"""After midnight: providers have their bill of the day before ready at ten."""
MOST_DAYS: Final = 31
"""How far back a platform that stood still catches up by itself."""

_log = logging.getLogger(__name__)


class Nightly:
    """One for each process; `run` again and again, it does what is due."""

    def __init__(self, database: Database, desk: ProviderDesk, clock: Clock) -> None:
        self._database = database
        self._desk = desk
        self._clock = clock

    async def run(self) -> None:
        """One step that fails holds up no other."""
        now = self._clock()
        async with self._database.transaction() as session:
            await self._plan(session, now)
        async with self._database.transaction() as session:
            due = await nights.due(session, now)
        for step in due:
            await self._attempt(step)

    async def _plan(self, session: AsyncSession, now: datetime) -> None:
        """Every day since the last one that was planned; of a new installation yesterday alone."""
        yesterday = now.astimezone(CITY_TIME).date() - timedelta(days=1)
        last = await nights.last_planned(session)
        day = yesterday if last is None else max(last + timedelta(days=1), yesterday - timedelta(days=MOST_DAYS - 1))
        while day <= yesterday:
            await nights.plan(session, await self._steps(session, Day(day=day, zone=CITY_TIME)))
            day += timedelta(days=1)

    async def _steps(self, session: AsyncSession, day: Day) -> list[Step]:
        closed, ready = day.end + CLOSED_AFTER, day.end + BILL_READY_AFTER
        concessions = await nights.concessions_in_force(session, day.start, day.end)
        return [
            Step(day=day.day, name="drawers_and_stays", subject="", due_at=closed),
            Step(day=day.day, name="facilities", subject="", due_at=closed),
            *(Step(day=day.day, name="batches", subject=one, due_at=closed) for one in concessions),
            *(Step(day=day.day, name="provider_bill", subject=name, due_at=ready) for name in self._desk.names),
            Step(day=day.day, name="open_differences", subject="", due_at=ready + timedelta(minutes=1)),
        ]

    async def _attempt(self, step: Step) -> None:
        try:
            bill = await self._desk.statement(step.subject, step.day) if step.name == "provider_bill" else []
            async with self._database.transaction() as session:
                if await nights.is_done(session, step):
                    return
                outcome = await self._do(session, step, bill)
                await nights.done(session, step, outcome, at=self._clock())
        except ParkingError as error:
            _log.warning("%s of %s: %s: %s", step.name, step.day, error.code, error.detail)
            await self._failed(step, error.code, error.detail)
        except Exception as error:  # noqa: BLE001 - a defect in one step is an open item too, and holds up no other
            _log.exception("%s of %s", step.name, step.day)
            await self._failed(step, "internal_error", type(error).__name__)

    async def _failed(self, step: Step, code: str, detail: str) -> None:
        async with self._database.transaction() as session:
            await nights.failed(session, step, code, detail, at=self._clock())

    async def _do(self, session: AsyncSession, step: Step, bill: list[StatementLine]) -> Mapping[str, int]:
        day, now = Day(day=step.day, zone=CITY_TIME), self._clock()
        if step.name == "drawers_and_stays":
            return await _drawers_and_stays(session, day, now)
        if step.name == "facilities":
            reported = await check_facilities(session, day, at=now)
            return {"differing": reported.differing, "gone": reported.gone}
        if step.name == "provider_bill":
            return await _provider_bill(session, step.subject, day, bill, now)
        if step.name == "batches":
            return await _batches(session, step.subject, step.day, now)
        done = await compare_again(session, at=now)
        return {"differing": done.differing, "gone": done.gone}


async def _drawers_and_stays(session: AsyncSession, day: Day, now: datetime) -> Mapping[str, int]:
    done = await check_day(session, day, at=now)
    lost = await leakage(session, start=day.start, end=day.end)
    return {
        "differing": done.differing,
        "gone": done.gone,
        "leaked_stays": lost.stays,
        "leaked_amount": lost.amount.amount,
    }


async def _provider_bill(
    session: AsyncSession, provider: str, day: Day, bill: list[StatementLine], now: datetime
) -> Mapping[str, int]:
    await keep_rows(session, provider, day, [_row(line) for line in bill])
    done = await compare_provider(session, provider, day, at=now)
    return {"rows": len(bill), "differing": done.differing, "gone": done.gone}


async def _batches(session: AsyncSession, concession_id: str, day: date, now: datetime) -> Mapping[str, int]:
    made = await settle_until(session, concession_id, day, by=SYSTEM, at=now)
    return {
        "batches": len(made),
        "gross": sum(batch.takings.gross for batch in made),
        "payable": sum(batch.payable for batch in made),
    }


def _row(line: StatementLine) -> ProviderRow:
    """The ledger knows a refund by our id of it."""
    row_id = line.reference if line.refund_id is None else line.refund_id
    return ProviderRow(row_id=row_id, at=line.at, amount=line.amount.amount, kind=line.kind)
