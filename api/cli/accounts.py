"""`parking accounts`: open, list and close the accounts with which people log in."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import click
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.accounts import repository, service
from api.auth.accounts.model import ACCOUNT_ROLES, Account, AccountRole
from api.auth.model import Employer
from api.cli.employers import named_employer, spoken_employer, works_for
from api.settings import find_settings
from parking.db.engine import open_engine
from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now

_MONEY: Final = frozenset({"operator", "approver", "admin"})


@click.group(name="accounts")
def command() -> None:
    """Open, list and close the accounts of people."""


@command.command(epilog="Example: parking accounts create li.wei --role operator --district 370303 --city")
@click.argument("name")
@click.option("--role", type=click.Choice(ACCOUNT_ROLES), required=True, help="What the person may do.")
@click.option("--district", help="Limit the account to one district.")
@works_for
def create(name: str, role: AccountRole, district: str | None, *, city: bool, operator: str | None) -> None:
    """Open an account and print its password. It is shown once: only a hash is kept.

    Operators, approvers and administrators see money, so it must be said whose: --city, or --operator and the company.
    """
    employer = named_employer(city=city, operator=operator)
    if employer is None and role in _MONEY:
        raise click.UsageError(f"say whom an account of role {role} works for: --city, or --operator COMPANY")
    password = secrets.token_urlsafe(12)
    asyncio.run(_create(name, password, role, district, employer))
    click.echo(password)


@command.command(epilog="Example: parking accounts employ li.wei --operator LZ-PARKING")
@click.argument("name")
@works_for
def employ(name: str, *, city: bool, operator: str | None) -> None:
    """Say whom the holder of an account works for; from then on it sees that employer's money only."""
    employer = named_employer(city=city, operator=operator)
    if employer is None:
        raise click.UsageError("say whom the account works for: --city, or --operator COMPANY")
    asyncio.run(_employ(name, employer))
    click.echo(f"{name} works for {spoken_employer(employer)}")


@command.command(name="list", epilog="Example: parking accounts list")
def list_() -> None:
    """List every account: name, role, reach, employer, state."""
    for account in asyncio.run(_list()):
        reach = "all districts" if account.district_id is None else f"district {account.district_id}"
        state = "open" if account.closed_at is None else f"closed {account.closed_at:%Y-%m-%dT%H:%M:%SZ}"
        click.echo("\t".join((account.name, account.role, reach, spoken_employer(account.employer), state)))


@command.command(epilog="Example: parking accounts close li.wei")
@click.argument("name")
def close(name: str) -> None:
    """Close an account; its logins end at once."""
    asyncio.run(_close(name))
    click.echo(f"closed {name}")


async def _create(name: str, password: str, role: AccountRole, district: str | None, employer: Employer | None) -> None:
    async with _session() as session:
        await service.create_account(
            session, name=name, password=password, role=role, district_id=district, employer=employer, now=utc_now()
        )


async def _employ(name: str, employer: Employer) -> None:
    async with _session() as session:
        await service.employ(session, name, employer)


async def _list() -> list[Account]:
    async with _session() as session:
        return await repository.all_accounts(session)


async def _close(name: str) -> None:
    async with _session() as session:
        await service.close_account(session, name, utc_now())


@asynccontextmanager
async def _session() -> AsyncIterator[AsyncSession]:
    database = Database(open_engine(find_settings().required_database_url, pool_size=1))
    try:
        async with database.transaction() as session:
            yield session
    finally:
        await database.close()
