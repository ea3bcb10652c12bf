"""`parking bench history`: readings a second from the streams into PostgreSQL, and what each costs.

The writer works alone, on what an engine has left for it; the limit is COPY of the same rows into a table without any index,
in transactions of the same size. Both are durable.
"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

import asyncpg

from api import schema
from api.bench.history_load import HistoryLoad
from api.bench.report import Figure
from api.bench.rig import throwaway_folder
from api.bench.statistics import median
from api.bench.usage import processor_s_of_all
from api.embedded.folder import DataFolder
from api.embedded.postgres import PostgresServer
from api.embedded.valkey import ValkeyServer
from parking.bus.connection import open_redis
from parking.db.engine import open_engine
from parking.db.unit_of_work import Database
from parking.occupancy.copy_form import OBSERVATION_COLUMNS, observation_rows, whole
from parking.occupancy.history import ROWS_PER_TRANSACTION, HistoryWriter
from parking.occupancy.history_rows import Judged

SPACES: Final = 100_000
TARGET: Final = 50_000.0
_MICROS: Final = 1_000_000


class Spent(NamedTuple):
    """One round; processor seconds."""

    readings: int
    seconds: float
    writer: float
    database: float


async def measure_history(*, rounds: int, spaces: int = SPACES) -> list[Figure]:
    """In each round every device says one word, a tenth of them a change; medians over the rounds."""
    async with servers() as (postgres, valkey):
        database, redis = Database(open_engine(postgres.url, pool_size=2)), open_redis(valkey.url)
        try:
            load, writer = HistoryLoad(redis, spaces=spaces), HistoryWriter(redis, database)
            await load.define()
            # The first word of every device is a change, and no measure of a day.
            await load.speak()
            await _write(writer, postgres, 0)
            spent = [await _write(writer, postgres, await load.speak()) for _ in range(rounds)]
            plain = median([await _plain(postgres.url, load.words()) for _ in range(rounds)])
        finally:
            await redis.aclose()
            await database.close()
    rate = median([one.readings / one.seconds for one in spent])
    mine = median([one.writer / one.readings * _MICROS for one in spent])
    other = median([one.database / one.readings * _MICROS for one in spent])
    return [
        Figure(name="readings to history", value=rate, unit="readings/s", limit=plain, target=TARGET),
        Figure(name="processor time of the writer, a reading", value=mine, unit="µs"),
        Figure(name="processor time of PostgreSQL, a reading", value=other, unit="µs"),
    ]


@asynccontextmanager
async def servers() -> AsyncIterator[tuple[PostgresServer, ValkeyServer]]:
    with throwaway_folder() as path, DataFolder(path) as folder:
        postgres, valkey = PostgresServer(folder), ValkeyServer(folder)
        try:
            await postgres.start()
            await valkey.start()
            await schema.upgrade(postgres.url)
            yield postgres, valkey
        finally:
            await valkey.stop()
            await postgres.stop()


async def _write(writer: HistoryWriter, postgres: PostgresServer, readings: int) -> Spent:
    began, own, other = time.perf_counter(), time.process_time(), processor_s_of_all(postgres.pid)
    while await writer.step():
        pass
    seconds, mine = time.perf_counter() - began, time.process_time() - own
    return Spent(readings, seconds, mine, processor_s_of_all(postgres.pid) - other)


async def _plain(url: str, words: list[Judged]) -> float:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("DROP TABLE IF EXISTS bench_plain; CREATE TABLE bench_plain (LIKE observation)")
        pieces = [
            whole([observation_rows(words[start : start + ROWS_PER_TRANSACTION])])
            for start in range(0, len(words), ROWS_PER_TRANSACTION)
        ]
        began = time.perf_counter()
        for piece in pieces:
            await connection.copy_to_table(
                "bench_plain", source=_all(piece), columns=OBSERVATION_COLUMNS, format="binary"
            )
        return len(words) / (time.perf_counter() - began)
    finally:
        await connection.close()


async def _all(data: bytes) -> AsyncIterator[bytes]:
    yield data
