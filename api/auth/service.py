"""Use cases of keys: create (the secret is seen once), revoke, list, and what a platform signs with in their place. Callers own the transaction."""

import secrets
from collections.abc import Iterable

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth import repository
from api.auth.model import ALL_FACILITIES, CITY, ApiKey, Employer, Role, hash_secret, write_key
from devices.inventory.sealing import DeviceSafe
from devices.ports import PlatformSecret
from parking.domain.clock import Clock
from parking.domain.errors import InvalidInputError, NotFoundError
from parking.domain.ids import is_identifier

_NAME_LIMIT = 200
PLATFORM = "platform"
"""What the sealed secrets of platforms are bound to, beside the key."""


async def create_key(
    session: AsyncSession,
    clock: Clock,
    *,
    role: Role,
    name: str,
    district_id: str | None = None,
    device_ids: Iterable[str] | None = None,
    facility_ids: Iterable[str] | None = None,
    employer: Employer | None = None,
) -> tuple[ApiKey, str]:
    """Return the key and its text, which nobody can show again.

    Without an `employer` it opens nothing of the money, whatever its role. Raises `InvalidInputError` (`name_invalid`,
    `device_invalid`, `reach_invalid`) and `NotFoundError` (`district_unknown`, `facility_unknown`, `operator_unknown`).
    """
    devices = None if device_ids is None else frozenset(device_ids)
    if not name.strip() or len(name) > _NAME_LIMIT or not name.isprintable():
        raise InvalidInputError(f"a key's name has 1 to {_NAME_LIMIT} printable characters", code="name_invalid")
    for device_id in devices or ():
        if not is_identifier(device_id):
            raise InvalidInputError(f"{device_id!r} cannot be the id of a device", code="device_invalid")
    if district_id is not None and not await repository.district_exists(session, district_id):
        raise NotFoundError(f"there is no district {district_id!r}", code="district_unknown")
    await check_employer(session, employer)
    facilities = None if facility_ids is None else frozenset(facility_ids)
    if facilities is not None:
        await _check_facilities(
            session, role, facilities, is_narrow=district_id is not None or employer not in {None, CITY}
        )
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    key = ApiKey(
        key_id=key_id,
        secret_hash=hash_secret(secret),
        role=role,
        name=name.strip(),
        district_id=district_id,
        device_ids=devices,
        facility_ids=facilities,
        created_at=clock(),
        employer=employer,
    )
    await repository.insert(session, key)
    return key, write_key(key_id, secret)


async def _check_facilities(session: AsyncSession, role: Role, facilities: frozenset[str], *, is_narrow: bool) -> None:
    """Who reports for a facility is named; a key for all of them is a district's or a company's (`is_narrow`)."""
    if role != "integrator" or not facilities:
        raise InvalidInputError("facilities are named for a key of the role integrator", code="reach_invalid")
    if ALL_FACILITIES in facilities and (len(facilities) > 1 or not is_narrow):
        raise InvalidInputError("all facilities are those of a district or a company", code="reach_invalid")
    unknown = await repository.unknown_facilities(session, facilities - {ALL_FACILITIES})
    if unknown:
        raise NotFoundError(f"there is no facility {min(unknown)!r}", code="facility_unknown")


async def revoke_key(session: AsyncSession, clock: Clock, key_id: str) -> None:
    """Idempotent; raises `NotFoundError` (`key_unknown`)."""
    if not await repository.revoke(session, key_id, clock()):
        raise NotFoundError(f"there is no key {key_id!r}", code="key_unknown")


async def employ_key(session: AsyncSession, key_id: str, employer: Employer) -> None:
    """From now on the key sees the money of this employer; raises `NotFoundError` (`key_unknown`, `operator_unknown`)."""
    await check_employer(session, employer)
    if not await repository.employ(session, key_id, employer):
        raise NotFoundError(f"there is no key {key_id!r}", code="key_unknown")


async def keep_platform_secret(session: AsyncSession, safe: DeviceSafe, key_id: str, secret: PlatformSecret) -> None:
    """From now on a platform that signs with `secret` speaks with this key.

    Raises `NotFoundError` (`key_unknown`), `InvalidInputError` (`platform_secret_invalid`) and `UnavailableError`
    (`secret_missing`).
    """
    if not secret.token.isprintable() or not 1 <= len(secret.token) <= _NAME_LIMIT:
        raise InvalidInputError(f"a token has 1 to {_NAME_LIMIT} printable characters", code="platform_secret_invalid")
    if not await repository.keep_platform_secret(session, key_id, *seal_secret(safe, key_id, secret)):
        raise NotFoundError(f"there is no key {key_id!r}", code="key_unknown")


def seal_secret(safe: DeviceSafe, key_id: str, secret: PlatformSecret) -> tuple[str, bytes]:
    return safe.seal(PLATFORM, key_id, msgspec.json.encode(secret).decode())


def open_secret(safe: DeviceSafe, key: ApiKey) -> PlatformSecret | None:
    """None for a key of no platform; raises as `DeviceSafe.open`."""
    if key.platform_secret is None:
        return None
    return msgspec.json.decode(safe.open(PLATFORM, key.key_id, *key.platform_secret), type=PlatformSecret)


async def check_employer(session: AsyncSession, employer: Employer | None) -> None:
    """Raise `NotFoundError` (`operator_unknown`) for a company that the inventory does not have."""
    company = None if employer is None else employer.operator_id
    if company is not None and not await repository.operator_exists(session, company):
        raise NotFoundError(f"there is no operator {company!r}", code="operator_unknown")


async def list_keys(session: AsyncSession) -> list[ApiKey]:
    return await repository.all_keys(session)
