"""What facilities with systems of their own report, beside itself and beside what our sensors have counted there.

None of their money is in our ledger. What is compared is whether their payments are those of their visits, whether a
visit brought what they say to have charged, and, where our sensors watch every space, whether as many cars came in.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from parking.db.idempotency import KEPT
from parking.gates import visits
from parking.gates.repository import facilities_in
from pricing.reconciliation import differences
from pricing.reconciliation.comparing import Day
from pricing.reconciliation.differences import Finding, Outcome
from pricing.reconciliation.model import DifferenceKind
from pricing.reconciliation.tables import DifferenceRow

TOLERANCE: Final = 20
"""One entry in so many may be missing on either side: sensors miss a car that leaves as the next one comes."""
_MONEY: Final[tuple[DifferenceKind, ...]] = ("reported_payment_unmatched", "reported_payment_differs")
_Found = tuple[str, Finding]
"""With the facility that it is about."""
_PLACES = text("""
    SELECT f.facility_id, z.district_id, c.operator_id
    FROM facility f JOIN zone z USING (zone_id)
    LEFT JOIN LATERAL (
        SELECT operator_id FROM concession JOIN concession_zone USING (concession_id)
        WHERE concession_zone.zone_id = z.zone_id AND valid_from <= :at AND (valid_to IS NULL OR valid_to > :at)
        ORDER BY concession_id LIMIT 1
    ) c ON true
    WHERE f.facility_id = ANY(CAST(:facility_ids AS text[]))
""")
# A facility of which we watch a part only cannot be compared: its other cars are not missing.
_STAYS = text("""
    WITH watched AS (
        SELECT sp.facility_id, count(*) AS spaces
        FROM space sp
        WHERE sp.facility_id IS NOT NULL AND sp.removed_at IS NULL AND EXISTS (
            SELECT FROM device_binding b
            WHERE b.space_id = sp.space_id AND lower(b.valid) <= :start AND (upper(b.valid) IS NULL OR upper(b.valid) >= :end)
        )
        GROUP BY sp.facility_id
    ), theirs AS (
        SELECT facility_id, count(*) AS entries FROM reported_passage
        WHERE direction = 'entry' AND at >= :start AND at < :end GROUP BY facility_id
    ), ours AS (
        SELECT sp.facility_id, count(*) AS stays FROM session s JOIN space sp USING (space_id)
        WHERE sp.facility_id IS NOT NULL AND s.start_source = 'sensor' AND s.started_at >= :start AND s.started_at < :end
        GROUP BY sp.facility_id
    )
    SELECT c.facility_id, coalesce(ours.stays, 0) AS expected, coalesce(theirs.entries, 0) AS found
    FROM facility_count_now c JOIN watched USING (facility_id)
    LEFT JOIN theirs USING (facility_id) LEFT JOIN ours USING (facility_id)
    WHERE watched.spaces >= c.capacity AND c.facility_id = ANY(CAST(:facility_ids AS text[]))
    ORDER BY c.facility_id
""")


async def check_facilities(session: AsyncSession, day: Day, *, at: datetime) -> Outcome:
    """Reports of a day, and every difference still open that a late report may yet explain."""
    facility_ids = await facilities_in(session, district_id=None, operator_id=None, at=at)
    found = await session.execute(_PLACES, {"facility_ids": facility_ids, "at": day.start})
    places = {row.facility_id: (row.district_id, row.operator_id) for row in found}
    waiting = [
        row
        for row in await differences.open_ones(session, _MONEY)
        if row.occurred_at > at - KEPT and row.reference.partition("/")[0] in places
    ]
    waiting += await differences.open_ones(session, ["reported_stays_differ"], f"{day.day}/")
    findings = [
        *await _unmatched(session, facility_ids, day, waiting, at),
        *await _unpaid(session, facility_ids, day, waiting),
        *await _stays(session, facility_ids, day),
    ]
    owned = [
        replace(finding, district_id=places[facility_id][0], operator_id=places[facility_id][1])
        for facility_id, finding in findings
    ]
    return await differences.record(session, owned, looked_at=waiting, at=at)


async def _unmatched(
    session: AsyncSession, facility_ids: Sequence[str], day: Day, waiting: Iterable[DifferenceRow], at: datetime
) -> list[_Found]:
    again = _references(waiting, "reported_payment_unmatched")
    return [
        (
            one.facility_id,
            Finding(
                kind="reported_payment_unmatched",
                reference=one.reference,
                expected=None,
                found=one.amount,
                occurred_at=one.at,
                currency=one.currency,
            ),
        )
        for one in await visits.unmatched(session, facility_ids, day.start, day.end, now=at, again=again)
        if one.currency is not None
    ]


async def _unpaid(
    session: AsyncSession, facility_ids: Sequence[str], day: Day, waiting: Iterable[DifferenceRow]
) -> list[_Found]:
    again = _references(waiting, "reported_payment_differs")
    return [
        (
            one.facility_id,
            Finding(
                kind="reported_payment_differs",
                reference=one.reference,
                expected=one.fee,
                found=one.paid,
                occurred_at=one.at,
                currency=one.currency,
            ),
        )
        for one in await visits.unpaid(session, facility_ids, day.start, day.end, again=again)
    ]


async def _stays(session: AsyncSession, facility_ids: Sequence[str], day: Day) -> list[_Found]:
    values = {"start": day.start, "end": day.end, "facility_ids": facility_ids}
    return [
        (
            row.facility_id,
            Finding(
                kind="reported_stays_differ",
                reference=f"{day.day}/{row.facility_id}",
                expected=row.expected,
                found=row.found,
                occurred_at=day.start,
            ),
        )
        for row in await session.execute(_STAYS, values)
        if abs(row.expected - row.found) * TOLERANCE > max(row.expected, row.found)
    ]


def _references(rows: Iterable[DifferenceRow], kind: DifferenceKind) -> list[str]:
    return [row.reference for row in rows if row.kind == kind]
