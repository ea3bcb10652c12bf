"""`parking bench checks`: roadside checks a second, beside how many rows the same database looks up by their key.

One check is what an inspector's question does behind HTTP: the plate's token, facts of stay, payment, permit, exclusion,
reservation and shared hours, and the log's durable row. Half of the questions name a vehicle, half a vehicle on a space.
"""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final

import asyncpg
from sqlalchemy import text

from api.auth.accounts.model import Caller
from api.bench.report import Figure
from api.bench.rig import throwaway_database
from api.bench.side_by_side import times_of
from api.bench.statistics import median, percentile
from api.enforcement.model import CheckRules
from api.enforcement.service import CheckDesk, Checked
from parking.db.unit_of_work import Database
from parking.privacy.vault import PlateVault

CONNECTIONS: Final = 32
VEHICLES: Final = 100_000
"""One stay and one space each; every tenth vehicle has a permit."""
TARGET: Final = 1000.0
AT: Final = datetime(2026, 3, 2, 4, tzinfo=UTC)
INSPECTOR: Final = Caller(actor="key:bench", name="bench", role="enforcement", district_id=None)
_SECRET: Final = "a secret of the measurement alone and long enough"  # noqa: S105 - of a database that is thrown away

_CITY = (
    "INSERT INTO district (district_id, name, name_en) VALUES ('D', 'D', 'D')",
    "INSERT INTO zone (zone_id, district_id, name, name_en, area_class) VALUES ('Z', 'D', 'Z', 'Z', 'I')",
)
_SPACES = """
    INSERT INTO space (space_id, zone_id, kind, use, geometry, in_service)
    SELECT 'S' || n, 'Z', 'kerb', 'ordinary', '{}', true FROM generate_series(0, CAST(:size AS bigint) - 1) AS n
"""
_STAYS = """
    INSERT INTO session (session_id, space_id, zone_id, state, started_at, started_earliest, start_source,
                         vehicle_class, plate_token, gaps, evidence)
    SELECT 'stay-' || n, 'S' || n, 'Z', 'open', :at, :at, 'terminal', 'small', token, '[]', '[]'
    FROM unnest(CAST(:tokens AS text[])) WITH ORDINALITY AS t (token, m), LATERAL (SELECT m - 1 AS n) AS o
"""
_PERMITS = """
    INSERT INTO permit (permit_id, kind, plate_token, zone_ids, facility_ids, valid, granted_by, granted_at)
    SELECT 'P' || m, 'resident', token, '{Z}', '{}', tstzrange(:at, NULL), 'bench', :at
    FROM unnest(CAST(:tokens AS text[])) WITH ORDINALITY AS t (token, m) WHERE m % 10 = 0
"""


class CheckWrongError(RuntimeError):
    """A check did not tell what is there: there is no figure."""


async def measure_checks(*, seconds: int, rounds: int, vehicles: int = VEHICLES) -> list[Figure]:
    """Rounds of `seconds` each; medians over the rounds."""
    vault = PlateVault.from_setting(_SECRET)
    async with _database(vault, vehicles) as (database, url):
        desk = CheckDesk(database, vault, lambda: AT, CheckRules())
        rates, times, lookups, done = [], [], [], 0
        for _ in range(rounds):
            lookups.append(await _lookups_a_second(url, seconds, vehicles))
            spent = await times_of(lambda: _ask(desk, vehicles), hands=CONNECTIONS, seconds=seconds)
            done += len(spent)
            rates.append(len(spent) / seconds)
            times.append(percentile(spent, 0.99) * 1000)
        await _check_log(database, done)
    return [
        Figure(name="checks", value=median(rates), unit="1/s", limit=median(lookups), target=TARGET),
        Figure(name="check, p99", value=median(times), unit="ms"),
    ]


@asynccontextmanager
async def _database(vault: PlateVault, vehicles: int) -> AsyncIterator[tuple[Database, str]]:
    async with throwaway_database(pool_size=2) as (database, url):
        tokens = [vault.tokens_of(_plate(number))[0] for number in range(vehicles)]
        async with database.transaction() as session:
            for statement in _CITY:
                await session.execute(text(statement))
            await session.execute(text(_SPACES), {"size": vehicles})
            await session.execute(text(_STAYS), {"tokens": tokens, "at": AT})
            await session.execute(text(_PERMITS), {"tokens": tokens, "at": AT})
        async with database.transaction() as session:
            await session.execute(text("ANALYZE"))
        yield database, url


def _plate(number: int) -> str:
    return f"鲁C{number:05d}"


async def _ask(desk: CheckDesk, vehicles: int) -> None:
    number = random.randrange(vehicles)  # noqa: S311 - a load, no secret
    space = f"S{number}" if number % 2 else None
    found = await desk.check(INSPECTOR, plate=_plate(number), space_id=space, at=None)
    if not _is_right(found, number):
        raise CheckWrongError(f"{found.verdict} of vehicle {number}")


def _is_right(found: Checked, number: int) -> bool:
    stays = [stay.session_id for stay in found.facts.stays]
    return found.verdict.basis == "session" and stays == [f"stay-{number}"]


async def _lookups_a_second(url: str, seconds: float, vehicles: int) -> float:
    """The raw limit: one row by its key through the bare driver."""
    async with asyncpg.create_pool(url, min_size=CONNECTIONS, max_size=CONNECTIONS) as pool:

        async def look() -> None:
            key = f"stay-{random.randrange(vehicles)}"  # noqa: S311 - a load, no secret
            await pool.fetchrow("SELECT space_id, state FROM session WHERE session_id = $1", key)

        return len(await times_of(look, hands=CONNECTIONS, seconds=seconds)) / seconds


async def _check_log(database: Database, done: int) -> None:
    async with database.transaction() as session:
        logged = await session.scalar(text("SELECT count(*) FROM enforcement_check"))
    if logged != done:
        raise CheckWrongError(f"{done} checks left {logged} rows in the log")
