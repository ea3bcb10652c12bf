"""All SQL of accounts, logins and tries."""

from datetime import datetime
from typing import Final

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.accounts.model import ACCOUNT_ROLES, Account, AccountRole
from api.auth.accounts.tables import AccountRow, CountedTryRow, LoginRow
from api.auth.model import Employer
from api.auth.repository import employer_columns, employer_in

_ROLES: Final[dict[str, AccountRole]] = {role: role for role in ACCOUNT_ROLES}
_LOCK = text("SELECT pg_advisory_xact_lock(:space, hashtext(:subject))")
_LOCK_SPACE: Final = 0x0D0C


async def insert_account(session: AsyncSession, account: Account) -> bool:
    """Whether the name was free."""
    row = postgresql.insert(AccountRow).values(
        name=account.name,
        password_hash=account.password_hash,
        role=account.role,
        district_id=account.district_id,
        created_at=account.created_at,
        **employer_columns(account.employer),
    )
    inserted = await session.execute(row.on_conflict_do_nothing().returning(AccountRow.name))
    return inserted.scalar_one_or_none() is not None


async def account_by_name(session: AsyncSession, name: str) -> Account | None:
    row = await session.get(AccountRow, name)
    return None if row is None else _account(row)


async def all_accounts(session: AsyncSession) -> list[Account]:
    return [_account(row) for row in await session.scalars(select(AccountRow).order_by(AccountRow.name))]


async def employ(session: AsyncSession, name: str, employer: Employer) -> bool:
    """Whether there is such an account."""
    statement = update(AccountRow).where(AccountRow.name == name).values(employer_columns(employer))
    return (await session.execute(statement.returning(AccountRow.name))).scalar_one_or_none() is not None


async def close_account(session: AsyncSession, name: str, at: datetime) -> bool:
    """Whether there is such an account; one that is closed already keeps its first instant. Ends its logins."""
    closing = (
        update(AccountRow)
        .where(AccountRow.name == name)
        .values(closed_at=func.coalesce(AccountRow.closed_at, at))
        .returning(AccountRow.name)
    )
    found = (await session.execute(closing)).scalar_one_or_none() is not None
    await session.execute(delete(LoginRow).where(LoginRow.account_name == name))
    return found


async def insert_login(
    session: AsyncSession, *, token_hash: bytes, account_name: str, created_at: datetime, expires_at: datetime
) -> None:
    """Keep a login; those of the account that are over go."""
    over = delete(LoginRow).where(LoginRow.account_name == account_name, LoginRow.expires_at <= created_at)
    await session.execute(over)
    session.add(
        LoginRow(token_hash=token_hash, account_name=account_name, created_at=created_at, expires_at=expires_at)
    )
    await session.flush()


async def account_of_login(session: AsyncSession, token_hash: bytes, now: datetime) -> Account | None:
    """The open account of a login that is not over."""
    found = await session.scalar(
        select(AccountRow)
        .join(LoginRow, LoginRow.account_name == AccountRow.name)
        .where(LoginRow.token_hash == token_hash, LoginRow.expires_at > now, AccountRow.closed_at.is_(None))
    )
    return None if found is None else _account(found)


async def delete_login(session: AsyncSession, token_hash: bytes) -> None:
    await session.execute(delete(LoginRow).where(LoginRow.token_hash == token_hash))


async def count_try(session: AsyncSession, *, scope: str, subject: str, since: datetime, now: datetime) -> int:
    """Add a try and answer how many there are since; tries of one subject are counted one after the other."""
    await session.execute(_LOCK, {"space": _LOCK_SPACE, "subject": f"{scope}:{subject}"})
    ours = (CountedTryRow.scope == scope, CountedTryRow.subject == subject)
    await session.execute(delete(CountedTryRow).where(*ours, CountedTryRow.at <= since))
    await session.execute(insert(CountedTryRow).values(scope=scope, subject=subject, at=now))
    return int(await session.scalar(select(func.count()).select_from(CountedTryRow).where(*ours)) or 0)


async def forget_tries(session: AsyncSession, *, scope: str, subject: str) -> None:
    await session.execute(delete(CountedTryRow).where(CountedTryRow.scope == scope, CountedTryRow.subject == subject))


def _account(row: AccountRow) -> Account:
    return Account(
        name=row.name,
        password_hash=row.password_hash,
        role=_ROLES[row.role],
        district_id=row.district_id,
        created_at=row.created_at,
        employer=employer_in(row.employer, row.operator_id),
        closed_at=row.closed_at,
    )
