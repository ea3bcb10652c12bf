"""A concession's statement of a month: its batches added up, and why the fee is what it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.time_span import TimeSpan
from pricing.reconciliation import terms as contracts
from pricing.reconciliation.batches import batches
from pricing.reconciliation.model import Batch, OnlineTime, Retrofit, Terms, month_after
from pricing.reconciliation.online import online_time, retrofit


@dataclass(frozen=True, kw_only=True, slots=True)
class Excused:
    """An outage that counts for nobody."""

    outage_id: str
    during: TimeSpan
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """Amounts in minor units. Before the month is over, of the days settled so far."""

    terms: Terms
    """Those of the month's first settled day, else of its first day."""
    payee: str
    month: date
    batches: tuple[Batch, ...]
    online: OnlineTime
    excused: tuple[Excused, ...]
    retrofit: Retrofit

    @property
    def gross(self) -> int:
        return sum(one.takings.gross for one in self.batches)

    @property
    def refunded(self) -> int:
        return sum(one.takings.refunded for one in self.batches)

    @property
    def net(self) -> int:
        """What stays with the treasury before the operator's fee is paid back to it."""
        return self.gross - self.refunded

    @property
    def fee(self) -> int:
        return sum(one.fee for one in self.batches)

    @property
    def deduction(self) -> int:
        return sum(one.deduction for one in self.batches)

    @property
    def due(self) -> int:
        """What the month has earned the operator, whenever it is paid."""
        return self.fee - self.deduction

    @property
    def payable(self) -> int:
        """Paid back by the month's batches: what is due, with what was carried in, less what is carried out."""
        return sum(one.payable for one in self.batches)

    @property
    def carried_out(self) -> int:
        return self.batches[-1].carried_out if self.batches else 0


async def statement_of(session: AsyncSession, concession_id: str, month: date, *, at: datetime) -> Statement:
    """Of the calendar month that begins on the day `month`, or of that part of it in which the contract holds.

    Raises `concession_unknown`, `terms_unknown`.
    """
    place = await contracts.concession(session, concession_id)
    after = month_after(month)
    days = await batches(session, concession_id, month, after)
    terms = await contracts.terms_within(session, concession_id, days[0].day if days else month, after)
    start = terms.start_of(max(month, terms.valid_from))
    end = min(terms.start_of(after), max(at, start))
    return Statement(
        terms=terms,
        payee=place.payee,
        month=month,
        batches=tuple(days),
        online=await _online(session, concession_id, days, start, end),
        excused=await _excused(session, concession_id, start, end),
        retrofit=await retrofit(session, concession_id, end),
    )


async def _online(
    session: AsyncSession, concession_id: str, days: Sequence[Batch], start: datetime, end: datetime
) -> OnlineTime:
    """As the last batch was settled by; until then as it stands now."""
    if days and days[-1].online is not None:
        return days[-1].online
    if start == end:
        return OnlineTime(devices=0, counted_s=0, online_s=0)
    return await online_time(session, concession_id, start, end)


async def _excused(session: AsyncSession, concession_id: str, start: datetime, end: datetime) -> tuple[Excused, ...]:
    if start == end:
        return ()
    rows = await contracts.outages(session, concession_id, start, end)
    return tuple(
        Excused(outage_id=row.outage_id, during=TimeSpan(row.during.lower, row.during.upper), reason=row.reason)
        for row in rows
        if row.during.lower is not None
    )
