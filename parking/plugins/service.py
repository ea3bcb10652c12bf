"""What one may do with the modules of a city. Callers own the transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.errors import InvalidInputError, NotFoundError
from parking.plugins import repository
from parking.plugins.catalogue import CityModule
from parking.plugins.sdk import Manifest, Settings
from parking.restrictions import service as restrictions


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A module in this city."""

    name: str
    enabled: bool
    config: Mapping[str, Any]
    manifest: Manifest | None
    """None for one that was met once and is no longer installed."""


async def standings(session: AsyncSession, installed: Sequence[CityModule], at: datetime) -> list[Standing]:
    """Every module that is installed or ever was, in order of name."""
    manifests = {module.name: module.manifest for module in installed}
    await repository.register(session, manifests, at)
    return [
        Standing(name=name, enabled=found.enabled, config=found.config, manifest=manifests.get(name))
        for name, found in (await repository.switches(session)).items()
    ]


async def enable(session: AsyncSession, installed: Sequence[CityModule], name: str, *, at: datetime) -> None:
    """Switch on; restrictions that switching off took and that are not over stand again.

    Raises `NotFoundError` (`module_unknown`) for one that is not installed.
    """
    _manifest(installed, name)
    await repository.register(session, [name], at)
    if await repository.switch(session, name, enabled=True, at=at):
        await restrictions.reinstate(session, name, at=at)


async def disable(session: AsyncSession, name: str, *, at: datetime) -> None:
    """Switch off and give back every space that it holds, installed or not.

    Raises `NotFoundError` (`module_unknown`) for one that this city never met.
    """
    if name not in await repository.switches(session):
        raise NotFoundError(f"there is no module {name!r}", code="module_unknown")
    if await repository.switch(session, name, enabled=False, at=at):
        await restrictions.release_all(session, name, at=at)


async def configure(
    session: AsyncSession, installed: Sequence[CityModule], name: str, config: Mapping[str, Any], *, at: datetime
) -> Settings:
    """Set a module up; what is not named takes its default. It starts anew with the next event.

    Raises `NotFoundError` (`module_unknown`) and `InvalidInputError` (`config_invalid`).
    """
    settings = read_settings(_manifest(installed, name), config)
    await repository.register(session, [name], at)
    await repository.configure(session, name, config, at)
    return settings


def read_settings(manifest: Manifest, config: Mapping[str, Any]) -> Settings:
    """Raises `InvalidInputError` (`config_invalid`) for what the module's own schema refuses."""
    try:
        return msgspec.convert(dict(config), type=manifest.settings)
    except msgspec.ValidationError as error:
        raise InvalidInputError(f"{manifest.name}: {error}", code="config_invalid") from error


def _manifest(installed: Sequence[CityModule], name: str) -> Manifest:
    for module in installed:
        if module.name == name:
            return module.manifest
    raise NotFoundError(f"no module {name!r} is installed", code="module_unknown")
