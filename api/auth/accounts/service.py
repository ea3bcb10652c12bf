"""Use cases of accounts: open and close one, log in and out, find who calls. Callers own the transaction."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.accounts import model, repository
from api.auth.accounts.model import Account, AccountRole, Caller
from api.auth.model import Employer, UnauthorizedError
from api.auth.repository import district_exists
from api.auth.service import check_employer
from parking.domain.errors import ConflictError, NotFoundError


@dataclass(frozen=True, kw_only=True, slots=True)
class Login:
    """What a browser gets: a token for its cookie, seen once."""

    account: Account
    token: str
    expires_at: datetime


async def create_account(
    session: AsyncSession,
    *,
    name: str,
    password: str,
    role: AccountRole,
    now: datetime,
    district_id: str | None = None,
    employer: Employer | None = None,
) -> Account:
    """Without an `employer` the account sees nothing of the money, whatever its role.

    Raises InvalidInputError (`name_invalid`, `password_invalid`), NotFoundError (`district_unknown`, `operator_unknown`)
    and ConflictError (`account_exists`).
    """
    model.checked_name(name)
    model.checked_password(password)
    if district_id is not None and not await district_exists(session, district_id):
        raise NotFoundError(f"there is no district {district_id!r}", code="district_unknown")
    await check_employer(session, employer)
    password_hash = await asyncio.to_thread(model.hash_password, password)
    account = Account(
        name=name,
        password_hash=password_hash,
        role=role,
        district_id=district_id,
        created_at=now,
        employer=employer,
    )
    if not await repository.insert_account(session, account):
        raise ConflictError(f"there is an account {name!r} already", code="account_exists")
    return account


async def employ(session: AsyncSession, name: str, employer: Employer) -> None:
    """From now on the account sees the money of this employer; raises NotFoundError (`account_unknown`, `operator_unknown`)."""
    await check_employer(session, employer)
    if not await repository.employ(session, name, employer):
        raise NotFoundError(f"there is no account {name!r}", code="account_unknown")


async def close_account(session: AsyncSession, name: str, now: datetime) -> None:
    """End the account and its logins; idempotent. Raises NotFoundError (`account_unknown`)."""
    if not await repository.close_account(session, name, now):
        raise NotFoundError(f"there is no account {name!r}", code="account_unknown")


async def count_try(
    session: AsyncSession, *, scope: str, subject: str, limit: int, within: timedelta, now: datetime
) -> bool:
    """Count a try, also one too many; whether it is within the limit.

    Commit before acting on it, so that a refusal of the tried thing does not undo the count.
    """
    tries = await repository.count_try(session, scope=scope, subject=subject, since=now - within, now=now)
    return tries <= limit


async def log_in(session: AsyncSession, *, name: str, password: str, now: datetime) -> Login:
    """Raise `UnauthorizedError` (`password_wrong`), the same and as slow for a name that nobody has."""
    account = await repository.account_by_name(session, name)
    kept = (await asyncio.to_thread(_nobodys_hash)) if account is None else account.password_hash
    is_right = await asyncio.to_thread(model.opens_with, kept, password)
    if account is None or not is_right or account.closed_at is not None:
        raise UnauthorizedError("the name or the password is wrong", code="password_wrong")
    await repository.forget_tries(session, scope="password", subject=name)
    token, expires_at = secrets.token_urlsafe(32), now + model.LOGIN_LASTS
    await repository.insert_login(
        session, token_hash=model.hash_token(token), account_name=name, created_at=now, expires_at=expires_at
    )
    return Login(account=account, token=token, expires_at=expires_at)


async def log_out(session: AsyncSession, token: str) -> None:
    await repository.delete_login(session, model.hash_token(token))


async def caller_of(session: AsyncSession, token: str, now: datetime) -> Caller:
    """Who is logged in; raises `UnauthorizedError` (`login_required`)."""
    account = await repository.account_of_login(session, model.hash_token(token), now)
    if account is None:
        raise model.login_required()
    return caller_with(account)


def caller_with(account: Account) -> Caller:
    """The account as it calls."""
    return Caller(
        actor=f"account:{account.name}",
        name=account.name,
        role=account.role,
        district_id=account.district_id,
        employer=account.employer,
    )


@cache
def _nobodys_hash() -> str:
    return model.hash_password(secrets.token_urlsafe(32))
