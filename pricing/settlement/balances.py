"""A balance that its holder pays ahead and pays bills out of, known by nothing but a token: no phone, no name, no plate.

The holder keeps the token, here is only its digest, and the balance is the account of that digest in the ledger: what
the city owes to whoever holds the token. Nothing is stored before money comes. A balance is never below zero.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final, get_args

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.money import Money
from pricing.settlement import journal, model, rules
from pricing.settlement.model import AmountConflictError, EntryKind, PaymentRefusedError
from pricing.settlement.prepaid_tables import BalancePayoutRow, PrepaidRow
from pricing.settlement.tables import JournalEntryRow, PostingRow

TOKEN_BYTES: Final = 32
FORM_OF_TOKENS: Final = r"^[A-Za-z0-9_-]{43}$"
LINES_SHOWN: Final = 200
_KINDS: Final[dict[str, EntryKind]] = {kind: kind for kind in get_args(EntryKind)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One movement as the holder sees it: what came in is above zero; `left` is the balance afterwards."""

    at: datetime
    kind: EntryKind
    reference: str
    amount: int
    left: int


def new_token() -> str:
    """256 bits that nobody can guess; whoever shows them is the holder."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def balance_of(token: str) -> str:
    """The id of the balance that a token opens."""
    return sha256(token.encode()).hexdigest()[:40]


async def held(session: AsyncSession, balance_id: str, currency: str = "CNY") -> int:
    """What is left, in minor units; 0 for a balance that nothing was ever paid into."""
    return -await journal.balance(session, model.balance(balance_id), currency)


async def lock(session: AsyncSession, balance_id: str, currency: str = "CNY") -> int:
    """As `held`, and nobody else moves the balance until the transaction ends."""
    await journal.lock_account(session, model.balance(balance_id))
    return await held(session, balance_id, currency)


async def check_covers(session: AsyncSession, balance_id: str, amount: Money) -> None:
    """Hold the balance until the transaction ends; raise `AmountConflictError` (`balance_too_small`) with what is left."""
    left = await lock(session, balance_id, amount.currency)
    if amount.amount > left:
        raise AmountConflictError(
            f"only {Money(left, amount.currency)} is left",
            code="balance_too_small",
            fields={"left": {"amount": left, "currency": amount.currency}},
        )


async def pay_out(
    session: AsyncSession, *, balance_id: str, payout_id: str, drawer_id: str, given_by: str, at: datetime
) -> Money:
    """Give the rest back in cash, up to what came in as cash: what a provider collected goes back through it alone.

    Raises `AmountConflictError` (`balance_empty`).
    """
    amount = min(await lock(session, balance_id), await _cash_left(session, balance_id))
    if amount <= 0:
        raise AmountConflictError("nothing is left that came in as cash", code="balance_empty")
    session.add(
        BalancePayoutRow(
            payout_id=payout_id,
            balance_id=balance_id,
            amount=amount,
            currency="CNY",
            drawer_id=drawer_id,
            given_by=given_by,
            paid_out_at=at,
        )
    )
    await session.flush()
    own, drawer = model.balance(balance_id), model.cash(drawer_id)
    entry = rules.moved_entry("paid_out", payout_id, Money(amount), at, debit=own, credit=drawer)
    await journal.book(session, entry)
    return Money(amount)


async def statement(session: AsyncSession, balance_id: str) -> list[Line]:
    """Every movement, newest first, at most the latest 200."""
    sums = func.sum(-PostingRow.amount).over(order_by=PostingRow.entry_id)
    lines = (
        select(
            JournalEntryRow.at, JournalEntryRow.kind, JournalEntryRow.reference, -PostingRow.amount, sums.label("left")
        )
        .join(JournalEntryRow, JournalEntryRow.entry_id == PostingRow.entry_id)
        .where(PostingRow.account_id == model.balance(balance_id))
        .order_by(PostingRow.entry_id.desc())
        .limit(LINES_SHOWN)
    )
    return [
        Line(at=at, kind=_KINDS[kind], reference=reference, amount=int(amount), left=int(left))
        for at, kind, reference, amount, left in await session.execute(lines)
    ]


def check_top_up(amount: Money, method: str, drawer_id: str | None) -> None:
    """Raise `PaymentRefusedError` (`drawer_missing`, and as `rules.check_amount`)."""
    rules.check_amount(amount, "CNY")
    if method == "cash" and drawer_id is None:
        raise PaymentRefusedError("cash needs the terminal or shift whose drawer takes it", code="drawer_missing")


async def _cash_left(session: AsyncSession, balance_id: str) -> int:
    """Of what came in as cash, the part that was not paid out again."""
    came = select(func.coalesce(func.sum(PrepaidRow.amount), 0)).where(
        PrepaidRow.balance_id == balance_id, PrepaidRow.method == "cash"
    )
    went = select(func.coalesce(func.sum(BalancePayoutRow.amount), 0)).where(BalancePayoutRow.balance_id == balance_id)
    return int((await session.execute(came)).scalar_one()) - int((await session.execute(went)).scalar_one())
