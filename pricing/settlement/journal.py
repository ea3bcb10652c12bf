"""All SQL of the journal: entries go in, a payment with its own, balances come out, nothing changes."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from parking.db.prepared import Prepared
from pricing.settlement.model import Entry, Payment
from pricing.settlement.tables import LedgerAccountRow, PostingRow

_WRITTEN: Final = """
    opened AS (
        INSERT INTO ledger_account (account_id)
        SELECT DISTINCT account_id FROM unnest($6::text[]) AS account_id ORDER BY account_id
        ON CONFLICT DO NOTHING
    ), entry AS (
        INSERT INTO journal_entry (kind, reference, session_id, at)
        SELECT kind, reference, session_id, at
        FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) WITH ORDINALITY
            AS written (kind, reference, session_id, at, number)
        ORDER BY number
        RETURNING entry_id, kind, reference
    ), sides AS (
        INSERT INTO posting (entry_id, line, account_id, amount, currency)
        SELECT entry.entry_id, side.line, side.account_id, side.amount, side.currency
        FROM unnest($5::int[], $6::text[], $7::bigint[], $8::text[], $9::int[])
            AS side (number, account_id, amount, currency, line)
        JOIN entry ON entry.kind = ($1::text[])[side.number] AND entry.reference = ($2::text[])[side.number]
    )
"""
"""Accounts are opened in one order everywhere, so that two transactions that open the same ones never wait in a circle.
An entry is known by its kind and reference."""
_BOOK: Final = Prepared(f"WITH {_WRITTEN} SELECT")
_BOOK_PAYMENT: Final = Prepared(
    f"""
    WITH {_WRITTEN}
    INSERT INTO payment (payment_id, receipt_id, session_id, amount, applied, currency, method, drawer_id,
                         provider_reference, account, taken_by, paid_at)
    VALUES ($10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
    ON CONFLICT (receipt_id) DO NOTHING
    RETURNING true
    """  # noqa: S608 - the parts are our own
)
"""One statement with its entries, because whoever pays waits for every round trip."""


async def book(session: AsyncSession, *entries: Entry | None) -> None:
    """Write entries; None is nothing to book. The database refuses what is not balanced."""
    if any(entry is not None for entry in entries):
        await _BOOK.rows(session, *_columns(entries))


async def book_payment(session: AsyncSession, payment: Payment, *entries: Entry | None) -> bool:
    """Write a payment with its entries; False, and the transaction must not go on, where another one has its receipt."""
    made = await _BOOK_PAYMENT.row(
        session,
        *_columns(entries),
        payment.payment_id,
        payment.receipt_id,
        payment.session_id,
        payment.amount.amount,
        payment.applied,
        payment.amount.currency,
        payment.method,
        payment.drawer_id,
        payment.provider_reference,
        payment.account,
        payment.taken_by,
        payment.paid_at,
    )
    return made is not None


def _columns(entries: Iterable[Entry | None]) -> list[list[object]]:
    """What `_WRITTEN` asks for."""
    written = [entry for entry in entries if entry is not None]
    sides = [
        (number, posting.account_id, posting.amount, entry.currency, line)
        for number, entry in enumerate(written, 1)
        for line, posting in enumerate(entry.postings)
    ]
    return [
        [entry.kind for entry in written],
        [entry.reference for entry in written],
        [entry.session_id for entry in written],
        [entry.at for entry in written],
        *(list(column) for column in zip(*sides, strict=True)),
    ]


async def balance(session: AsyncSession, account_id: str, currency: str) -> int:
    """Debits less credits of one account, in minor units; 0 for an account that nothing was booked on."""
    statement = select(func.coalesce(func.sum(PostingRow.amount), 0)).where(
        PostingRow.account_id == account_id, PostingRow.currency == currency
    )
    return int((await session.execute(statement)).scalar_one())


async def trial_balance(session: AsyncSession) -> dict[tuple[str, str], int]:
    """Balance of every account by (account, currency); the sum of each currency is zero."""
    statement = select(PostingRow.account_id, PostingRow.currency, func.sum(PostingRow.amount)).group_by(
        PostingRow.account_id, PostingRow.currency
    )
    rows = await session.execute(statement)
    return {(account_id, currency): int(amount) for account_id, currency, amount in rows}


async def lock_account(session: AsyncSession, account_id: str) -> None:
    """Hold the account, made when it is new, until the transaction ends; who else locks it waits."""
    await session.execute(insert(LedgerAccountRow).values(account_id=account_id).on_conflict_do_nothing())
    here = LedgerAccountRow.account_id == account_id
    await session.execute(select(LedgerAccountRow.account_id).where(here).with_for_update())
