"""All SQL that keeps reports of facilities. Functions take the session of the caller's transaction and never end it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import func, insert, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.time_span import TimeSpan
from parking.gates.model import Direction, FacilityCount, Passage, ReportedPayment, ReportedTariff
from parking.gates.tables import FacilityCountRow, PassageRow, ReportedPaymentRow, ReportedTariffRow
from parking.places.tables import FacilityRow, ZoneRow

CHANNEL: Final = "parking_facility_reports"
"""PostgreSQL notification that a facility has told new counts or prices."""
_LOCK: Final = text("SELECT pg_advisory_xact_lock(:space, hashtext(:facility_id))")
_LOCK_FACILITY: Final = 0x6A7E
_OPERATORS = text("""
    SELECT DISTINCT c.operator_id FROM concession c JOIN concession_zone cz USING (concession_id)
    WHERE cz.zone_id = :zone_id AND c.valid_from <= :at AND (c.valid_to IS NULL OR c.valid_to > :at)
""")

_FACILITIES = text("""
    SELECT f.facility_id FROM facility f JOIN zone z USING (zone_id)
    WHERE z.removed_at IS NULL AND (CAST(:district_id AS text) IS NULL OR z.district_id = :district_id)
        AND (CAST(:operator_id AS text) IS NULL OR EXISTS (
            SELECT FROM concession c JOIN concession_zone cz USING (concession_id)
            WHERE c.operator_id = :operator_id AND cz.zone_id = z.zone_id
                AND c.valid_from <= :at AND (c.valid_to IS NULL OR c.valid_to > :at)
        ))
    ORDER BY f.facility_id
""")


@dataclass(frozen=True, kw_only=True)
class ReportingPlace:
    """A facility as its reports are judged."""

    facility_id: str
    zone_id: str
    district_id: str
    bills_itself: TimeSpan | None
    billed_at_gate: TimeSpan | None
    """While what its gate reads makes stays that we bill."""

    def is_billed_at_gate(self, instant: datetime) -> bool:
        return self.billed_at_gate is not None and instant in self.billed_at_gate

    def bills_itself_at(self, instant: datetime) -> bool:
        return self.bills_itself is not None and instant in self.bills_itself


async def place(session: AsyncSession, facility_id: str) -> ReportingPlace | None:
    """A facility in use."""
    query = (
        select(FacilityRow, ZoneRow.district_id)
        .join(ZoneRow, ZoneRow.zone_id == FacilityRow.zone_id)
        .where(FacilityRow.facility_id == facility_id, ZoneRow.removed_at.is_(None))
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        return None
    row, district_id = found
    return ReportingPlace(
        facility_id=row.facility_id,
        zone_id=row.zone_id,
        district_id=district_id,
        bills_itself=_span(row.bills_itself_from, row.bills_itself_to),
        billed_at_gate=_span(row.billed_at_gate_from, row.billed_at_gate_to),
    )


async def facilities_in(
    session: AsyncSession, *, district_id: str | None, operator_id: str | None, at: datetime
) -> list[str]:
    """Facilities in use, of a district, of a company's concessions, of both, or with None all; in order of id."""
    values = {"district_id": district_id, "operator_id": operator_id, "at": at}
    return list(await session.scalars(_FACILITIES, values))


async def operators_at(session: AsyncSession, zone_id: str, at: datetime) -> frozenset[str]:
    """Who holds a concession over the zone."""
    return frozenset(await session.scalars(_OPERATORS, {"zone_id": zone_id, "at": at}))


async def lock_facility(session: AsyncSession, facility_id: str) -> None:
    """Reports of one facility that ask what is there wait for each other."""
    await session.execute(_LOCK, {"space": _LOCK_FACILITY, "facility_id": facility_id})


async def of_visit(
    session: AsyncSession, facility_id: str, visit_id: str | None, direction: Direction
) -> PassageRow | None:
    """The visit's passage in this direction; None without an id."""
    if visit_id is None:
        return None
    known: PassageRow | None = await session.scalar(
        select(PassageRow).where(
            PassageRow.facility_id == facility_id,
            PassageRow.visit_id == visit_id,
            PassageRow.direction == direction,
        )
    )
    return known


async def next_of_plate(session: AsyncSession, passage: Passage) -> PassageRow | None:
    """The passage of the same plate that follows, as far as it was reported."""
    following: PassageRow | None = await session.scalar(
        select(PassageRow)
        .where(
            PassageRow.facility_id == passage.facility_id,
            PassageRow.plate_token == passage.plate_token,
            PassageRow.at > passage.at,
        )
        .order_by(PassageRow.at, PassageRow.item_id)
        .limit(1)
    )
    return following


async def billed_at_gate(session: AsyncSession) -> dict[str, str]:
    """Zones of the facilities that are or were billed by what their gates read, by facility."""
    query = select(FacilityRow.facility_id, FacilityRow.zone_id).where(FacilityRow.billed_at_gate_from.is_not(None))
    return {row.facility_id: row.zone_id for row in await session.execute(query)}


async def untold(session: AsyncSession, facility_id: str, item_id: str, now: datetime) -> PassageRow | None:
    """A passage of which nobody was told yet; from now on somebody is."""
    row = await session.get(PassageRow, (facility_id, item_id), with_for_update=True, populate_existing=True)
    if row is None or row.told_at is not None:
        return None
    row.told_at = now
    await session.flush()
    return row


async def add_passage(session: AsyncSession, passage: Passage, *, at: datetime, by: str) -> None:
    fee = passage.fee
    await session.execute(
        insert(PassageRow).values(
            facility_id=passage.facility_id,
            item_id=passage.item_id,
            direction=passage.direction,
            at=passage.at,
            visit_id=passage.visit_id,
            plate_token=passage.plate_token,
            lane=passage.lane,
            fee=None if fee is None else fee.amount,
            currency=None if fee is None else fee.currency,
            reported_at=at,
            reported_by=by,
        )
    )


async def add_payment(session: AsyncSession, payment: ReportedPayment, *, at: datetime, by: str) -> None:
    await session.execute(
        insert(ReportedPaymentRow).values(
            facility_id=payment.facility_id,
            item_id=payment.item_id,
            at=payment.at,
            visit_id=payment.visit_id,
            plate_token=payment.plate_token,
            amount=payment.amount.amount,
            currency=payment.amount.currency,
            method=payment.method,
            reported_at=at,
            reported_by=by,
        )
    )


async def count_now(session: AsyncSession, facility_id: str) -> FacilityCount | None:
    row = await session.get(FacilityCountRow, facility_id, populate_existing=True)
    if row is None:
        return None
    return FacilityCount(
        facility_id=row.facility_id,
        item_id=row.item_id,
        observed_at=row.observed_at,
        capacity=row.capacity,
        vacant=row.vacant,
    )


async def put_count(session: AsyncSession, count: FacilityCount) -> None:
    members = {
        "item_id": count.item_id,
        "observed_at": count.observed_at,
        "capacity": count.capacity,
        "vacant": count.vacant,
        "written_at": func.now(),
    }
    row = postgresql.insert(FacilityCountRow).values(facility_id=count.facility_id, **members)
    await session.execute(row.on_conflict_do_update(index_elements=[FacilityCountRow.facility_id], set_=members))
    await announce(session)


async def add_tariff(
    session: AsyncSession, facility_id: str, item_id: str, tariff: ReportedTariff, *, stated_at: datetime, by: str
) -> None:
    await session.execute(
        insert(ReportedTariffRow).values(
            facility_id=facility_id,
            item_id=item_id,
            valid_from=tariff.valid_from,
            stated_at=stated_at,
            tariff=msgspec.to_builtins(tariff),
            reported_by=by,
        )
    )
    await announce(session)


def _span(start: datetime | None, end: datetime | None) -> TimeSpan | None:
    return None if start is None else TimeSpan(start, end)


async def announce(session: AsyncSession) -> None:
    """Wake those who keep counts and prices in memory, once the transaction has committed."""
    await session.execute(select(func.pg_notify(CHANNEL, "")))
