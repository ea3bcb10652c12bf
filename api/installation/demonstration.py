"""Fills a fresh installation with the demonstration city, its contracts, simulated sensors, and keys to try things with.

What was made is kept in the data folder, so that a second start finds the same city, fleet and keys and makes nothing
again. An inventory that somebody else made is left alone, and then no sensors are simulated.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.accounts.model import AccountRole
from api.auth.accounts.repository import all_accounts
from api.auth.accounts.service import create_account, employ
from api.auth.model import CITY, Role, read_key
from api.auth.service import create_key, employ_key, list_keys
from api.installation.demonstration_paid import give_paid_past
from api.installation.demonstration_past import Past, past_begins
from api.installation.demonstration_prices import publish_tariffs
from api.installation.demonstration_record import SIMULATED_ATTENDANT, Demonstration, write_demonstration
from api.installation.demonstration_retrofit import begin_retrofit, plan_retrofit
from api.installation.demonstration_review import REVIEWED_AFTER, decide_policy, review_past
from api.installation.demonstration_stays import copy_stays
from api.installation.demonstration_turnout import turnout_then
from devices.cameras.model import Camera
from devices.cameras.service import CameraService, NewCamera
from devices.inventory.sealing import DeviceSafe
from devices.inventory.service import DeviceService
from devices.inventory.wishes import NewDevice
from devices.registry import installed
from devices.simulation.cameras.crew import HEARTBEAT_S, Mounted, mounted_over
from devices.simulation.fleet import Device, fit
from devices.simulation.sites import sites_of
from parking.city.street_cleaning.manifest import MANIFEST as CLEANING
from parking.db.engine import open_engine
from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now
from parking.domain.errors import ConflictError, InvalidInputError, ParkingError
from parking.occupancy.hour_rows import copy_hours, has_hours
from parking.places.catalogue import Catalogue
from parking.places.demonstration import demonstration_city
from parking.places.repository import load_catalogue, zone_definitions
from parking.places.service import import_collection
from parking.plugins.catalogue import discover
from parking.plugins.service import configure, standings
from pricing.proposals.price_spans import whole_hour
from pricing.reconciliation.model import CITY_TIME, Terms
from pricing.reconciliation.terms import concessions, set_terms, terms_of

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


async def make_demonstration(
    database_url: str, folder: Path, kept: Demonstration | None, *, seed: int
) -> Demonstration | None:
    """Make what is missing of city, past, fleet, keys and logins; None when the inventory is somebody else's.

    `seed` shapes the fleet of a city that is made now; `kept` is what the folder remembers.
    """
    database = Database(open_engine(database_url, pool_size=1))
    try:
        return await _make(database, folder, kept, seed)
    finally:
        await database.close()


async def _make(database: Database, folder: Path, kept: Demonstration | None, seed: int) -> Demonstration | None:
    if not await has_inventory(database):
        kept = Demonstration(seed=seed, speed=1.0)
        # Before the city: whoever is interrupted here finds at the next start that it is his own.
        write_demonstration(folder, kept)
        city = await asyncio.to_thread(demonstration_city)
        async with database.transaction() as session:
            await import_collection(session, city, at=utc_now())
    if kept is None:
        return None
    await _give_past(database, kept.seed)
    catalogue = None if kept.keys else await _catalogue(database)
    kept = msgspec.structs.replace(kept, logins={name: secrets.token_urlsafe(9) for name in LOGINS} | kept.logins)
    # Before the accounts: a password that is not kept opens nothing.
    write_demonstration(folder, kept)
    async with database.transaction() as session:
        if catalogue is not None:
            fleet = fit(sites_of(catalogue), seed=kept.seed)
            await _register(session, fleet, mounted_over(sites_of(catalogue)))
            await plan_retrofit(session, catalogue, utc_now())
            await begin_retrofit(session, catalogue, fleet, utc_now())
        keys = await give_keys(session, kept.keys)
        await give_accounts(session, kept.logins, LOGINS)
        await _terms(session)
        await _modules(session)
    return msgspec.structs.replace(kept, keys=keys)


async def has_inventory(database: Database) -> bool:
    """Whether any zone is in use, whoever made it."""
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
    try:
        await _live_through(database, catalogue, seed, now, REVIEWED_AFTER)
    except ParkingError:
        # Where no calendar of that time is known, or no price moved, nothing was reviewed.
        await _live_through(database, catalogue, seed, now, ())


async def _live_through(
    database: Database, catalogue: Catalogue, seed: int, now: datetime, reviewed_after: Sequence[timedelta]
) -> None:
    """All of the past or nothing of it: drivers live to a review, on to the day from which its prices hold, and on under these."""
    past = await asyncio.to_thread(Past, catalogue, seed=seed, now=now)
    async with database.transaction() as session:
        for number, after in enumerate(reviewed_after):
            at = past_begins(now) + after
            await _live(session, past, catalogue, at)
            if number == 0:
                await decide_policy(session, at=at)
            done = await review_past(session, at=at)
            await _live(session, past, catalogue, whole_hour(done.effective_from or at, up=False))
        await _live(session, past, catalogue, past.ends)
        await copy_stays(session, past.stays())
        await give_paid_past(session, past, begins=past_begins(now), seed=seed, now=now)


async def _live(session: AsyncSession, past: Past, catalogue: Catalogue, until: datetime) -> None:
    turnout = await turnout_then(session, catalogue, past.lived)
    await copy_hours(session, await asyncio.to_thread(past.live, until, turnout))


async def _catalogue(database: Database) -> Catalogue:
    async with database.transaction() as session:
        return await load_catalogue(session)


async def _register(session: AsyncSession, fleet: list[Device], mounted: list[Mounted]) -> None:
    wishes = [
        NewDevice(
            device_id=device.device_id,
            vendor=device.make.vendor,
            model=device.make.model,
            version=device.make.version,
            heartbeat_s=device.heartbeat_s,
            space_id=device.space_id,
            wire_id=device.wire_id,
        )
        for device in fleet
    ]
    report = await DeviceService(installed(), utc_now).register_many(session, wishes)
    if report.errors:
        raise InvalidInputError(f"the fleet was not registered: {report.errors[0].detail}", code=report.errors[0].code)
    service = CameraService(installed(), DeviceService(installed(), utc_now), DeviceSafe(None), utc_now)
    for one in mounted:
        camera = Camera(camera_id=one.camera_id, adapter="hikvision", mode="push")
        await service.add(session, NewCamera(camera=camera, bays=one.bays, heartbeat_s=HEARTBEAT_S))


async def give_keys(session: AsyncSession, kept: dict[str, str]) -> dict[str, str]:
    """Keep the keys that still open something, and make the missing ones."""
    known = await list_keys(session)
    valid = {key.key_id for key in known if key.revoked_at is None}
    keys = {role: text for role, text in kept.items() if read_key(text)[0] in valid}
    ours = {read_key(text)[0] for text in keys.values()}
    for key in known:
        if key.key_id in ours and key.employer is None:
            await employ_key(session, key.key_id, CITY)
    for role in KEY_ROLES:
        if role not in keys:
            _, keys[role] = await create_key(
                session, utc_now, role=role, name=_NAMES.get(role, f"demonstration {role}"), employer=CITY
            )
    return keys


async def give_accounts(
    session: AsyncSession, logins: Mapping[str, str], wanted: Mapping[str, tuple[AccountRole, str | None]]
) -> None:
    """Open the accounts that are missing; `wanted` is role and district by login name."""
    for name, (role, district_id) in wanted.items():
        with contextlib.suppress(ConflictError):
            await create_account(
                session,
                name=name,
                password=logins[name],
                role=role,
                district_id=district_id,
                employer=CITY,
                now=utc_now(),
            )
    for account in await all_accounts(session):
        # An installation that is older than this question has not said it; what somebody has said stays.
        if account.name in wanted and account.employer is None:
            await employ(session, account.name, CITY)


async def _terms(session: AsyncSession) -> None:
    """Contracts of a plausible city from today on, so that its days are settled; where somebody has set terms they stay."""
    today = utc_now().astimezone(CITY_TIME).date()
    for place in await concessions(session):
        if not await terms_of(session, place.concession_id):
            wanted = Terms(
                concession_id=place.concession_id,
                operator_id=place.operator_id,
                valid_from=today,
                valid_to=None,
                fee_share=3_500,
                online_threshold=9_500,
                deduction=50_000,
                currency="CNY",
                time_zone=str(CITY_TIME),
            )
            await set_terms(session, wanted, by="demonstration", at=utc_now())


async def _modules(session: AsyncSession) -> None:
    """Set up street cleaning, unless the city has been switching modules itself."""
    modules, now = discover(), utc_now()
    if not any(standing.config for standing in await standings(session, modules, now)):
        await configure(session, modules, CLEANING.name, _CLEANING, at=now)
