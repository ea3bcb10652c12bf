"""What contracts say, and which outages they excuse."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import Range, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.time_span import TimeSpan
from parking.places.tables import ConcessionRow, ConcessionZoneRow, ZoneRow
from pricing.reconciliation.model import (
    ConcessionUnknownError,
    ReconciliationConflictError,
    ReconciliationRefusedError,
    Terms,
    TermsUnknownError,
)
from pricing.reconciliation.tables import ConcessionTermsRow, ExcusedOutageRow


@dataclass(frozen=True, kw_only=True, slots=True)
class Concession:
    """Who runs which zones; what a caller must cover to see its money."""

    concession_id: str
    operator_id: str
    payee: str
    district_ids: frozenset[str]


async def concessions(session: AsyncSession) -> list[Concession]:
    """All of them, in order of their ids."""
    statement = (
        select(ConcessionRow.concession_id, ConcessionRow.operator_id, ConcessionRow.payee, ZoneRow.district_id)
        .outerjoin(ConcessionZoneRow, ConcessionZoneRow.concession_id == ConcessionRow.concession_id)
        .outerjoin(ZoneRow, ZoneRow.zone_id == ConcessionZoneRow.zone_id)
        .distinct()
        .order_by(ConcessionRow.concession_id)
    )
    districts: dict[tuple[str, str, str], set[str]] = {}
    for concession_id, operator_id, payee, district_id in await session.execute(statement):
        inside = districts.setdefault((concession_id, operator_id, payee), set())
        if district_id is not None:
            inside.add(district_id)
    return [
        Concession(concession_id=key[0], operator_id=key[1], payee=key[2], district_ids=frozenset(inside))
        for key, inside in districts.items()
    ]


async def concession(session: AsyncSession, concession_id: str) -> Concession:
    """Raise `ConcessionUnknownError` (`concession_unknown`)."""
    for one in await concessions(session):
        if one.concession_id == concession_id:
            return one
    raise ConcessionUnknownError(f"there is no concession {concession_id[:64]!r}")


async def lock_concession(session: AsyncSession, concession_id: str) -> None:
    """Two settlements of one concession wait for each other. Raises `concession_unknown`."""
    row = select(ConcessionRow.concession_id).where(ConcessionRow.concession_id == concession_id).with_for_update()
    if (await session.execute(row)).scalar_one_or_none() is None:
        raise ConcessionUnknownError(f"there is no concession {concession_id[:64]!r}")


async def set_terms(session: AsyncSession, terms: Terms, *, by: str, at: datetime) -> None:
    """Raise `terms_span_invalid`, and `terms_overlap` for days that have terms already."""
    if terms.valid_to is not None and terms.valid_to <= terms.valid_from:
        raise ReconciliationRefusedError("terms end after they begin", code="terms_span_invalid")
    row = ConcessionTermsRow(
        concession_id=terms.concession_id,
        valid=Range(terms.valid_from, terms.valid_to),
        fee_share=terms.fee_share,
        online_threshold=terms.online_threshold,
        deduction=terms.deduction,
        currency=terms.currency,
        time_zone=terms.time_zone,
        set_by=by,
        set_at=at,
    )
    try:
        async with session.begin_nested():
            session.add(row)
            await session.flush()
    except IntegrityError as error:
        if "ex_concession_terms_overlap" not in str(error) and "pk_concession_terms" not in str(error):
            raise
        raise ReconciliationConflictError("some of these days have terms already", code="terms_overlap") from error


async def terms_of(session: AsyncSession, concession_id: str) -> list[Terms]:
    """In order of time."""
    rows = await session.execute(_TERMS.where(ConcessionTermsRow.concession_id == concession_id))
    return sorted((_terms(*row) for row in rows), key=lambda terms: terms.valid_from)


async def terms_on(session: AsyncSession, concession_id: str, day: date) -> Terms:
    """Raise `TermsUnknownError` (`terms_unknown`)."""
    here = (ConcessionTermsRow.concession_id == concession_id, ConcessionTermsRow.valid.contains(day))
    row = (await session.execute(_TERMS.where(*here))).one_or_none()
    if row is None:
        raise TermsUnknownError(f"the concession {concession_id!r} has no terms for {day}")
    return _terms(*row)


async def terms_within(session: AsyncSession, concession_id: str, first: date, after: date) -> Terms:
    """The first that hold on a day of `[first, after)`: a contract may begin in the middle of a month. Raises `terms_unknown`."""
    for one in await terms_of(session, concession_id):
        if one.valid_from < after and (one.valid_to is None or one.valid_to > first):
            return one
    raise TermsUnknownError(f"the concession {concession_id!r} has no terms from {first} until {after}")


async def excuse(
    session: AsyncSession,
    *,
    outage_id: str,
    concession_id: str | None,
    during: TimeSpan,
    reason: str,
    by: str,
    at: datetime,
) -> None:
    """Take a time out of the devices' account. The same outage again changes nothing; raises `outage_contradicts`."""
    values = {
        "outage_id": outage_id,
        "concession_id": concession_id,
        "during": Range(during.start, during.end),
        "reason": reason,
        "excused_by": by,
        "excused_at": at,
    }
    await session.execute(insert(ExcusedOutageRow).values(values).on_conflict_do_nothing())
    kept = await session.get(ExcusedOutageRow, outage_id)
    if kept is None or (kept.concession_id, kept.during) != (concession_id, values["during"]):
        raise ReconciliationConflictError(
            "this outage was excused with another time or place", code="outage_contradicts"
        )


async def outages(session: AsyncSession, concession_id: str, start: datetime, end: datetime) -> list[ExcusedOutageRow]:
    """Those that touch `[start, end)`, in order of their ids."""
    statement = (
        select(ExcusedOutageRow)
        .where(
            or_(ExcusedOutageRow.concession_id.is_(None), ExcusedOutageRow.concession_id == concession_id),
            ExcusedOutageRow.during.overlaps(Range(start, end)),
        )
        .order_by(ExcusedOutageRow.outage_id)
    )
    return list(await session.scalars(statement))


_TERMS: Final = select(ConcessionTermsRow, ConcessionRow.operator_id).join(
    ConcessionRow, ConcessionRow.concession_id == ConcessionTermsRow.concession_id
)


def _terms(row: ConcessionTermsRow, operator_id: str) -> Terms:
    if row.valid.lower is None:
        raise ValueError("terms begin on a day")
    return Terms(
        concession_id=row.concession_id,
        operator_id=operator_id,
        valid_from=row.valid.lower,
        valid_to=row.valid.upper,
        fee_share=row.fee_share,
        online_threshold=row.online_threshold,
        deduction=row.deduction,
        currency=row.currency,
        time_zone=row.time_zone,
    )
