"""All SQL of the journal: entries go in, balances come out, nothing changes."""

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from pricing.settlement.model import Entry
from pricing.settlement.tables import LedgerAccountRow, PostingRow

_BOOK = text(
    """
    WITH opened AS (
        INSERT INTO ledger_account (account_id)
        SELECT DISTINCT account_id FROM unnest(CAST(:accounts AS text[])) AS account_id ORDER BY account_id
        ON CONFLICT DO NOTHING
    ), entry AS (
        INSERT INTO journal_entry (kind, reference, session_id, at)
        VALUES (:kind, :reference, :session_id, :at) RETURNING entry_id
    )
    INSERT INTO posting (entry_id, line, account_id, amount, currency)
    SELECT entry.entry_id, sides.line - 1, sides.account_id, sides.amount, :currency
    FROM entry, unnest(CAST(:accounts AS text[]), CAST(:amounts AS bigint[])) WITH ORDINALITY
        AS sides (account_id, amount, line)
    """
)
"""One statement, because a payment waits for every round trip. Accounts are opened in one order everywhere, so that two
transactions that open the same ones never wait in a circle."""


async def book(session: AsyncSession, entry: Entry | None) -> None:
    """Write an entry; None is nothing to book. The database refuses what is not balanced when the transaction ends."""
    if entry is None:
        return
    values = {
        "kind": entry.kind,
        "reference": entry.reference,
        "session_id": entry.session_id,
        "at": entry.at,
        "currency": entry.currency,
        "accounts": [posting.account_id for posting in entry.postings],
        "amounts": [posting.amount for posting in entry.postings],
    }
    await session.execute(_BOOK, values)


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
