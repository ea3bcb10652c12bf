"""`parking keys`: make, list and revoke the keys with which machines call the interface."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import click
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth import service
from api.auth.model import ROLES, ApiKey, Employer, Role
from api.cli.employers import named_employer, spoken_employer, works_for
from api.settings import find_settings
from devices.inventory.sealing import DeviceSafe
from devices.ports import PlatformSecret
from parking.db.engine import open_engine
from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now


@click.group(name="keys", epilog="Example: parking keys create --role sensor --name 'gateway 7'")
def command() -> None:
    """Create, list and revoke API keys."""


@command.command(epilog="Example: parking keys create --role sensor --name 'gateway 7' --district 370303")
@click.option("--role", type=click.Choice(ROLES), required=True, help="Which audience's paths the key opens.")
@click.option("--name", required=True, help="Who holds it; for people.")
@click.option("--district", help="Limit the key to one district.")
@click.option("--device", "devices", multiple=True, help="A device it may speak for; repeat. All unless given.")
@click.option(
    "--facility",
    "facilities",
    multiple=True,
    help="A facility it may report for; repeat. None unless given; '*' for all of its district or company.",
)
@works_for
def create(
    role: Role,
    name: str,
    district: str | None,
    devices: tuple[str, ...],
    facilities: tuple[str, ...],
    *,
    city: bool,
    operator: str | None,
) -> None:
    """Make a key and print it. It is shown once: only a hash is kept.

    A lot or mall with a system of its own reports with a key of the role integrator that names its facility.
    """
    employer = named_employer(city=city, operator=operator)
    click.echo(asyncio.run(_create(role, name, district, devices, facilities, employer)))
    if employer is None and role == "operator":
        click.echo("it opens nothing of the money until 'parking keys employ' says whom it works for", err=True)


@command.command(epilog="Example: parking keys employ 3f9a0c1d2e4b --city")
@click.argument("key_id")
@works_for
def employ(key_id: str, *, city: bool, operator: str | None) -> None:
    """Say whom the holder of a key works for; from then on it sees that employer's money only."""
    employer = named_employer(city=city, operator=operator)
    if employer is None:
        raise click.UsageError("say whom the key works for: --city, or --operator COMPANY")
    asyncio.run(_employ(key_id, employer))
    click.echo(f"{key_id} works for {spoken_employer(employer)}")


@command.command(name="list", epilog="Example: parking keys list")
def list_() -> None:
    """List every key, never its secret: id, role, name, reach, employer, state."""
    for key in asyncio.run(_list()):
        click.echo("\t".join((key.key_id, key.role, key.name, _reach(key), spoken_employer(key.employer), _state(key))))


@command.command(epilog="Example: parking keys revoke 3f9a0c1d2e4b")
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """Revoke a key; every process refuses it within a second."""
    asyncio.run(_revoke(key_id))
    click.echo(f"revoked {key_id}")


@command.command(epilog="Example: parking keys secret 3f9a0c1d2e4b")
@click.argument("key_id")
@click.option("--token", prompt="Token", hide_input=True, help="With which the platform signs; asked for unless given.")
@click.option("--cipher-key", default="", help="With which it encrypts its messages, in base64; none unless given.")
def secret(key_id: str, token: str, cipher_key: str) -> None:
    """Keep what a platform signs with that cannot send the key, such as OneNET; sealed, and never shown again.

    Its address is /v1/uplinks/SOURCE/KEY_ID.
    """
    asyncio.run(_keep_secret(key_id, PlatformSecret(token, cipher_key)))
    click.echo(f"kept; the address is /v1/uplinks/SOURCE/{key_id}")


def _reach(key: ApiKey) -> str:
    parts = ["all districts" if key.district_id is None else f"district {key.district_id}"]
    if key.device_ids is not None:
        parts.append(f"{len(key.device_ids)} devices")
    if key.facility_ids is not None:
        parts.append("facilities " + " ".join(sorted(key.facility_ids)))
    return ", ".join(parts)


def _state(key: ApiKey) -> str:
    return "active" if key.revoked_at is None else f"revoked {key.revoked_at:%Y-%m-%dT%H:%M:%SZ}"


async def _create(
    role: Role,
    name: str,
    district: str | None,
    devices: tuple[str, ...],
    facilities: tuple[str, ...],
    employer: Employer | None,
) -> str:
    async with _session() as session:
        _, text = await service.create_key(
            session,
            utc_now,
            role=role,
            name=name,
            district_id=district,
            device_ids=devices or None,
            facility_ids=facilities or None,
            employer=employer,
        )
    return text


async def _employ(key_id: str, employer: Employer) -> None:
    async with _session() as session:
        await service.employ_key(session, key_id, employer)


async def _keep_secret(key_id: str, secret: PlatformSecret) -> None:
    safe = DeviceSafe(find_settings().secret_key)
    async with _session() as session:
        await service.keep_platform_secret(session, safe, key_id, secret)


async def _list() -> list[ApiKey]:
    async with _session() as session:
        return await service.list_keys(session)


async def _revoke(key_id: str) -> None:
    async with _session() as session:
        await service.revoke_key(session, utc_now, key_id)


@asynccontextmanager
async def _session() -> AsyncIterator[AsyncSession]:
    database = Database(open_engine(find_settings().required_database_url, pool_size=1))
    try:
        async with database.transaction() as session:
            yield session
    finally:
        await database.close()
