"""All SQL of the journal: entries go in, balances come out, nothing changes."""

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from pricing.settlement.model import Entry
from pricing.settlement.tables import JournalEntryRow, LedgerAccountRow, PostingRow


async def book(session: AsyncSession, entry: Entry | None) -> None:
    """Write an entry; None is nothing to book. The database refuses what is not balanced when the transaction ends."""
    if entry is None:
        return
    await _open(session, (posting.account_id for posting in entry.postings))
    head = insert(JournalEntryRow).values(
        kind=entry.kind, reference=entry.reference, session_id=entry.session_id, at=entry.at
    )
    entry_id = (await session.execute(head.returning(JournalEntryRow.entry_id))).scalar_one()
    rows = [
        {
            "entry_id": entry_id,
            "line": line,
            "account_id": posting.account_id,
            "amount": posting.amount,
            "currency": entry.currency,
        }
        for line, posting in enumerate(entry.postings)
    ]
    await session.execute(insert(PostingRow).values(rows))


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
    await _open(session, [account_id])
    here = LedgerAccountRow.account_id == account_id
    await session.execute(select(LedgerAccountRow.account_id).where(here).with_for_update())


async def _open(session: AsyncSession, account_ids: Iterable[str]) -> None:
    # In one order everywhere, so that two transactions that open the same accounts never wait in a circle.
    rows = [{"account_id": account_id} for account_id in sorted(set(account_ids))]
    await session.execute(insert(LedgerAccountRow).values(rows).on_conflict_do_nothing())
