"""All SQL of the journal: entries go in, balances come out, nothing changes."""

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from parking.db.prepared import Prepared
from pricing.settlement.model import Entry
from pricing.settlement.tables import LedgerAccountRow, PostingRow

_BOOK = Prepared(
    """
    WITH opened AS (
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
    )
    INSERT INTO posting (entry_id, line, account_id, amount, currency)
    SELECT entry.entry_id, sides.line, sides.account_id, sides.amount, sides.currency
    FROM unnest($5::int[], $6::text[], $7::bigint[], $8::text[], $9::int[])
        AS sides (number, account_id, amount, currency, line)
    JOIN entry ON entry.kind = ($1::text[])[sides.number] AND entry.reference = ($2::text[])[sides.number]
    """
)
"""One statement, because a payment waits for every round trip. Accounts are opened in one order everywhere, so that two
transactions that open the same ones never wait in a circle. An entry is known by its kind and reference."""


async def book(session: AsyncSession, *entries: Entry | None) -> None:
    """Write entries; None is nothing to book. The database refuses what is not balanced."""
    written = [entry for entry in entries if entry is not None]
    if not written:
        return
    sides = [
        (number, posting.account_id, posting.amount, entry.currency, line)
        for number, entry in enumerate(written, 1)
        for line, posting in enumerate(entry.postings)
    ]
    await _BOOK.rows(
        session,
        [entry.kind for entry in written],
        [entry.reference for entry in written],
        [entry.session_id for entry in written],
        [entry.at for entry in written],
        *(list(column) for column in zip(*sides, strict=True)),
    )


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
