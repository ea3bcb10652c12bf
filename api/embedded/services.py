"""The servers of one machine together: those that nobody brought, started side by side and started again."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Final

from api.embedded.beside import beside
from api.embedded.folder import DataFolder
from api.embedded.mqtt import MqttBroker, find_mosquitto
from api.embedded.postgres import PostgresServer
from api.embedded.server import EmbeddedServer
from api.embedded.valkey import ValkeyServer
from api.settings import Settings
from parking.domain.errors import ParkingError

RESTART_AFTER_S: Final = (0.0, 0.5, 1.0, 2.0, 5.0)
"""Waits between attempts to start a server again; the last one repeats."""

_log = logging.getLogger(__name__)


class EmbeddedServices:
    """Starts an embedded server for each address that `settings` leaves open."""

    def __init__(self, folder: DataFolder, settings: Settings) -> None:
        self._settings = settings
        self.postgres = PostgresServer(folder) if settings.database_url is None else None
        self.valkey = ValkeyServer(folder) if settings.redis_url is None else None
        self.mqtt = MqttBroker(folder, find_mosquitto()) if settings.mqtt_url is None else None

    @property
    def servers(self) -> list[EmbeddedServer]:
        candidates: tuple[EmbeddedServer | None, ...] = (self.postgres, self.valkey, self.mqtt)
        return [server for server in candidates if server is not None]

    @property
    def settings(self) -> Settings:
        """The settings with every address filled in; defined after the start."""
        return replace(
            self._settings,
            database_url=self.postgres.url if self.postgres else self._settings.database_url,
            redis_url=self.valkey.url if self.valkey else self._settings.redis_url,
            mqtt_url=self.mqtt.url if self.mqtt else self._settings.mqtt_url,
        )

    @property
    def device_mqtt_url(self) -> str | None:
        """The broker's address for devices; with the user's own broker, how devices log in is the user's affair."""
        return self.mqtt.device_url if self.mqtt else self._settings.mqtt_url

    @asynccontextmanager
    async def running(self) -> AsyncIterator["EmbeddedServices"]:
        """Start all servers at once, start again whichever ends, and stop all on leaving.

        Raises `ServiceFailedError` when one does not start.
        """
        try:
            results = await asyncio.gather(*(server.start() for server in self.servers), return_exceptions=True)
            for result in results:
                if isinstance(result, BaseException):
                    raise result
            async with AsyncExitStack() as stack:
                for server in self.servers:
                    await stack.enter_async_context(beside(keep_running(server)))
                yield self
        finally:
            await asyncio.gather(*(server.stop() for server in self.servers))


async def keep_running(server: EmbeddedServer) -> None:
    """Run until cancelled: whenever the server's process ends, start it again at the same address."""
    while True:
        status = await server.ended()
        _log.warning("%s ended (status %s), starting it again", server.name, status)
        attempt = 0
        while True:
            await asyncio.sleep(RESTART_AFTER_S[min(attempt, len(RESTART_AFTER_S) - 1)])
            try:
                await server.start()
            except (ParkingError, OSError) as error:
                if attempt == 0:
                    _log.error("%s, trying on", error)
                attempt += 1
            else:
                _log.info("%s runs again", server.name)
                break
