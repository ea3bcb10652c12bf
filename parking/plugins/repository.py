"""All SQL of city modules. Functions take the session of the caller's transaction and never end it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from parking.plugins.tables import CityModuleRow

CHANNEL: Final = "city_modules"
"""PostgreSQL notification that a module was switched or set up differently."""


class Switch(NamedTuple):
    """How a module stands in this city."""

    enabled: bool
    config: Mapping[str, Any]


async def register(session: AsyncSession, names: Iterable[str], at: datetime) -> None:
    """Note modules that were never met before: what is installed is on until somebody switches it off."""
    rows = [{"name": name, "enabled": True, "config": {}, "changed_at": at} for name in sorted(names)]
    if rows:
        await session.execute(insert(CityModuleRow).values(rows).on_conflict_do_nothing())


async def switches(session: AsyncSession) -> dict[str, Switch]:
    """All modules ever met, in order of name."""
    rows = await session.execute(select(CityModuleRow.__table__).order_by(CityModuleRow.name))
    return {row.name: Switch(row.enabled, row.config) for row in rows}


async def is_enabled(session: AsyncSession, name: str) -> bool:
    """Holds the answer until the transaction ends: whoever switches the module off waits, and sees what was done."""
    query = select(CityModuleRow.enabled).where(CityModuleRow.name == name).with_for_update(read=True)
    return bool(await session.scalar(query))


async def switch(session: AsyncSession, name: str, *, enabled: bool, at: datetime) -> bool:
    """Whether that changed anything."""
    changed = update(CityModuleRow).where(CityModuleRow.name == name, CityModuleRow.enabled.is_not(enabled))
    done = await session.scalar(changed.values(enabled=enabled, changed_at=at).returning(CityModuleRow.name))
    return done is not None and await _announce(session, name)


async def configure(session: AsyncSession, name: str, config: Mapping[str, Any], at: datetime) -> None:
    changed = update(CityModuleRow).where(CityModuleRow.name == name)
    await session.execute(changed.values(config=dict(config), changed_at=at))
    await _announce(session, name)


async def _announce(session: AsyncSession, name: str) -> bool:
    await session.execute(select(func.pg_notify(CHANNEL, name)))
    return True
