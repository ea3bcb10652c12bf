"""The books beside other people's: a provider's statement, a terminal's own totals, counted drawers, sensed stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from pricing.reconciliation import differences
from pricing.reconciliation.differences import Finding, Outcome
from pricing.reconciliation.model import CITY_TIME, DifferenceKind, ReconciliationConflictError
from pricing.reconciliation.provider_rows import ProviderRow
from pricing.reconciliation.tables import DifferenceRow, ProviderRowRow

_PROVIDER_KINDS: Final[tuple[DifferenceKind, ...]] = (
    "missing_in_ledger",
    "missing_at_provider",
    "provider_amount_differs",
)
_AT_ONCE: Final = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """A calendar day of the city."""

    day: date
    zone: ZoneInfo

    @property
    def start(self) -> datetime:
        return datetime(self.day.year, self.day.month, self.day.day, tzinfo=self.zone)

    @property
    def end(self) -> datetime:
        after = self.day + timedelta(days=1)
        return datetime(after.year, after.month, after.day, tzinfo=self.zone)


@dataclass(frozen=True, kw_only=True, slots=True)
class TerminalTotal:
    """What a terminal says of its own day, by method; amounts in minor units."""

    terminal_id: str
    method: str
    payments: int
    paid: int
    refunds: int
    refunded: int


async def keep_rows(
    session: AsyncSession, provider: str, day: Day, rows: Sequence[ProviderRow], *, currency: str = "CNY"
) -> None:
    """Keep a statement or a part of it. The same rows again change nothing; raises `statement_contradicts`."""
    for start in range(0, len(rows), _AT_ONCE):
        part = [
            {
                "provider": provider,
                "kind": row.kind,
                "row_id": row.row_id,
                "day": day.day,
                "at": row.at,
                "amount": row.amount,
                "currency": currency,
            }
            for row in rows[start : start + _AT_ONCE]
        ]
        await session.execute(insert(ProviderRowRow).values(part).on_conflict_do_nothing())
    await _check_kept(session, provider, rows)


async def compare_provider(session: AsyncSession, provider: str, day: Day, *, at: datetime) -> Outcome:
    """A day's statement, and every difference still open with this provider, against the ledger."""
    return await _compare_provider(session, provider, day, at=at)


async def _compare_provider(session: AsyncSession, provider: str, day: Day | None, *, at: datetime) -> Outcome:
    """Without a day only what is open still."""
    waiting = await differences.open_ones(session, _PROVIDER_KINDS, f"{provider}/")
    values = {
        "provider": provider,
        "day": None if day is None else day.day,
        "start": None if day is None else day.start,
        "end": None if day is None else day.end,
        "waiting": [row.reference for row in waiting],
    }
    found = [_provider_finding(provider, row) for row in await session.execute(_PROVIDER, values)]
    return await differences.record(session, found, looked_at=waiting, at=at)


async def compare_again(session: AsyncSession, *, at: datetime) -> Outcome:
    """Every open difference with a provider or a terminal against the ledger of now: a late notice, a batch that was
    delivered after the totals, a payment at midnight that stands on the next day's statement.
    """
    waiting = await differences.open_ones(session, _PROVIDER_KINDS)
    differing, gone = 0, 0
    for provider in sorted({row.reference.partition("/")[0] for row in waiting}):
        done = await _compare_provider(session, provider, None, at=at)
        differing, gone = differing + done.differing, gone + done.gone
    totals = await differences.open_ones(session, ["terminal_total_differs"])
    found = [finding for row in totals if (finding := await _still_differs(session, row)) is not None]
    done = await differences.record(session, found, looked_at=totals, at=at)
    return Outcome(differing=differing + done.differing, gone=gone + done.gone)


async def compare_terminals(
    session: AsyncSession, day: Day, totals: Sequence[TerminalTotal], *, at: datetime
) -> Outcome:
    """Counts and sums of each terminal's day against the payments that the ledger has of it, by the time of payment."""
    looked_at, found = [], []
    for total in totals:
        reference = f"{total.terminal_id}/{day.day}/{total.method}"
        waiting = await differences.open_ones(session, ["terminal_total_differs"], reference)
        looked_at += [row for row in waiting if row.reference == reference]
        row = await _terminal_books(session, total.terminal_id, total.method, day)
        books = (int(row.payments), int(row.paid), int(row.refunds), int(row.refunded))
        if books != (total.payments, total.paid, total.refunds, total.refunded):
            finding = Finding(
                kind="terminal_total_differs",
                reference=reference,
                expected=books[1] - books[3],
                found=total.paid - total.refunded,
                occurred_at=day.start,
                district_id=row.district_id,
                operator_id=row.operator_id,
            )
            found.append(finding)
    return await differences.record(session, found, looked_at=looked_at, at=at)


async def check_day(session: AsyncSession, day: Day, *, at: datetime) -> Outcome:
    """Drawers that were counted otherwise than the ledger says, and stays that ended and have no bill.

    A stay of an earlier day that has its bill by now is no longer a difference.
    """
    unbilled = await differences.open_ones(session, ["stay_unbilled"])
    values = {"start": day.start, "end": day.end}
    found = [_finding("drawer_differs", row) for row in await session.execute(_DRAWERS, values)]
    waiting = values | {"waiting": [row.reference for row in unbilled]}
    found += [_finding("stay_unbilled", row) for row in await session.execute(_UNBILLED, waiting)]
    return await differences.record(session, found, looked_at=unbilled, at=at)


async def _terminal_books(session: AsyncSession, terminal_id: str, method: str, day: Day) -> Row[Any]:
    values = {"drawer": terminal_id, "method": method, "start": day.start, "end": day.end}
    return (await session.execute(_TERMINAL, values)).one()


async def _still_differs(session: AsyncSession, row: DifferenceRow) -> Finding | None:
    """By the sum alone: of what a terminal said nothing else is kept."""
    terminal_id, day, method = row.reference.split("/")
    books = await _terminal_books(session, terminal_id, method, Day(day=date.fromisoformat(day), zone=CITY_TIME))
    expected = int(books.paid) - int(books.refunded)
    if expected == row.found:
        return None
    return Finding(
        kind="terminal_total_differs",
        reference=row.reference,
        expected=expected,
        found=row.found,
        occurred_at=row.occurred_at,
        district_id=books.district_id,
        operator_id=books.operator_id,
        currency=row.currency,
    )


async def _check_kept(session: AsyncSession, provider: str, rows: Sequence[ProviderRow]) -> None:
    values = {
        "provider": provider,
        "kinds": [row.kind for row in rows],
        "ids": [row.row_id for row in rows],
        "amounts": [row.amount for row in rows],
    }
    other = (await session.execute(_CONTRADICTED, values)).scalars().first()
    if other is not None:
        raise ReconciliationConflictError(
            f"the row {other!r} had another amount in an earlier statement", code="statement_contradicts"
        )


def _provider_finding(provider: str, row: Row[Any]) -> Finding:
    kind: DifferenceKind = "provider_amount_differs"
    if row.expected is None:
        kind = "missing_in_ledger"
    elif row.found is None:
        kind = "missing_at_provider"
    return _finding(kind, row, f"{provider}/{row.reference}")


def _finding(kind: DifferenceKind, row: Row[Any], reference: str | None = None) -> Finding:
    return Finding(
        kind=kind,
        reference=reference or row.reference,
        expected=row.expected,
        found=row.found,
        occurred_at=row.occurred_at,
        district_id=row.district_id,
        operator_id=row.operator_id,
        currency=row.currency,
    )


# Money that was paid ahead is a payment of the same id once its bill is there; until then it moved all the same.
_PROVIDER: Final = text(
    """
    WITH books AS (
        SELECT 'payment' AS kind, p.provider_reference AS id, p.amount, p.currency, p.paid_at AS at, p.session_id
        FROM payment AS p WHERE p.method = :provider AND p.provider_reference IS NOT NULL
        UNION ALL
        SELECT 'payment', p.provider_reference, p.amount, p.currency, p.paid_at, p.session_id
        FROM prepaid AS p WHERE p.method = :provider AND p.provider_reference IS NOT NULL
            AND NOT EXISTS (SELECT FROM payment WHERE payment_id = p.prepaid_id)
        UNION ALL
        SELECT 'refund', r.refund_id, r.amount, p.currency, r.refunded_at, p.session_id
        FROM refund AS r JOIN payment AS p USING (payment_id) WHERE p.method = :provider
        UNION ALL
        SELECT 'payment', a.provider_reference, a.amount, a.currency, a.paid_at, NULL
        FROM prepaid AS a WHERE a.method = :provider AND a.balance_id IS NOT NULL AND a.provider_reference IS NOT NULL
        UNION ALL
        SELECT 'refund', r.refund_id, r.amount, o.currency, j.at, NULL
        FROM provider_refund AS r JOIN provider_order AS o USING (order_id)
        JOIN journal_entry AS j ON j.kind = 'refund' AND j.reference = r.refund_id
        WHERE o.provider = :provider AND r.payment_id IS NULL
    ), wanted AS (
        SELECT kind, id FROM books WHERE at >= CAST(:start AS timestamptz) AND at < CAST(:end AS timestamptz)
        UNION
        SELECT kind, row_id FROM provider_row WHERE provider = :provider AND day = CAST(:day AS date)
        UNION
        SELECT split_part(reference, '/', 2), substr(reference, length(:provider) + length(split_part(reference, '/', 2)) + 3)
        FROM unnest(CAST(:waiting AS text[])) AS reference
    )
    SELECT wanted.kind || '/' || wanted.id AS reference, books.amount AS expected, theirs.amount AS found,
        coalesce(books.currency, theirs.currency) AS currency, coalesce(books.at, theirs.at) AS occurred_at,
        bill.district_id, bill.payee AS operator_id
    FROM wanted LEFT JOIN books USING (kind, id)
    LEFT JOIN provider_row AS theirs ON theirs.provider = :provider AND theirs.kind = wanted.kind AND theirs.row_id = wanted.id
    LEFT JOIN bill USING (session_id)
    WHERE num_nonnulls(books.amount, theirs.amount) > 0
        AND (books.amount, books.currency) IS DISTINCT FROM (theirs.amount, theirs.currency)
    ORDER BY reference
    """
)
_CONTRADICTED: Final = text(
    """
    SELECT sent.id
    FROM unnest(CAST(:kinds AS text[]), CAST(:ids AS text[]), CAST(:amounts AS bigint[])) AS sent (kind, id, amount)
    JOIN provider_row AS kept ON kept.provider = :provider AND kept.kind = sent.kind AND kept.row_id = sent.id
    WHERE kept.amount <> sent.amount
    """
)
_TERMINAL: Final = text(
    """
    WITH moved AS (
        SELECT p.amount AS paid, NULL::bigint AS refunded, p.session_id FROM payment AS p
        WHERE p.drawer_id = :drawer AND p.method = :method AND p.paid_at >= :start AND p.paid_at < :end
        UNION ALL
        SELECT p.amount, NULL, p.session_id FROM prepaid AS p
        WHERE p.drawer_id = :drawer AND p.method = :method AND p.paid_at >= :start AND p.paid_at < :end
            AND NOT EXISTS (SELECT FROM payment WHERE payment_id = p.prepaid_id)
        UNION ALL
        SELECT NULL, o.amount, NULL FROM balance_payout AS o
        WHERE :method = 'cash' AND o.drawer_id = :drawer AND o.paid_out_at >= :start AND o.paid_out_at < :end
        UNION ALL
        SELECT NULL, r.amount, p.session_id FROM refund AS r JOIN payment AS p USING (payment_id)
        WHERE r.drawer_id = :drawer AND p.method = :method AND r.refunded_at >= :start AND r.refunded_at < :end
    )
    SELECT count(paid) AS payments, coalesce(sum(paid), 0) AS paid, count(refunded) AS refunds,
        coalesce(sum(refunded), 0) AS refunded,
        CASE WHEN min(district_id) = max(district_id) THEN min(district_id) END AS district_id,
        CASE WHEN min(payee) = max(payee) THEN min(payee) END AS operator_id
    FROM moved LEFT JOIN bill USING (session_id)
    """
)
_DRAWERS: Final = text(
    """
    SELECT close_id AS reference, min(expected) AS expected, min(counted) AS found, min(drawer_close.currency) AS currency,
        min(closed_at) AS occurred_at,
        CASE WHEN min(district_id) = max(district_id) THEN min(district_id) END AS district_id,
        CASE WHEN min(payee) = max(payee) THEN min(payee) END AS operator_id
    FROM drawer_close LEFT JOIN closed_movement USING (close_id)
    LEFT JOIN payment ON payment_id = movement_id LEFT JOIN bill USING (session_id)
    WHERE closed_at >= :start AND closed_at < :end AND expected <> counted
    GROUP BY close_id ORDER BY close_id
    """
)
_UNBILLED: Final = text(
    """
    SELECT s.session_id AS reference, NULL::bigint AS expected, NULL::bigint AS found, 'CNY' AS currency,
        s.ended_at AS occurred_at, z.district_id,
        (SELECT c.operator_id FROM concession AS c JOIN concession_zone AS cz USING (concession_id)
         WHERE cz.zone_id = s.zone_id AND c.valid_from <= s.ended_at AND (c.valid_to IS NULL OR c.valid_to > s.ended_at)
         ORDER BY c.concession_id LIMIT 1) AS operator_id
    FROM session AS s LEFT JOIN zone AS z USING (zone_id)
    WHERE s.state = 'ended'
        AND (s.ended_at >= :start AND s.ended_at < :end OR s.session_id = ANY(CAST(:waiting AS text[])))
        AND NOT EXISTS (SELECT FROM bill AS b WHERE b.session_id = s.session_id)
    ORDER BY s.session_id
    """
)
