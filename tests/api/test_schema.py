"""Bringing a database to the newest schema, once, whoever tries."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from api import schema
from api.embedded.folder import free_port
from api.embedded.postgres import PostgresServer

pytestmark = pytest.mark.service
NAME = "for_migrations"


@pytest.fixture
async def empty_database(postgres_server: PostgresServer) -> AsyncIterator[str]:
    connection = await asyncpg.connect(postgres_server.address_of("postgres"))
    await connection.execute(f"CREATE DATABASE {NAME}")
    yield postgres_server.address_of(NAME)
    await connection.execute(f"DROP DATABASE {NAME} WITH (FORCE)")
    await connection.close()


async def test_schema_is_made_once_when_two_processes_try_together(empty_database: str) -> None:
    changed = await asyncio.gather(*(schema.upgrade(empty_database) for _ in range(3)))
    assert sorted(changed) == [False, False, True]
    connection = await asyncpg.connect(empty_database)
    assert await schema.present_revision(connection) == schema.newest_revision()
    await connection.close()


def test_newest_revision_is_alembics_when_read_from_the_files() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.migrations_folder()))
    config.set_main_option("path_separator", "os")
    assert schema.newest_revision() == ScriptDirectory.from_config(config).get_current_head()


async def test_program_refuses_when_the_database_is_newer(empty_database: str) -> None:
    await schema.upgrade(empty_database)
    connection = await asyncpg.connect(empty_database)
    await connection.execute("UPDATE alembic_version SET version_num = '9999'")
    await connection.close()
    with pytest.raises(schema.SchemaError, match="newer"):
        await schema.upgrade(empty_database)


async def test_refusal_has_a_code_when_nobody_listens() -> None:
    with pytest.raises(schema.SchemaError) as refused:
        await schema.upgrade(f"postgresql://nobody@127.0.0.1:{free_port()}/none")
    assert refused.value.code == "database_unreachable"
