"""Alembic's entry: runs the revisions over the connection or address that `parking migrate` hands over."""

import asyncio

from alembic import context
from sqlalchemy import Connection

from migrations.schema import TARGET
from parking.db.engine import open_engine


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    """Monthly partitions are made by the history writer, not by migrations."""
    return kind != "table" or name is None or name in TARGET.tables


def run(connection: Connection) -> None:
    context.configure(
        connection=connection, target_metadata=TARGET, include_name=include_name, transaction_per_migration=True
    )
    with context.begin_transaction():
        context.run_migrations()


async def connect_and_run() -> None:
    address = context.config.get_main_option("sqlalchemy.url")
    if address is None:
        raise RuntimeError("no database address was handed to Alembic")
    engine = open_engine(address.replace("%%", "%"), pool_size=1)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(run)
            await connection.commit()
    finally:
        await engine.dispose()


asyncio.run(connect_and_run())
