"""`parking modules`: the city's modules, which of them are on, and whether they are well made."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import click
import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from api.settings import find_settings
from parking.db.engine import open_engine
from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now
from parking.domain.errors import InvalidInputError
from parking.plugins import service
from parking.plugins.catalogue import discover
from parking.plugins.check import complaints
from parking.plugins.service import Standing


@click.group(name="modules")
def command() -> None:
    """List, switch, set up and check city modules."""


@command.command(name="list", epilog="Example: parking modules list")
def list_() -> None:
    """List every module: name, version, on or off, title, settings that differ from the defaults."""
    for item in asyncio.run(_list()):
        manifest = item.manifest
        version, title = (manifest.version, manifest.title) if manifest is not None else ("-", "not installed")
        state = "on" if item.enabled else "off"
        click.echo("\t".join((item.name, version, state, title, msgspec.json.encode(item.config).decode())))


@command.command(epilog="Example: parking modules enable street_cleaning --set notice_minutes=60")
@click.argument("name")
@click.option("--set", "pairs", multiple=True, metavar="KEY=VALUE", help="A setting; repeat. Unnamed ones stay.")
def enable(name: str, pairs: tuple[str, ...]) -> None:
    """Switch a module on; nothing has to be restarted."""
    asyncio.run(_enable(name, dict(_pair(text) for text in pairs)))
    click.echo(f"{name} is on")


@command.command(epilog="Example: parking modules disable street_cleaning")
@click.argument("name")
def disable(name: str) -> None:
    """Switch a module off; every space that it holds is given back."""
    asyncio.run(_disable(name))
    click.echo(f"{name} is off, its restrictions are released")


@command.command(epilog="Example: parking modules check")
def check() -> int:
    """Check the manifests of all installed modules; the exit status is 1 when one is not well made."""
    found = discover()
    said = complaints(found)
    for sentence in said:
        click.echo(sentence)
    if not said:
        click.echo("well made: " + ", ".join(module.name for module in found))
    return 1 if said else 0


def _pair(text: str) -> tuple[str, Any]:
    """A value is read as JSON where it is JSON, else it is text."""
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise InvalidInputError(f"{text!r} is not of the form KEY=VALUE", code="config_invalid")
    try:
        return key, msgspec.json.decode(value)
    except msgspec.DecodeError:
        return key, value


async def _list() -> list[Standing]:
    async with _session() as session:
        return await service.standings(session, discover(), utc_now())


async def _enable(name: str, wanted: dict[str, Any]) -> None:
    found = discover()
    async with _session() as session:
        await service.enable(session, found, name, at=utc_now())
        if wanted:
            kept = {item.name: item.config for item in await service.standings(session, found, utc_now())}[name]
            await service.configure(session, found, name, {**kept, **wanted}, at=utc_now())


async def _disable(name: str) -> None:
    async with _session() as session:
        await service.standings(session, discover(), utc_now())
        await service.disable(session, name, at=utc_now())


@asynccontextmanager
async def _session() -> AsyncIterator[AsyncSession]:
    database = Database(open_engine(find_settings().required_database_url, pool_size=1))
    try:
        async with database.transaction() as session:
            yield session
    finally:
        await database.close()
