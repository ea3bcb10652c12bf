"""What a day brought in and gave back, by payee and way of paying, by the time at which the money moved."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from pricing.reconciliation.comparing import Day
from pricing.reconciliation.differences import Scope


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """One payee's money of one way of paying; amounts in minor units."""

    district_id: str | None
    payee: str | None
    """None is money that was paid ahead and has no bill yet, or was given back out of a balance."""
    method: str
    currency: str
    payments: int
    paid: int
    above_bills: int
    """The part of `paid` that paid no bill and waits in suspense to be given back."""
    refunds: int
    refunded: int


async def takings(session: AsyncSession, day: Day, scope: Scope) -> list[Taken]:
    """In order of district, payee and method; what did not move is not there. What has no payee yet is the whole city's to see."""
    values = {"start": day.start, "end": day.end, "district": scope.district_id, "operator": scope.operator_id}
    return [Taken(**row) for row in (await session.execute(_TAKINGS, values)).mappings()]


_TAKINGS: Final = text(
    """
    WITH moved AS (
        SELECT session_id, method, currency, amount AS paid, amount - applied AS above_bills, NULL::bigint AS refunded
        FROM payment WHERE paid_at >= :start AND paid_at < :end
        UNION ALL
        SELECT session_id, method, currency, amount, 0, NULL
        FROM prepaid WHERE paid_at >= :start AND paid_at < :end
            AND NOT EXISTS (SELECT FROM payment WHERE payment_id = prepaid_id)
        UNION ALL
        SELECT NULL, 'cash', currency, NULL, NULL, amount
        FROM balance_payout WHERE paid_out_at >= :start AND paid_out_at < :end
        UNION ALL
        SELECT p.session_id, p.method, p.currency, NULL, NULL, r.amount
        FROM refund AS r JOIN payment AS p USING (payment_id) WHERE r.refunded_at >= :start AND r.refunded_at < :end
    )
    SELECT bill.district_id, bill.payee, moved.method, moved.currency,
        count(paid)::bigint AS payments, coalesce(sum(paid), 0)::bigint AS paid,
        coalesce(sum(above_bills), 0)::bigint AS above_bills,
        count(refunded)::bigint AS refunds, coalesce(sum(refunded), 0)::bigint AS refunded
    FROM moved LEFT JOIN bill USING (session_id)
    WHERE (CAST(:district AS text) IS NULL OR bill.district_id = :district)
        AND (CAST(:operator AS text) IS NULL OR bill.payee = :operator)
    GROUP BY bill.district_id, bill.payee, moved.method, moved.currency
    ORDER BY bill.district_id, bill.payee, moved.method, moved.currency
    """
)
