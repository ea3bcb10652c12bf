"""`parking accounts`: open, list and close the accounts with which people log in."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import click
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.accounts import repository, service
from api.auth.accounts.model import ACCOUNT_ROLES, Account, AccountRole
from api.settings import find_settings
from parking.db.engine import open_engine
from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now


@click.group(name="accounts")
def command() -> None:
    """Open, list and close the accounts of people."""


@command.command(epilog="Example: parking accounts create li.wei --role attendant --district 370303")
@click.argument("name")
@click.option("--role", type=click.Choice(ACCOUNT_ROLES), required=True, help="What the person may do.")
@click.option("--district", help="Limit the account to one district.")
def create(name: str, role: AccountRole, district: str | None) -> None:
    """Open an account and print its password. It is shown once: only a hash is kept."""
    password = secrets.token_urlsafe(12)
    asyncio.run(_create(name, password, role, district))
    click.echo(password)


@command.command(name="list", epilog="Example: parking accounts list")
def list_() -> None:
    """List every account: name, role, reach, state."""
    for account in asyncio.run(_list()):
        reach = "all districts" if account.district_id is None else f"district {account.district_id}"
        state = "open" if account.closed_at is None else f"closed {account.closed_at:%Y-%m-%dT%H:%M:%SZ}"
        click.echo(f"{account.name}\t{account.role}\t{reach}\t{state}")


@command.command(epilog="Example: parking accounts close li.wei")
@click.argument("name")
def close(name: str) -> None:
    """Close an account; its logins end at once."""
    asyncio.run(_close(name))
    click.echo(f"closed {name}")


async def _create(name: str, password: str, role: AccountRole, district: str | None) -> None:
    async with _session() as session:
        await service.create_account(
            session, name=name, password=password, role=role, district_id=district, now=utc_now()
        )


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
