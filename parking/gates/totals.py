"""Daily totals per facility: what a city's statistics count of the reports."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_TOTALS = text("""
    WITH passed AS (
        SELECT facility_id, CAST(at AT TIME ZONE CAST(:zone AS text) AS date) AS day,
            count(*) FILTER (WHERE direction = 'entry') AS entries, count(*) FILTER (WHERE direction = 'exit') AS exits
        FROM reported_passage
        WHERE facility_id = ANY(CAST(:facility_ids AS text[])) AND at >= :start AND at < :end
        GROUP BY 1, 2
    ), paid AS (
        SELECT facility_id, CAST(at AT TIME ZONE CAST(:zone AS text) AS date) AS day, currency, count(*) AS payments, sum(amount) AS paid
        FROM reported_payment
        WHERE facility_id = ANY(CAST(:facility_ids AS text[])) AND at >= :start AND at < :end
        GROUP BY 1, 2, 3
    )
    SELECT facility_id, day, coalesce(entries, 0) AS entries, coalesce(exits, 0) AS exits,
        coalesce(payments, 0) AS payments, coalesce(paid, 0) AS paid, currency, c.capacity
    FROM passed FULL JOIN paid USING (facility_id, day)
    LEFT JOIN facility_count_now c USING (facility_id)
    ORDER BY day, facility_id, currency
""")


@dataclass(frozen=True, kw_only=True, slots=True)
class DayTotal:
    """A facility's local day as reported; one for each currency where money came in several."""

    facility_id: str
    day: date
    entries: int
    exits: int
    payments: int
    paid: int
    """In minor units of `currency`."""
    currency: str | None
    """None where no money was reported."""
    capacity: int | None
    """As told last; None of a facility that tells no counts."""

    @property
    def turnover(self) -> float | None:
        """Entries a space (泊位周转率)."""
        return None if not self.capacity else round(self.entries / self.capacity, 2)


async def day_totals(
    session: AsyncSession, facility_ids: Collection[str], start: datetime, end: datetime, time_zone: str
) -> list[DayTotal]:
    """Of reports in `[start, end)`, by the calendar of `time_zone`; a day without reports is not listed."""
    values = {"facility_ids": list(facility_ids), "start": start, "end": end, "zone": time_zone}
    return [
        DayTotal(
            facility_id=row.facility_id,
            day=row.day,
            entries=row.entries,
            exits=row.exits,
            payments=row.payments,
            paid=int(row.paid),
            currency=row.currency,
            capacity=row.capacity,
        )
        for row in await session.execute(_TOTALS, values)
    ]
