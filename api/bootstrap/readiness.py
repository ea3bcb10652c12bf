"""Whether the HTTP process can answer everything it promises, and what is missing when it cannot."""

import asyncio
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api.auth.directory import KeyDirectory
from api.public.read_model import ReadModel
from devices.inventory.directory import DeviceDirectory
from parking.db.unit_of_work import Database
from parking.occupancy.store_watch import StoreWatch

_TIMEOUT_S: Final = 2.0
_NAMED: Final = 10
"""Zones named in the answer at most."""


class Readiness:
    """Asked by `/readyz`; asks the database itself, and of the live store what the feed knows."""

    def __init__(
        self, database: Database, keys: KeyDirectory, devices: DeviceDirectory, model: ReadModel, watch: StoreWatch
    ) -> None:
        self._database = database
        self._keys = keys
        self._devices = devices
        self._model = model
        self._watch = watch

    async def missing(self) -> list[str]:
        """Sentences, one for each thing that is missing; empty when the process is ready."""
        found = await self._missing_of_database()
        if not self._keys.loaded:
            found.append("the keys are not loaded")
        if not self._devices.is_loaded:
            found.append("the devices are not loaded")
        if not self._model.connected:
            found.append("the live store is not heard")
        if len(self._model.positions) < len(self._model.shards):
            found.append("the first snapshot is not complete")
        if self._model.connected:
            found += self._watch.why
        return found + self._missing_zones()

    def _missing_zones(self) -> list[str]:
        if not self._model.has_inventory:
            return ["the inventory is not loaded"]
        missing = self._model.missing_zones()
        if not missing:
            return []
        named = ", ".join(missing[:_NAMED]) + (", …" if len(missing) > _NAMED else "")
        return [f"{len(missing)} zones are not in the live store yet: {named}"]

    async def _missing_of_database(self) -> list[str]:
        """One that only reads looks well to whoever only reads, while no payment and no history is kept."""
        try:
            async with asyncio.timeout(_TIMEOUT_S), self._database.transaction() as session:
                read_only = await session.scalar(text("SHOW transaction_read_only"))
        except (OSError, SQLAlchemyError):
            return ["the database does not answer"]
        return ["the database takes no writes"] if read_only == "on" else []
