"""Fills a fresh installation with the demonstration city, its fleet of simulated sensors, and keys to try things with.

What was made is kept in the data folder, so that a second start finds the same city, fleet and keys and makes nothing
again. An inventory that somebody else made is left alone, and then no sensors are simulated.
"""

import asyncio
import contextlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.accounts.model import AccountRole
from api.auth.accounts.service import create_account
from api.auth.model import Role, read_key
from api.auth.service import create_key, list_keys
from api.embedded.folder import write_private
from api.installation.children import Child
from api.installation.demonstration_past import past_begins, remember_past
from api.installation.demonstration_prices import publish_tariffs
from api.installation.run import Installation
from api.settings import Settings
from devices.inventory.service import DeviceService
from devices.inventory.wishes import NewDevice
from devices.registry import installed
from devices.simulation.fleet import Device, fit
from devices.simulation.sites import sites_of
from parking.city.street_cleaning.manifest import MANIFEST as CLEANING
from parking.db.engine import open_engine
from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now
from parking.domain.errors import ConflictError, InvalidInputError
from parking.occupancy.hour_rows import copy_hours, has_hours
from parking.places.demonstration import demonstration_city
from parking.places.repository import load_catalogue, zone_definitions
from parking.places.service import import_collection
from parking.plugins.catalogue import discover
from parking.plugins.service import configure, standings

KEPT: Final = "demonstration.json"
SIMULATED_ATTENDANT: Final = "attendant.simulated"
KEY_ROLES: Final[tuple[Role, ...]] = ("sensor", "integrator", "operator", "terminal")
_NAMES: Final[Mapping[Role, str]] = {"terminal": "T-DEMO"}
"""The name of a terminal's key is that of its drawer."""
LOGINS: Final[Mapping[str, tuple[AccountRole, str | None]]] = {
    "operator": ("operator", None),
    "approver": ("approver", None),
    "attendant": ("attendant", "370303"),
    "admin": ("admin", None),
    SIMULATED_ATTENDANT: ("attendant", None),
}
"""Login name to role and district; the last one is the simulation's own."""
_CLEANING: Final = {"notice_minutes": 2}
"""A demonstration does not wait for half an hour."""


class Demonstration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the data folder remembers of the demonstration; the file is readable by its owner only."""

    seed: int
    speed: float
    keys: dict[str, str] = {}
    """Role to key; empty until the fleet is registered."""
    logins: dict[str, str] = {}
    """Login name to password."""
    device_mqtt_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What was asked for on the command line; a seed only counts for a city that is made anew."""

    seed: int
    speed: float


def read_demonstration(folder: Path) -> Demonstration | None:
    """Return what the folder remembers, None when it never held a demonstration.

    Raises `InvalidInputError` (`setting_invalid`) for a file that cannot be read.
    """
    path = folder / KEPT
    try:
        return msgspec.json.decode(path.read_bytes(), type=Demonstration)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        raise InvalidInputError(f"{path} cannot be read: {error}", code="setting_invalid") from error


async def prepare_demonstration(installation: Installation, wish: Wish) -> list[Child]:
    """Make what is missing, and return the process that plays the sensors."""
    database = Database(open_engine(installation.settings.required_database_url, pool_size=1))
    try:
        kept = await _prepare(database, installation.folder, wish)
    finally:
        await database.close()
    if kept is None:
        return []
    _write(installation.folder, msgspec.structs.replace(kept, device_mqtt_url=installation.device_mqtt_url))
    return [simulation(installation.settings)]


def simulation(settings: Settings) -> Child:
    """Return the process of the simulated sensors of the demonstration in this data folder."""
    return Child(name="simulate", arguments=("simulate", "--api", settings.api_url))


async def _prepare(database: Database, folder: Path, wish: Wish) -> Demonstration | None:
    kept = read_demonstration(folder)
    if not await _has_inventory(database):
        kept = Demonstration(seed=wish.seed, speed=wish.speed)
        # Before the city: whoever is interrupted here finds at the next start that it is his own.
        _write(folder, kept)
        city = await asyncio.to_thread(demonstration_city)
        async with database.transaction() as session:
            await import_collection(session, city, at=utc_now())
    if kept is None:
        return None
    await _give_past(database, kept.seed)
    fleet = [] if kept.keys else await _fleet(database, kept.seed)
    kept = msgspec.structs.replace(kept, logins={name: secrets.token_urlsafe(9) for name in LOGINS} | kept.logins)
    # Before the accounts: a password that is not kept opens nothing.
    _write(folder, kept)
    async with database.transaction() as session:
        if fleet:
            await _register(session, fleet)
        keys = await _keys(session, kept.keys)
        await _accounts(session, kept.logins)
        await _modules(session)
    return msgspec.structs.replace(kept, speed=wish.speed, keys=keys)


async def _has_inventory(database: Database) -> bool:
    async with database.transaction() as session:
        return bool(await zone_definitions(session))


async def _give_past(database: Database, seed: int) -> None:
    """Tariffs in force since before the past that they were paid in; nothing of either is made twice."""
    now = utc_now()
    async with database.transaction() as session:
        await publish_tariffs(session, since=past_begins(now))
        is_measured = await has_hours(session)
    if is_measured:
        return
    async with database.transaction() as session:
        catalogue = await load_catalogue(session)
    rows = await asyncio.to_thread(remember_past, catalogue, seed=seed, now=now)
    async with database.transaction() as session:
        await copy_hours(session, rows)


async def _fleet(database: Database, seed: int) -> list[Device]:
    async with database.transaction() as session:
        return fit(sites_of(await load_catalogue(session)), seed=seed)


def _write(folder: Path, kept: Demonstration) -> None:
    write_private(folder / KEPT, json.dumps(msgspec.to_builtins(kept), indent=2))


async def _register(session: AsyncSession, fleet: list[Device]) -> None:
    wishes = [
        NewDevice(
            device_id=device.device_id,
            vendor=device.make.vendor,
            model=device.make.model,
            version=device.make.version,
            heartbeat_s=device.heartbeat_s,
            space_id=device.space_id,
        )
        for device in fleet
    ]
    report = await DeviceService(installed(), utc_now).register_many(session, wishes)
    if report.errors:
        raise InvalidInputError(f"the fleet was not registered: {report.errors[0].detail}", code=report.errors[0].code)


async def _keys(session: AsyncSession, kept: dict[str, str]) -> dict[str, str]:
    """Keep the keys that still open something, and make the missing ones."""
    valid = {key.key_id for key in await list_keys(session) if key.revoked_at is None}
    keys = {role: text for role, text in kept.items() if read_key(text)[0] in valid}
    for role in KEY_ROLES:
        if role not in keys:
            _, keys[role] = await create_key(
                session, utc_now, role=role, name=_NAMES.get(role, f"demonstration {role}")
            )
    return keys


async def _accounts(session: AsyncSession, logins: Mapping[str, str]) -> None:
    for name, (role, district_id) in LOGINS.items():
        with contextlib.suppress(ConflictError):
            await create_account(
                session, name=name, password=logins[name], role=role, district_id=district_id, now=utc_now()
            )


async def _modules(session: AsyncSession) -> None:
    """Set up street cleaning, unless the city has been switching modules itself."""
    modules, now = discover(), utc_now()
    if not any(standing.config for standing in await standings(session, modules, now)):
        await configure(session, modules, CLEANING.name, _CLEANING, at=now)
