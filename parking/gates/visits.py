"""Which entry, exit and money belong together. Asked of the reports each time and stored nowhere.

A visit is known by the reporter's own id. What has none is matched by its plate: an exit closes the passage of that plate
just before it, when that is an entry whose exit nobody has reported under its id. What a reader sees twice in a minute
passed once. Everything else is listed, not guessed.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession

from parking.gates.tables import PassageRow, ReportedPaymentRow
from parking.sessions.at_facility import READ_AGAIN

STILL_IN: Final = timedelta(days=7)
"""A car may stand for so long before its entry without an exit is listed."""
UnmatchedKind = Literal["entry_without_exit", "exit_without_entry", "payment_without_visit"]

ENTRY_OF_EXIT = """
    LEFT JOIN LATERAL (
        SELECT e.item_id, e.at, e.plate_token FROM reported_passage e
        WHERE e.facility_id = x.facility_id AND e.visit_id = x.visit_id AND e.direction = 'entry' AND e.at <= x.at
        UNION ALL
        SELECT b.item_id, b.at, b.plate_token FROM (
            SELECT * FROM reported_passage p
            WHERE x.visit_id IS NULL AND p.facility_id = x.facility_id AND p.plate_token = x.plate_token
                AND p.item_id <> x.item_id AND (p.at < x.at OR p.at = x.at AND p.direction = 'entry')
            ORDER BY p.at DESC, p.direction DESC, p.item_id DESC LIMIT 1
        ) b
        WHERE b.direction = 'entry' AND NOT EXISTS (
            SELECT FROM reported_passage o
            WHERE o.facility_id = b.facility_id AND o.visit_id = b.visit_id AND o.direction = 'exit'
        )
    ) e ON true
"""
NEXT_OF_ENTRY = """
    LEFT JOIN LATERAL (
        SELECT p.direction, p.visit_id, p.at FROM reported_passage p
        WHERE p.facility_id = n.facility_id AND p.plate_token = n.plate_token AND p.item_id <> n.item_id
            AND (p.at > n.at OR p.at = n.at AND (p.direction = 'exit' OR p.item_id > n.item_id))
        ORDER BY p.at, p.direction, p.item_id LIMIT 1
    ) next ON true
"""
_UNMATCHED = text(f"""
    SELECT 'exit_without_entry' AS kind, x.facility_id, x.item_id, x.at, NULL::bigint AS amount, NULL AS currency
    FROM reported_passage x {ENTRY_OF_EXIT}
    WHERE x.facility_id = ANY(CAST(:facility_ids AS text[])) AND x.direction = 'exit' AND x.at >= :start AND x.at < :end
        AND num_nonnulls(x.visit_id, x.plate_token) > 0 AND e.item_id IS NULL
        AND NOT EXISTS (
            SELECT FROM reported_passage r
            WHERE r.facility_id = x.facility_id AND r.plate_token = x.plate_token AND r.direction = 'exit'
                AND (r.at < x.at OR r.at = x.at AND r.item_id < x.item_id)
                AND r.at >= x.at - CAST(:again_within AS interval)
        )
    UNION ALL
    SELECT 'entry_without_exit', n.facility_id, n.item_id, n.at, NULL, NULL
    FROM reported_passage n {NEXT_OF_ENTRY}
    WHERE n.facility_id = ANY(CAST(:facility_ids AS text[])) AND n.direction = 'entry' AND n.at >= :start AND n.at < :end
        AND num_nonnulls(n.visit_id, n.plate_token) > 0
        AND NOT EXISTS (
            SELECT FROM reported_passage o
            WHERE o.facility_id = n.facility_id AND o.visit_id = n.visit_id AND o.direction = 'exit' AND o.at >= n.at
        )
        AND NOT coalesce(next.direction = 'exit' AND next.visit_id IS NULL, false)
        AND (next.direction IS NOT NULL OR n.at < :lost_before)
        AND NOT coalesce(next.direction = 'entry' AND next.at <= n.at + CAST(:again_within AS interval), false)
    UNION ALL
    SELECT 'payment_without_visit', m.facility_id, m.item_id, m.at, m.amount, m.currency
    FROM reported_payment m
    WHERE m.facility_id = ANY(CAST(:facility_ids AS text[]))
        AND (m.at >= :start AND m.at < :end OR m.facility_id || '/' || m.item_id = ANY(CAST(:again AS text[])))
        AND num_nonnulls(m.visit_id, m.plate_token) > 0
        AND NOT EXISTS (
            SELECT FROM reported_passage p
            WHERE p.facility_id = m.facility_id AND CASE WHEN m.visit_id IS NOT NULL THEN p.visit_id = m.visit_id
                ELSE p.plate_token = m.plate_token AND p.direction = 'entry' AND p.at <= m.at END
        )
    ORDER BY at, facility_id, item_id
""")  # noqa: S608 - the parts are constants of this file
_UNPAID = text(f"""
    SELECT x.facility_id, x.item_id, x.at, x.fee, x.currency, sum(coalesce(m.amount, 0)) AS paid
    FROM reported_passage x {ENTRY_OF_EXIT}
    LEFT JOIN reported_payment m ON m.facility_id = x.facility_id AND m.currency = x.currency AND (
        m.visit_id = x.visit_id
        OR m.visit_id IS NULL AND m.plate_token = e.plate_token AND m.at >= e.at AND NOT EXISTS (
            SELECT FROM reported_passage l
            WHERE l.facility_id = m.facility_id AND l.plate_token = m.plate_token AND l.direction = 'entry'
                AND l.at > e.at AND l.at <= m.at
        )
    )
    WHERE x.facility_id = ANY(CAST(:facility_ids AS text[])) AND x.direction = 'exit' AND x.fee IS NOT NULL
        AND (x.at >= :start AND x.at < :end OR x.facility_id || '/' || x.item_id = ANY(CAST(:again AS text[])))
        AND num_nonnulls(x.visit_id, x.plate_token) > 0
    GROUP BY x.facility_id, x.item_id, x.at, x.fee, x.currency
    HAVING sum(coalesce(m.amount, 0)) <> x.fee
    ORDER BY x.facility_id, x.item_id
""")  # noqa: S608 - as above


@dataclass(frozen=True, kw_only=True, slots=True)
class Unmatched:
    """A report that belongs to no other; amounts in minor units, of payments only."""

    kind: UnmatchedKind
    facility_id: str
    item_id: str
    at: datetime
    amount: int | None
    currency: str | None

    @property
    def reference(self) -> str:
        return f"{self.facility_id}/{self.item_id}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Unpaid:
    """A visit whose payments are not what the facility itself says to have charged, in minor units."""

    facility_id: str
    item_id: str
    """Of the exit."""
    at: datetime
    fee: int
    paid: int
    currency: str

    @property
    def reference(self) -> str:
        return f"{self.facility_id}/{self.item_id}"


async def unmatched(
    session: AsyncSession,
    facility_ids: Collection[str],
    start: datetime,
    end: datetime,
    *,
    now: datetime,
    again: Sequence[str] = (),
) -> list[Unmatched]:
    """Of reports in `[start, end)`, oldest first; of payments also those of `again`, by reference."""
    found = await session.execute(
        _UNMATCHED,
        _values(facility_ids, start, end, again) | {"lost_before": now - STILL_IN, "again_within": READ_AGAIN},
    )
    return [
        Unmatched(
            kind=row.kind,
            facility_id=row.facility_id,
            item_id=row.item_id,
            at=row.at,
            amount=row.amount,
            currency=row.currency,
        )
        for row in found
    ]


async def unpaid(
    session: AsyncSession, facility_ids: Collection[str], start: datetime, end: datetime, *, again: Sequence[str] = ()
) -> list[Unpaid]:
    """Of visits whose exit lies in `[start, end)` or is one of `again`, where the exit says what was charged."""
    return [
        Unpaid(
            facility_id=row.facility_id,
            item_id=row.item_id,
            at=row.at,
            fee=row.fee,
            paid=int(row.paid),
            currency=row.currency,
        )
        for row in await session.execute(_UNPAID, _values(facility_ids, start, end, again))
    ]


async def forget(session: AsyncSession, before: datetime) -> None:
    """Leave of reports before an instant that something passed or was paid, and no vehicle and no visit."""
    for row in (PassageRow, ReportedPaymentRow):
        known = (row.at < before, (row.visit_id.is_not(None)) | (row.plate_token.is_not(None)))
        await session.execute(
            update(row)
            .where(*known)
            .values(visit_id=None, plate_token=None)
            .execution_options(synchronize_session=False)
        )


def _values(facility_ids: Collection[str], start: datetime, end: datetime, again: Sequence[str]) -> dict[str, object]:
    return {"facility_ids": list(facility_ids), "start": start, "end": end, "again": list(again)}
