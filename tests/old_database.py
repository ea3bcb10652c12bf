"""A database at an older revision, with which a test sees what a migration makes of the rows that are there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from alembic import command
from alembic.config import Config

from api import schema
from api.embedded.postgres import PostgresServer


class OldDatabase:
    """One connection to it, and the way to other revisions."""

    def __init__(self, connection: asyncpg.Connection, config: Config) -> None:
        self.connection = connection
        self._config = config

    async def upgrade(self, revision: str) -> None:
        await asyncio.to_thread(command.upgrade, self._config, revision)
        await self.connection.reload_schema_state()

    async def downgrade(self, revision: str) -> None:
        await asyncio.to_thread(command.downgrade, self._config, revision)
        await self.connection.reload_schema_state()


@asynccontextmanager
async def database_at(server: PostgresServer, name: str, revision: str) -> AsyncIterator[OldDatabase]:
    config = Config()
    config.set_main_option("script_location", str(schema.migrations_folder()))
    config.set_main_option("path_separator", "os")
    config.set_main_option("sqlalchemy.url", server.address_of(name))
    owner = await asyncpg.connect(server.address_of("postgres"))
    await owner.execute(f"CREATE DATABASE {name}")
    await asyncio.to_thread(command.upgrade, config, revision)
    connection = await asyncpg.connect(server.address_of(name))
    try:
        yield OldDatabase(connection, config)
    finally:
        await connection.close()
        await owner.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await owner.close()
