"""`parking bench settlement`: payments of stays a second, beside how often the same database commits one row.

One settlement is what a terminal's payment does behind HTTP: the key's claim, the bill's opening, two entries of the
journal, payment, receipt and event, in one durable transaction. Both are measured over the same number of connections.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Final

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.bench.report import Figure
from api.bench.rig import throwaway_database
from api.bench.side_by_side import times_of
from api.bench.statistics import median, percentile
from parking.db.idempotency import Answer, once
from parking.db.unit_of_work import Database
from parking.domain.money import Money
from pricing.settlement import journal, service
from pricing.settlement.model import PaymentWish

CONNECTIONS: Final = 8
MOST_PER_SECOND: Final = 2_000
"""Stays are made beforehand for at most this rate."""
AT: Final = datetime(2026, 3, 2, 4, tzinfo=UTC)
FEE: Final = 300

_PLACES = (
    "INSERT INTO district (district_id, name, name_en) VALUES ('D', 'D', 'D')",
    "INSERT INTO zone (zone_id, district_id, name, name_en, area_class) VALUES ('Z', 'D', 'Z', 'Z', 'I')",
)
_STAYS = """
    INSERT INTO session (session_id, space_id, zone_id, state, started_at, started_earliest, ended_at, ended_earliest,
                         ended_latest, start_source, end_source, vehicle_class, plate_token, gaps, evidence)
    SELECT 'stay-' || n, 'space-' || n, 'Z', 'ended', :at, :at, :at, :at, :at, 'terminal', 'terminal', 'small', 'token',
           '[]', '[]'
    FROM generate_series(1, CAST(:stays AS bigint)) AS n
"""
_FEES = """
    INSERT INTO fee (session_id, space_id, zone_id, amount, currency, lines, is_attributed, issued_at)
    SELECT session_id, space_id, zone_id, CAST(:fee AS bigint), 'CNY', '[]', true, :at FROM session
"""


class LedgerUnbalancedError(RuntimeError):
    """The ledger does not hold what was paid: there is no figure."""


async def measure_settlement(*, seconds: int, rounds: int) -> list[Figure]:
    """Rounds of `seconds` each; medians over the rounds."""
    async with _database(stays=seconds * rounds * MOST_PER_SECOND) as (database, url):
        numbers = count(1)
        rates, times, commits = [], [], []
        for _ in range(rounds):
            commits.append(await _commits_a_second(url, seconds))
            spent = await times_of(lambda: _settle(database, next(numbers)), hands=CONNECTIONS, seconds=seconds)
            rates.append(len(spent) / seconds)
            times.append(percentile(spent, 0.99) * 1000)
        await _check(database, paid=next(numbers) - 1)
    return [
        Figure(name="settlements", value=median(rates), unit="1/s", limit=median(commits)),
        Figure(name="settlement, p99", value=median(times), unit="ms"),
    ]


@asynccontextmanager
async def _database(stays: int) -> AsyncIterator[tuple[Database, str]]:
    async with throwaway_database(pool_size=CONNECTIONS) as (database, url):
        async with database.transaction() as session:
            for statement in _PLACES:
                await session.execute(text(statement))
            await session.execute(text(_STAYS), {"at": AT, "stays": stays})
            await session.execute(text(_FEES), {"at": AT, "fee": FEE})
        yield database, url


async def _settle(database: Database, number: int) -> None:
    async with database.transaction() as session:
        wish = PaymentWish(
            session_id=f"stay-{number}",
            amount=Money(FEE),
            method="cash",
            paid_at=AT,
            taken_by="bench",
            drawer_id=f"T{number % CONNECTIONS}",
        )
        key = str(number)
        await once(session, scope="bench", key=key, body=key, work=lambda: _paid(session, wish))


async def _paid(session: AsyncSession, wish: PaymentWish) -> Answer:
    return Answer(201, (await service.pay(session, wish)).payment_id.encode())


async def _commits_a_second(url: str, seconds: float) -> float:
    """The raw limit: one row a transaction through the bare driver."""
    async with asyncpg.create_pool(url, min_size=CONNECTIONS, max_size=CONNECTIONS) as pool:
        await pool.execute("CREATE TABLE IF NOT EXISTS commit_probe (n bigint)")

        async def commit() -> None:
            await pool.execute("INSERT INTO commit_probe VALUES (1)")

        return len(await times_of(commit, hands=CONNECTIONS, seconds=seconds)) / seconds


async def _check(database: Database, *, paid: int) -> None:
    async with database.transaction() as session:
        trial = await journal.trial_balance(session)
    revenue = trial.get(("revenue/D", "CNY"), 0)
    if sum(trial.values()) != 0 or revenue != -paid * FEE:
        raise LedgerUnbalancedError(f"{paid} payments of {FEE} left {revenue} of revenue")
