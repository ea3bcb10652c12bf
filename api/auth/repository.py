"""All SQL of keys. A change is announced in the transaction that makes it, so that no process serves a revoked key."""

from collections.abc import Collection
from datetime import datetime
from typing import Final, get_args

from sqlalchemy import exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.model import CITY, ApiKey, Employer, Role
from api.auth.tables import ApiKeyRow
from parking.places.tables import DistrictRow, FacilityRow, OperatorRow

REGISTRY_CHANNEL: Final = "parking_registry"
"""The channel on which every change of what processes keep in memory is announced."""
_ROLES: Final[dict[str, Role]] = {role: role for role in get_args(Role)}


async def insert(session: AsyncSession, key: ApiKey) -> None:
    session.add(
        ApiKeyRow(
            key_id=key.key_id,
            secret_hash=key.secret_hash,
            role=key.role,
            name=key.name,
            district_id=key.district_id,
            device_ids=None if key.device_ids is None else sorted(key.device_ids),
            facility_ids=None if key.facility_ids is None else sorted(key.facility_ids),
            **employer_columns(key.employer),
            created_at=key.created_at,
            revoked_at=key.revoked_at,
        )
    )
    await session.flush()
    await _announce(session)


async def revoke(session: AsyncSession, key_id: str, at: datetime) -> bool:
    """Whether the key exists; one that is revoked already keeps its first instant."""
    statement = (
        update(ApiKeyRow)
        .where(ApiKeyRow.key_id == key_id)
        .values(revoked_at=func.coalesce(ApiKeyRow.revoked_at, at))
        .returning(ApiKeyRow.key_id)
    )
    found = (await session.execute(statement)).scalar_one_or_none() is not None
    if found:
        await _announce(session)
    return found


async def employ(session: AsyncSession, key_id: str, employer: Employer) -> bool:
    """Whether the key exists."""
    statement = update(ApiKeyRow).where(ApiKeyRow.key_id == key_id).values(employer_columns(employer))
    found = (await session.execute(statement.returning(ApiKeyRow.key_id))).scalar_one_or_none() is not None
    if found:
        await _announce(session)
    return found


async def keep_platform_secret(session: AsyncSession, key_id: str, seal: str, sealed: bytes) -> bool:
    """Whether the key exists; an earlier secret is replaced."""
    statement = update(ApiKeyRow).where(ApiKeyRow.key_id == key_id).values(platform_seal=seal, platform_secret=sealed)
    found = (await session.execute(statement.returning(ApiKeyRow.key_id))).scalar_one_or_none() is not None
    if found:
        await _announce(session)
    return found


async def all_keys(session: AsyncSession) -> list[ApiKey]:
    """Oldest first, revoked ones included: a revoked key is answered as revoked, not as unknown."""
    rows = await session.scalars(select(ApiKeyRow).order_by(ApiKeyRow.created_at, ApiKeyRow.key_id))
    return [
        ApiKey(
            key_id=row.key_id,
            secret_hash=row.secret_hash,
            role=_ROLES[row.role],
            name=row.name,
            district_id=row.district_id,
            device_ids=None if row.device_ids is None else frozenset(row.device_ids),
            facility_ids=None if row.facility_ids is None else frozenset(row.facility_ids),
            employer=employer_in(row.employer, row.operator_id),
            created_at=row.created_at,
            revoked_at=row.revoked_at,
            platform_secret=_sealed(row),
        )
        for row in rows
    ]


async def district_exists(session: AsyncSession, district_id: str) -> bool:
    return bool(await session.scalar(select(exists().where(DistrictRow.district_id == district_id))))


async def operator_exists(session: AsyncSession, operator_id: str) -> bool:
    return bool(await session.scalar(select(exists().where(OperatorRow.operator_id == operator_id))))


def employer_columns(employer: Employer | None) -> dict[str, str | None]:
    """The two columns of an account or key that say whom its holder works for."""
    if employer is None:
        return {"employer": None, "operator_id": None}
    return {"employer": "city" if employer == CITY else "company", "operator_id": employer.operator_id}


def employer_in(kind: str | None, operator_id: str | None) -> Employer | None:
    """The reverse of `employer_columns`."""
    return None if kind is None else Employer(operator_id)


async def unknown_facilities(session: AsyncSession, facility_ids: Collection[str]) -> set[str]:
    known = await session.scalars(select(FacilityRow.facility_id).where(FacilityRow.facility_id.in_(facility_ids)))
    return set(facility_ids) - set(known)


def _sealed(row: ApiKeyRow) -> tuple[str, bytes] | None:
    if row.platform_seal is None or row.platform_secret is None:
        return None
    return row.platform_seal, row.platform_secret


async def _announce(session: AsyncSession) -> None:
    await session.execute(select(func.pg_notify(REGISTRY_CHANNEL, "keys")))
